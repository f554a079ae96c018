// FEEL and decision tables per core: parsing, evaluation, a small and a large table; beside npm
// feelin on the same expressions in the same run (npm ci in bench/; without it the ratios are left
// out).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include <benchmark/benchmark.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "core/json.hpp"
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

// ------------------------------------------------------------------------------------- figures

/// Prints as usual and keeps what the figures at the end are made of.
class Keeper : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Iteration)
        seconds[run.benchmark_name()] =
            run.cpu_accumulated_time / static_cast<double>(run.iterations);
  }
  std::map<std::string, double> seconds;  ///< of processor time, one iteration
};

double worst(const std::vector<double>& all) { return *std::ranges::min_element(all); }
double geometric_mean(const std::vector<double>& all) {
  double sum = 0;
  for (const double each : all) sum += std::log(each);
  return std::exp(sum / static_cast<double>(all.size()));
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// What the peer reached: evaluations per second, by expression.
Result<Json> ask_peer() {
  JsonArray expressions;
  for (const char* text : texts) expressions.emplace_back(text);
  const Json question =
      JsonObject{{"expressions", expressions}, {"context", to_json(Value(variables))}};
  const std::string command = fmt::format("node {}/bench/feelin.mjs {} 2>/dev/null",
                                          MINBEN_SOURCE_DIR, quoted(write_json(question)));
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return fail(Kind::unavailable, "no_node");
  std::string answer;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
    answer.append(buffer, got);
  if (pclose(pipe) != 0) return fail(Kind::unavailable, "no_feelin", "npm ci in bench/");
  return parse_json(answer);
}

void print_ratios(const Keeper& kept, const Json& peer) {
  std::vector<double> once_parsed, as_offered, with_parsing;
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    const double evaluation = kept.seconds.at(fmt::format("evaluate/{}", i));
    const double parsing = kept.seconds.at(fmt::format("parse/{}", i));
    const double peer_parsed = peer.at("parsed").at(i).to_number<double>();
    const double peer_parsing = peer.at("parsing").at(i).to_number<double>();
    once_parsed.push_back(1 / evaluation / peer_parsed);
    as_offered.push_back(1 / evaluation / peer_parsing);
    with_parsing.push_back(1 / (evaluation + parsing) / peer_parsing);
  }
  fmt::print("feelin_both_once_parsed_lowest: {:.1f} times\n", worst(once_parsed));
  fmt::print("feelin_both_once_parsed_mean: {:.1f} times\n", geometric_mean(once_parsed));
  fmt::print("feelin_both_parsing_lowest: {:.1f} times\n", worst(with_parsing));
  fmt::print("feelin_as_offered_lowest: {:.1f} times\n", worst(as_offered));
}

void print_figures(const Keeper& kept) {
  double bytes = 0, parsing = 0;
  std::vector<double> evaluations;
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    bytes += static_cast<double>(std::string_view(texts[i]).size());
    parsing += kept.seconds.at(fmt::format("parse/{}", i));
    evaluations.push_back(1 / kept.seconds.at(fmt::format("evaluate/{}", i)));
  }
  if (const auto peer = ask_peer()) print_ratios(kept, *peer);
  else fmt::print("(no comparison: {})\n", describe(peer.error()));
  fmt::print("feel_parse: {:.1f} us/kB\n", parsing * 1e6 / (bytes / 1000));
  fmt::print("feel_evaluations_lowest: {:.0f} per_second\n", worst(evaluations));
  fmt::print("feel_evaluations_mean: {:.0f} per_second\n", geometric_mean(evaluations));
  fmt::print("table_12_rules: {:.0f} per_second\n", 1 / kept.seconds.at("decide/12/0"));
  fmt::print("table_12_rules_explained: {:.0f} per_second\n", 1 / kept.seconds.at("decide/12/1"));
  fmt::print("table_10000_rules: {:.3f} us\n", kept.seconds.at("decide/10000/0") * 1e6);
}

}  // namespace

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  Keeper kept;
  benchmark::RunSpecifiedBenchmarks(&kept);
  if (kept.seconds.size() == 2 * std::size(texts) + 3) print_figures(kept);  // all were run
  return 0;
}

}  // namespace minben::rules

int main(int argc, char** argv) { return minben::rules::run(argc, argv); }
