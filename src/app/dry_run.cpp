// minben gateway dry-run: rules are tried on what was asked before they are signed.
#include <fmt/core.h>

#include "commands.hpp"
#include "exchange/dry_run.hpp"
#include "files.hpp"
#include "gateway/gateway.hpp"

namespace minben::app::command {

namespace {

constexpr std::size_t shown_changes = 20;

Result<std::shared_ptr<const exchange::Configuration>> read_configuration(
    const std::filesystem::path& file) {
  MINBEN_TRY(text, read_file(file));
  auto configuration = exchange::read_draft_configuration(text);
  if (!configuration) {
    Error error = std::move(configuration).error();
    error.field = error.field.empty() ? file.string() : file.string() + ": " + error.field;
    return fail(std::move(error));
  }
  return std::make_shared<const exchange::Configuration>(std::move(*configuration));
}

Result<std::vector<exchange::PastDecision>> read_decisions(const std::filesystem::path& file) {
  MINBEN_TRY(text, read_file(file));
  std::vector<exchange::PastDecision> records;
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    const auto json = parse_json(line);
    auto record = json ? exchange::past_decision_from_json(*json)
                       : Result<exchange::PastDecision>(std::unexpected(json.error()));
    if (!record) {
      Error error = std::move(record).error();
      error.detail = error.field + ": " + error.detail;
      error.field = file.string();
      error.line = number;
      return fail(std::move(error));
    }
    records.push_back(std::move(*record));
  }
  return records;
}

void print_counts(std::string_view name, const exchange::DryRunCounts& counts) {
  fmt::print("{:<48} {:>8} {:>8} {:>8} {:>8} {:>8}\n", name, counts.granted_before,
             counts.granted_after, counts.newly_refused, counts.newly_granted, counts.other_fields);
}

void print_result(const exchange::DryRun& result,
                  const std::vector<exchange::PastDecision>& records) {
  fmt::print("{:<48} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "", "granted", "would be", "refused",
             "opened", "fields");
  print_counts(fmt::format("all requests: {}", records.size()), result.all);
  for (const auto& [rule, counts] : result.rules) print_counts("rule " + rule, counts);
  for (const auto& [consumer, counts] : result.consumers) print_counts(consumer, counts);
  for (const auto& [code, count] : result.new_refusals)
    fmt::print("would be refused by {}: {}\n", code, count);
  for (std::size_t i = 0; i < std::min(shown_changes, result.changes.size()); ++i) {
    const auto& change = result.changes[i];
    const auto& record = records[change.record];
    fmt::print("  {}  {} asks {} for {}: {} -> {}\n", to_string(record.at),
               to_string(record.consumer), to_string(record.service), record.purpose, change.before,
               change.after);
  }
  if (result.not_reproduced > 0)
    fmt::print(
        "decided otherwise than the configuration in force would decide now: {}\n"
        "(by uses that were counted before the first of them, or by another version)\n",
        result.not_reproduced);
}

/// Of a file, or of the message log of a gateway.
Result<std::vector<exchange::PastDecision>> past_decisions(const GatewayDryRunOptions& options) {
  if (options.gateway.empty()) return read_decisions(options.decisions);
  MINBEN_TRY(config, gateway::read_gateway_config(options.gateway));
  SystemRandom random;
  return gateway::past_decisions(config.state_directory, SystemClock().now() - days(options.days),
                                 random);
}

/// The one in force: given, or what the gateway holds.
Result<std::filesystem::path> file_before(const GatewayDryRunOptions& options) {
  if (!options.before.empty()) return options.before;
  if (options.gateway.empty())
    return fail(Kind::invalid, "missing", "the configuration in force", "--before");
  MINBEN_TRY(config, gateway::read_gateway_config(options.gateway));
  return config.state_directory / "configuration.json";
}

Result<int> run(const GatewayDryRunOptions& options) {
  if (options.gateway.empty() == options.decisions.empty())
    return fail(Kind::invalid, "missing", "either a gateway or a file of decisions", "--gateway");
  MINBEN_TRY(after, read_configuration(options.configuration));
  MINBEN_TRY(file, file_before(options));
  MINBEN_TRY(before, read_configuration(file));
  MINBEN_TRY(records, past_decisions(options));
  const exchange::DryRun result = exchange::dry_run(records, before, after);
  if (options.json) fmt::print("{}\n", write_json_pretty(exchange::to_json(result)));
  else print_result(result, records);
  return result.all.newly_refused > 0 ? 1 : 0;
}

}  // namespace

int dry_run_gateway(const GatewayDryRunOptions& options) {
  const auto status = run(options);
  if (status) return *status;
  fmt::print(stderr, "{}\n", describe(status.error()));
  return 2;
}

}  // namespace minben::app::command
