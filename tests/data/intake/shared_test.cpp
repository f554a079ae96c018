// Every table under shared/data: rows as its SOURCES.md counts them, encodings, types, characters.
// Prints what each file turned out to be.
#include <cstdio>
#include <map>
#include <set>

#include "shared_tables.hpp"
#include "support.hpp"

namespace minben::intake::test {
namespace {

void print(const std::string& path, const Prepared& made) {
  std::map<std::string_view, int> types;
  for (const Column& one : made.inspection.columns) ++types[to_string(one.type)];
  std::string text;
  for (const auto& [type, count] : types)
    text += (text.empty() ? "" : " ") + std::string(type) + ":" + std::to_string(count);
  std::printf("%-62s %8lld %4zu  %-10s %-8s %-52s %s\n", path.c_str(),
              static_cast<long long>(made.rows), made.inspection.columns.size(),
              made.inspection.encoding.c_str(),
              std::string(to_string(made.inspection.format)).data(), text.c_str(),
              repairs_text(made).c_str());
}

TEST(SharedFiles, HaveTheirRowsTypesAndCharacters) {
  MINBEN_SHARED_OR_SKIP(data, "data");
  std::printf("%-62s %8s %4s  %-10s %-8s %-52s %s\n", "file", "rows", "cols", "encoding", "format",
              "types", "repaired");
  for (const Expected& expected : shared_tables()) {
    SCOPED_TRACE(expected.path);
    Prepare prepare;
    const auto made = prepare.file(data / expected.path);
    ASSERT_TRUE(made) << describe(made.error());
    print(expected.path, *made);
    EXPECT_EQ(made->inspection.format, expected.format);
    EXPECT_EQ(made->inspection.encoding, expected.encoding);
    EXPECT_EQ(made->rows, expected.rows);
    if (expected.columns > 0) {
      EXPECT_EQ(made->inspection.columns.size(), expected.columns);
    }
    EXPECT_EQ(read_back(*made).size(), static_cast<std::size_t>(expected.rows));
    EXPECT_TRUE(made->proven);
    // No file of these has a byte that cannot be read.
    EXPECT_EQ(repaired(*made, "bad_bytes"), 0);
    EXPECT_EQ(minben::test::read_file(made->file).find("\ufffd"), std::string::npos);
  }
}

TEST(SharedFiles, AreAllLookedAt) {
  MINBEN_SHARED_OR_SKIP(data, "data");
  std::set<std::string> known;
  for (const Expected& one : shared_tables()) known.insert(one.path);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    const std::string path = std::filesystem::relative(entry.path(), data).string();
    if (!entry.is_regular_file() || path.ends_with(".md") || path.contains("LICENSE")) continue;
    EXPECT_TRUE(known.contains(path)) << path;
  }
}

/// The rows of a file whose text has `part` somewhere.
std::vector<std::string> lines_with(const Prepared& made, std::string_view part) {
  const std::string bytes = minben::test::read_file(made.file);
  std::vector<std::string> found;
  for (const std::string_view line : split(bytes, '\n'))
    if (line.contains(part)) found.emplace_back(line);
  return found;
}

TEST(SharedFiles, HaveTheirCharactersAndValues) {
  MINBEN_SHARED_OR_SKIP(data, "data");
  const auto read = [&](const std::string& path, Prepare& prepare) {
    auto made = prepare.file(data / path);
    EXPECT_TRUE(made) << describe(made.error());
    return std::move(*made);
  };
  Prepare prepare;
  const auto taipei = read("real_estate/2016S1_big5/A_lvr_land_A.CSV", prepare);
  EXPECT_EQ(lines_with(taipei, "浱和段").size(), 5u);
  EXPECT_EQ(type_of(taipei, "交易年月日"), Type::date);
  EXPECT_EQ(type_of(taipei, "總價元"), Type::integer);
  EXPECT_EQ(column(taipei, "鄉鎮市區").role, Role::town_name);
  ASSERT_FALSE(lines_with(taipei, "RPRNMLTKKHLFFDA08DA").empty());
  EXPECT_NE(lines_with(taipei, "RPRNMLTKKHLFFDA08DA")[0].find("2015-12-15"), std::string::npos);

  const auto taichung = read("real_estate/2016S1_big5/B_lvr_land_A_LAND.CSV", prepare);
  EXPECT_FALSE(lines_with(taichung, "六張\U000244bc段").empty());  // beyond the first plane

  const auto usage = read("catalogue/datagovtw_usage_2018-07.csv", prepare);
  EXPECT_EQ(lines_with(usage, "西藏統計資料").at(0), "文化部,西藏統計資料,5609,829,,2013-03-18");

  const auto villages = read("population/village_population_2021-03.csv", prepare);
  EXPECT_EQ(column(villages, "村里代碼").role, Role::village_code);
  EXPECT_EQ(column(villages, "區域").role, Role::town_name);
  std::int64_t people = 0;
  for (const auto& row : read_back(villages)) people += std::stoll(*row.at(5));
  EXPECT_EQ(people, 23'525'623);

  const auto education = read("population/village_education_2020.csv", prepare);
  EXPECT_EQ(column(education, "edu_age_15up_total").label, "總計");
  EXPECT_EQ(column(education, "statistic_yyy").role, Role::year);
  EXPECT_EQ(column(education, "district_code").role, Role::village_code);

  const auto stations = read("realtime/youbike_stations_2026-08-22.json", prepare);
  EXPECT_EQ(stations.inspection.layer, "stations");
  EXPECT_EQ(column(stations, "lat").role, Role::latitude);
  EXPECT_EQ(column(stations, "lng").role, Role::longitude);

  const auto towns = read("boundaries/towns.geojson", prepare);
  EXPECT_EQ(column(towns, "TOWNCODE").role, Role::town_code);
  EXPECT_EQ(column(towns, "COUNTYNAME").role, Role::county_name);
  const auto topology = read("boundaries/villages-10t.json", prepare);
  EXPECT_EQ(topology.inspection.layer, "villages");
  EXPECT_EQ(column(topology, "VILLCODE").role, Role::village_code);
}

}  // namespace
}  // namespace minben::intake::test
