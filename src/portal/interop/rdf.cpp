// The catalogue as linked data: pages of DCAT-AP, one dataset in each serialisation, and addresses
// that lead people to pages and programs to graphs.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ckan.hpp"
#include "interchange/dcat.hpp"
#include "interchange/rdf.hpp"
#include "interchange/schema_org.hpp"
#include "interchange/series.hpp"
#include "parts.hpp"
#include "solr.hpp"

namespace minben::interop {

namespace {

using catalogue::Entry;
using interchange::Graph;

constexpr std::int64_t page_size = 100;

struct Serialisation {
  std::string_view suffix;
  std::string_view media_type;
};
// In the order in which they are preferred.
constexpr std::array<Serialisation, 7> serialisations{{{"ttl", "text/turtle"},
                                                       {"jsonld", "application/ld+json"},
                                                       {"rdf", "application/rdf+xml"},
                                                       {"xml", "application/rdf+xml"},
                                                       {"nt", "application/n-triples"},
                                                       {"n3", "text/n3"},
                                                       {"json", "application/ld+json"}}};

const Serialisation* by_suffix(std::string_view suffix) {
  const auto found = std::ranges::find(serialisations, suffix, &Serialisation::suffix);
  return found == serialisations.end() ? nullptr : &*found;
}

/// What an Accept field asks for; nullptr for a browser.
const Serialisation* by_accept(std::string_view accept) {
  for (const std::string_view part : split(accept, ',')) {
    const std::string_view type = trim(part.substr(0, part.find(';')));
    const auto found = std::ranges::find(serialisations, type, &Serialisation::media_type);
    if (found != serialisations.end()) return &*found;
    if (type == "text/html" || type == "application/xhtml+xml") return nullptr;
  }
  return nullptr;
}

Result<net::Response> written(const Graph& graph, const Serialisation& as) {
  std::string text;
  if (as.media_type == "application/rdf+xml") {
    MINBEN_TRY(xml, interchange::write_rdf_xml(graph));
    text = std::move(xml);
  } else if (as.media_type == "application/ld+json") {
    text = interchange::write_json_ld(graph);
  } else if (as.media_type == "application/n-triples") {
    text = interchange::write_ntriples(graph);
  } else {
    text = interchange::write_turtle(graph);
  }
  net::Response response =
      net::Response::bytes(std::move(text), fmt::format("{}; charset=utf-8", as.media_type));
  response.headers.set("Vary", "Accept");
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

/// Keeps the list that it looks in.
interchange::PublisherOf publishers_by(const Parts& parts) {
  return [all = parts.index.publishers()](const catalogue::PublisherCode& code) {
    return find_publisher(*all, code);
  };
}

struct AskedPage {
  std::int64_t number = 1;
  catalogue::SearchQuery query;
  std::string parameters;  ///< for the addresses of other pages, "&q=…"
};

/// page, q, fq and modified_since, as ckanext-dcat has them.
Result<AskedPage> asked_page(const Parts& parts, const net::Form& query) {
  AskedPage asked;
  if (query.has("page")) {
    const auto page = parse_integer(query.get("page"), 1, 1'000'000);
    if (!page) return fail(Kind::invalid, "out_of_range", "a page number from 1 on", "page");
    asked.number = *page;
  }
  std::vector<std::string> filters;
  for (const std::string_view each : query.all("fq")) filters.emplace_back(each);
  if (const std::string since(query.get("modified_since")); !since.empty()) {
    if (!parse_date(since.substr(0, 10)))
      return fail(Kind::invalid, "not_a_date", "RFC 3339 or YYYY-MM-DD", "modified_since");
    filters.push_back(fmt::format("metadata_modified:[\"{}\" TO *]", since));
  }
  MINBEN_TRY(read, read_solr(query.get("q"), filters, parts.clock.now()));
  asked.query.words = std::move(read.words);
  asked.query.where = std::move(read.where);
  asked.query.order = catalogue::Order::modified;
  asked.query.limit = page_size;
  asked.query.offset = (asked.number - 1) * page_size;
  for (const auto& [name, value] : query.fields())
    if (name == "q" || name == "fq" || name == "modified_since")
      asked.parameters += fmt::format("&{}={}", name, net::percent_encode(value));
  return asked;
}

interchange::Paging paging_of(const AskedPage& asked, std::int64_t total,
                              const std::string& address) {
  const std::int64_t last = std::max<std::int64_t>(1, (total + page_size - 1) / page_size);
  const auto page = [&](std::int64_t number) {
    return fmt::format("{}?page={}{}", address, number, asked.parameters);
  };
  interchange::Paging paging{.address = page(asked.number),
                             .first = page(1),
                             .previous = {},
                             .next = {},
                             .last = page(last)};
  if (asked.number > 1) paging.previous = page(asked.number - 1);
  if (asked.number < last) paging.next = page(asked.number + 1);
  paging.total = total;
  paging.per_page = page_size;
  return paging;
}

Result<net::Response> catalogue_page(const Parts& parts, const net::Request& request,
                                     const Serialisation& as) {
  MINBEN_TRY(asked, asked_page(parts, request.query));
  MINBEN_TRY(hits, parts.index.search(asked.query));
  MINBEN_TRY(entries, parts.read([&](store::Transaction& tx) {
    return parts.catalogue.entries(tx, hits.ids);
  }));
  std::erase_if(entries,
                [](const Entry& each) { return each.status != catalogue::Status::published; });
  std::vector<interchange::Record> records;
  for (const Entry& each : entries)
    records.push_back({&each.dataset, each.created_at, each.changed_at});
  MINBEN_TRY(series,
             parts.read([&](store::Transaction& tx) { return parts.catalogue.all_series(tx); }));
  std::erase_if(series, [&](const catalogue::Series& each) {
    return std::ranges::none_of(
        entries, [&](const Entry& entry) { return entry.dataset.series == each.id; });
  });
  interchange::CatalogueDescription description;
  description.title = parts.config.title;
  description.description = parts.config.description;
  description.publisher = parts.config.publisher;
  description.homepage = parts.config.origin + "/zh-Hant/datasets";
  description.licence = "OGDL-TW-1.0";
  description.languages = {"zh-Hant", "en"};
  description.modified = parts.index.newest();
  const std::string address = fmt::format("{}/catalog.{}", parts.config.origin, as.suffix);
  return written(interchange::write_dcat_page(description, records, series,
                                              paging_of(asked, hits.total, address),
                                              {parts.config.origin}, publishers_by(parts)),
                 as);
}

Result<net::Response> dataset_graph(const Parts& parts, const Entry& entry,
                                    const Serialisation& as) {
  Graph graph;
  interchange::write_dcat(graph, entry.dataset, {parts.config.origin}, publishers_by(parts));
  add_quality(graph, parts, entry);
  return written(graph, as);
}

net::Response to_page(const Parts& parts, const Entry& entry, const net::Request& request) {
  const bool english = request.headers.get("Accept-Language").starts_with("en");
  net::Response response = net::Response::see_other(
      fmt::format("{}/{}/datasets/{}", parts.config.origin, english ? "en" : "zh-Hant",
                  net::percent_encode(entry.dataset.name)));
  response.headers.set("Vary", "Accept, Accept-Language");
  return response;
}

/// /dataset/ID or NAME, with or without a suffix: what Accept asks for, or the page.
Result<net::Response> dataset(const Parts& parts, const net::Request& request) {
  std::string id(request.parameter("dataset"));
  const Serialisation* as = nullptr;
  if (const auto dot = id.rfind('.'); dot != id.npos) {
    as = by_suffix(std::string_view(id).substr(dot + 1));
    if (!as) return fail(Kind::not_found, "no_such_form", "ttl, jsonld, rdf, xml, nt or n3");
    id.resize(dot);
  }
  MINBEN_TRY(entry, entry_of(parts, id));
  if (!as) as = by_accept(request.headers.get("Accept"));
  if (!as) return to_page(parts, entry, request);
  return dataset_graph(parts, entry, *as);
}

/// Parts of datasets have no graphs of their own: the dataset's has them.
Result<net::Response> resource(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(entry, entry_of(parts, std::string(request.parameter("dataset"))));
  if (const Serialisation* as = by_accept(request.headers.get("Accept")))
    return dataset_graph(parts, entry, *as);
  return to_page(parts, entry, request);
}

Result<net::Response> organization(const Parts& parts, const net::Request& request) {
  const bool english = request.headers.get("Accept-Language").starts_with("en");
  return net::Response::see_other(fmt::format("{}/{}/publishers/{}", parts.config.origin,
                                              english ? "en" : "zh-Hant",
                                              net::percent_encode(request.parameter("code"))));
}

/// Of the series alone: its members tell that they are in it.
Result<net::Response> series(const Parts& parts, const net::Request& request) {
  const auto id = catalogue::SeriesId::parse(request.parameter("series"));
  if (!id) return fail(Kind::not_found, "no_such_series");
  MINBEN_TRY(found,
             parts.read([&](store::Transaction& tx) { return parts.catalogue.series(tx, *id); }));
  if (const Serialisation* as = by_accept(request.headers.get("Accept"))) {
    Graph graph;
    interchange::write_series(graph, found, {parts.config.origin}, publishers_by(parts));
    return written(graph, *as);
  }
  const bool english = request.headers.get("Accept-Language").starts_with("en");
  net::Response response = net::Response::see_other(
      fmt::format("{}/{}/series/{}", parts.config.origin, english ? "en" : "zh-Hant",
                  net::percent_encode(found.name)));
  response.headers.set("Vary", "Accept, Accept-Language");
  return response;
}

Result<net::Response> structured(const Parts& parts, const net::Request& request, bool croissant) {
  MINBEN_TRY(entry, entry_of(parts, std::string(request.parameter("dataset"))));
  const auto all = parts.index.publishers();
  const catalogue::Publisher* publisher = find_publisher(*all, entry.dataset.publisher);
  if (!publisher) return fail(Kind::internal, "no_publisher");
  const Language language = request.query.get("lang") == "en" ? Language::en : Language::zh_hant;
  const interchange::Addresses addresses{parts.config.origin};
  net::Response response = net::Response::json(
      croissant ? interchange::write_croissant(entry.dataset, *publisher, addresses, language)
                : interchange::write_schema_org(entry.dataset, *publisher, addresses, language));
  response.headers.set("Content-Type", "application/ld+json; charset=utf-8");
  return response;
}

}  // namespace

void add_rdf(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  for (const Serialisation& each : serialisations)
    add_get(routes, parts, access, fmt::format("/catalog.{}", each.suffix),
            [&each](const Parts& with, const net::Request& request) {
              return catalogue_page(with, request, each);
            });
  add_get(routes, parts, access, "/catalog",
          [](const Parts& with, const net::Request& request) -> Result<net::Response> {
            if (const Serialisation* as = by_accept(request.headers.get("Accept")))
              return catalogue_page(with, request, *as);
            return net::Response::see_other(with.config.origin + "/zh-Hant/datasets");
          });
  add_get(routes, parts, access, "/dataset/{dataset}", dataset);
  add_get(routes, parts, access, "/dataset/{dataset}/resource/{resource}", resource);
  add_get(routes, parts, access, "/dataset/{dataset}/schema-org",
          [](const Parts& with, const net::Request& request) {
            return structured(with, request, false);
          });
  add_get(routes, parts, access, "/dataset/{dataset}/croissant",
          [](const Parts& with, const net::Request& request) {
            return structured(with, request, true);
          });
  add_get(routes, parts, access, "/organization/{code}", organization);
  add_get(routes, parts, access, "/series/{series}", series);
}

}  // namespace minben::interop
