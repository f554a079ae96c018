#pragma once
// The tables under shared/data, as its SOURCES.md counts them.
#include <string>
#include <vector>

#include "intake/intake.hpp"

namespace minben::intake::test {

struct Expected {
  std::string path;
  Format format;
  std::string encoding;
  std::int64_t rows;
  std::size_t columns;  ///< 0: not said by SOURCES.md
};

// The rows of tables that SOURCES.md adds up or leaves out are those that another program
// (Python's csv and json) counts.
inline std::vector<Expected> shared_tables() {
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

}  // namespace minben::intake::test
