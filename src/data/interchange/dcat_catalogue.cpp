// Catalogues, their pages, records and series.
#include <algorithm>

#include "dcat_read.hpp"
#include "dcat_words.hpp"
#include "dcat_write.hpp"
#include "names.hpp"
#include "series.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace {

void write_paging(Graph& graph, const Paging& paging, const Addresses& addresses) {
  if (paging.address.empty()) return;
  Statements page(graph, paging.address);
  page.type(words::PagedCollection)
      .type(words::PartialCollectionView)
      .typed(words::total_items, std::to_string(paging.total), "integer")
      .typed(words::items_per_page, std::to_string(paging.per_page), "integer");
  const auto to = [&](std::string_view now, std::string_view before, const std::string& address) {
    page.link(now, address).link(before, address);
  };
  to(words::hydra_first, words::first_page, paging.first);
  to(words::hydra_previous, words::previous_page, paging.previous);
  to(words::hydra_next, words::next_page, paging.next);
  to(words::hydra_last, words::last_page, paging.last);
  Statements(graph, addresses.catalogue()).link(words::hydra_view, paging.address);
}

catalogue::Series read_series(const Look& look, TermId node, const ReadOptions& options) {
  catalogue::Series out;
  const std::string& iri = look.graph().term(node).value;
  const auto uuid = options.own_base.empty() ? std::nullopt : uuid_at_end(iri);
  out.id = {uuid ? *uuid : uuid_of(iri)};
  out.title = look.text(node, dct::title);
  out.description = look.text(node, dct::description);
  out.name = look.literal(node, words::own_name);
  if (out.name.empty()) out.name = slug(out.title.en);
  if (out.name.size() < 2) out.name = "series-" + to_string(out.id).substr(0, 13);
  out.frequency = read_frequency(look, node);
  if (const auto publisher = read_publisher(look, node, options)) out.publisher = publisher->code;
  if (const auto issued = look.instant(node, dct::issued)) out.created_at = *issued;
  if (const auto modified = look.instant(node, dct::modified)) out.changed_at = *modified;
  return out;
}

CatalogueDescription read_description(const Look& look, TermId node, const ReadOptions& options) {
  CatalogueDescription out;
  out.title = look.text(node, dct::title);
  out.description = look.text(node, dct::description);
  out.homepage = look.address(node, words::homepage);
  out.licence = read_licence(look, node);
  out.languages = read_languages(look, node);
  out.issued = look.instant(node, dct::issued);
  out.modified = look.instant(node, dct::modified);
  if (const auto publisher = read_publisher(look, node, options)) out.publisher = publisher->code;
  return out;
}

void read_paging(const Look& look, FoundPage& page) {
  for (const std::string_view type : {words::PartialCollectionView, words::PagedCollection})
    for (const TermId node : look.graph().instances(type)) {
      for (const std::string_view next : {words::hydra_next, words::next_page})
        if (page.next.empty()) page.next = look.address(node, next);
      if (!page.total) page.total = look.count(node, words::total_items);
    }
}

}  // namespace

void write_series(Graph& graph, const catalogue::Series& series, const Addresses& addresses,
                  const PublisherOf& publisher_of) {
  Statements about(graph, addresses.series(series.id));
  about.type(dcat::DatasetSeries)
      .plain(words::own_name, series.name)
      .text(dct::title, series.title)
      .text(dct::description, series.description.empty() ? series.title : series.description)
      .instant(dct::issued, series.created_at)
      .instant(dct::modified, series.changed_at);
  write_frequency(about, series.frequency);
  write_publisher(about, series.publisher, addresses, publisher_of);
}

Graph write_dcat_page(const CatalogueDescription& description, std::span<const Record> records,
                      std::span<const catalogue::Series> series, const Paging& paging,
                      const Addresses& addresses, const PublisherOf& publisher_of) {
  Graph graph;
  Statements about(graph, addresses.catalogue());
  about.type(dcat::Catalog)
      .text(dct::title, description.title)
      .text(dct::description, description.description)
      .link(words::homepage, description.homepage, words::Document)
      .instant(dct::issued, description.issued)
      .instant(dct::modified, description.modified);
  write_publisher(about, description.publisher, addresses, publisher_of);
  write_licence(about, description.licence);
  write_languages(about, description.languages);
  about.link(dcat::theme_taxonomy, words::eu_themes, words::ConceptScheme);
  Statements(graph, words::eu_themes).text(dct::title, {"資料主題", "Data theme"});
  write_paging(graph, paging, addresses);
  for (const catalogue::Series& each : series) write_series(graph, each, addresses, publisher_of);
  for (const Record& record : records) {
    Graph one;
    write_dcat(one, *record.dataset, addresses, publisher_of);
    const auto datasets = one.instances(dcat::Dataset);
    for (const TermId node : one.instances(dcat::DataService))
      if (one.term(node).kind == Term::Kind::iri) about.link(dcat::service, one.term(node).value);
    graph.merge(one);
    if (datasets.empty()) continue;
    const std::string iri = one.term(datasets.front()).value;
    about.link(dcat::dataset, iri).link(dcat::record, addresses.record(record.dataset->id));
    Statements(graph, addresses.record(record.dataset->id))
        .type(dcat::CatalogRecord)
        .link(words::primary_topic, iri)
        .instant(dct::issued, record.created_at)
        .instant(dct::modified, record.changed_at);
  }
  return graph;
}

FoundPage read_dcat(const Graph& graph, const ReadOptions& options) {
  const Look look(graph);
  FoundPage page;
  for (const TermId node : graph.instances(dcat::DatasetSeries))
    page.series.push_back(read_series(look, node, options));
  for (const TermId node : graph.instances(dcat::Catalog))
    if (!page.description) page.description = read_description(look, node, options);
  read_paging(look, page);
  for (const TermId node : graph.instances(dcat::Dataset)) {
    if (look.is(node, dcat::Catalog) || look.is(node, dcat::DatasetSeries)) continue;
    Members members = read_members(graph, node, options);
    members.dataset.kept.rdf = kept_of(graph, node, members, options);
    const Term& term = graph.term(node);
    page.datasets.push_back({term.kind == Term::Kind::iri ? term.value : "",
                             std::move(members.dataset), std::move(members.publisher),
                             std::move(members.series_iri)});
  }
  return page;
}

}  // namespace minben::interchange
