// FEEL text: whatever parses must also run, within small limits, without a crash.
#include "rules/rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  static const std::vector<std::string> names = {"a", "b c", "list", "x"};
  static const rules::Context variables = {
      {"a", rules::Value::number(3)},
      {"b c", "text"},
      {"list", rules::List{rules::Value::number(1), rules::Context{{"k v", true}}}},
      {"x", rules::Value()}};
  rules::Options options;
  options.limits = {.max_steps = 20'000, .max_elements = 20'000, .max_depth = 300};
  options.now = Instant{};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto expression = rules::Expression::parse(text, names))
    if (const auto value = expression->evaluate(variables, options)) {
      rules::to_text(*value);
      rules::to_json(*value);
    }
  if (const auto tests = rules::Expression::parse_unary_tests(text, names))
    static_cast<void>(tests->matches(rules::Value::number(5), variables, options));
  return 0;
}
