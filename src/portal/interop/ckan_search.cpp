// Finding packages, as harvesters and clients of CKAN do.
#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "core/parallel.hpp"
#include "ckan.hpp"
#include "solr.hpp"
#include "tables.hpp"

namespace minben::interop {

namespace {

using catalogue::Entry;
using catalogue::Field;
using catalogue::Hits;
using catalogue::SearchQuery;
using catalogue::Status;
namespace vocabulary = catalogue::vocabulary;

constexpr std::int64_t most_rows = 1000;

std::string facet_item_name(Field field, const std::string& value) {
  if (field == Field::category) return group_name(value);
  if (field != Field::licence) return value;
  const auto* known = vocabulary::find_licence(value);
  return known ? std::string(known->ckan_id) : value;
}

std::string facet_item_title(const Parts& parts, Field field, const std::string& value) {
  if (field == Field::publisher) {
    const auto all = parts.index.publishers();
    const auto* publisher = find_publisher(*all, catalogue::PublisherCode{value});
    return publisher ? publisher->title.in(Language::zh_hant) : value;
  }
  if (field == Field::category) {
    const auto* term = vocabulary::find(vocabulary::service_categories(), value);
    return term ? std::string(term->zh_hant) : value;
  }
  if (field == Field::licence) {
    const auto* known = vocabulary::find_licence(value);
    return known ? std::string(known->term.zh_hant) : value;
  }
  return value;
}

struct AskedFacets {
  std::vector<std::string> names;  ///< CKAN's, in their order
  std::int64_t limit = 50;
  std::int64_t least = 1;
};

Result<AskedFacets> asked_facets(const Given& given) {
  AskedFacets asked;
  MINBEN_TRY(wanted, given.boolean("facet", true));
  MINBEN_TRY(names, given.list("facet.field"));
  if (wanted) asked.names = std::move(names);
  if (given.has("facet.limit")) {
    MINBEN_TRY(written, given.text("facet.limit"));
    const auto limit = parse_integer(written, -1, 1'000'000);
    if (!limit) return invalid_value("facet.limit", "Invalid integer");
    asked.limit = *limit < 0 ? 1'000'000 : *limit;
  }
  MINBEN_TRY(least, given.natural("facet.mincount", 1));
  asked.least = least;
  return asked;
}

struct Facets {
  JsonObject plain;     ///< "facets": value → count
  JsonObject detailed;  ///< "search_facets"
};

Facets facets_of(const Parts& parts, const AskedFacets& asked, const Hits& hits) {
  Facets out;
  for (const std::string& name : asked.names) {
    JsonObject counts;
    JsonArray items;
    const auto field = facet_field(name);
    for (const auto& [found, values] : hits.facets) {
      if (!field || found != *field) continue;
      for (const auto& each : values) {
        if (each.count < asked.least || std::ssize(items) >= asked.limit) continue;
        const std::string item = facet_item_name(found, each.value);
        counts[item] = each.count;
        items.push_back(JsonObject{{"count", each.count},
                                   {"display_name", facet_item_title(parts, found, each.value)},
                                   {"name", item}});
      }
    }
    out.plain[name] = std::move(counts);
    out.detailed[name] = JsonObject{{"title", name}, {"items", std::move(items)}};
  }
  return out;
}

/// Groups are our categories in small letters; licences have CKAN's ids. Conditions speak of our
/// values.
void translate(catalogue::Condition& condition) {
  for (auto& part : condition.parts) translate(part);
  if (condition.kind != catalogue::Condition::Kind::is) return;
  if (condition.field == Field::category) condition.value = category_of(condition.value);
  if (condition.field == Field::licence)
    if (const auto* known = vocabulary::find_licence(condition.value))
      condition.value = known->term.code;
}

Result<SearchQuery> query_of(const Call& call) {
  MINBEN_TRY(q, call.given.text("q"));
  MINBEN_TRY(filters, call.given.list("fq_list"));
  MINBEN_TRY(fq, call.given.list("fq"));
  filters.insert(filters.end(), fq.begin(), fq.end());
  MINBEN_TRY(asked, read_solr(q, filters, call.parts.clock.now()));
  translate(asked.where);
  SearchQuery query;
  query.words = std::move(asked.words);
  query.where = std::move(asked.where);
  MINBEN_TRY(sort, call.given.text("sort"));
  MINBEN_TRY(order, read_sort(sort));
  query.order = order.first;
  query.descending = order.second;
  // As CKAN: what fits best, then the newest.
  if (sort.empty() && query.words.empty()) query.order = catalogue::Order::modified;
  MINBEN_TRY(rows, call.given.natural("rows", 10));
  MINBEN_TRY(start, call.given.natural("start", 0));
  query.limit = std::min(rows, most_rows);
  query.offset = start;
  return query;
}

Result<std::string> package_search(const Call& call) {
  MINBEN_TRY(query, query_of(call));
  MINBEN_TRY(asked, asked_facets(call.given));
  for (const std::string& name : asked.names)
    if (const auto field = facet_field(name)) query.facets.push_back(*field);
  query.facet_limit = static_cast<std::size_t>(asked.limit);
  MINBEN_TRY(hits, call.parts.index.search(query));
  // Relaxed matches are for people: a program that asks for all words gets what has them all.
  if (hits.relaxed) {
    hits.total = 0;
    hits.ids.clear();
  }
  MINBEN_TRY(sort, call.given.text("sort"));
  Facets facets = facets_of(call.parts, asked, hits);
  std::string out =
      fmt::format(R"({{"count":{},"facets":{},"search_facets":{},"sort":{},"results":)", hits.total,
                  write_json(facets.plain), write_json(facets.detailed),
                  write_json(Json(sort.empty() ? "score desc, metadata_modified desc" : sort)));
  MINBEN_CHECK(append_packages(out, call.parts, hits.ids));
  return out += '}';
}

Result<Json> package_show(const Call& call) {
  const bool by_name = !call.given.has("id") && call.given.has("name_or_id");
  MINBEN_TRY(id, call.given.required(by_name ? "name_or_id" : "id"));
  MINBEN_TRY(entry, entry_of(call.parts, id));
  return std::move(packages_of(call.parts, {&entry, 1}, Told::whole).front());
}

Result<Json> package_list(const Call& call) {
  MINBEN_TRY(limit, call.given.natural("limit", 1'000'000));
  MINBEN_TRY(offset, call.given.natural("offset", 0));
  JsonArray out;
  for (catalogue::Named& each : call.parts.index.names(std::min<std::int64_t>(offset, 10'000'000),
                                                       std::min<std::int64_t>(limit, 1'000'000)))
    out.push_back(Json(std::move(each.name)));
  return out;
}

Result<std::string> current_packages(const Call& call) {
  SearchQuery query;
  MINBEN_TRY(limit, call.given.natural("limit", 10));
  MINBEN_TRY(offset, call.given.natural("offset", 0));
  query.order = catalogue::Order::modified;
  query.limit = std::min(limit, most_rows);
  query.offset = offset;
  MINBEN_TRY(hits, call.parts.index.search(query));
  std::string out;
  MINBEN_CHECK(append_packages(out, call.parts, hits.ids));
  return out;
}

Result<Json> package_autocomplete(const Call& call) {
  MINBEN_TRY(q, call.given.required("q"));
  SearchQuery query;
  MINBEN_TRY(limit, call.given.natural("limit", 10));
  query.limit = std::min<std::int64_t>(limit, 100);
  query.words = q;
  query.unfinished = true;
  MINBEN_TRY(hits, call.parts.index.search(query));
  MINBEN_TRY(entries, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.entries(tx, hits.ids);
  }));
  JsonArray out;
  if (hits.relaxed) return out;
  for (const Entry& each : entries) {
    const std::string& title = each.dataset.title.in(Language::zh_hant);
    const bool by_name = each.dataset.name.find(to_lower_ascii(q)) != std::string::npos;
    out.push_back(JsonObject{
        {"name", each.dataset.name},
        {"title", title},
        {"match_field", by_name ? "name" : "title"},
        {"match_displayed",
         by_name ? each.dataset.name : fmt::format("{} ({})", title, each.dataset.name)}});
  }
  return out;
}

constexpr std::array actions{
    Action{"package_search", true,
           "Searches for packages satisfying a given criteria.\n\nq, fq, fq_list (Solr's syntax), "
           "sort, rows (at most 1000), start, facet, facet.field, facet.limit, facet.mincount.",
           nullptr, package_search},
    Action{"package_show", true,
           "Return the metadata of a dataset (package) and its resources.\n\nid: the id or name of "
           "the dataset.",
           package_show},
    Action{"package_list", true,
           "Return a list of the names of the site's datasets (packages).\n\nlimit, offset.",
           package_list},
    Action{"current_package_list_with_resources", true,
           "Return a list of the site's datasets (packages) and their resources, by last "
           "change.\n\nlimit (at most 1000), offset.",
           nullptr, current_packages},
    Action{"package_autocomplete", true,
           "Return a list of datasets (packages) that match a string.\n\nq, limit.",
           package_autocomplete},
};

}  // namespace

std::span<const Action> search_actions() { return actions; }

interchange::CkanFacts facts_of(const Entry& entry, Told told) {
  return {.created_at = entry.created_at,
          .changed_at = entry.changed_at,
          .status = entry.status,
          .complete = told == Told::whole};
}

namespace {

/// What packages of a list have in common.
class Telling {
 public:
  Telling(const Parts& parts, std::span<const Entry> entries, Told told)
      : publishers_(parts.index.publishers()), rows_(rows_of(parts, entries)), told_(told) {}
  /// `write(dataset, publisher, facts)`
  void one(const Entry& entry, auto&& write) const {
    const auto* known = find_publisher(*publishers_, entry.dataset.publisher);
    catalogue::Publisher unnamed;
    unnamed.code = entry.dataset.publisher;
    unnamed.title.zh_hant = unnamed.code.value;
    auto facts = facts_of(entry, told_);
    facts.has_rows = &rows_;
    write(entry.dataset, known ? *known : unnamed, facts);
  }

 private:
  decltype(std::declval<const Parts&>().index.publishers()) publishers_;
  RowsOf rows_;
  Told told_;
};

/// What was withdrawn since it was found is left out.
Result<void> append_some(std::string& out, const Parts& parts,
                         std::span<const catalogue::DatasetId> ids) {
  MINBEN_TRY(entries,
             parts.read([&](store::Transaction& tx) { return parts.catalogue.entries(tx, ids); }));
  std::erase_if(entries, [](const Entry& entry) { return entry.status != Status::published; });
  const Telling telling(parts, entries, Told::in_a_list);
  for (const Entry& entry : entries) {
    if (!out.empty()) out += ',';
    telling.one(entry, [&](const auto&... of) { interchange::append_ckan_package(out, of...); });
  }
  return {};
}

}  // namespace

JsonArray packages_of(const Parts& parts, std::span<const Entry> entries, Told told) {
  const Telling telling(parts, entries, told);
  JsonArray out;
  out.reserve(entries.size());
  for (const Entry& entry : entries)
    telling.one(entry,
                [&](const auto&... of) { out.push_back(interchange::write_ckan_package(of...)); });
  return out;
}

Result<void> append_packages(std::string& out, const Parts& parts,
                             std::span<const catalogue::DatasetId> ids) {
  constexpr std::size_t usual_bytes = 8000;  // of one: growing a large text costs copies
  constexpr std::size_t envelope = 1000;
  constexpr std::size_t at_a_time = 100;  // so that not all of them are in memory at once
  out.reserve(out.size() + ids.size() * usual_bytes + envelope);
  std::map<std::size_t, Result<std::string>> pieces;  // by the place of their first package
  std::mutex mutex;
  in_pieces(ids.size(), at_a_time, [&](std::size_t from, std::size_t to) {
    Result<std::string> piece;
    for (std::size_t i = from; i < to && piece; i += at_a_time)
      if (auto added = append_some(*piece, parts, ids.subspan(i, std::min(at_a_time, to - i)));
          !added)
        piece = std::unexpected(std::move(added).error());
    const std::lock_guard lock(mutex);
    pieces.emplace(from, std::move(piece));
  });
  out += '[';
  bool first = true;
  for (auto& [from, piece] : pieces) {
    if (!piece) return fail(std::move(piece).error());
    if (piece->empty()) continue;
    if (!first) out += ',';
    first = false;
    out += *piece;
  }
  out += ']';
  return {};
}

}  // namespace minben::interop
