#include "views.hpp"

#include <unistd.h>

#include <gmock/gmock.h>

#include "datastore/datastore.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::open {
namespace {

using intake::Role;
using intake::Type;

std::string describe_views(const std::vector<View>& views) {
  static constexpr const char* kinds[] = {"points", "areas",     "lines",
                                          "bars",   "histogram", "scatter"};
  std::string text;
  for (const View& view : views)
    text += std::string(kinds[static_cast<int>(view.kind)]) + "(" + view.around +
            (view.around.empty() ? "" : "+") + view.across + "," + view.up + view.measure +
            (view.mean ? ":mean" : "") + (view.series.empty() ? "" : "/" + view.series) + ") ";
  return text;
}

TEST(Views, FollowFromColumns) {
  const std::vector<ViewColumn> columns{{"行政區", "District", Type::text, Role::town_name, 12},
                                        {"縣市", "", Type::text, Role::county_name, 3},
                                        {"日期", "Date", Type::date, Role::none, 30},
                                        {"種類", "", Type::text, Role::category, 4},
                                        {"件數", "Count", Type::integer, Role::measure, 50},
                                        {"平均單價", "", Type::number, Role::measure, 80}};
  EXPECT_EQ(describe_views(choose_views(columns, 500)),
            "areas(縣市+行政區,件數) areas(縣市+行政區,平均單價:mean) lines(日期,件數/種類) "
            "lines(日期,平均單價:mean/種類) bars(種類,件數) histogram(件數,) ");
  const auto views = choose_views(columns, 500);
  EXPECT_EQ(views[0].title,
            (Bilingual{"「件數」合計，依「行政區」", "By District: total of Count"}));
  EXPECT_EQ(views[0].level, geography::Level::town);
}

TEST(Views, CountRowsWhereNothingIsMeasured) {
  const std::vector<ViewColumn> columns{{"縣市", "", Type::text, Role::county_name, 20},
                                        {"狀態", "", Type::text, Role::category, 3},
                                        {"日期", "", Type::date, Role::none, 90}};
  EXPECT_EQ(describe_views(choose_views(columns, 500)),
            "areas(縣市,) lines(日期,/狀態) bars(狀態,) ");
}

TEST(Views, AreNoneWhereNothingWouldBeLearnt) {
  EXPECT_TRUE(choose_views({}, 1000).empty());
  const std::vector<ViewColumn> alike{{"id", "", Type::text, Role::identifier, 100},
                                      {"note", "", Type::text, Role::none, 90},
                                      {"year", "", Type::integer, Role::year, 1},
                                      {"kind", "", Type::text, Role::category, 1},
                                      {"price", "", Type::integer, Role::measure, 1},
                                      {"經度", "", Type::number, Role::longitude, 100}};
  EXPECT_TRUE(choose_views(alike, 100).empty()) << describe_views(choose_views(alike, 100));
  const std::vector<ViewColumn> one{{"經度", "", Type::number, Role::longitude, 1},
                                    {"緯度", "", Type::number, Role::latitude, 1}};
  EXPECT_TRUE(choose_views(one, 1).empty());
}

TEST(Views, NameColumnsInTheLanguageOfThePage) {
  const ViewColumn both{"鄉鎮市區", "The villages and towns", Type::text, Role::none, 1};
  EXPECT_EQ(column_name(both, Language::zh_hant), "鄉鎮市區");
  EXPECT_EQ(column_name(both, Language::en), "The villages and towns");
  const ViewColumn english{"sno", "站點代號", Type::text, Role::none, 1};
  EXPECT_EQ(column_name(english, Language::zh_hant), "站點代號");
  EXPECT_EQ(column_name(english, Language::en), "sno");
  EXPECT_EQ(column_name({"a", "", Type::text, Role::none, 1}, Language::zh_hant), "a");
}

struct RealTables : testing::Test {
  SystemClock clock;
  SystemRandom random;
  minben::test::TestDatabase db{clock, {datastore::migrations()}};
  minben::test::TemporaryDirectory folder;
  std::unique_ptr<datastore::Datastore> store;

  RealTables() {
    datastore::Config config;
    config.directory = folder.path();
    store = *datastore::Datastore::open(config, db.database(), clock, random);
  }

  std::string views(const std::filesystem::path& file) {
    const auto version = store->load(datastore::TableId::make(clock, random), file, {}, {});
    if (!version) return describe(version.error());
    std::vector<ViewColumn> columns;
    for (const datastore::Field& field : version->fields)
      columns.push_back({field.name, field.label, field.type, field.role, field.distinct});
    return describe_views(choose_views(columns, version->rows));
  }
};

TEST_F(RealTables, HaveChartsAndMapsThatSaySomething) {
  for (const auto& [file, begins] :
       {std::pair{"realtime/youbike_taipei_sites_2025-06-15.csv", "points("},
        {"realtime/aqi_timeseries_2026.csv", "points("},
        {"population/village_population_2021-03.csv", "areas("},
        {"population/village_births_deaths_marriages_2025-07_2026-06.csv", "areas("},
        {"real_estate/a_lvr_land_a_newformat.csv", "areas("},
        {"real_estate/2016S1_big5/A_lvr_land_A.CSV", "areas("},
        {"health/mask_stock_2020-03-08.csv", ""},
        {"population/village_education_2020.csv", "areas("},
        {"budget/central_government_budget_2006-2019.csv", "lines("}}) {
    MINBEN_SHARED_OR_SKIP(path, std::string("data/") + file);
    const std::string chosen = views(path);
    std::puts((std::string(file) + ": " + chosen).c_str());
    EXPECT_TRUE(chosen.starts_with(begins)) << file << ": " << chosen;
    EXPECT_FALSE(chosen.empty()) << file;
  }
}

}  // namespace
}  // namespace minben::open
