// Every table under shared/data goes all the way: read, made a version, asked for what is in it.
#include <map>

#include "datastore/search.hpp"
#include "intake/intake.hpp"
#include "shared_tables.hpp"
#include "support.hpp"
#include "support/shared.hpp"

namespace minben::datastore::test {
namespace {

struct SharedFiles : DatastoreTest {
  Version load_file(const fs::path& path) {
    intake::Hints hints;
    hints.file_name = path.filename().string();
    table = TableId::make(clock, random);
    return value(store->load(table, path, hints, {}));
  }
  std::int64_t count(const Json& filters) {
    Search wanted;
    wanted.filters = filters;
    wanted.limit = 1;
    return search(wanted).total.value_or(-1);
  }
  /// The first row that the filters find.
  Json first(const Json& filters) {
    Search wanted;
    wanted.filters = filters;
    wanted.limit = 1;
    const Json rows = json(search(wanted).records);
    EXPECT_EQ(rows.as_array().size(), 1u);
    return rows.as_array().empty() ? Json(JsonObject{}) : rows.as_array()[0];
  }
};

/// Counts that another program makes (Python's csv and json): a field, a value, its rows.
struct Asked {
  const char* field;
  const char* value;
  std::int64_t rows;
};
const std::map<std::string, Asked>& asked() {
  static const std::map<std::string, Asked> all{
      {"catalogue/datagovtw_usage_2018-07.csv", {"提供機關名稱", "文化部", 227}},
      {"catalogue/datagovtw_datasets_2026-03-23.jsonl", {"provider", "文化部", 250}},
      {"real_estate/2016S1_big5/A_lvr_land_A.CSV", {"鄉鎮市區", "文山區", 687}},
      {"boundaries/towns.geojson", {"COUNTYNAME", "台東縣", 16}},
      {"boundaries/villages-10t.json", {"COUNTYNAME", "高雄市", 886}},
      {"realtime/aqi_snapshot_2026-08-22.json", {"status", "良好", 81}}};
  return all;
}

TEST_F(SharedFiles, AreTablesThatAnswer) {
  MINBEN_SHARED_OR_SKIP(data, "data");
  std::size_t found = 0;
  for (const intake::test::Expected& expected : intake::test::shared_tables()) {
    SCOPED_TRACE(expected.path);
    const Version version = load_file(data / expected.path);
    EXPECT_EQ(version.rows, expected.rows);
    EXPECT_EQ(count(JsonObject{}), expected.rows);
    const auto question = asked().find(expected.path);
    if (question == asked().end()) continue;
    ++found;
    const auto& [field, value, rows] = question->second;
    EXPECT_EQ(count(JsonObject{{field, value}}), rows);
    EXPECT_EQ(string_or(first(JsonObject{{field, value}}), field), value);
  }
  EXPECT_EQ(found, asked().size());
}

TEST_F(SharedFiles, KeepTypesAndCharacters) {
  MINBEN_SHARED_OR_SKIP(data, "data");
  load_file(data / "real_estate/2016S1_big5/A_lvr_land_A.CSV");
  Json row = first(JsonObject{{"編號", "RPRNMLTKKHLFFDA08DA"}});
  EXPECT_EQ(string_or(row, "交易年月日"), "2015-12-15");
  EXPECT_EQ(get_integer(row, "總價元"), 1'961'067);
  EXPECT_TRUE(string_or(row, "土地區段位置或建物區門牌").starts_with("浱和段")) << write_json(row);

  load_file(data / "catalogue/datagovtw_usage_2018-07.csv");
  row = first(JsonObject{{"資料集名稱", "西藏統計資料"}});
  EXPECT_EQ(get_integer(row, "瀏覽人次"), 5609);
  EXPECT_TRUE(find(row, "資料集評分")->is_null());

  load_file(data / "boundaries/towns.geojson");
  row = first(JsonObject{{"TOWNCODE", "10014020"}});
  EXPECT_TRUE(string_or(row, "geometry").starts_with(R"({"type":"Polygon")"));
}

}  // namespace
}  // namespace minben::datastore::test
