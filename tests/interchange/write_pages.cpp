// write_pages DIRECTORY [SEED]: 1,000 datasets, ours and harvested, as catalogue pages of 100 in
// all syntaxes; pages of high-value datasets only; and one page with two faults that must be found.
#include <filesystem>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "interchange/dcat.hpp"
#include "support/datasets.hpp"

namespace {

using namespace minben;
using namespace minben::interchange;

const Addresses ours{"https://data.example.tw"};
constexpr std::size_t datasets_in_all = 1000, on_a_page = 100;

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void write_graph(const std::filesystem::path& path, const Graph& graph) {
  write_file(path.string() + ".ttl", write_turtle(graph));
  write_file(path.string() + ".nt", write_ntriples(graph));
  write_file(path.string() + ".rdf", write_rdf_xml(graph).value());
  write_file(path.string() + ".jsonld", write_json_ld(graph));
}

catalogue::Series the_series() {
  catalogue::Series series;
  series.id = {parse_uuid("01020304-0506-7008-8009-0a0b0c0d0e0f").value()};
  series.name = "a-series";
  series.title = {"系列", "A series"};
  series.publisher = {"agency-1"};
  series.frequency = {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::month, 1};
  return series;
}

// As another portal would say the same, in ways that are right and not ours.
catalogue::Dataset harvested(const catalogue::Dataset& dataset, Random& random) {
  Graph graph;
  write_dcat(graph, dataset, Addresses{"https://others.example"}, test::random_publisher);
  if (dataset.series) {
    Graph page = write_dcat_page({}, {}, std::vector{the_series()}, {},
                                 Addresses{"https://others.example"}, test::random_publisher);
    graph.merge(page);
  }
  const TermId node = graph.instances("http://www.w3.org/ns/dcat#Dataset").front();
  const auto dct = [&](std::string_view name) {
    return graph.iri("http://purl.org/dc/terms/" + std::string(name));
  };
  const auto typed = [&](std::string_view type) {
    const TermId made = graph.new_blank();
    graph.add(made, graph.iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), graph.iri(type));
    return made;
  };
  if (random.below(2) == 0) graph.add(node, dct("title"), graph.literal("Ein Titel", "de"));
  if (random.below(2) == 0) graph.add(node, dct("identifier"), graph.literal("their-own-17"));
  if (random.below(2) == 0)
    graph.add(node, graph.iri("http://others.example/own"), graph.literal("a word"));
  if (random.below(2) == 0) {
    const TermId agent = typed("http://xmlns.com/foaf/0.1/Agent");
    graph.add(agent, graph.iri("http://xmlns.com/foaf/0.1/name"), graph.literal("Who made it"));
    graph.add(node, dct("creator"), agent);
  }
  if (random.below(2) == 0) {
    const TermId place = typed("http://purl.org/dc/terms/Location");
    graph.add(place, graph.iri("http://www.w3.org/ns/dcat#bbox"),
              graph.literal("POLYGON((1 1,2 1,2 2,1 1))", "",
                            "http://www.opengis.net/ont/geosparql#wktLiteral"));
    graph.add(node, dct("spatial"), place);
  }
  return read_dcat(graph).datasets.front().dataset;
}

Graph page_of(std::span<const catalogue::Dataset> datasets, std::size_t number, std::size_t pages,
              std::span<const catalogue::Series> series) {
  std::vector<Record> records;
  for (const catalogue::Dataset& dataset : datasets)
    records.push_back({&dataset, Instant(seconds(1'700'000'000)), Instant(seconds(1'750'000'000))});
  const auto address = [](std::size_t page) {
    return fmt::format("{}/catalog.ttl?page={}", ours.base, page);
  };
  const Paging paging{address(number),
                      address(1),
                      number > 1 ? address(number - 1) : "",
                      number < pages ? address(number + 1) : "",
                      address(pages),
                      static_cast<std::int64_t>(datasets_in_all),
                      on_a_page};
  return write_dcat_page({{"資料目錄", "Catalogue"},
                          {"政府的開放資料", "Open data of the government"},
                          {"agency-0"},
                          ours.base + "/",
                          "OGDL-TW-1.0",
                          {"zh-Hant", "en"},
                          Instant(seconds(1)),
                          Instant(seconds(2))},
                         records, series, paging, ours, test::random_publisher);
}

catalogue::Dataset high_value(Random& random) {
  for (;;) {
    catalogue::Dataset dataset = test::publishable_dataset(random);
    if (dataset.hvd_categories.empty() || dataset.distributions.empty()) continue;
    dataset.contact = {"資料室", "02-1234", "data@agency.example",
                       "https://agency.example/contact"};
    dataset.series.reset();
    return dataset;
  }
}

// A dataset without description, and a distribution without address.
Graph faulty(Random& random) {
  catalogue::Dataset bare = test::publishable_dataset(random),
                     closed = test::publishable_dataset(random);
  bare.description = {};
  bare.series.reset();
  closed.series.reset();
  closed.distributions.resize(1);
  closed.distributions[0].access_url.clear();
  closed.distributions[0].download_url.clear();
  closed.distributions[0].api_description_url.clear();
  const catalogue::Dataset both[] = {bare, closed};
  return page_of(both, 1, 1, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::filesystem::path directory = argv[1];
  const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : SystemRandom().next();
  std::cout << "seed " << seed << "\n";
  SeededRandom random(seed);
  std::filesystem::create_directories(directory);
  std::vector<catalogue::Dataset> datasets;
  for (std::size_t i = 0; i < datasets_in_all; ++i) {
    datasets.push_back(test::publishable_dataset(random));
    if (i % 2 == 1) datasets.back() = harvested(datasets.back(), random);
  }
  const std::vector<catalogue::Series> series{the_series()};
  const std::size_t pages = datasets_in_all / on_a_page;
  for (std::size_t page = 1; page <= pages; ++page)
    write_graph(directory / fmt::format("page-{}", page),
                page_of(std::span(datasets).subspan((page - 1) * on_a_page, on_a_page), page, pages,
                        series));
  std::vector<catalogue::Dataset> valuable;
  for (std::size_t i = 0; i < on_a_page; ++i) valuable.push_back(high_value(random));
  write_graph(directory / "high-value", page_of(valuable, 1, 1, {}));
  write_graph(directory / "faulty", faulty(random));
  return 0;
}
