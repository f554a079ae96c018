#include "atlas.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "support/shared.hpp"

namespace minben::geography {
namespace {

std::string code_of(const Result<Found>& found) {
  return found ? found->area->code : found.error().code;
}

TEST(Atlas, HasEveryCountyTownAndVillageByCode) {
  for (const auto& [level, count] :
       {std::pair{Level::county, 22u}, {Level::town, 368u}, {Level::village, 7701u}}) {
    const auto areas = atlas().areas(level);
    ASSERT_TRUE(areas) << describe(areas.error());
    EXPECT_EQ(areas->size(), count);
    EXPECT_TRUE(std::ranges::is_sorted(*areas, {}, &Area::code));
  }
  const auto taipei = atlas().by_code("63000");
  ASSERT_TRUE(taipei);
  EXPECT_EQ(taipei->area->name, (Bilingual{"臺北市", "Taipei City"}));
  const auto village = atlas().by_code("64000130-006");
  ASSERT_TRUE(village);
  EXPECT_EQ(village->area->full_name.zh_hant, "高雄市林園區中門里");
  EXPECT_EQ(village->area->full_name.en, "Zhongmen Village, Linyuan District, Kaohsiung City");
}

TEST(Atlas, UnderstandsOldAndDamagedCodes) {
  struct Case {
    std::string_view code, expected;
    Note note;
  };
  for (const auto& [code, expected, note] : {Case{"63000", "63000", Note::none},
                                             {"9007", "09007", Note::lost_zero},
                                             {"9007010", "09007010", Note::lost_zero},
                                             {"9007010001", "09007010001", Note::lost_zero},
                                             {"10003", "68000", Note::old_code},
                                             {"10001010", "65000010", Note::old_code},
                                             {"10019", "66000", Note::old_code},
                                             {"6400013", "64000130", Note::old_code},
                                             {"6400013006", "64000130006", Note::old_code},
                                             {" 64000130-006 ", "64000130006", Note::none}}) {
    const auto found = atlas().by_code(code);
    EXPECT_EQ(code_of(found), expected) << code;
    if (found) EXPECT_EQ(found->note, note) << code;
  }
  for (const std::string_view wrong : {"", "1", "99999", "6300a", "63000999", "10006010",
                                       "123456789012345678901234567890", "-", "6３000"})
    EXPECT_EQ(code_of(atlas().by_code(wrong)), "no_such_area") << wrong;
}

TEST(Atlas, UnderstandsNames) {
  struct Case {
    Level level;
    std::string_view name, expected;
    Note note = Note::none;
  };
  for (const auto& [level, name, expected, note] :
       {Case{Level::county, "臺北市", "63000"},
        {Level::county, "台北市", "63000"},
        {Level::county, " 台中 ", "66000"},
        {Level::county, "臺灣省南投縣", "10008"},
        {Level::county, "Hsinchu County", "10004"},
        {Level::county, "taipei", "63000"},
        {Level::county, "桃園縣", "68000", Note::old_name},
        {Level::county, "台北縣", "65000", Note::old_name},
        {Level::town, "台北市大安區", "63000030"},
        {Level::town, "臺北市 大安區", "63000030"},
        {Level::town, "Da'an Dist., Taipei City", "63000030"},
        {Level::town, "臺東縣臺東市", "10014010"},
        {Level::town, "台東市", "10014010"},
        {Level::town, "新竹市東區", "10018010"},
        {Level::town, "臺北縣板橋市", "65000010", Note::old_name},
        {Level::town, "高雄縣三民鄉", "64000380", Note::old_name},
        {Level::town, "高雄市三民區", "64000050"},
        {Level::town, "員林鎮", "10007100", Note::old_name},
        {Level::village, "高雄市林園區中門里", "64000130006"},
        {Level::village, "高雄縣林園鄉中門村", "64000130006", Note::old_name}}) {
    const auto found = atlas().by_name(level, name);
    EXPECT_EQ(code_of(found), expected) << name;
    if (found) EXPECT_EQ(found->note, note) << name;
  }
  EXPECT_EQ(code_of(atlas().by_name(Level::town, "大安區")), "ambiguous_area");
  EXPECT_EQ(code_of(atlas().by_name(Level::town, "大安區", "66000")), "66000220");
  EXPECT_EQ(code_of(atlas().by_name(Level::county, "新竹")), "ambiguous_area");
  EXPECT_EQ(code_of(atlas().find(Level::town, "63000")), "no_such_area") << "a county's";
  for (const std::string_view wrong : {"", "東京都", "臺", "市", "縣", ",", ",,", "\xff\xfe", "里"})
    for (const Level level : {Level::county, Level::town, Level::village})
      EXPECT_FALSE(atlas().by_name(level, wrong)) << wrong;
}

TEST(Atlas, EachNameInFullLeadsToItsArea) {
  for (const Level level : {Level::county, Level::town, Level::village})
    for (const Area& area : *atlas().areas(level)) {
      EXPECT_EQ(code_of(atlas().by_name(level, area.full_name.zh_hant)), area.code)
          << area.full_name.zh_hant;
      if (level != Level::village)  // two villages of a town may be spelt alike in English
        EXPECT_EQ(code_of(atlas().by_name(level, area.full_name.en)), area.code)
            << area.full_name.en;
    }
}

TEST(Atlas, APlaceInsideEachAreaIsInThatAreaAlone) {
  // GEOS chose the places; that they are found is our own reckoning.
  for (const Level level : {Level::county, Level::town, Level::village})
    for (const Area& area : *atlas().areas(level)) {
      const auto found = atlas().at(level, area.inside);
      ASSERT_TRUE(found && *found) << area.full_name.zh_hant;
      EXPECT_EQ((*found)->code, area.code) << area.full_name.zh_hant;
    }
}

TEST(Atlas, KnowsWhereWellKnownPlacesAre) {
  struct Case {
    Position position;
    std::string_view town;
  };
  for (const auto& [position, town] : {Case{{121.5645, 25.0336}, "臺北市信義區"},  // Taipei 101
                                       {{121.5118, 25.0400}, "臺北市中正區"},      // 總統府
                                       {{120.2025, 22.9974}, "臺南市中西區"},      // 赤崁樓
                                       {{120.9575, 23.4700}, "南投縣信義鄉"},      // 玉山
                                       {{121.6063, 23.9911}, "花蓮縣花蓮市"},      // 縣政府
                                       {{118.3186, 24.4327}, "金門縣金城鎮"},      // 縣政府
                                       {{119.5664, 23.5655}, "澎湖縣馬公市"},      // 馬公
                                       {{119.9233, 26.1693}, "連江縣南竿鄉"},      // 氣象站
                                       {{121.5489, 22.0449}, "臺東縣蘭嶼鄉"}}) {   // Lanyu
    const auto found = atlas().at(Level::town, position);
    ASSERT_TRUE(found && *found) << town;
    EXPECT_EQ((*found)->full_name.zh_hant, town);
  }
}

TEST(Atlas, PlacesNowhereAreInNoArea) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double huge = std::numeric_limits<double>::max();
  constexpr double endless = std::numeric_limits<double>::infinity();
  for (const Position p : {Position{0, 0},
                           {25.03, 121.56},
                           {nan, 25},
                           {121, nan},
                           {endless, 25},
                           {121, -endless},
                           {huge, huge},
                           {-huge, 24},
                           {122.5, 24.0},  // at sea
                           {250000, 2'700'000}}) {
    const auto found = atlas().at(Level::village, p);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, nullptr) << p.longitude << " " << p.latitude;
  }
}

TEST(Atlas, VillagesLieInTheTownAndCountyOfTheirCodes) {
  // The files are simplified apart from each other, so a place near a border may differ.
  int differing = 0;
  const auto villages = *atlas().areas(Level::village);
  for (const Area& village : villages) {
    const Area* town = *atlas().at(Level::town, village.inside);
    const Area* county = *atlas().at(Level::county, village.inside);
    differing += town == nullptr || town->code != village.town() || county == nullptr ||
                 county->code != village.county();
  }
  EXPECT_LT(differing, 80);
  std::size_t count = 0;
  for (const Area& county : *atlas().areas(Level::county))
    for (const Area& town : *atlas().inside(Level::town, county.code))
      count += atlas().inside(Level::village, town.code)->size();
  EXPECT_EQ(count, villages.size());
}

TEST(Atlas, IsReadOnceByManyThreads) {
  const Atlas fresh(std::string(MINBEN_BINARY_DIR) + "/share/boundaries");
  std::vector<const Area*> firsts(8);
  std::vector<std::thread> threads;
  for (const Area*& first : firsts)
    threads.emplace_back([&] { first = fresh.areas(Level::town)->data(); });
  for (std::thread& thread : threads) thread.join();
  for (const Area* first : firsts) EXPECT_EQ(first, firsts[0]);
}

TEST(Atlas, SaysWhichFileIsMissing) {
  const Atlas nowhere("/nonexistent");
  const auto areas = nowhere.areas(Level::town);
  ASSERT_FALSE(areas);
  EXPECT_EQ(areas.error().code, "boundaries_unreadable");
  EXPECT_EQ(areas.error().field, "/nonexistent/towns-10t.json");
}

TEST(Atlas, PlacesTheVillagesOfThePopulationRegister) {
  MINBEN_SHARED_OR_SKIP(file, "data/population/village_population_2021-03.csv");
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  int by_code = 0;
  int by_name = 0;
  int rows = 0;
  while (std::getline(in, line)) {
    const auto fields = split(line, ',');
    const auto code = atlas().find(Level::village, fields[1]);
    const auto name =
        atlas().by_name(Level::village, std::string(fields[2]) + std::string(fields[3]));
    ++rows;
    by_code += code.has_value();
    by_name += name.has_value();
    if (code && name) EXPECT_EQ(code->area->town(), name->area->town()) << line;
  }
  EXPECT_EQ(rows, 7761);
  EXPECT_EQ(by_code, 7690);
  EXPECT_GT(by_name, 7500);
  RecordProperty("by_name", by_name);
}

TEST(Atlas, PlacesStationsInTheDistrictsThatTheyName) {
  MINBEN_SHARED_OR_SKIP(file, "data/realtime/youbike_taipei_sites_2025-06-15.csv");
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  int rows = 0;
  int alike = 0;
  while (std::getline(in, line)) {
    const auto fields = split(line, ',');
    const double latitude = std::stod(std::string(fields[3]));
    const double longitude = std::stod(std::string(fields[4]));
    const Area* town = *atlas().at(Level::town, {longitude, latitude});
    ++rows;
    alike += town != nullptr && town->county() == "63000" && town->name.zh_hant == fields[2];
  }
  EXPECT_EQ(rows, 1600);
  // The rest say 臺大公館校區, or stand on a border that the boundaries simplify.
  EXPECT_GE(alike, 1500);
}

}  // namespace
}  // namespace minben::geography
