#include "filters.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "page/slices.hpp"

namespace minben::open {

using catalogue::Condition;
using catalogue::Field;
namespace vocabulary = catalogue::vocabulary;

namespace {
constexpr std::array<Facet, 8> all{{{"publisher", Field::publisher},
                                    {"category", Field::category},
                                    {"high_value", Field::high_value},
                                    {"format", Field::format},
                                    {"frequency", Field::frequency},
                                    {"licence", Field::licence},
                                    {"keyword", Field::keyword},
                                    {"mark", Field::mark}}};
constexpr std::size_t most_chosen = 20;
}  // namespace

std::span<const Facet> facets() { return all; }

Asked read_asked(const net::Form& query) {
  Asked asked;
  asked.words = trim(query.get("q"));
  for (const Facet& facet : all)
    for (const std::string_view value : query.all(facet.name))
      if (!value.empty() && value.size() <= 500 && asked.chosen.size() < most_chosen)
        asked.chosen.emplace_back(facet, value);
  asked.sort = query.get("sort");
  asked.page = page::asked_page(query, 100'000);
  return asked;
}

catalogue::SearchQuery query_of(const Asked& asked) {
  catalogue::SearchQuery query;
  query.words = asked.words;
  std::vector<Condition> conditions;
  for (const auto& [facet, value] : asked.chosen)
    conditions.push_back(Condition::is(facet.field, value));
  if (!conditions.empty()) query.where = Condition::all(std::move(conditions));
  using catalogue::Order;
  if (asked.sort == "modified") query.order = Order::modified;
  else if (asked.sort == "created") query.order = Order::created;
  else if (asked.sort == "title") query.order = Order::title;
  query.descending = query.order != Order::title;
  query.offset = static_cast<std::int64_t>(asked.page - 1) * page_size;
  query.limit = page_size;
  for (const Facet& facet : all) query.facets.push_back(facet.field);
  query.facet_limit = 12;
  return query;
}

Url url_of(const Visit& visit, const Asked& asked, std::size_t without) {
  Url url = search_url(visit);
  if (!asked.words.empty()) url = url.with("q", asked.words);
  for (std::size_t i = 0; i < asked.chosen.size(); ++i)
    if (i != without) url = url.with(asked.chosen[i].first.name, asked.chosen[i].second);
  if (!asked.sort.empty()) url = url.with("sort", asked.sort);
  return url;
}

std::string_view facet_title(Language language, std::string_view name) {
  const auto text = msg::find_in_open(language, fmt::format("open_facet_{}", name));
  return text ? *text : name;
}

std::string value_text(const Parts& parts, const Visit& visit, const Facet& facet,
                       const std::string& value) {
  const Language language = visit.language;
  const auto in_list = [&](std::span<const vocabulary::Term> list) {
    const vocabulary::Term* term = vocabulary::find(list, value);
    return term ? std::string(term->in(language)) : value;
  };
  switch (facet.field) {
    case Field::publisher:
      return publisher_name(parts, visit, catalogue::PublisherCode{value});
    case Field::category:
      return in_list(vocabulary::service_categories());
    case Field::high_value:
      return in_list(vocabulary::high_value_themes());
    case Field::licence:
      return licence_name(value, language);
    case Field::frequency:
    case Field::mark: {
      const auto text = msg::find_in_open(language, fmt::format("open_{}_{}", facet.name, value));
      return text ? std::string(*text) : value;
    }
    default:
      return value;
  }
}

}  // namespace minben::open
