// Large tables are indexed: the same rules must fire as when every test is tried one by one.
#include <fmt/format.h>

#include "support.hpp"

namespace minben::rules::test {
namespace {

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('<', at)) != text.npos; at += 4)
    text.replace(at, 1, "&lt;");
  return text;
}

std::string random_test(Random& random) {
  const auto number = [&] { return static_cast<int>(random.below(60)); };
  const int a = number();
  switch (random.below(10)) {
    case 0:
      return "-";
    case 1:
      return fmt::format("< {}", a);
    case 2:
      return fmt::format(">= {}", a);
    case 3:
      return fmt::format("[{}..{}]", a, a + number());
    case 4:
      return fmt::format("({}..{})", a, a + 5);
    case 5:
      return fmt::format("{}, {}", a, number());
    case 6:
      return fmt::format("not({})", a);
    case 7:
      return fmt::format("? > {}", a);
    case 8:
      return fmt::format("{}, > {}", a, number());
    default:
      return fmt::format("{}", a);
  }
}

TEST(TableIndex, finds_the_rules_that_trying_each_finds) {
  SeededRandom random(20261123);
  std::vector<std::string> tests;
  std::string rules;
  for (int i = 0; i < 300; ++i) {
    tests.push_back(random_test(random));
    rules += fmt::format(
        "<rule><inputEntry><text>{}</text></inputEntry><outputEntry><text>{}</text></outputEntry></"
        "rule>",
        escaped(tests.back()), i);
  }
  const std::string xml =
      "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' name='m' "
      "namespace='urn:m'>"
      "<inputData id='x' name='x'><variable name='x'/></inputData><decision id='d' "
      "name='D'><variable name='D'/>"
      "<informationRequirement><requiredInput href='#x'/></informationRequirement>"
      "<decisionTable "
      "hitPolicy='COLLECT'><input><inputExpression><text>x</text></inputExpression></input>"
      "<output name='D'/>" +
      rules + "</decisionTable></decision></definitions>";
  const auto model = Model::load(xml, "index.dmn");
  ASSERT_TRUE(model) << describe(model.error().front());
  std::vector<Expression> expressions;
  for (const std::string& test : tests) expressions.push_back(*Expression::parse_unary_tests(test));

  std::vector<Value> inputs = {Value(), "text", true, *Decimal::parse("10.5"),
                               *Decimal::parse("-3")};
  for (int i = -1; i < 130; ++i) inputs.push_back(Value::number(i));
  for (const Value& input : inputs) {
    List expected;
    for (std::size_t i = 0; i < expressions.size(); ++i)
      if (*expressions[i].matches(input)) expected.push_back(Value::number(static_cast<int>(i)));
    const auto result = model->evaluate("D", {{"x", input}});
    ASSERT_TRUE(result);
    EXPECT_EQ(to_text(result->value), to_text(Value(expected))) << to_text(input);
  }
}

}  // namespace
}  // namespace minben::rules::test
