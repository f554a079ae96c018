#include "catalogue/vocabulary.hpp"

#include <set>

#include <gtest/gtest.h>

namespace minben::catalogue::vocabulary {
namespace {

using Kind = Frequency::Kind;
using Unit = Frequency::Unit;

TEST(Vocabulary, ListsAreCompleteAndWithoutRepetition) {
  EXPECT_EQ(service_categories().size(), 18u);
  EXPECT_EQ(themes().size(), 13u);
  EXPECT_EQ(high_value_themes().size(), 6u);
  EXPECT_EQ(hvd_categories().size(), 6u);
  for (const auto list :
       {service_categories(), dataset_kinds(), themes(), high_value_themes(), hvd_categories()}) {
    std::set<std::string_view> codes, names, uris;
    for (const Term& term : list) {
      EXPECT_TRUE(codes.insert(term.code).second) << term.code;
      EXPECT_TRUE(names.insert(term.zh_hant).second) << term.zh_hant;
      EXPECT_FALSE(term.en.empty()) << term.code;
      if (!term.uri.empty()) {
        EXPECT_TRUE(uris.insert(term.uri).second) << term.uri;
      }
    }
  }
  EXPECT_EQ(find(service_categories(), "E00")->zh_hant, "生活安全及品質");
  EXPECT_EQ(find(service_categories(), "I00")->zh_hant, "公共資訊");
  EXPECT_EQ(find(service_categories(), "J00"), nullptr);
}

TEST(Vocabulary, EveryServiceCategoryHasThemesThatExist) {
  for (const Term& category : service_categories()) {
    const auto found = themes_of(category.code);
    ASSERT_FALSE(found.empty()) << category.code;
    for (const auto theme : found) EXPECT_NE(find(themes(), theme), nullptr) << theme;
  }
  EXPECT_TRUE(themes_of("X").empty());
}

TEST(Vocabulary, LicencesAreFoundByAllTheirNames) {
  for (const Licence& licence : licences()) {
    for (const auto name : {licence.term.code, licence.term.zh_hant, licence.term.en,
                            licence.ckan_id, licence.term.uri, licence.eu_uri, licence.national_id})
      if (!name.empty()) {
        EXPECT_EQ(find_licence(name), &licence) << name;
      }
  }
  for (const char* written :
       {"政府資料開放授權條款－第1版", "政府資料開放授權條款-第1版", "依政府資料開放授權條款-第1版",
        "政府資料開放授權條款第一版", "政府資料開放授權條款 - 第1版", "http://data.gov.tw/license",
        "https://data.gov.tw/license/", "1", "OGDL-Taiwan-1.0"}) {
    ASSERT_NE(find_licence(written), nullptr) << written;
    EXPECT_EQ(find_licence(written)->term.code, "OGDL-TW-1.0");
  }
  EXPECT_EQ(find_licence("http://creativecommons.org/licenses/by/4.0")->term.code, "CC-BY-4.0");
  EXPECT_EQ(find_licence("https://creativecommons.org/licenses/by/4.0/deed.en")->term.code,
            "CC-BY-4.0");
  EXPECT_EQ(find_licence("cc-by")->term.code, "CC-BY-4.0");
  EXPECT_EQ(find_licence("CC BY 4.0")->term.code, "CC-BY-4.0");
  // Other terms are not taken for the ones that we know.
  for (const char* other : {"依菸酒管理法相關規定", "http://creativecommons.org/licenses/by/3.0/",
                            "政府資料開放平臺資料使用規範", "", "2", "://"})
    EXPECT_EQ(find_licence(other), nullptr) << other;
}

TEST(Vocabulary, FormatsAreFoundByLabelAndMediaTypeWithoutCase) {
  for (const FileFormat& format : file_formats()) {
    EXPECT_EQ(find_format(format.label), &format) << format.label;
    if (!format.media_type.empty()) {
      EXPECT_EQ(find_format(format.media_type), &format) << format.media_type;
    }
  }
  EXPECT_EQ(find_format("csv")->label, "CSV");
  EXPECT_EQ(find_format(".Csv ")->label, "CSV");
  EXPECT_EQ(find_format("text/csv; charset=utf-8")->label, "CSV");
  EXPECT_EQ(find_format("jpg")->label, "JPEG");
  EXPECT_EQ(find_format("其他"), nullptr);
}

struct Written {
  const char* text;
  Frequency frequency;
};
TEST(Vocabulary, FrequenciesAreReadAsPeopleWriteThem) {
  const auto every = [](Unit unit, int n) { return Frequency{Kind::regular, unit, n}; };
  const Written cases[] = {
      {"每日", every(Unit::day, 1)},
      {"每天", every(Unit::day, 1)},
      {"每週", every(Unit::week, 1)},
      {"每周", every(Unit::week, 1)},
      {"每月", every(Unit::month, 1)},
      {"每季", every(Unit::month, 3)},
      {"每半年", every(Unit::month, 6)},
      {"半年", every(Unit::month, 6)},
      {"每年", every(Unit::year, 1)},
      {"年", every(Unit::year, 1)},
      {"每年1次", every(Unit::year, 1)},
      {"每年2次", every(Unit::month, 6)},
      {"每日二次", every(Unit::hour, 12)},
      {"每3月", every(Unit::month, 3)},
      {"每3個月", every(Unit::month, 3)},
      {"每三個月", every(Unit::month, 3)},
      {"每兩年", every(Unit::year, 2)},
      {"每10分鐘", every(Unit::minute, 10)},
      {"每1小時", every(Unit::hour, 1)},
      {"每年(每年3月底前)", every(Unit::year, 1)},
      {"每月、年", every(Unit::month, 1)},
      {"不定期", {Kind::irregular}},
      {"不定期更新", {Kind::irregular}},
      {"不定時", {Kind::irregular}},
      {"即時", {Kind::continuous}},
      {"不更新", {Kind::once}},
      {"無", {}},
      {"", {}},
      {"quarterly", every(Unit::month, 3)},
      {"Every 2 weeks", every(Unit::week, 2)},
      {"every quarter", every(Unit::month, 3)},
      {"R/P1M", every(Unit::month, 1)},
      {"R/PT1H", every(Unit::hour, 1)},
      {"R/P1Y", every(Unit::year, 1)},
      {"R/PT1S", {Kind::continuous}},
      {"P0D", {}},
      {"MONTHLY", every(Unit::month, 1)},
      {"http://publications.europa.eu/resource/authority/frequency/ANNUAL_2",
       every(Unit::month, 6)},
      {"http://purl.org/cld/freq/daily", every(Unit::day, 1)},
      {"3月", {}},
      {"每5000年", {}},
  };
  for (const Written& written : cases)
    EXPECT_EQ(read_frequency(written.text), written.frequency)
        << written.text << " is read as "
        << frequency_text(read_frequency(written.text), Language::en);
}

TEST(Vocabulary, FrequenciesOfTheEuTableAndTheirWordsAreReadBack) {
  for (const char* code : {"1MIN", "HOURLY", "DAILY", "WEEKLY", "BIWEEKLY", "MONTHLY", "QUARTERLY",
                           "ANNUAL_2", "ANNUAL", "DECENNIAL", "UPDATE_CONT", "IRREG", "NEVER"})
    EXPECT_EQ(eu_frequency(read_frequency(code)), code);
  EXPECT_EQ(eu_frequency({Kind::regular, Unit::day, 7}), "WEEKLY");
  EXPECT_EQ(eu_frequency({Kind::regular, Unit::month, 7}), "OTHER");
  EXPECT_EQ(eu_frequency({}), "UNKNOWN");
  for (const Unit unit : {Unit::minute, Unit::hour, Unit::day, Unit::week, Unit::month, Unit::year})
    for (const int count : {1, 2, 3, 5, 7, 12, 999})
      for (const Language language : {Language::zh_hant, Language::en}) {
        const Frequency frequency{Kind::regular, unit, count};
        const std::string text = frequency_text(frequency, language);
        EXPECT_EQ(read_frequency(text), frequency) << text;
      }
  EXPECT_EQ(frequency_text({Kind::regular, Unit::month, 3}, Language::zh_hant), "每3個月");
  EXPECT_EQ(frequency_text({Kind::regular, Unit::month, 3}, Language::en), "every 3 months");
}

}  // namespace
}  // namespace minben::catalogue::vocabulary
