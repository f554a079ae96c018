#include "interchange/dcat.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rapper.hpp"
#include "support/datasets.hpp"
#include "support/shared.hpp"

namespace minben::interchange {
namespace {

using catalogue::Dataset;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Addresses ours{"https://data.example.tw"};
const ReadOptions as_own{"https://data.example.tw"};

Graph good(Result<Graph> graph) {
  EXPECT_TRUE(graph) << describe(graph.error());
  return graph ? std::move(*graph) : Graph();
}
Graph turtle(std::string_view text) {
  constexpr std::string_view prefixes = R"(
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix locn: <http://www.w3.org/ns/locn#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix freq: <http://publications.europa.eu/resource/authority/frequency/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix e: <http://e.example/> .
)";
  return good(read_turtle(std::string(prefixes) + std::string(text), "http://e.example/"));
}

void expect_equal(const Dataset& expected, const Dataset& got) {
  if (expected == got) return;
  for (const auto& difference : catalogue::differences(expected, got))
    ADD_FAILURE() << difference.pointer << ": " << write_json(difference.before) << " became "
                  << write_json(difference.after);
  ADD_FAILURE() << "kept: " << got.kept.rdf;
}

TEST(Dcat, DatasetsOfOursAreReadAsTheyWereWritten) {
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  for (int round = 0; round < 150 && !testing::Test::HasFailure(); ++round) {
    const Dataset dataset = test::random_dataset(random);
    ASSERT_THAT(catalogue::check(dataset), IsEmpty())
        << describe(catalogue::check(dataset).front());
    Graph graph;
    write_dcat(graph, dataset, ours, test::random_publisher);
    SCOPED_TRACE(fmt::format("seed {} round {}\n{}", seed, round, write_turtle(graph)));
    const Graph ways[] = {good(read_turtle(write_turtle(graph), "")),
                          good(read_ntriples(write_ntriples(graph))),
                          good(read_json_ld(write_json_ld(graph), "")),
                          good(read_rdf_xml(write_rdf_xml(graph).value(), ""))};
    for (const Graph& way : ways) {
      const FoundPage page = read_dcat(way, as_own);
      ASSERT_EQ(page.datasets.size(), 1u);
      expect_equal(dataset, page.datasets.front().dataset);
      ASSERT_TRUE(page.datasets.front().publisher);
      EXPECT_EQ(page.datasets.front().publisher->title,
                test::random_publisher(dataset.publisher)->title);
    }
    if (round < 10) {
      EXPECT_TRUE(same(graph, read_with_rapper(write_turtle(graph), "turtle")));
      EXPECT_TRUE(same(graph, read_with_rapper(write_rdf_xml(graph).value(), "rdfxml")));
    }
  }
}

// What others say about their datasets, in forms that are not ours.
void add_foreign_words(Graph& graph, Random& random) {
  const auto iri = [&](const std::string& text) { return graph.iri(text); };
  const std::vector<Triple> before(graph.triples().begin(), graph.triples().end());
  std::vector<TermId> subjects;
  for (const Triple& triple : before)
    if (graph.term(triple.subject).value.find("/organization/") == std::string::npos)
      subjects.push_back(triple.subject);
  for (std::uint64_t i = 1 + random.below(12); i > 0; --i) {
    const TermId subject = subjects[random.below(subjects.size())];
    const TermId property =
        random.below(2) == 0 ? before[random.below(before.size())].predicate
                             : iri(fmt::format("http://others.example/{}", "abc"[random.below(3)]));
    // A distribution that is a blank node gets an address, so it would not compare.
    if (graph.term(property).value.ends_with("#type") ||
        graph.term(property).value.ends_with("#distribution") ||
        graph.term(property).value.ends_with("rest") ||
        graph.term(property).value.ends_with("#first"))
      continue;
    switch (random.below(5)) {
      case 0:
        graph.add(subject, property, graph.literal("ein Wort", "de"));
        break;
      case 1:
        graph.add(subject, property,
                  graph.literal("2015-01-01", "", "http://www.w3.org/2001/XMLSchema#date"));
        break;
      case 2:
        graph.add(subject, property, iri("http://others.example/thing"));
        break;
      case 3:
        graph.add(subject, property, graph.literal("字"));
        break;
      default: {
        const TermId node = graph.new_blank();
        graph.add(subject, property, node);
        graph.add(node, iri("http://others.example/p"), graph.literal("inside"));
        graph.add(node, iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
                  iri("http://others.example/T"));
      }
    }
  }
}

TEST(Dcat, GraphsOfOthersKeepEveryTriple) {
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  for (int round = 0; round < 150 && !testing::Test::HasFailure(); ++round) {
    Graph original;
    write_dcat(original, test::random_dataset(random), Addresses{"http://others.example"},
               test::random_publisher);
    add_foreign_words(original, random);
    SCOPED_TRACE(fmt::format("seed {} round {}\n{}", seed, round, write_turtle(original)));
    const FoundPage page = read_dcat(original);
    ASSERT_EQ(page.datasets.size(), 1u);
    Graph written;
    write_dcat(written, page.datasets.front().dataset, ours, nullptr);
    EXPECT_THAT(missing_in(original, written), IsEmpty())
        << write_turtle(written) << page.datasets.front().dataset.kept.rdf;
    const FoundPage again = read_dcat(written);
    ASSERT_EQ(again.datasets.size(), 1u);
    EXPECT_EQ(again.datasets.front().iri, page.datasets.front().iri);
    Dataset second = again.datasets.front().dataset;
    second.kept = page.datasets.front().dataset.kept;
    expect_equal(page.datasets.front().dataset, second);
  }
}

TEST(Dcat, ReadsWhatPortalsWrite) {
  const Graph graph = turtle(R"ttl(
e:catalog a dcat:Catalog ; dct:title "A catalogue"@en ; dcat:dataset e:d .
e:d a dcat:Dataset ;
  dct:title "Bus stops", "Bushaltestellen"@de ; dct:description "Where buses stop" ;
  dct:identifier "bus-17" ; dct:issued "2019-05-06"^^xsd:date ; dct:modified "2020-01-02T03:04:05"^^xsd:dateTime ;
  dcat:keyword "bus", "公車", "Bus"@de ; dcat:theme <http://publications.europa.eu/resource/authority/data-theme/TRAN>, e:buses ;
  dct:publisher [ a foaf:Organization ; foaf:name "Ministry of Buses" ] ;
  dcat:contactPoint [ a vcard:Kind ; vcard:fn "Desk" ; vcard:hasEmail <mailto:bus@e.example> ;
    vcard:hasTelephone [ vcard:hasValue <tel:+49-30-1> ] ; vcard:hasAddress [ vcard:locality "Berlin" ] ] ;
  dct:accrualPeriodicity freq:WEEKLY_2 ;
  dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2015"^^xsd:gYear ; dcat:endDate "2016-02"^^xsd:gYearMonth ] ;
  dct:spatial [ a dct:Location ; skos:prefLabel "Berlin" ; locn:geometry "POINT(1 2)" ] ;
  dct:language <http://publications.europa.eu/resource/authority/language/DEU> ;
  dct:accessRights <http://publications.europa.eu/resource/authority/access-right/RESTRICTED> ;
  dcat:landingPage <https://e.example/buses> ; prov:qualifiedAttribution [ prov:agent e:someone ] ;
  dcat:distribution e:csv, [ a dcat:Distribution ; dcat:accessURL <https://e.example/api> ; dct:license <http://creativecommons.org/licenses/by/4.0/> ;
    dcat:accessService [ a dcat:DataService ; dcat:endpointURL <https://e.example/api> ; dcat:endpointDescription <https://e.example/openapi.json> ] ] .
e:csv a dcat:Distribution ; dct:title "CSV" ; dcat:accessURL <https://e.example/b.csv> ; dcat:downloadURL <https://e.example/b.csv> ;
  dct:format "csv" ; dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ; dcat:byteSize "1024.0"^^xsd:decimal ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> .
e:someone foaf:name "Somebody" .
<p1> a hydra:PagedCollection ; hydra:nextPage "https://e.example/catalog?page=2" ; hydra:totalItems 201 .
)ttl");
  const FoundPage page = read_dcat(graph);
  EXPECT_EQ(page.next, "https://e.example/catalog?page=2");
  EXPECT_EQ(page.total, 201);
  ASSERT_EQ(page.datasets.size(), 1u);
  EXPECT_EQ(page.datasets[0].iri, "http://e.example/d");
  const Dataset& d = page.datasets[0].dataset;
  EXPECT_EQ(d.title, (catalogue::Text{"", "Bus stops"}));
  EXPECT_EQ(d.name, "bus-stops");
  EXPECT_THAT(d.keywords, ElementsAre("公車"));
  EXPECT_THAT(d.keywords_en, ElementsAre("bus"));
  EXPECT_THAT(d.themes, ElementsAre("TRAN"));
  EXPECT_EQ(d.publisher.value, "ministry-of-buses");
  EXPECT_EQ(d.contact, (catalogue::ContactPoint{"Desk", "+49-30-1", "bus@e.example", ""}));
  EXPECT_EQ(d.frequency, (catalogue::Frequency{catalogue::Frequency::Kind::regular,
                                               catalogue::Frequency::Unit::day, 4}));
  EXPECT_EQ(to_string(*d.temporal.from), "2015-01-01");
  EXPECT_EQ(to_string(*d.temporal.to), "2016-02-29");
  EXPECT_THAT(d.spatial, ElementsAre("Berlin"));
  EXPECT_THAT(d.languages, ElementsAre("de"));
  EXPECT_EQ(d.access_rights, catalogue::AccessRights::restricted);
  EXPECT_EQ(d.licence, "CC-BY-4.0");
  EXPECT_EQ(to_string(*d.modified), "2020-01-02T03:04:05Z");
  ASSERT_EQ(d.distributions.size(), 2u);
  EXPECT_EQ(d.distributions[0].format, "csv");
  EXPECT_EQ(d.distributions[0].access_url, "");
  EXPECT_EQ(d.distributions[0].byte_size, 1024);
  EXPECT_EQ(d.distributions[1].api_description_url, "https://e.example/openapi.json");
  EXPECT_THAT(catalogue::check(d), IsEmpty());

  Graph written;
  write_dcat(written, d, ours, nullptr);
  const Graph expected = turtle(write_ntriples(graph));
  for (const std::string& missing : missing_in(expected, written)) {
    const bool about_page = missing.find("example/p1>") != std::string::npos ||
                            missing.find("/catalog>") != std::string::npos;
    // The second distribution was a blank node and has an address now.
    const bool about_blank =
        missing.starts_with("_:") || missing.find("#distribution> _:") != std::string::npos;
    EXPECT_TRUE(about_page || about_blank) << missing;
  }
  const std::string text = write_turtle(written);
  EXPECT_THAT(text, HasSubstr("frequency/WEEKLY_2"));
  EXPECT_THAT(text, testing::Not(HasSubstr("frequency/OTHER")));
  EXPECT_THAT(text, HasSubstr("vcard:hasAddress"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\"Bus stops\"@en")));
}

TEST(Dcat, WhatIsChangedHereWinsOverWhatWasKept) {
  const Graph graph = turtle(R"(e:d a dcat:Dataset ; dct:title "Bus stops" ; dct:description "x" ;
    dct:accrualPeriodicity freq:WEEKLY_2 ; e:own "word" ; dct:issued "2019-05-06"^^xsd:date .)");
  Dataset dataset = read_dcat(graph).datasets.front().dataset;
  dataset.title.en = "Tram stops";
  dataset.frequency = {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::day, 1};
  Graph written;
  write_dcat(written, dataset, ours, nullptr);
  const std::string text = write_turtle(written);
  EXPECT_THAT(text, HasSubstr("Tram stops"));
  EXPECT_THAT(text, testing::Not(HasSubstr("Bus stops")));
  EXPECT_THAT(text, HasSubstr("frequency/DAILY"));
  EXPECT_THAT(text, testing::Not(HasSubstr("WEEKLY_2")));
  EXPECT_THAT(text, HasSubstr("\"2019-05-06\"^^xsd:date"));
  EXPECT_THAT(text, HasSubstr("<http://e.example/own> \"word\""));
}

TEST(Dcat, NobodyElseSpeaksOfWhatIsOurs) {
  const Graph graph = turtle(R"(
<https://data.example.tw/dataset/7> a dcat:Dataset ; dct:title "Not theirs" ; dct:relation <https://data.example.tw/dataset/8> .
<https://data.example.tw/dataset/8> dct:title "Something false" ; dct:license <http://e.example/l> .
e:d a dcat:Dataset ; dct:title "Theirs" ; dct:relation <https://data.example.tw/organization/moda> .
<https://data.example.tw/organization/moda> foaf:name "A false name" .)");
  Graph written;
  for (const FoundDataset& found : read_dcat(graph).datasets)
    write_dcat(written, found.dataset, ours, nullptr);
  const std::string text = write_ntriples(written);
  EXPECT_THAT(text, HasSubstr("<http://e.example/d>"));
  EXPECT_THAT(text, HasSubstr("Not theirs"));
  EXPECT_THAT(text, testing::Not(HasSubstr("<https://data.example.tw/dataset/7>")));
  EXPECT_THAT(text, testing::Not(HasSubstr("Something false")));
  EXPECT_THAT(text, testing::Not(HasSubstr("A false name")));
}

TEST(Dcat, PagesSayWhatIsNextAndWhoDescribes) {
  SeededRandom random(7);
  std::vector<Dataset> datasets;
  for (int i = 0; i < 5; ++i) datasets.push_back(test::publishable_dataset(random));
  std::vector<Record> records;
  for (const Dataset& dataset : datasets)
    records.push_back({&dataset, Instant(seconds(1)), Instant(seconds(2))});
  catalogue::Series series;
  series.id = {parse_uuid("01020304-0506-7008-8009-0a0b0c0d0e0f").value()};
  series.name = "series";
  series.title = {"系列", "A series"};
  series.publisher = {"agency-1"};
  const CatalogueDescription description{{"目錄", "Catalogue"}, {"說明", "What it is"},
                                         {"agency-0"},          "https://data.example.tw/",
                                         "OGDL-TW-1.0",         {"zh-Hant", "en"},
                                         Instant(seconds(5)),   {}};
  const Paging paging{"https://data.example.tw/catalog.ttl?page=2",
                      "https://data.example.tw/catalog.ttl?page=1",
                      "https://data.example.tw/catalog.ttl?page=1",
                      "https://data.example.tw/catalog.ttl?page=3",
                      "https://data.example.tw/catalog.ttl?page=9",
                      900,
                      100};
  const Graph graph =
      write_dcat_page(description, records, {&series, 1}, paging, ours, test::random_publisher);
  const FoundPage page = read_dcat(good(read_turtle(write_turtle(graph), "")), as_own);
  EXPECT_EQ(page.description, description);
  EXPECT_EQ(page.next, paging.next);
  EXPECT_EQ(page.total, 900);
  ASSERT_EQ(page.series.size(), 1u);
  EXPECT_EQ(page.series[0].id, series.id);
  EXPECT_EQ(page.series[0].title, series.title);
  ASSERT_EQ(page.datasets.size(), datasets.size());
  for (std::size_t i = 0; i < datasets.size(); ++i)
    expect_equal(datasets[i], page.datasets[i].dataset);
}

TEST(Dcat, APageOfRdfXmlIsRead) {
  const Graph graph =
      good(read_rdf_xml(test::read_file(MINBEN_SOURCE_DIR "/tests/data/interchange/catalogue.rdf"),
                        "http://e.example/"));
  const FoundPage page = read_dcat(graph, as_own);
  ASSERT_TRUE(page.description);
  EXPECT_EQ(page.description->title, (catalogue::Text{"資料目錄", "Catalogue"}));
  ASSERT_EQ(page.datasets.size(), 2u);
  EXPECT_TRUE(same(graph, read_with_rapper(write_turtle(graph), "turtle")));
}

TEST(Dcat, PublishersWithoutAsciiNamesHaveStableCodes) {
  EXPECT_EQ(publisher_code("Ministry of Buses").value, "ministry-of-buses");
  EXPECT_EQ(publisher_code(" 文化部 "), publisher_code("文化部"));
  EXPECT_NE(publisher_code("文化部"), publisher_code("外交部"));
  EXPECT_EQ(publisher_code("文化部").value, "org-" + hex_encode(sha256("文化部")).substr(0, 16));
  for (const std::string& name :
       {std::string(), std::string("a"), std::string("？"), std::string(300, 'x')})
    EXPECT_TRUE(is_code(publisher_code(name).value)) << name;
}

TEST(Dcat, ExamplesOfTheProfileKeepEveryTriple) {
  MINBEN_SHARED_OR_SKIP(folder, "conformance/dcat-ap");
  int read = 0;
  for (const char* part : {"3.0.1/html/examples", "3.0.0-hvd/html/examples"})
    for (const auto& entry : std::filesystem::directory_iterator(folder / part)) {
      if (entry.path().extension() != ".ttl") continue;
      const auto graph = read_turtle(test::read_file(entry.path()), "http://base.example/");
      if (!graph) continue;  // two of them are not Turtle
      Graph written;
      for (const FoundDataset& found : read_dcat(*graph).datasets) {
        write_dcat(written, found.dataset, ours, nullptr);
        const auto node = graph->find_iri(found.iri);
        if (!node) continue;
        ++read;
        for (const Triple& triple : graph->of_subject(*node)) {
          const auto objects =
              written.objects(written.iri(found.iri), graph->term(triple.predicate).value);
          if (graph->term(triple.object).kind == Term::Kind::blank) continue;
          EXPECT_TRUE(std::ranges::any_of(
              objects, [&](TermId id) { return written.term(id) == graph->term(triple.object); }))
              << entry.path() << " " << graph->term(triple.predicate).value;
        }
      }
    }
  EXPECT_GE(read, 20);
}

}  // namespace
}  // namespace minben::interchange
