#include "house.hpp"
#include "interchange/dcat.hpp"
#include "interchange/rdf.hpp"

namespace minben::interop {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

struct LinkedData : House {
  void SetUp() override {
    publisher("moenv", {"環境部", "Ministry of Environment"});
    for (int i = 0; i < 120; ++i) {
      catalogue::Dataset made;
      made.name = fmt::format("air-{:03}", i);
      made.title.zh_hant = fmt::format("空氣 {}", i);
      made.description.zh_hant = "說明";
      made.publisher = catalogue::PublisherCode{"moenv"};
      made.licence = "OGDL-TW-1.0";
      catalogue::Distribution file;
      file.format = "CSV";
      file.download_url = "https://data.example.tw/file.csv";
      made.distributions = {file};
      put(made);
      clock.advance(minutes{1});
    }
    follow();
  }
  net::ClientResponse get(const std::string& target, std::string_view accept) {
    net::ClientRequest request{net::Method::get,
                               fmt::format("http://127.0.0.1:{}{}", server->port(), target)};
    request.headers.set("Accept", accept);
    return client.send(request).value();
  }
};

TEST_F(LinkedData, a_series_has_an_address_that_its_members_name) {
  catalogue::Series series;
  series.name = "air-by-year";
  series.publisher = {"moenv"};
  series.title.zh_hant = "空氣（逐年）";
  const auto saved = db->transact([&](auto& tx) { return catalogue.save(tx, series); });
  ASSERT_TRUE(saved);
  auto member = db->separately([&](auto& tx) {
                    return catalogue.find(tx, std::string_view("air-007"));
                  })->dataset;
  member.series = saved->id;
  put(member);
  const std::string address = "/series/" + to_string(saved->id);
  EXPECT_THAT(get("/dataset/air-007", "text/turtle").body,
              HasSubstr("dcat:inSeries <https://data.example.tw" + address + ">"));
  const auto graph = get(address, "text/turtle");
  EXPECT_EQ(graph.status, 200);
  EXPECT_THAT(graph.body, HasSubstr("dcat:DatasetSeries"));
  EXPECT_THAT(graph.body, HasSubstr("空氣（逐年）"));
  const auto page = get(address, "text/html");
  EXPECT_EQ(page.status, 303);
  EXPECT_EQ(page.headers.get("Location"), "https://data.example.tw/zh-Hant/series/air-by-year");
  EXPECT_EQ(get("/series/" + to_string(member.id), "text/turtle").status, 404);
}

TEST_F(LinkedData, comes_in_pages_that_name_each_other_and_hold_everything_once) {
  for (const std::string suffix : {"ttl", "jsonld", "rdf", "nt"}) {
    std::set<std::string> seen;
    std::string address = "/catalog." + suffix;
    for (int page = 0; page < 5 && !address.empty(); ++page) {
      const auto response = send(net::Method::get, address);
      ASSERT_EQ(response.status, 200) << address;
      const std::string base = "https://data.example.tw";
      auto graph = suffix == "ttl"      ? interchange::read_turtle(response.body, base)
                   : suffix == "jsonld" ? interchange::read_json_ld(response.body, base)
                   : suffix == "rdf"    ? interchange::read_rdf_xml(response.body, base)
                                        : interchange::read_ntriples(response.body);
      ASSERT_TRUE(graph) << suffix << describe(graph.error());
      const auto found = interchange::read_dcat(*graph, {base});
      for (const auto& each : found.datasets) seen.insert(each.dataset.name);
      EXPECT_EQ(found.total, 120);
      address = found.next.empty() ? "" : found.next.substr(base.size());
    }
    EXPECT_THAT(seen, SizeIs(120)) << suffix;
  }
}

TEST_F(LinkedData, is_narrowed_as_ckanext_dcat_narrows) {
  const auto response = send(net::Method::get, "/catalog.ttl?modified_since=2026-11-30T06:00:00Z");
  const auto graph = interchange::read_turtle(response.body, "https://data.example.tw");
  ASSERT_TRUE(graph);
  EXPECT_EQ(interchange::read_dcat(*graph, {"https://data.example.tw"}).total, 5);
  EXPECT_EQ(send(net::Method::get, "/catalog.ttl?modified_since=soon").status, 400);
  EXPECT_EQ(send(net::Method::get, "/catalog.ttl?page=0").status, 400);
}

TEST_F(LinkedData, addresses_lead_people_to_pages_and_programs_to_graphs) {
  EXPECT_EQ(get("/dataset/air-001", "text/html").headers.get("Location"),
            "https://data.example.tw/zh-Hant/datasets/air-001");
  EXPECT_THAT(get("/dataset/air-001", "text/turtle;q=0.9").headers.get("Content-Type"),
              HasSubstr("text/turtle"));
  EXPECT_THAT(send(net::Method::get, "/dataset/air-001.jsonld").headers.get("Content-Type"),
              HasSubstr("ld+json"));
  EXPECT_EQ(send(net::Method::get, "/dataset/air-001.pdf").status, 404);
  EXPECT_EQ(send(net::Method::get, "/dataset/nobody.ttl").status, 404);
  EXPECT_THAT(send(net::Method::get, "/dataset/air-001/schema-org").body, HasSubstr("\"Dataset\""));
}

TEST_F(LinkedData, feeds_and_sitemaps_list_what_is_new) {
  const std::string feed = send(net::Method::get, "/feeds/datasets.atom?organization=moenv").body;
  EXPECT_THAT(feed, HasSubstr("<title>空氣 119</title>"));
  EXPECT_THAT(send(net::Method::get, "/sitemap.xml").body,
              HasSubstr("https://data.example.tw/sitemap/1"));
  EXPECT_THAT(send(net::Method::get, "/sitemap/1").body,
              HasSubstr("https://data.example.tw/en/datasets/air-000"));
}

}  // namespace
}  // namespace minben::interop
