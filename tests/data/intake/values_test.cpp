// What values are read as, and as what they are written.
#include "names.hpp"
#include "roles.hpp"
#include "support.hpp"
#include "values.hpp"

namespace minben::intake::test {
namespace {

std::string kinds(std::string_view text) {
  const Kinds fits = recognise(text, all_kinds).fits;
  std::string letters;
  if (fits & integer_kind) letters += 'i';
  if (fits & number_kind) letters += 'n';
  if (fits & boolean_kind) letters += 'b';
  if (fits & date_kind) letters += 'd';
  if (fits & timestamp_kind) letters += 't';
  return letters;
}
bool is_plain(std::string_view text, Kinds kind) {
  return (recognise(text, all_kinds).plain & kind) != 0;
}

TEST(Values, NumbersAreTold) {
  for (const std::string_view text : {"0", "-5", "12", "9223372036854775807"}) {
    EXPECT_EQ(kinds(text).substr(0, 2), "in") << text;
    EXPECT_TRUE(is_plain(text, integer_kind)) << text;
  }
  for (const std::string_view text : {"0.5", "-12.25", "1.2E+03", "1e5", "145080011.0"})
    EXPECT_EQ(kinds(text), "n") << text;
  // codes, and what a double would not hold
  for (const std::string_view text :
       {"007", "00", "0123.5", "9223372036854775808", "1-2", "1.2.3", "0x10", "-", "+", ".", "1,23",
        "1,2345", ",123", "1e", "12a", "1e9999", "12 34"})
    EXPECT_EQ(kinds(text), "") << text;
}

TEST(Values, SpellingsBecomePlain) {
  const std::pair<std::string_view, std::string_view> integers[] = {
      {"1,234", "1234"}, {"-1,234,567", "-1234567"}, {"１２３", "123"},      {"－５", "-5"},
      {" 12 ", "12"},    {"\u300012", "12"},         {"１，２３４", "1234"}, {"\u22123", "-3"}};
  for (const auto& [text, plain] : integers) {
    EXPECT_EQ(kinds(text).substr(0, 2), "in") << text;
    EXPECT_FALSE(is_plain(text, integer_kind)) << text;
    EXPECT_EQ(canonical(text, Type::integer), plain) << text;
  }
  EXPECT_EQ(canonical("1,234.50", Type::number), "1234.50");
  EXPECT_EQ(canonical("1２.５", Type::number), "12.5");
  EXPECT_EQ(canonical("5.", Type::number), "5.0");
  EXPECT_EQ(canonical("\t1111111111111111111111.", Type::number), "1111111111111111111111.0");
  EXPECT_EQ(canonical("+.5", Type::number), "0.5");
  EXPECT_TRUE(is_plain(".5", number_kind));
  EXPECT_EQ(canonical("TRUE", Type::boolean), "true");
  EXPECT_EQ(canonical("12x", Type::integer), std::nullopt);
}

TEST(Values, DatesOfAllKindsAreOneDay) {
  for (const std::string_view text :
       {"2026-11-30", "2026/11/30", "2026.11.30", "20261130", "115/11/30", "115-11-30", "115.11.30",
        "1151130", "民國115年11月30日", "中華民國115年11月30日", "115年11月30日", "2026年11月30日",
        "民國 115 年 11 月 30 日", "西元2026年11月30日", "１１５／１１／３０"}) {
    EXPECT_NE(kinds(text).find('d'), std::string::npos) << text;
    EXPECT_EQ(canonical(text, Type::date), "2026-11-30") << text;
    EXPECT_EQ(is_plain(text, date_kind), text == "2026-11-30") << text;
  }
  EXPECT_EQ(canonical("99/1/5", Type::date), std::nullopt);  // neither year nor order is certain
  EXPECT_EQ(canonical("99/01/05", Type::date), "2010-01-05");
  EXPECT_EQ(canonical("70年12月31日", Type::date), "1981-12-31");
  EXPECT_EQ(canonical("8年1月2日", Type::date), "1919-01-02");
  EXPECT_EQ(canonical("991130", Type::date), "2010-11-30");
  EXPECT_EQ(canonical("0991130", Type::date), "2010-11-30");
  EXPECT_EQ(canonical("113/2/29", Type::date), "2024-02-29");
}

TEST(Values, WhatIsNoDayIsNoDate) {
  for (const std::string_view text :
       {"2026-02-29", "2026-13-01", "114/2/29", "1140229", "20260230", "1.2.3", "1.1.4", "12-1-1",
        "2026-11", "115/11", "11/30/2026", "2026-11/30", "0/1/1", "10117", "2026年11月",
        "000/01/01", "99991399", "02-2345678"})
    EXPECT_EQ(canonical(text, Type::date), std::nullopt) << text;
}

TEST(Values, TimesOfDayAreTaiwans) {
  const std::pair<std::string_view, std::string_view> times[] = {
      {"2026-11-30 14:05:09", "2026-11-30 14:05:09"},
      {"2026-11-30T14:05:09", "2026-11-30 14:05:09"},
      {"2026/11/30 14:05", "2026-11-30 14:05:00"},
      {"115/11/30 下午 02:05:09", "2026-11-30 14:05:09"},
      {"2026/11/30 上午 12:05", "2026-11-30 00:05:00"},
      {"2026/11/30 下午 12:05", "2026-11-30 12:05:00"},
      {"115年11月30日14時5分", "2026-11-30 14:05:00"},
      {"民國115年11月30日 下午2時05分09秒", "2026-11-30 14:05:09"},
      {"2026-11-30 02:05:09 PM", "2026-11-30 14:05:09"},
      {"2026-11-30 24:00", "2026-12-01 00:00:00"},
      {"2026-11-30T20:00:00Z", "2026-12-01 04:00:00"},
      {"2026-08-22T20:49:02.032886+08:00", "2026-08-22 20:49:02.032886"},
      {"2026-11-30T02:00:00+09:00", "2026-11-30 01:00:00"},
      {"2026-11-30T00:30:00+0930", "2026-11-29 23:00:00"},
      {"20261130140509", "2026-11-30 14:05:09"},
      {"2026-11-30", "2026-11-30 00:00:00"}};
  for (const auto& [text, expected] : times)
    EXPECT_EQ(canonical(text, Type::timestamp), expected) << text;
  for (const std::string_view text :
       {"2026-11-30 14:05:09.5", "2026-11-30T14:05:09", "2026-11-30 14:05"})
    EXPECT_TRUE(is_plain(text, timestamp_kind)) << text;
  for (const std::string_view text :
       {"2026-11-30 25:00", "2026-11-30 14:60", "2026-11-30 下午 14:05", "2026-11-30 14",
        "2026-11-30x14:05", "2026-11-3014:05", "14:05", "2026-11-30 14:05:09+99:00",
        "20261130250000"})
    EXPECT_EQ(canonical(text, Type::timestamp), std::nullopt) << text;
}

TEST(Values, WordsForNull) {
  for (const std::string_view text :
       {"-", "－", "…", "N/A", "null", "NULL", " ", "\u3000", "NaN", "無資料"})
    EXPECT_TRUE(is_null_word(text)) << text;
  for (const std::string_view text : {"0", "無", "x", "不詳者另計"})
    EXPECT_FALSE(is_null_word(text)) << text;
}

/// A table of one text and one column of values.
Prepared column_of(const std::string& name, const std::vector<std::string>& values) {
  Prepare prepare;
  std::string text = "列," + name + "\n";
  for (const std::string& value : values) text += "x,\"" + value + "\"\n";
  auto made = prepare.bytes(text);
  EXPECT_TRUE(made) << describe(made.error());
  return std::move(*made);
}
const Column& second(const Prepared& made) { return made.inspection.columns[1]; }

TEST(Types, NamesDecideWhatDigitsAre) {
  EXPECT_EQ(second(column_of("總價", {"1090608", "1090701"})).type, Type::integer);
  EXPECT_EQ(second(column_of("交易日期", {"1090608", "1090701"})).type, Type::date);
  EXPECT_EQ(second(column_of("update_date", {"20200608", "20200701"})).type, Type::date);
  EXPECT_EQ(second(column_of("交易日期", {"1090608", "1090799"})).type, Type::text);
  EXPECT_EQ(second(column_of("行政區代碼", {"65000010", "65000020"})).type, Type::text);
  EXPECT_EQ(second(column_of("郵遞區號", {"100", "95501"})).type, Type::text);
  EXPECT_EQ(second(column_of("統計年月", {"11407", "11408"})).type, Type::text);
  EXPECT_EQ(second(column_of("站號", {"500101001", "500101002"})).type, Type::text);
  EXPECT_EQ(second(column_of("序號", {"9", "10"})).type, Type::integer);
  EXPECT_EQ(second(column_of("電話", {"0223456789", "0912345678"})).type, Type::text);
  EXPECT_EQ(second(column_of("人數", {"5", "06"})).type, Type::text);
}

TEST(Types, OneValueThatDoesNotFitMakesText) {
  EXPECT_EQ(second(column_of("值", {"1", "2", "約3"})).type, Type::text);
  EXPECT_EQ(second(column_of("值", {"1", "2", "3.5"})).type, Type::number);
  EXPECT_EQ(second(column_of("日期", {"115/1/2", "2026-01-03", "1150104"})).type, Type::date);
  EXPECT_EQ(second(column_of("時間", {"115/1/2", "2026-01-03 12:00"})).type, Type::timestamp);
  EXPECT_EQ(second(column_of("值", {"-", "…"})).type, Type::text);
  EXPECT_EQ(second(column_of("開放", {"true", "FALSE"})).type, Type::boolean);
}

TEST(Roles, AreFoundByNameAndValues) {
  EXPECT_EQ(second(column_of("經度", {"121.5", "120.3"})).role, Role::longitude);
  EXPECT_EQ(second(column_of("lat", {"25.01", "22.6"})).role, Role::latitude);
  EXPECT_EQ(second(column_of("lat", {"1", "2"})).role, Role::measure);
  EXPECT_EQ(second(column_of("緯度", {"121.5", "120.3"})).role, Role::longitude);  // exchanged
  EXPECT_EQ(second(column_of("縣市", {"台北市", "臺東縣"})).role, Role::county_name);
  EXPECT_EQ(second(column_of("縣市代碼", {"65000", "10014"})).role, Role::county_code);
  EXPECT_EQ(second(column_of("區域代碼", {"65000010", "10014020"})).role, Role::town_code);
  EXPECT_EQ(second(column_of("村里代碼", {"65000010-001", "10014020-002"})).role,
            Role::village_code);
  EXPECT_EQ(second(column_of("區域別", {"新北市板橋區", "台東縣成功鎮"})).role, Role::town_name);
  EXPECT_EQ(second(column_of("年度", {"113", "114"})).role, Role::year);
  EXPECT_EQ(second(column_of("year", {"2025", "2026"})).role, Role::year);
  EXPECT_EQ(second(column_of("站名", {"甲站", "乙站", "丙站"})).role, Role::identifier);
  EXPECT_EQ(second(column_of("狀態", {"好", "好", "壞", "好", "壞", "好"})).role, Role::category);
  EXPECT_EQ(second(column_of("人口數", {"12", "13"})).role, Role::measure);
}

TEST(Names, FoldVariants) {
  EXPECT_EQ(folded("台北市（TWD97_X）"), "臺北市twd97x");
  EXPECT_TRUE(says_code("districtCode"));
  EXPECT_FALSE(says_code("encoder"));
}

}  // namespace
}  // namespace minben::intake::test
