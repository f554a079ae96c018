#include "core/decimal.hpp"

#include <gtest/gtest.h>

namespace minben {
namespace {

Decimal d(std::string_view text) {
  const auto value = Decimal::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(Decimal());
}
std::string show(std::optional<Decimal> value) { return value ? value->to_string() : "none"; }

TEST(Decimal, writes_what_it_reads_in_plain_notation) {
  for (const char* text :
       {"0", "1", "-1", "12.5", "0.1", "-0.001", "1000000", "123456789012345678901234567890.1234",
        "9999999999999999999999999999999999", "0.0000000000000000000000000000000001"})
    EXPECT_EQ(d(text).to_string(), text);
  EXPECT_EQ(d("1.500").to_string(), "1.5");
  EXPECT_EQ(d(".5").to_string(), "0.5");
  EXPECT_EQ(d("-0").to_string(), "0");
  EXPECT_EQ(d("1e3").to_string(), "1000");
  EXPECT_EQ(d("1.25E+40").to_string(), "1.25E+40");
  EXPECT_EQ(d("1e-40").to_string(), "1E-40");
}

TEST(Decimal, refuses_what_is_not_a_number) {
  for (const char* text : {"", "-", ".", "1.", "+1", "1e", "0x10", "NaN", "Infinity", "1 ", " 1",
                           "1,000", "1e9999999"})
    EXPECT_FALSE(Decimal::parse(text)) << text;
}

TEST(Decimal, counts_in_tens_not_in_twos) {
  EXPECT_EQ(show(add(d("0.1"), d("0.2"))), "0.3");
  EXPECT_EQ(show(subtract(d("1"), d("0.9"))), "0.1");
  EXPECT_EQ(show(multiply(d("1.1"), d("1.1"))), "1.21");
  EXPECT_EQ(show(divide(d("1"), d("3"))), "0.3333333333333333333333333333333333");
  EXPECT_EQ(show(divide(d("1"), d("0"))), "none");
  EXPECT_EQ(show(multiply(d("1e6000"), d("1e6000"))), "none");
}

TEST(Decimal, orders_by_value_whatever_the_exponent) {
  EXPECT_EQ(d("1.0"), d("1"));
  EXPECT_EQ(d("-0"), d("0"));
  EXPECT_LT(d("-2"), d("-1"));
  EXPECT_LT(d("-1"), d("0.5"));
  EXPECT_GT(d("1e10"), d("999"));
  EXPECT_GT(d("160000.01"), d("160000"));
}

TEST(Decimal, gives_integers_only_when_whole_and_in_range) {
  EXPECT_EQ(d("42.00").to_integer(), 42);
  EXPECT_EQ(d("-9223372036854775808").to_integer(), INT64_MIN);
  EXPECT_EQ(d("9223372036854775807").to_integer(), INT64_MAX);
  EXPECT_FALSE(d("9223372036854775808").to_integer());
  EXPECT_FALSE(d("1e30").to_integer());
  EXPECT_FALSE(d("0.5").to_integer());
  EXPECT_EQ(Decimal::from(INT64_MIN).to_string(), "-9223372036854775808");
  EXPECT_DOUBLE_EQ(d("0.1").to_double(), 0.1);
}

TEST(Decimal, rounds_in_every_direction) {
  struct Case {
    const char* value;
    std::int64_t scale;
    Rounding rounding;
    const char* expected;
  };
  for (const Case& c : {Case{"2.5", 0, Rounding::half_even, "2"},
                        {"3.5", 0, Rounding::half_even, "4"},
                        {"2.5", 0, Rounding::half_up, "3"},
                        {"-2.5", 0, Rounding::half_up, "-3"},
                        {"2.5", 0, Rounding::half_down, "2"},
                        {"-2.5", 0, Rounding::half_down, "-2"},
                        {"2.51", 0, Rounding::half_down, "3"},
                        {"2.49", 0, Rounding::half_down, "2"},
                        {"1.1", 0, Rounding::up, "2"},
                        {"-1.1", 0, Rounding::up, "-2"},
                        {"1.9", 0, Rounding::down, "1"},
                        {"-1.9", 0, Rounding::down, "-1"},
                        {"-1.1", 0, Rounding::floor, "-2"},
                        {"-1.9", 0, Rounding::ceiling, "-1"},
                        {"1.12345", 3, Rounding::half_up, "1.123"},
                        {"1234", -2, Rounding::half_up, "1200"},
                        {"5", 6000, Rounding::up, "5"}})
    EXPECT_EQ(show(round_to(d(c.value), c.scale, c.rounding)), c.expected) << c.value;
  EXPECT_FALSE(round_to(d("1"), 7000, Rounding::up));
}

TEST(Decimal, knows_powers_roots_and_remainders) {
  EXPECT_EQ(show(power(d("2"), d("10"))), "1024");
  EXPECT_EQ(show(power(d("2"), d("-1"))), "0.5");
  EXPECT_EQ(show(power(d("4"), d("0.5"))), "2");
  EXPECT_EQ(show(power(d("0"), d("-1"))), "none");
  EXPECT_EQ(show(square_root(d("16"))), "4");
  EXPECT_EQ(show(square_root(d("-1"))), "none");
  EXPECT_EQ(show(natural_log(d("0"))), "none");
  EXPECT_EQ(show(exponential(d("0"))), "1");
  EXPECT_EQ(show(modulo(d("12"), d("5"))), "2");
  EXPECT_EQ(show(modulo(d("-12"), d("5"))), "3");
  EXPECT_EQ(show(modulo(d("12"), d("-5"))), "-3");
  EXPECT_EQ(show(modulo(d("10.1"), d("4.5"))), "1.1");
  EXPECT_EQ(show(modulo(d("1"), d("0"))), "none");
}

}  // namespace
}  // namespace minben
