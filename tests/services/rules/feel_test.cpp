// FEEL by example: feel/*.json hold {"feel", "with"?, "gives" (JSON) or "text" (as string() writes
// it)}.
#include <filesystem>

#include "support.hpp"

namespace minben::rules::test {
namespace {

std::vector<std::string> names_in(const Context& context) {
  std::vector<std::string> names;
  for (const auto& entry : context.entries()) names.push_back(entry.name);
  return names;
}

class FeelFile : public testing::TestWithParam<std::string> {};

TEST_P(FeelFile, gives_what_it_says) {
  const Json cases = read_json(folder + "feel/" + GetParam() + ".json");
  ASSERT_TRUE(cases.is_array());
  for (const Json& one : cases.get_array()) {
    const std::string text = *get_string(one, "feel");
    const Context variables = find(one, "with") ? context_from_json(*find(one, "with")) : Context();
    const auto expression = Expression::parse(text, names_in(variables));
    if (find(one, "unknown")) {
      ASSERT_FALSE(expression) << text;
      EXPECT_EQ(expression.error().code, "feel_unknown_name") << text;
      continue;
    }
    ASSERT_TRUE(expression) << text << ": " << describe(expression.error());
    const auto value = expression->evaluate(variables, at_noon());
    ASSERT_TRUE(value) << text << ": " << describe(value.error());
    if (const Json* expected = find(one, "text"))
      EXPECT_EQ(to_text(*value), expected->get_string()) << text;
    else EXPECT_EQ(to_json(*value), one.at("gives")) << text << " gave " << to_text(*value);
  }
}
INSTANTIATE_TEST_SUITE_P(Files, FeelFile,
                         testing::Values("numbers", "logic", "text", "lists", "time"),
                         [](const auto& file) { return file.param; });

TEST(Feel, reads_names_with_spaces_and_operators) {
  const std::vector<std::string> names = {"annual salary", "salary", "a-b", "a", "b", "許可 年限"};
  const Context values = {{"annual salary", Value::number(12)},
                          {"salary", Value::number(1)},
                          {"a-b", Value::number(7)},
                          {"a", Value::number(5)},
                          {"b", Value::number(3)},
                          {"許可 年限", Value::number(2)}};
  for (const auto& [text, expected] : {std::pair{"annual   salary / salary", 12},
                                       {"a-b", 7},
                                       {"a - b", 7},
                                       {"b-a", -2},
                                       {"許可 年限 + a", 7},
                                       {"annual\nsalary", 12}}) {
    const auto expression = Expression::parse(text, names);
    ASSERT_TRUE(expression) << text << describe(expression.error());
    EXPECT_EQ(to_json(*expression->evaluate(values)), Json(expected)) << text;
  }
}

TEST(Feel, says_where_a_text_is_wrong) {
  const auto syntax = Expression::parse("1 +\n  * 2");
  ASSERT_FALSE(syntax);
  EXPECT_EQ(syntax.error().code, "feel_syntax");
  EXPECT_EQ(syntax.error().line, 2);
  EXPECT_EQ(syntax.error().column, 3);
  EXPECT_NE(syntax.error().detail.find("expected a value before '* 2'"), std::string::npos)
      << syntax.error().detail;
  const auto name = Expression::parse("薪資 > limit", std::vector<std::string>{"薪資"});
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, "feel_unknown_name");
  EXPECT_EQ(name.error().column, 6);
  for (const char* text : {"", "(", "[1,", "{a 1}", "if true then 1", "for x return 1", "\"open",
                           "1 2", "a.", "@", "function(x) external {}", "f(1, a: 2)"})
    EXPECT_FALSE(Expression::parse(text, std::vector<std::string>{"a", "f"})) << text;
}

TEST(Feel, knows_which_variables_it_uses) {
  const auto expression = Expression::parse("fee > 0 and (for x in list return x + fee)[1] = 1",
                                            std::vector<std::string>{"fee", "list", "unused"});
  ASSERT_TRUE(expression);
  EXPECT_EQ(expression->used_names(), (std::vector<std::string>{"fee", "list"}));
}

TEST(Feel, conditions_must_be_boolean) {
  const std::vector<std::string> names = {"x"};
  const auto condition = Expression::parse("x > 1", names);
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->holds({{"x", Value::number(2)}}), Result<bool>(true));
  const auto unknown = condition->holds({});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "not_boolean");
}

TEST(Feel, unary_tests_test_a_value) {
  struct Case {
    const char* tests;
    Value value;
    bool expected;
  };
  const std::vector<std::string> names = {"limit"};
  const Context variables = {{"limit", Value::number(10)}};
  for (const Case& c : {Case{"-", Value(), true},
                        {"", Value::number(1), true},
                        {"< limit", Value::number(9), true},
                        {"< limit", Value(), false},
                        {"[1..5], > 10", Value::number(11), true},
                        {"[1..5], > 10", Value::number(7), false},
                        {"not(\"a\", \"b\")", Value("c"), true},
                        {"not(\"a\", \"b\")", Value("a"), false},
                        {"? > 3 and ? < limit", Value::number(5), true},
                        {"limit", Value::number(10), true},
                        {"null", Value(), true},
                        {"\"a\"", Value(), false},
                        {"date(\"2026-01-01\")", *Decimal::parse("1"), false},
                        {"[\"a\", \"b\"]", Value("b"), true},
                        {"not(< 5)", Value(), false}}) {
    const auto tests = Expression::parse_unary_tests(c.tests, names);
    ASSERT_TRUE(tests) << c.tests << describe(tests.error());
    EXPECT_EQ(tests->matches(c.value, variables), Result<bool>(c.expected))
        << c.tests << " on " << to_text(c.value);
  }
}

}  // namespace
}  // namespace minben::rules::test
