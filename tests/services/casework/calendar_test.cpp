#include "world.hpp"

namespace minben::casework {

TEST(Calendar, CountsOverLunarNewYear2026) {
  const auto& calendar = test_calendar();
  // Friday 13 February; the offices open again on Monday 23 February.
  EXPECT_EQ(calendar.add_working_days(date("2026-02-13"), 1), date("2026-02-23"));
  EXPECT_EQ(calendar.working_days_between(date("2026-02-13"), date("2026-02-23")), 1);
  EXPECT_EQ(calendar.working_days_between(date("2026-02-12"), date("2026-02-26")), 5);
  for (const auto* day :
       {"2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-27"}) {
    EXPECT_FALSE(calendar.is_working_day(date(day))) << day;
  }
}

TEST(Calendar, KnowsMakeUpDaysAndTheHolidaysOfThe2025Act) {
  const auto& calendar = test_calendar();
  EXPECT_TRUE(calendar.is_working_day(date("2025-02-08")));  // Saturday, worked for 27 January
  EXPECT_FALSE(calendar.is_working_day(date("2025-01-27")));
  EXPECT_TRUE(calendar.is_working_day(
      date("2025-05-01")));  // before the Act offices were open on Labour Day
  EXPECT_FALSE(calendar.is_working_day(date("2026-05-01")));
  EXPECT_FALSE(calendar.is_working_day(date("2025-09-29")));
  EXPECT_FALSE(calendar.is_working_day(date("2025-12-25")));
  EXPECT_FALSE(calendar.is_working_day(date("2027-02-10")));
  EXPECT_TRUE(calendar.is_working_day(date("2027-02-11")));
}

TEST(Calendar, AddsAndCountsAlike) {
  const auto& calendar = test_calendar();
  for (auto from = date("2025-01-01"); from < date("2027-06-01"); from = add_days(from, 11)) {
    for (int count = 1; count < 70; count += 7) {
      const auto to = calendar.add_working_days(from, count);
      EXPECT_EQ(calendar.working_days_between(from, to), count);
      EXPECT_TRUE(calendar.is_working_day(to));
      EXPECT_LE(calendar.add_working_days(calendar.subtract_working_days(to, count), count), to);
    }
  }
}

TEST(Calendar, FallsBackToFixedHolidaysWithoutAFile) {
  const auto& calendar = test_calendar();
  EXPECT_FALSE(calendar.covers(2031));
  EXPECT_FALSE(calendar.is_working_day(date("2031-10-10")));  // Friday
  EXPECT_TRUE(calendar.is_working_day(date("2031-10-09")));
  EXPECT_EQ(calendar.next_working_day(date("2031-10-10")), date("2031-10-13"));
}

TEST(Calendar, NamesFaultsWithFileAndLine) {
  ScratchFolder folder;
  write_text(folder.path() / "2026.toml",
             "year = 2026\nsource = \"x\"\n[holidays]\n2027-01-01 = { zh-Hant = \"元旦\", en = "
             "\"New Year\" }\n"
             "2026-01-01 = { zh-Hant = \"元旦\" }\n");
  const auto calendar = Calendar::load(folder.path());
  ASSERT_FALSE(calendar.has_value());
  ASSERT_EQ(calendar.error().size(), 2u);
  for (const auto& fault : calendar.error()) {
    EXPECT_EQ(fault.field, "2026.toml");
    EXPECT_EQ(fault.line, fault.code == "bad_date" ? 4 : 5);
  }
}

TEST(ApplicationNumber, FindsEveryWrongDigit) {
  int valid = 0;
  std::string number = "115000000010";
  for (char check = '0'; check <= '9'; ++check) {
    number.back() = check;
    valid += is_application_number(number) ? 1 : 0;
  }
  EXPECT_EQ(valid, 1);
  for (number.back() = '0'; !is_application_number(number);) ++number.back();
  for (std::size_t at = 0; at < number.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      auto wrong = number;
      wrong[at] = digit;
      EXPECT_EQ(is_application_number(wrong), wrong == number) << wrong;
    }
  }
  EXPECT_FALSE(is_application_number("11500000001"));
  EXPECT_FALSE(is_application_number("11500000001x"));
}

}  // namespace minben::casework
