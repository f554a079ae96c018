#include "demo/people.hpp"

#include <set>

#include <gtest/gtest.h>

namespace minben::app::demo {
namespace {

TEST(People, NumbersAreValidInForm) {
  EXPECT_TRUE(has_valid_check_digit("A123456789"));  // the example of every textbook
  EXPECT_FALSE(has_valid_check_digit("A123456788"));
  EXPECT_FALSE(has_valid_check_digit("123"));
}

TEST(People, TwoThousandHaveNumbersAndAddressesOfTheirOwn) {
  SeededRandom random(7);
  const auto residents = make_residents(2000, *parse_date("2026-11-23"), random);
  std::set<std::string> numbers, emails, passports;
  for (const Resident& resident : residents) {
    EXPECT_TRUE(has_valid_check_digit(resident.number)) << resident.number;
    EXPECT_TRUE(resident.email.ends_with("@people.example"));
    EXPECT_EQ(resident.is_citizen(), !resident.name_zh.empty());
    numbers.insert(resident.number);
    emails.insert(resident.email);
    passports.insert(resident.passport);
  }
  EXPECT_EQ(numbers.size(), residents.size());
  EXPECT_EQ(emails.size(), residents.size());
  EXPECT_EQ(passports.size(), residents.size());
}

TEST(People, TheSameSeedGivesTheSamePeople) {
  SeededRandom first(3), second(3);
  const Date today = *parse_date("2026-11-23");
  const auto a = make_residents(10, today, first), b = make_residents(10, today, second);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].name, b[i].name);
}

}  // namespace
}  // namespace minben::app::demo
