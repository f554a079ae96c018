#include "interchange/rdf.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rapper.hpp"
#include "support/shared.hpp"

namespace minben::interchange {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view base = "http://example.org/base";

Graph good(Result<Graph> graph) {
  EXPECT_TRUE(graph) << describe(graph.error());
  return graph ? std::move(*graph) : Graph();
}
Graph turtle(std::string_view text) { return good(read_turtle(text, base)); }

void expect_same(const Graph& expected, const Graph& got, std::string_view what) {
  EXPECT_THAT(missing_in(expected, got), IsEmpty()) << what;
  EXPECT_THAT(missing_in(got, expected), IsEmpty()) << what;
}

constexpr std::string_view sample = R"(
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix : <http://example.org/> .
:d a dcat:Dataset, :Thing ;
  dct:title "交通事故\n\"資料\""@zh-Hant, "Accidents"@en, "x" ;
  dct:issued "2015-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ;
  dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2015" ] ;
  :list ( :a "b" [ :c 1 ] ( ) ) ; :things ( :a :b ) ;
  :shared _:s ; :again _:s ;
  <http://other.example/x-y#z1> true, 1.5, 2 .
_:s :says "shared" .
_:loop :to _:pool . _:pool :to _:loop .
<relative> :of :d .
)";

TEST(Graphs, AreSetsThatKeepTheirOrder) {
  Graph graph;
  const TermId s = graph.iri("http://a/ b"), p = graph.iri("http://p");
  EXPECT_EQ(graph.term(s).value, "http://a/%20b");
  EXPECT_TRUE(graph.add(s, p, graph.literal("2", "zh-Hant")));
  EXPECT_TRUE(graph.add(s, p, graph.literal("1")));
  EXPECT_FALSE(graph.add(s, p, graph.literal("1", "", "http://www.w3.org/2001/XMLSchema#string")));
  EXPECT_FALSE(graph.add(s, p, graph.literal("2", "ZH-hant")));
  EXPECT_TRUE(graph.add(s, p, graph.literal("2", "no language")));
  const auto objects = graph.objects(s, "http://p");
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_EQ(graph.term(objects[0]).value, "2");
  EXPECT_EQ(graph.term(objects[2]).language, "");
}

TEST(Graphs, CompareBlankNodesByWhatTheySay) {
  const Graph a = turtle("<a> <p> [ <q> [ <r> 1 ] ], [ <q> 2 ] .");
  const Graph b = turtle("<a> <p> _:y, _:x . _:y <q> 2 . _:x <q> _:z . _:z <r> 1 .");
  const Graph c = turtle("<a> <p> [ <q> [ <r> 2 ] ], [ <q> 2 ] .");
  EXPECT_TRUE(same(a, b));
  EXPECT_FALSE(same(a, c));
  EXPECT_EQ(missing_in(a, c).size(), 3u);
  EXPECT_FALSE(same(turtle("<a> <p> [], [] ."), turtle("<a> <p> [] .")));
}

TEST(Rdf, EverySyntaxWritesWhatItReads) {
  const Graph graph = turtle(sample);
  ASSERT_EQ(graph.size(), 33u);
  const std::string as_turtle = write_turtle(graph), as_json = write_json_ld(graph);
  const auto as_xml = write_rdf_xml(graph);
  ASSERT_TRUE(as_xml) << describe(as_xml.error());
  expect_same(graph, turtle(as_turtle), as_turtle);
  expect_same(graph, good(read_ntriples(write_ntriples(graph))), "n-triples");
  expect_same(graph, good(read_rdf_xml(*as_xml, base)), *as_xml);
  expect_same(graph, good(read_json_ld(as_json, base)), as_json);
  expect_same(graph, read_with_rapper(as_turtle, "turtle"), as_turtle);
  expect_same(graph, read_with_rapper(*as_xml, "rdfxml"), *as_xml);
  EXPECT_THAT(as_turtle, HasSubstr("dct:temporal [ a dct:PeriodOfTime ;"));
  EXPECT_THAT(as_turtle, HasSubstr("( <http://example.org/a> <http://example.org/b> )"));
}

TEST(Rdf, RandomGraphsSurviveAllSyntaxes) {
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "plain",
                                          "引號\"與\\",
                                          "a\nb\tc\r",
                                          "<&>]]>",
                                          "'''\"\"\"",
                                          "\xf0\x9f\x8c\x8f",
                                          " lead and trail ",
                                          "#not a comment"};
  for (int round = 0; round < 300; ++round) {
    Graph graph;
    const std::size_t triples = 1 + random.below(25);
    for (std::size_t i = 0; i < triples; ++i) {
      // Blank nodes refer to later ones only: circles are compared by sample, not at random.
      const auto node = [&](std::uint64_t from) {
        const auto n = from + random.below(7 - from);
        return n < 3 ? graph.iri(fmt::format("http://例.example/節點{}?a=b&c#{}", n, n))
                     : graph.blank(fmt::format("b.{}-{}", round, n));
      };
      const TermId predicate = graph.iri(
          random.below(5) == 0 ? "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
                               : fmt::format("http://purl.org/dc/terms/p{}", random.below(4)));
      const auto place = random.below(6);
      const TermId subject =
          place < 3 ? graph.iri(fmt::format("http://例.example/節點{}?a=b&c#{}", place, place))
                    : graph.blank(fmt::format("b.{}-{}", round, place));
      const std::string& text = texts[random.below(texts.size())];
      switch (random.below(4)) {
        case 0:
          graph.add(subject, predicate, node(place < 3 ? 0 : place + 1));
          break;
        case 1:
          graph.add(subject, predicate, graph.literal(text));
          break;
        case 2:
          graph.add(subject, predicate, graph.literal(text, "zh-Hant-TW"));
          break;
        default:
          graph.add(subject, predicate, graph.literal(text, "", "http://types.example/t#1a"));
      }
    }
    SCOPED_TRACE(fmt::format("seed {} round {}\n{}", seed, round, write_ntriples(graph)));
    expect_same(graph, turtle(write_turtle(graph)), write_turtle(graph));
    expect_same(graph, good(read_ntriples(write_ntriples(graph))), "n-triples");
    expect_same(graph, good(read_json_ld(write_json_ld(graph), base)), write_json_ld(graph));
    const auto xml = write_rdf_xml(graph);
    ASSERT_TRUE(xml) << describe(xml.error());
    expect_same(graph, good(read_rdf_xml(*xml, base)), *xml);
    if (round < 20) {
      expect_same(graph, read_with_rapper(write_turtle(graph), "turtle"), write_turtle(graph));
      expect_same(graph, read_with_rapper(*xml, "rdfxml"), *xml);
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Rdf, LongListsAndDeepNodesAreWrittenFlat) {
  Graph graph;
  const TermId p = graph.iri("http://example.org/p");
  TermId tail = graph.iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil");
  for (int i = 0; i < 20'000; ++i) {
    const TermId cell = graph.new_blank();
    graph.add(cell, graph.iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#first"),
              graph.literal(std::to_string(i)));
    graph.add(cell, graph.iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#rest"), tail);
    tail = cell;
  }
  graph.add(graph.iri("http://example.org/s"), p, tail);
  TermId up = graph.iri("http://example.org/deep");
  for (int i = 0; i < 20'000; ++i) {
    const TermId down = graph.new_blank();
    graph.add(up, p, down);
    up = down;
  }
  for (const std::string& text : {write_turtle(graph), write_ntriples(graph)})
    EXPECT_EQ(turtle(text).size(), graph.size());
  EXPECT_EQ(good(read_json_ld(write_json_ld(graph), base)).size(), graph.size());
  EXPECT_EQ(good(read_rdf_xml(write_rdf_xml(graph).value(), base)).size(), graph.size());
}

TEST(Rdf, DocumentsOfEverySizeEndWhereTheyEnd) {
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(turtle("").size(), 0u);
    EXPECT_EQ(good(read_ntriples("")).size(), 0u);
  }
  for (std::size_t size = 4000; size < 4200; ++size) {
    const std::string text = "<http://a> <http://b> \"" + std::string(size, 'x') + "\" .";
    ASSERT_EQ(turtle(text).size(), 1u) << size;
    ASSERT_EQ(turtle(text + "\n").size(), 1u) << size;
    ASSERT_EQ(good(read_ntriples(text + "\n")).size(), 1u) << size;
    ASSERT_FALSE(read_turtle(text.substr(0, text.size() - 1), base)) << size;
  }
}

struct Fault {
  std::string text;
  std::string code;
};
TEST(Rdf, FaultsOfDocumentsAreNamed) {
  const Fault turtles[] = {
      {"<a> <b> .", "not_turtle"},
      {"x:a x:b x:c .", "not_turtle"},
      {"<a> <b> \"\xff\" .", "not_turtle"},
      {"<a> <b> " + std::string(10'000, '[') + std::string(10'000, ']') + " .", "too_deep"}};
  for (const Fault& fault : turtles) {
    const auto graph = read_turtle(fault.text, base);
    ASSERT_FALSE(graph) << fault.text.substr(0, 100);
    EXPECT_EQ(graph.error().code, fault.code) << describe(graph.error());
  }
  EXPECT_EQ(read_turtle("\n\n<a> <b> ; .", base).error().line, 3);
  EXPECT_EQ(read_turtle("<a> <b> <c> .", "").error().code, "relative_iri");
  EXPECT_EQ(read_turtle("<a> <b> 1, 2, 3 .", base, {.max_triples = 2}).error().code,
            "rdf_too_large");
  EXPECT_EQ(read_turtle("<a> <b> 1, 2, 3 .", base, {.max_bytes = 5}).error().code, "rdf_too_large");

  const std::string open = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>";
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<rdf:Description><rdf:value>";
  for (int i = 0; i < 1000; ++i) deep += "</rdf:value></rdf:Description>";
  const Fault xmls[] = {{"<a", "not_rdf_xml"},
                        {"", "not_rdf_xml"},
                        {"<a/>", "not_rdf_xml"},
                        {open + "<x:a/></rdf:RDF>", "not_rdf_xml"},
                        {"<!DOCTYPE a [<!ENTITY x 'y'>]>" + open + "</rdf:RDF>", "entities"},
                        {open + deep + "</rdf:RDF>", "too_deep"}};
  for (const Fault& fault : xmls) {
    const auto graph = read_rdf_xml(fault.text, base);
    ASSERT_FALSE(graph) << fault.text.substr(0, 100);
    EXPECT_EQ(graph.error().code, fault.code) << describe(graph.error());
  }

  const Fault jsons[] = {
      {"[", "not_json_ld"},
      {R"({"@context": "http://attacker.example/"})", "remote_context"},
      {R"({"@context": {"@import": "http://attacker.example/"}})", "remote_context"},
      {R"({"@context": {"a": "b:x", "b": "a:y"}})", "not_json_ld"},
      {R"({"@id": 5})", "not_json_ld"},
      {"[" + std::string(100, '[') + std::string(100, ']') + "]", "too_deep"},
  };
  for (const Fault& fault : jsons) {
    const auto graph = read_json_ld(fault.text, base);
    ASSERT_FALSE(graph) << fault.text.substr(0, 100);
    EXPECT_EQ(graph.error().code, fault.code) << describe(graph.error());
  }
  EXPECT_EQ(read_json_ld(R"([{"http://x.example/a": {"@id": 5}}])", base).error().field,
            "/0/http:~1~1x.example~1a/@id");
}

struct Expansion {
  const char* json;
  const char* triples;
};
TEST(JsonLd, MeansWhatTheStandardSays) {
  const Expansion cases[] = {
      {R"({"@context": {"@vocab": "http://v/", "@base": "http://b/", "@language": "en"},
           "@id": "x", "@type": "T", "name": "n", "n": 1, "d": 1.5, "t": true, "no": null})",
       R"(<http://b/x> a <http://v/T> ; <http://v/name> "n"@en ; <http://v/n> 1 ; <http://v/d> 1.5E0 ; <http://v/t> true .)"},
      {R"({"@context": {"ex": "http://e/", "home": {"@id": "ex:home", "@type": "@id"},
            "when": {"@id": "ex:when", "@type": "http://www.w3.org/2001/XMLSchema#date"},
            "kind": {"@id": "ex:kind", "@type": "@vocab"}, "K": "ex:K"},
           "@id": "ex:a", "home": "/there", "when": "2020-01-01", "kind": "K", "ex:raw": "ex:a", "lost": 1})",
       R"(<http://e/a> <http://e/home> <http://example.org/there> ; <http://e/kind> <http://e/K> ;
          <http://e/when> "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> ; <http://e/raw> "ex:a" .)"},
      {R"({"@context": {"t": {"@id": "http://t", "@container": "@language"},
            "l": {"@id": "http://l", "@container": "@list"}, "s": {"@id": "http://s", "@container": "@set"},
            "i": {"@id": "http://i", "@container": "@index"}, "r": {"@reverse": "http://r"}},
           "@id": "http://a", "t": {"en": "x", "zh-Hant": ["y", "z"], "@none": "w"}, "l": ["a", "b"],
           "s": [], "i": {"one": {"@id": "http://o"}}, "r": {"@id": "http://c"}})",
       R"(<http://a> <http://t> "x"@en, "y"@zh-Hant, "z"@zh-Hant, "w" ; <http://l> ("a" "b") ; <http://i> <http://o> .
          <http://c> <http://r> <http://a> .)"},
      {R"({"@context": {"id": "@id", "type": "@type", "ex": "http://e/"},
           "@graph": [{"id": "ex:a", "type": ["ex:T", "ex:U"], "ex:p": {"ex:q": {"@value": "v", "@language": "en"}}},
                      {"id": "_:b", "ex:p": [{"@list": []}, {"@set": [{"id": "_:b"}]}]}]})",
       R"(<http://e/a> a <http://e/T>, <http://e/U> ; <http://e/p> [ <http://e/q> "v"@en ] .
          _:b <http://e/p> (), _:b .)"},
      // A type's context holds for the node, not for what is inside it; a term's does.
      {R"({"@context": {"@vocab": "http://v/", "Agent": {"@id": "http://v/Agent",
             "@context": {"name": "http://agent/name"}},
             "place": {"@id": "http://v/place", "@context": {"name": "http://place/name"}}},
           "@id": "http://a", "@type": "Agent", "name": "x", "knows": {"name": "y"}, "place": {"name": "z"}})",
       R"(<http://a> a <http://v/Agent> ; <http://agent/name> "x" ; <http://v/knows> [ <http://v/name> "y" ] ;
          <http://v/place> [ <http://place/name> "z" ] .)"},
      {R"({"@context": "https://schema.org/", "@type": "Dataset", "name": "n", "license": "https://l"})",
       R"([] a <http://schema.org/Dataset> ; <http://schema.org/name> "n" ; <http://schema.org/license> <https://l> .)"},
      {R"({"@context": {"j": {"@id": "http://j", "@type": "@json"}}, "@id": "http://a", "j": {"b": [1]}})",
       R"(<http://a> <http://j> "{\"b\":[1]}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .)"},
  };
  for (const Expansion& expansion : cases)
    expect_same(turtle(expansion.triples), good(read_json_ld(expansion.json, base)),
                expansion.json);
}

TEST(JsonLd, ReadsTheExamplesOfDcatApAsTheirTurtleSays) {
  MINBEN_SHARED_OR_SKIP(folder, "conformance/dcat-ap/3.0.0-hvd/html/examples");
  std::map<std::string, Json> contexts;
  contexts["https://semiceu.github.io/DCAT-AP/releases/3.0.0-hvd/context/hvd.jsonld"] =
      parse_json(test::read_file(folder / "../../context/hvd.jsonld")).value();
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonld") continue;
    auto other = entry.path();
    const auto expected = read_turtle(test::read_file(other.replace_extension(".ttl")), base);
    if (!expected) continue;  // two of the published examples are not Turtle
    const auto got = read_json_ld(test::read_file(entry.path()), base, {}, contexts);
    ASSERT_TRUE(got) << entry.path() << describe(got.error());
    EXPECT_THAT(missing_in(*expected, *got), IsEmpty()) << entry.path();
    // One of the published pairs has a category more in JSON-LD than in Turtle.
    EXPECT_LE(missing_in(*got, *expected).size(),
              entry.path().stem() == "example-data_service_terms_sla" ? 1u : 0u);
    ++compared;
  }
  EXPECT_GE(compared, 10);
}

TEST(RdfXml, ReadsTheFormsOfTheGrammar) {
  const Graph graph = good(read_rdf_xml(R"(<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/" xml:base="http://b/x" xml:lang="zh-Hant">
  <e:T rdf:about="a" e:attr="v"><e:p rdf:resource="#f"/><e:p>text<![CDATA[ <x>]]></e:p>
    <e:q rdf:datatype="http://t">1</e:q><e:q xml:lang="">none</e:q>
    <e:r rdf:parseType="Resource"><e:s>in</e:s></e:r>
    <e:c rdf:parseType="Collection"><rdf:Description rdf:about="one"/><e:T/></e:c>
    <e:n rdf:nodeID="n"/><e:m e:attr="inline"/></e:T>
  <rdf:Description rdf:nodeID="n" rdf:ID="ignored-with-about-of-none"/>
  <rdf:Seq rdf:ID="id"><rdf:li>1</rdf:li><rdf:li>2</rdf:li></rdf:Seq>
</rdf:RDF>)",
                                        base));
  const Graph expected = turtle(
      R"(@prefix e: <http://e/> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
<http://b/a> a e:T ; e:attr "v"@zh-Hant ; e:p <http://b/x#f>, "text <x>"@zh-Hant ;
  e:q "1"^^<http://t>, "none" ; e:r [ e:s "in"@zh-Hant ] ; e:c ( <http://b/one> [ a e:T ] ) ;
  e:n [] ; e:m [ e:attr "inline"@zh-Hant ] .
<http://b/x#id> a rdf:Seq ; rdf:_1 "1"@zh-Hant ; rdf:_2 "2"@zh-Hant .)");
  expect_same(expected, graph, "forms");
}

TEST(RdfXml, SaysWhichPredicateHasNoName) {
  Graph graph;
  graph.add(graph.iri("http://a"), graph.iri("http://p/1"), graph.literal("x"));
  EXPECT_EQ(write_rdf_xml(graph).error().code, "not_xml_name");
}

}  // namespace
}  // namespace minben::interchange
