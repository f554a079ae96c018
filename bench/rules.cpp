// FEEL and decision tables per core: parsing, evaluation, a small and a large table.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "rules/rules.hpp"

namespace minben::rules {
namespace {

const std::vector<std::string> names = {"salary", "years", "field", "jobs"};
const Context variables = {
    {"salary", Value::number(170'000)},
    {"years", Value::number(2)},
    {"field", "science"},
    {"jobs", List{Context{{"months", Value::number(14)}}, Context{{"months", Value::number(30)}}}}};

constexpr const char* texts[] = {
    "salary >= 160000 and years <= 3",
    "if field = \"science\" then 1500 + 1000 * (years - 1) else 3700",
    "sum(jobs[months > 12].months) / 12",
    "some j in jobs satisfies j.months >= 24",
    "substring(upper case(field), 1, 3) + string(years)",
};

void parse(benchmark::State& state) {
  const std::string text = texts[state.range(0)];
  for (auto _ : state) benchmark::DoNotOptimize(Expression::parse(text, names));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
  state.SetLabel(text);
}
BENCHMARK(parse)->DenseRange(0, std::size(texts) - 1);

void evaluate(benchmark::State& state) {
  const auto expression = Expression::parse(texts[state.range(0)], names);
  for (auto _ : state) benchmark::DoNotOptimize(expression->evaluate(variables));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetLabel(texts[state.range(0)]);
}
BENCHMARK(evaluate)->DenseRange(0, std::size(texts) - 1);

/// `count` rules over three inputs; rule i fires for salary in [100 i, 100 (i + 1)).
Model table(int count) {
  std::string rules;
  for (int i = 0; i < count; ++i)
    rules += fmt::format(
        "<rule><inputEntry><text>[{}..{})</text></inputEntry><inputEntry><text>&lt;= "
        "3</text></inputEntry>"
        "<inputEntry><text>\"science\"</text></inputEntry><outputEntry><text>{}</text></"
        "outputEntry></rule>",
        i * 100, (i + 1) * 100, i);
  const auto input = [](const char* name) {
    return fmt::format("<input><inputExpression><text>{}</text></inputExpression></input>", name);
  };
  const auto data = [](const char* name) {
    return fmt::format("<inputData id='{0}' name='{0}'><variable name='{0}'/></inputData>", name);
  };
  const auto need = [](const char* name) {
    return fmt::format(
        "<informationRequirement><requiredInput href='#{}'/></informationRequirement>", name);
  };
  const std::string xml = fmt::format(
      "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' name='m' "
      "namespace='urn:m'>{}{}{}"
      "<decision id='d' name='D'><variable name='D'/>{}{}{}<decisionTable "
      "hitPolicy='UNIQUE'>{}{}{}<output "
      "name='D'/>{}</decisionTable></decision></definitions>",
      data("salary"), data("years"), data("field"), need("salary"), need("years"), need("field"),
      input("salary"), input("years"), input("field"), rules);
  return *Model::load(xml, "bench.dmn");
}

void decide(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  const Model model = table(count);
  Context inputs = variables;
  inputs.set("salary", Value::number(count * 100 - 1));
  Options options;
  options.explain = state.range(1) != 0;
  for (auto _ : state) benchmark::DoNotOptimize(model.evaluate("D", inputs, options));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetLabel(options.explain ? "explained" : "value only");
}
BENCHMARK(decide)->Args({12, 0})->Args({12, 1})->Args({10'000, 0});

}  // namespace
}  // namespace minben::rules
