#include "core/core.hpp"
#include "core/digits.hpp"
#include "core/large_json.hpp"

#include <gtest/gtest.h>

namespace minben {
namespace {

TEST(Time, ReadsAndWritesRfc3339) {
  const auto instant = parse_instant("2026-11-23T12:05:06.5+08:00");
  ASSERT_TRUE(instant);
  EXPECT_EQ(to_string(*instant), "2026-11-23T04:05:06.500000Z");
  EXPECT_FALSE(parse_instant("2026-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_instant("2026-11-23T12:05:06"));
}

TEST(Time, KnowsTheRepublicsCalendar) {
  const Date date = *parse_date("2026-11-23");
  EXPECT_EQ(long_date(date, Language::zh_hant), "民國115年11月23日");
  EXPECT_EQ(roc_digits(date), "1151123");
  EXPECT_EQ(*parse_roc_digits("1151123"), date);
  EXPECT_EQ(long_date(*parse_date("1900-01-01"), Language::zh_hant), "民國前12年1月1日");
  EXPECT_EQ(to_string(add_months(*parse_date("2026-01-31"), 1)), "2026-02-28");
}

TEST(Time, ADayInTaiwanBeginsEightHoursEarlier) {
  EXPECT_EQ(to_string(taiwan_midnight(*parse_date("2026-11-23"))), "2026-11-22T16:00:00Z");
  EXPECT_EQ(to_string(taiwan_date(*parse_instant("2026-11-22T16:00:00Z"))), "2026-11-23");
}

TEST(Ids, AreVersion7AndRoundTrip) {
  const VirtualClock clock(*parse_instant("2026-11-23T00:00:00Z"));
  SeededRandom random(1);
  const CaseId id = CaseId::make(clock, random);
  EXPECT_EQ(to_string(id)[14], '7');
  EXPECT_EQ(*CaseId::parse(to_string(id)), id);
  EXPECT_FALSE(CaseId::parse("not-an-id"));
}

TEST(Text, Base64RefusesWhatIsNotCanonical) {
  EXPECT_EQ(base64url_encode(as_bytes("\xff\xfe")), "__4");
  EXPECT_TRUE(base64url_decode("__4"));
  EXPECT_FALSE(base64url_decode("__5"));
  EXPECT_FALSE(base64_decode("YQ"));
  EXPECT_EQ(as_text(*base64_decode("YQ==")), "a");
}

TEST(Text, ChecksUtf8AndTrimsWideSpaces) {
  EXPECT_TRUE(is_utf8("民本"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_EQ(trim("\u3000 民本\t"), "民本");
  EXPECT_EQ(length_in_characters("民本ab"), 4u);
}

TEST(JsonText, SaysWhereItBreaks) {
  const auto broken = parse_json("{\n \"a\": tru }");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().line, 2);
  EXPECT_FALSE(parse_json("1 2"));
}

TEST(JsonText, WhatHasToBeEscapedIsSoAtAnyPlace) {
  for (int c = 1; c < 256; ++c)
    for (std::size_t length = 1; length < 20; ++length)
      for (std::size_t place = 0; place < length; ++place) {
        std::string text(length, 'x');
        text[place] = static_cast<char>(c);
        std::string out;
        append_json_text(out, text);
        const bool plain = c >= 0x20 && c != '"' && c != '\\';
        if (plain) {
          ASSERT_EQ(out, '"' + text + '"');
        } else {
          ASSERT_EQ(parse_json(out).value().as_string(), text) << c << " at " << place;
          ASSERT_GT(out.size(), length + 2);
        }
      }
}

TEST(JsonText, CanonicalFormSortsNames) {
  EXPECT_EQ(*canonical_json(*parse_json(R"({"b":1,"a":["x"]})")), R"({"a":["x"],"b":1})");
  EXPECT_FALSE(canonical_json(*parse_json("1.5")));
}

TEST(Hash, ComparesInConstantTime) {
  EXPECT_EQ(hex_encode(sha256("abc")).substr(0, 8), "ba7816bf");
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
}

TEST(Digits, StandInGroupsOfThree) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(5700), "5,700");
  EXPECT_EQ(group_digits(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace minben
