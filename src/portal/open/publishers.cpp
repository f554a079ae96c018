// Who publishes, and how much.
#include <algorithm>
#include <map>

#include "core/digits.hpp"
#include "markdown.hpp"
#include "messages/quality.hpp"
#include "page/charts.hpp"
#include "page/slices.hpp"
#include "parts.hpp"

namespace minben::open {

namespace {

using catalogue::Publisher;

constexpr std::size_t publishers_a_page = 50;

struct Counted {
  const Publisher* publisher;
  std::int64_t datasets;
};

std::vector<Counted> counted(const Parts& parts, const std::vector<Publisher>& all) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& each : parts.index.counts(catalogue::Field::publisher))
    counts[each.value] = each.count;
  std::vector<Counted> out;
  for (const Publisher& each : all)
    if (const auto found = counts.find(each.code.value); found != counts.end())
      out.push_back({&each, found->second});
  std::ranges::sort(out, [](const Counted& a, const Counted& b) {
    return a.datasets != b.datasets ? a.datasets > b.datasets
                                    : a.publisher->code < b.publisher->code;
  });
  return out;
}

void publishers_table(Writer& page, const Visit& visit, std::span<const Counted> shown,
                      std::int64_t most) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::open_facet_publisher(language))},
      {.title = std::string(msg::open_datasets_column(language)), .numeric = true}};
  page::table(page, msg::open_publishers(language), columns,
              [&](Writer& rows) {
                for (const Counted& each : shown)
                  page::row(rows, [&](Writer& cells) {
                    page::cell(cells, [&](Writer& cell) {
                      cell << "<span class=\"mb-wraps\">";
                      page::link(cell, each.publisher->title.in(language),
                                 visit.url({"publishers", each.publisher->code.value}));
                      cell << "</span>";
                      page::meter(cell,
                                  static_cast<double>(each.datasets) / static_cast<double>(most));
                    });
                    page::cell(cells, group_digits(each.datasets), true);
                  });
              },
              {.caption_hidden = true});
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const auto all = parts.index.publishers();
  const std::string words(visit.request.query.get("q"));
  const std::vector<Counted> every = counted(parts, *all);
  std::vector<Counted> found = every;
  std::erase_if(found, [&](const Counted& each) { return !is_named(*each.publisher, words); });
  const page::Slice slice = page::slice(visit.request.query, found.size(), publishers_a_page);
  const Url here = visit.url({"publishers"});
  Frame made = frame(visit, msg::open_publishers(language), Section::publishers);
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << msg::open_publishers(language) << "</h1>";
    page::paragraph(page, msg::open_publishers_text(language, parts.index.size(),
                                                    static_cast<std::int64_t>(every.size())));
    publisher_form(page, visit, here);
    if (!words.empty()) publishers_found(page, language, found.size());
    if (!found.empty()) publishers_table(page, visit, slice.of(found), every.front().datasets);
    page::pagination(page, language, slice.pages, words.empty() ? here : here.with("q", words));
  });
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const auto all = parts.index.publishers();
  const catalogue::PublisherCode code{std::string(visit.request.parameter("code"))};
  const Publisher* publisher = find_publisher(*all, code);
  if (!publisher) return fail(Kind::not_found, "no_such_publisher");
  catalogue::SearchQuery query;
  query.where = catalogue::Condition::is(catalogue::Field::publisher, code.value);
  query.order = catalogue::Order::modified;
  query.limit = 10;
  MINBEN_TRY(hits, parts.index.search(query));
  MINBEN_TRY(entries, parts.read([&](store::Transaction& tx) {
    return parts.catalogue.entries(tx, hits.ids);
  }));
  Frame made = frame(visit, publisher->title.in(language), Section::publishers);
  made.back = page::Link{std::string(msg::open_publishers(language)), visit.url({"publishers"})};
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">";
    text(page, language, publisher->title);
    page << "</h1>";
    if (!publisher->description.empty()) markdown(page, publisher->description.in(language));
    page::paragraph(page, msg::open_found(language, hits.total));
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::open_all_of_publisher(language),
               search_url(visit).with("publisher", code.value));
    page << "</p><p class=\"govuk-body\">";
    page::link(page, msg::quality_of_publisher(language),
               visit.url({"publishers", code.value, "quality"}));
    page << "</p>";
    page::heading(page, 2, msg::open_newest(language));
    page << "<ul class=\"govuk-list\">";
    for (const auto& each : entries) {
      page << "<li>";
      page::link(page, each.dataset.title.in(language), dataset_url(visit, each.dataset.name));
      page << " · " << changed_text(language, each) << "</li>";
    }
    page << "</ul>";
    subscribe_form(page, visit, "publisher", code.value);
  });
}

}  // namespace

void publisher_form(Writer& page, const Visit& visit, const Url& here) {
  page << "<form class=\"mb-search mb-search--list\" role=\"search\" method=\"get\" action=\""
       << here << "\">";
  page::text_input(page,
                   {.name = "q",
                    .label = std::string(msg::open_publisher_find(visit.language)),
                    .hint = {},
                    .error = {}},
                   {.value = std::string(visit.request.query.get("q")), .type = "search"});
  page::button(page, {.text = std::string(msg::open_search_button(visit.language)),
                      .style = page::ButtonStyle::secondary,
                      .once = false});
  page << "</form>";
}

void publishers_found(Writer& page, Language language, std::size_t count) {
  page << "<p class=\"mb-count\" role=\"status\">"
       << msg::open_publishers_found(language, static_cast<std::int64_t>(count)) << "</p>";
}

void add_publishers(Pages& pages) {
  pages.get("/publishers", page::access::anyone, list);
  pages.get("/publishers/{code}", page::access::anyone, show);
}

}  // namespace minben::open
