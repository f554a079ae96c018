#include "quota_store.hpp"

#include <spdlog/spdlog.h>

#include "ledger/files.hpp"

namespace minben::gateway {

namespace {

constexpr std::string_view format = "minben-quotas/1";
constexpr std::size_t page = 500;  ///< messages that are read at once

Json write_counter(const CounterState& state) {
  JsonArray used;
  for (const auto& [period, count] : state.used) used.push_back(JsonArray{period, count});
  return JsonObject{
      {"key", hex_encode(state.key.bytes)}, {"rate_ns", state.rate_ns}, {"used", std::move(used)}};
}

Result<CounterState> read_counter(const Json& json) {
  const auto damaged = [] { return fail(Kind::invalid, "quotas_damaged"); };
  CounterState state;
  MINBEN_TRY(hex, get_string(json, "key"));
  const auto key = hex_decode(hex);
  if (!key || key->size() != state.key.bytes.size()) return damaged();
  std::ranges::copy(*key, state.key.bytes.begin());
  MINBEN_TRY(rate, get_integer(json, "rate_ns"));
  state.rate_ns = rate;
  const Json* used = find(json, "used");
  if (!used || !used->is_array() || used->get_array().size() != state.used.size()) return damaged();
  for (std::size_t i = 0; i < state.used.size(); ++i) {
    const Json& each = used->get_array()[i];
    if (!each.is_array() || each.get_array().size() != 2) return damaged();
    const auto& pair = each.get_array();
    if (!pair[0].is_int64() || !pair[1].is_int64()) return damaged();
    state.used[i] = {pair[0].get_int64(), pair[1].get_int64()};
  }
  return state;
}

struct Snapshot {
  std::int64_t filed = 0;
  std::vector<CounterState> counters;
};

Result<Snapshot> read_snapshot(std::string_view text) {
  MINBEN_TRY(json, parse_json(text));
  if (string_or(json, "format") != format) return fail(Kind::invalid, "quotas_damaged");
  Snapshot snapshot;
  MINBEN_TRY(filed, get_integer(json, "filed"));
  snapshot.filed = filed;
  const Json* counters = find(json, "counters");
  if (!counters || !counters->is_array()) return fail(Kind::invalid, "quotas_damaged");
  for (const Json& each : counters->get_array()) {
    MINBEN_TRY(state, read_counter(each));
    snapshot.counters.push_back(state);
  }
  return snapshot;
}

/// Nothing: there is none that can be read.
std::optional<Snapshot> load(const std::filesystem::path& file) {
  const auto bytes = ledger::disk().read(file);
  if (bytes && !*bytes) return std::nullopt;
  auto snapshot =
      bytes ? read_snapshot(as_text(**bytes)) : Result<Snapshot>(std::unexpected(bytes.error()));
  if (snapshot) return std::move(*snapshot);
  spdlog::warn("quotas of this month are counted again: {}", describe(snapshot.error()));
  return std::nullopt;
}

/// As quotas count months.
Instant begin_of_month(Instant now) {
  const Date today = taiwan_date(now);
  return taiwan_midnight(Date{today.year(), today.month(), std::chrono::day{1}});
}

}  // namespace

QuotaStore::QuotaStore(const std::filesystem::path& state_directory, const Clock& clock,
                       UsageCounters& counters)
    : file_(state_directory / "quotas.json"), clock_(clock), counters_(counters) {}

Result<void> QuotaStore::restore(MessageLog& messages, const Configuration& configuration) {
  const auto snapshot = load(file_);
  if (snapshot) {
    counters_.restore(snapshot->counters, clock_.now());
    return count_again(messages, snapshot->filed, configuration);
  }
  MINBEN_TRY(after, messages.before(begin_of_month(clock_.now())));
  return count_again(messages, after, configuration);
}

Result<void> QuotaStore::count_again(MessageLog& messages, std::int64_t after,
                                     const Configuration& configuration) {
  std::map<std::string, const AccessRule*> rules;
  for (const AccessRule& rule : configuration.rules) rules.emplace(rule_id(rule), &rule);
  while (true) {
    MINBEN_TRY(some, messages.since(Instant{}, after, page));
    for (const StoredMessage& message : some) {
      MINBEN_TRY(record, read_record(message.text));
      after = message.number;
      if (record.role != Role::served) continue;
      const auto rule = rules.find(record.rule);  // "" where nothing was granted
      if (rule == rules.end()) continue;
      counters_.note(CounterKey::of(record.rule, record.client), *rule->second, record.received_at,
                     clock_.now());
    }
    if (some.size() < page) return {};
  }
}

void QuotaStore::save_if_due(std::int64_t filed) {
  if (clock_.now() < next_) return;
  if (const auto saved = save(filed); !saved) spdlog::error("quotas: {}", describe(saved.error()));
}

Result<void> QuotaStore::save(std::int64_t filed) {
  const Instant now = clock_.now();
  next_ = now + period;
  auto states = counters_.snapshot(now);
  std::ranges::sort(states, {}, &CounterState::key);
  JsonArray list;
  for (const CounterState& state : states) list.push_back(write_counter(state));
  std::string counters = write_json(list);
  // The same counters again, but what they counted has been filed meanwhile: a start after a kill
  // counts what is filed later, and would count it twice.
  if (counters == written_ && filed == written_filed_) return {};
  const std::string text =
      write_json(JsonObject{{"format", format}, {"filed", filed}, {"counters", std::move(list)}});
  MINBEN_CHECK(ledger::disk().replace_for_good(file_, as_bytes(text)));
  written_ = std::move(counters);
  written_filed_ = filed;
  return {};
}

}  // namespace minben::gateway
