#include <fstream>

#include "house.hpp"
#include "table_asked.hpp"

namespace minben::open {
namespace {

using testing::HasSubstr;
using testing::Not;

struct TablePages : House {
  std::string base;  ///< of the page, below the language
  std::string resource;
  datastore::TableId table;

  void SetUp() override {
    publisher("taipei", "臺北市政府");
    put(dataset("bikes", "公共自行車站點", "taipei"));
    const auto entry =
        db->separately([&](auto& tx) { return catalogue.find(tx, std::string_view("bikes")); });
    resource = to_string(entry->dataset.distributions.front().id);
    table = *datastore::TableId::parse(resource);
    base = "/datasets/bikes/tables/" + resource;
  }

  void load(const std::string& csv) {
    const auto file = temporary.path() / "t.csv";
    std::ofstream(file) << csv;
    load_file(file);
  }
  void load_file(const std::filesystem::path& file) {
    const auto version = tables->load(table, file, {}, {});
    ASSERT_TRUE(version) << describe(version.error());
  }
  /// 60 stations in two districts.
  void load_stations() {
    std::string csv = "站名,行政區,縣市,車位,啟用日,latitude,longitude\n";
    for (int i = 0; i < 60; ++i)
      csv += "站" + std::to_string(i) + (i % 3 == 0 ? ",大安區" : ",信義區") + ",臺北市," +
             std::to_string(10 + i) + ",2024-01-" + (i % 28 < 9 ? "0" : "") +
             std::to_string(i % 28 + 1) + ",25.0" + std::to_string(30 + i % 9) + ",121.5" +
             std::to_string(40 + i % 20) + "\n";
    load(csv);
  }
  static std::size_t rows_of(const std::string& body) {
    const auto from = body.find("mb-rows");
    const auto table = body.substr(from, body.find("</table>", from) - from);
    std::size_t count = 0;
    for (std::size_t at = 0; (at = table.find("<tr", at)) != table.npos; ++at) ++count;
    return count - 1;
  }
  static std::string encoded(std::string_view text) { return net::percent_encode(text); }
};

TEST_F(TablePages, ShowRowsChartsAndHowToGetThem) {
  load_stations();
  for (const std::string language : {"/en", "/zh-Hant"}) {
    const auto response = get(language + base);
    ASSERT_EQ(response.status, 200) << response.body.substr(0, 500);
    EXPECT_EQ(rows_of(response.body), 50u);
    EXPECT_THAT(response.body, HasSubstr("class=\"mb-map\""));
    EXPECT_THAT(response.body, HasSubstr("/datastore/dump/" + resource + "?format=csv"));
    EXPECT_THAT(response.body, HasSubstr("curl &#39;https://gov.example/api/3/action/"
                                         "datastore_search?resource_id=" +
                                         resource));
    EXPECT_THAT(response.body, HasSubstr("站0"));
  }
  EXPECT_THAT(get("/en" + base).body, HasSubstr("60 rows"));
  EXPECT_THAT(get("/en" + base + "?page=2").body, HasSubstr("站59"));
  EXPECT_EQ(rows_of(get("/en" + base + "?page=2").body), 10u);
  EXPECT_THAT(get("/en/datasets/bikes").body, HasSubstr("/en" + base));
}

TEST_F(TablePages, ConditionsNarrowRowsChartsAndLinksAlike) {
  load_stations();
  const std::string is = "?is." + encoded("行政區") + "=" + encoded("大安區");
  const std::string body = get("/en" + base + is).body;
  EXPECT_THAT(body, HasSubstr("20 of 60 rows"));
  EXPECT_EQ(rows_of(body), 20u);
  const std::string filters = encoded("{\"行政區\":\"大安區\"}");
  EXPECT_THAT(body, HasSubstr("filters=" + filters));
  // The bars are of what was found, too.
  EXPECT_THAT(
      get("/en" + base + "?from." + encoded("車位") + "=60&to." + encoded("車位") + "=64").body,
      HasSubstr("5 of 60 rows"));
  EXPECT_THAT(get("/en" + base + "?has." + encoded("站名") + "=" + encoded("站5")).body,
              HasSubstr("11 of 60 rows"));
  const std::string none = get("/zh-Hant" + base + "?has." + encoded("站名") + "=nowhere").body;
  EXPECT_THAT(none, HasSubstr("符合條件的有0筆，全部60筆"));
  EXPECT_THAT(none, Not(HasSubstr("mb-map__mark")));
}

TEST_F(TablePages, SortAndColumnsAreLinks) {
  load_stations();
  const std::string seats = encoded("車位");
  const std::string body = get("/en" + base + "?sort=" + seats + "&down=1&column=" + seats).body;
  EXPECT_LT(body.find(">69</td>"), body.find(">68</td>"));
  EXPECT_THAT(body, HasSubstr("aria-sort=\"descending\""));
  const auto from = body.find("mb-rows");
  EXPECT_EQ(body.substr(from, body.find("</table>", from) - from).find("站59"), std::string::npos);
  EXPECT_THAT(body, HasSubstr("1 of 7 columns"));
}

TEST_F(TablePages, FormsWithEmptyControlsLeadToTheAddressWithoutThem) {
  load_stations();
  const auto response = get("/en" + base + "?is." + encoded("行政區") + "=&from." +
                            encoded("車位") + "=60&to." + encoded("車位") + "=&sort=");
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(response.headers.get("Location"), "/en" + base + "?from." + encoded("車位") + "=60");
}

TEST_F(TablePages, AConditionOfTheWrongFormIsSaidBesideItsControl) {
  load_stations();
  const auto response = get("/en" + base + "?from." + encoded("車位") + "=many");
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.body, HasSubstr("govuk-error-summary"));
  EXPECT_THAT(response.body, HasSubstr("does not have the form of its values"));
}

TEST_F(TablePages, OlderVersionsCanBeChosen) {
  load("a,b\n1,x\n2,y\n");
  load("a,b\n1,x\n2,y\n3,z\n");
  const std::string newest = get("/en" + base).body;
  EXPECT_THAT(newest, HasSubstr("3 rows"));
  EXPECT_THAT(newest, HasSubstr("Version 1"));
  EXPECT_THAT(get("/en" + base + "?version=1").body, HasSubstr("2 rows"));
  EXPECT_EQ(get("/en" + base + "?version=7").status, 404);
}

TEST_F(TablePages, AnybodyMayShowADrawingInAFrame) {
  load_stations();
  const std::string page = "/en/embed/bikes/" + resource;
  const auto response = get(page + "?view=0&is." + encoded("行政區") + "=" + encoded("大安區"));
  ASSERT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("mb-map"));
  EXPECT_THAT(response.body, HasSubstr("臺北市政府"));
  EXPECT_THAT(response.body, Not(HasSubstr("<script")));
  EXPECT_THAT(response.body, Not(HasSubstr("govuk-header")));
  net::Response finished = response;
  net::Request request;
  site->hooks().finish(request, finished);
  EXPECT_THAT(std::string(finished.headers.get("Content-Security-Policy")),
              HasSubstr("frame-ancestors *"));
  EXPECT_FALSE(finished.headers.has("X-Frame-Options"));
  EXPECT_FALSE(finished.headers.has("Set-Cookie"));
  net::Response framed = get("/en" + base);
  site->hooks().finish(request, framed);
  EXPECT_EQ(framed.headers.get("X-Frame-Options"), "SAMEORIGIN");
  EXPECT_EQ(get(page + "?view=77").status, 404);
}

TEST_F(TablePages, NoNameOrValueBecomesMarkup) {
  load(
      "\"<script>alert(1)</script>\",\"a\"\"b'c\",經度,緯度\n"
      "\"<img src=x onerror=alert(1)>\",\"</td>\",121.5,25.03\n"
      "\"javascript:alert(1)\",\"=1+1\",121.6,25.04\nx,y,121.51,25.05\n");
  const std::string query = "?has." + encoded("<script>alert(1)</script>") + "=" +
                            encoded("\"><script>alert(2)</script>");
  for (const std::string& path : {"/en" + base, "/zh-Hant" + base, "/en" + base + query,
                                  "/en/embed/bikes/" + resource + "?view=0"}) {
    const auto response = get(path);
    EXPECT_THAT(response.body, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(response.body, Not(HasSubstr("<img")));
  }
}

TEST_F(TablePages, AreOnlyOfPublishedDatasetsWithATable) {
  EXPECT_EQ(get("/en" + base).status, 404) << "no rows were loaded";
  EXPECT_THAT(get("/en/datasets/bikes").body, Not(HasSubstr("/tables/")));
  load_stations();
  EXPECT_EQ(get("/en" + base).status, 200);
  EXPECT_EQ(get("/en/datasets/other/tables/" + resource).status, 404);
  ASSERT_TRUE(tables->withdraw(table));
  EXPECT_NE(get("/en" + base).status, 200);
}

TEST_F(TablePages, OfRealFilesAreWhole) {
  for (const std::string file :
       {"realtime/youbike_taipei_sites_2025-06-15.csv", "realtime/aqi_timeseries_2026.csv",
        "population/village_population_2021-03.csv", "real_estate/a_lvr_land_a_newformat.csv",
        "population/village_education_2020.csv",
        "budget/central_government_budget_2006-2019.csv"}) {
    MINBEN_SHARED_OR_SKIP(path, "data/" + file);
    load_file(path);
    for (const std::string language : {"/en", "/zh-Hant"}) {
      const auto response = get(language + base);
      ASSERT_EQ(response.status, 200) << file;
      EXPECT_EQ(rows_of(response.body), 50u) << file;
      EXPECT_THAT(response.body, HasSubstr("mb-drawing")) << file;
      EXPECT_LT(response.body.size(), 1'500'000u) << file;
    }
  }
}

}  // namespace
}  // namespace minben::open
