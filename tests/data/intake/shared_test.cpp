// Every table under shared/data: rows as its SOURCES.md counts them, encodings, types, characters.
// Prints what each file turned out to be.
#include <cstdio>
#include <map>

#include "support.hpp"

namespace minben::intake::test {
namespace {

struct Expected {
  std::string path;
  Format format;
  std::string encoding;
  std::int64_t rows;
  std::size_t columns;  ///< 0: not said by SOURCES.md
};

// The rows of tables that SOURCES.md adds up or leaves out are those that another program
// (Python's csv and json) counts.
std::vector<Expected> expectations() {
  std::vector<Expected> all{
      {"budget/central_government_budget_2006-2019.csv", Format::csv, "UTF-8", 16635, 9},
      {"budget/central_government_budget_2013_proposed.csv", Format::csv, "UTF-8", 1413, 9},
      {"catalogue/datagovtw_usage_2018-07.csv", Format::csv, "UTF-8", 35955, 6},
      {"catalogue/taipei_full_metadata_2018-07_big5.csv", Format::csv, "Big5", 1127, 24},
      {"catalogue/taoyuan_full_metadata_2018-07.csv", Format::csv, "UTF-8", 1444, 26},
      {"health/mask_stock_2020-03-08.csv", Format::csv, "UTF-8", 6339, 7},
      {"health/mask_stock_2020-03-17.csv", Format::csv, "UTF-8", 6255, 7},
      {"population/village_births_deaths_marriages_2025-07_2026-06.csv", Format::csv, "UTF-8",
       93084, 0},
      {"population/village_codes.csv", Format::csv, "UTF-8", 7851, 8},
      {"population/village_education_2020.csv", Format::csv, "UTF-8", 7760, 0},
      {"population/village_population_2021-03.csv", Format::csv, "UTF-8", 7761, 13},
      // 210 published, of which the last has neither name nor value
      {"population/village_population_by_single_year_age_2015-05.csv", Format::csv, "UTF-8", 7851,
       209},
      {"real_estate/a_lvr_land_a_newformat.csv", Format::csv, "UTF-8", 8841, 0},
      {"real_estate/e_lvr_land_a_newformat.csv", Format::csv, "UTF-8", 14133, 0},
      {"realtime/aqi_timeseries_2026.csv", Format::csv, "UTF-8", 58716, 11},
      {"realtime/youbike_taipei_10min_2024-06-30.csv", Format::csv, "UTF-8", 109992, 5},
      {"realtime/youbike_taipei_10min_2025-06-14.csv", Format::csv, "UTF-8", 109851, 5},
      {"realtime/youbike_taipei_sites_2025-06-15.csv", Format::csv, "UTF-8", 1600, 9},
  };
  const auto more = {
      Expected{"boundaries/counties-10t.json", Format::topojson, "UTF-8", 22, 0},
      {"boundaries/counties.geojson", Format::geojson, "UTF-8", 22, 0},
      {"boundaries/districts-10t.json", Format::topojson, "UTF-8", 74, 0},
      {"boundaries/nation-10t.json", Format::topojson, "UTF-8", 1, 0},
      {"boundaries/towns-10t.json", Format::topojson, "UTF-8", 368, 0},
      {"boundaries/towns.geojson", Format::geojson, "UTF-8", 368, 0},
      {"boundaries/villages-10t.json", Format::topojson, "UTF-8", 7701, 0},
      {"catalogue/datagovtw_datasets_2026-03-23.jsonl", Format::ndjson, "UTF-8", 52600, 6},
      {"realtime/aqi_snapshot_2026-08-22.json", Format::json, "UTF-8", 84, 0},
      {"realtime/youbike_stations_2026-08-22.json", Format::json, "UTF-8", 8160, 0},
  };
  all.insert(all.end(), more.begin(), more.end());
  const std::pair<const char*, int> portals[] = {
      {"01_taipei", 1127},    {"03_taoyuan", 1442}, {"04_hsinchu", 270},
      {"05_tainan", 602},     {"06_Ilan", 361},     {"08_taichung", 1134},
      {"09_kaohsiung", 1556}, {"10_kinmen", 132},   {"11_nantou", 134},
      {"12_chiayi", 327},     {"13_penghu", 104},   {"14_taitung", 500},
      {"15_pingtung", 88},    {"16_keelung", 485},  {"17_miaoli", 764},
      {"18_changhua", 318},   {"19_yunlin", 763},   {"20_chiayi_cuntry", 1209},
      {"21_hualien", 167},    {"22_lianjiang", 34}};  // 11,517 together
  for (const auto& [name, rows] : portals)
    all.push_back({"catalogue/local_portals_2018/" + std::string(name) + ".json", Format::json,
                   "UTF-8", rows, 0});
  const std::string folder = "real_estate/2016S1_big5/";
  const auto sales = [&](const std::string& letter, std::vector<std::int64_t> rows,
                         std::vector<std::string> encodings) {
    const std::string stem = folder + letter + "_lvr_land_A";
    all.push_back({stem + ".CSV", Format::csv, encodings[0], rows[0], 28});
    all.push_back({stem + "_BUILD.CSV", Format::csv, encodings[1], rows[1], 8});
    all.push_back({stem + "_LAND.CSV", Format::csv, encodings[2], rows[2], 4});
    all.push_back({stem + "_PARK.CSV", Format::csv, encodings[3], rows[3], 4});
  };
  const std::vector<std::string> places{"Big5-HKSCS", "Big5", "Big5-HKSCS", "Big5"};
  sales("A", {7887, 19578, 11721, 4573}, places);
  sales("B", {13781, 25268, 23091, 8473}, places);
  sales("E", {9740, 13896, 13144, 3542}, places);
  sales("F", {13987, 31062, 22010, 7256}, places);
  return all;
}

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
  for (const Expected& expected : expectations()) {
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
