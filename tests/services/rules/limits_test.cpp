// Hostile texts and values end soon, with an error and without harm.
#include <chrono>

#include "support.hpp"

namespace minben::rules::test {
namespace {

Result<Value> run(const std::string& text, const Limits& limits = {}) {
  const auto expression = Expression::parse(text);
  if (!expression) return fail(expression.error());
  Options options;
  options.limits = limits;
  return expression->evaluate({}, options);
}
std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Limits, endless_work_is_stopped) {
  for (const char* text :
       {"for i in 1..1000000000 return i", "every i in 1..1000000000 satisfies true",
        "count(for i in 1..100000, j in 1..100000 return 1)",
        "{f: function(n) f(n + 1), r: f(0)}.r", "{f: function(n) f(n - 1) + f(n - 2), r: f(80)}.r",
        "for i in 1..1000000 return partial"}) {
    const auto before = std::chrono::steady_clock::now();
    const auto value = run(text, {.max_steps = 500'000, .max_elements = 500'000, .max_depth = 800});
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, "rules_limit") << text;
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5)) << text;
  }
}

TEST(Limits, memory_is_bounded) {
  const auto value =
      run("{d: function(s, n) if n = 0 then s else d(s + s, n - 1), r: string "
          "length(d(\"xxxxxxxxxxxxxxxx\", 40))}.r");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, "rules_limit");
}

TEST(Limits, deep_texts_are_refused_or_run) {
  for (const std::string& text :
       {repeat("(", 100'000), repeat("[", 100'000), repeat("-", 100'000), repeat("{a:", 50'000),
        repeat("if true then ", 50'000), repeat("not(", 50'000), "x" + repeat(".a", 50'000),
        repeat("1 in (", 10'000), repeat("]1..", 10'000), "1" + repeat("[1", 10'000)})
    EXPECT_FALSE(run(text)) << text.substr(0, 20);
  const auto sum = run("1" + repeat(" + 1", 50'000));
  ASSERT_TRUE(sum) << describe(sum.error());
  EXPECT_EQ(to_text(*sum), "50001");
}

/// Such a pattern needs exponential time; it is given up, not run to its end.
TEST(Limits, patterns_with_back_references_are_given_up) {
  const auto before = std::chrono::steady_clock::now();
  const auto value = run("matches(\"" + repeat("a", 60) + "\", \"^(a*)*(a*)*\\\\1b$\")");
  ASSERT_TRUE(value);
  EXPECT_TRUE(value->is_null());
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

TEST(Limits, patterns_take_linear_time) {
  const auto before = std::chrono::steady_clock::now();
  const auto value = run("matches(\"" + repeat("a", 20'000) + "\", \"^(a+)+b$\")");
  ASSERT_TRUE(value);
  EXPECT_TRUE(value->is_false());
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
}

}  // namespace
}  // namespace minben::rules::test
