#include "dry_run.hpp"

#include <array>
#include <numeric>

#include "decision.hpp"
#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view granted = "granted";

/// Believes what the gateway said of the consent then.
class RecordedConsent final : public ConsentCheck {
 public:
  explicit RecordedConsent(const PastDecision& record) : record_(record) {}

  Result<ConsentFacts> check(const AccessRequest&, Instant) override {
    if (record_.outcome.starts_with("consent_"))
      return fail(Kind::forbidden, record_.outcome, "as it was");
    auto assertion = std::make_shared<ConsentAssertion>();
    assertion->fields = *record_.consent_fields;
    return ConsentFacts{std::move(assertion)};
  }

 private:
  const PastDecision& record_;
};

/// One of the two configurations, with what was used under it.
class Side {
 public:
  explicit Side(const std::shared_ptr<const Configuration>& configuration)
      : table_(configuration), counters_(max_counters) {}

  Result<Grant> decide(const PastDecision& record) {
    RecordedConsent consent(record);
    const AccessRequest request{record.consumer,
                                record.service,
                                record.method,
                                record.segments,
                                record.purpose,
                                record.case_id,
                                "",
                                record.consent_fields ? "recorded" : ""};
    Counting uses(counters_);
    return exchange::decide(table_.compiled(), request, record.at, consent, uses, nullptr);
  }

 private:
  static constexpr std::size_t max_counters = 1'000'000;
  AccessTable table_;
  UsageCounters counters_;
};

std::vector<std::string> without(const std::vector<std::string>& all,
                                 const std::vector<std::string>& some) {
  std::vector<std::string> rest;
  for (const std::string& one : all)
    if (std::ranges::find(some, one) == some.end()) rest.push_back(one);
  return rest;
}

ChangedDecision compare(const Result<Grant>& before, const Result<Grant>& after) {
  ChangedDecision out;
  out.before = before ? granted : before.error().code;
  out.after = after ? granted : after.error().code;
  if (before) out.rule_before = before->rule;
  if (after) out.rule_after = after->rule;
  if (before && after) {
    out.fields_lost = without(before->keep->fields(), after->keep->fields());
    out.fields_won = without(after->keep->fields(), before->keep->fields());
  }
  return out;
}

bool other_fields(const ChangedDecision& change) {
  return !change.fields_lost.empty() || !change.fields_won.empty();
}

void count(DryRunCounts& counts, const ChangedDecision& change) {
  const bool before = change.before == granted, after = change.after == granted;
  counts.granted_before += before;
  counts.granted_after += after;
  counts.newly_refused += before && !after;
  counts.newly_granted += after && !before;
  counts.other_fields += other_fields(change);
}

/// A rule loses what another one grants instead, so each looks at its own side only.
void count_rules(DryRun& out, const ChangedDecision& change) {
  if (change.rule_before == change.rule_after) {
    if (!change.rule_before.empty()) count(out.rules[change.rule_before], change);
    return;
  }
  if (!change.rule_before.empty()) {
    DryRunCounts& counts = out.rules[change.rule_before];
    ++counts.granted_before;
    counts.newly_refused += change.after != granted;
  }
  if (!change.rule_after.empty()) {
    DryRunCounts& counts = out.rules[change.rule_after];
    ++counts.granted_after;
    counts.newly_granted += change.before != granted;
    counts.other_fields += other_fields(change);
  }
}

JsonObject counts_to_json(const DryRunCounts& counts) {
  return {{"granted_before", counts.granted_before},
          {"granted_after", counts.granted_after},
          {"newly_refused", counts.newly_refused},
          {"newly_granted", counts.newly_granted},
          {"other_fields", counts.other_fields}};
}

JsonObject change_to_json(const ChangedDecision& change) {
  return {{"record", change.record},
          {"before", change.before},
          {"after", change.after},
          {"rule_before", change.rule_before},
          {"rule_after", change.rule_after},
          {"fields_lost", json_list(change.fields_lost)},
          {"fields_won", json_list(change.fields_won)}};
}

template <class Value, class Write>
JsonObject map_to_json(const std::map<std::string, Value>& values, Write write) {
  JsonObject out;
  for (const auto& [name, value] : values) out[name] = write(value);
  return out;
}

}  // namespace

DryRun dry_run(std::span<const PastDecision> records,
               const std::shared_ptr<const Configuration>& before,
               const std::shared_ptr<const Configuration>& after, std::size_t max_changes) {
  std::vector<std::size_t> order(records.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [&](std::size_t place) { return std::pair(records[place].at, place); });
  Side old_side(before), new_side(after);
  DryRun out;
  for (const std::size_t place : order) {
    const PastDecision& record = records[place];
    ChangedDecision change = compare(old_side.decide(record), new_side.decide(record));
    change.record = place;
    out.not_reproduced += change.before != record.outcome;
    count(out.all, change);
    count(out.consumers[to_string(record.consumer)], change);
    count_rules(out, change);
    if (change.before == granted && change.after != granted) ++out.new_refusals[change.after];
    const bool same = change.before == change.after && !other_fields(change);
    if (!same && out.changes.size() < max_changes) out.changes.push_back(std::move(change));
  }
  return out;
}

Json to_json(const DryRun& result) {
  JsonArray changes;
  for (const ChangedDecision& change : result.changes) changes.push_back(change_to_json(change));
  return JsonObject{{"all", counts_to_json(result.all)},
                    {"rules", map_to_json(result.rules, counts_to_json)},
                    {"consumers", map_to_json(result.consumers, counts_to_json)},
                    {"new_refusals", map_to_json(result.new_refusals, std::identity{})},
                    {"not_reproduced", result.not_reproduced},
                    {"changes", std::move(changes)}};
}

Json to_json(const PastDecision& decision) {
  JsonObject out{{"at", minben::to_string(decision.at)},
                 {"consumer", to_string(decision.consumer)},
                 {"service", to_string(decision.service)},
                 {"method", net::to_string(decision.method)},
                 {"path", json_list(decision.segments)},
                 {"purpose", decision.purpose},
                 {"outcome", decision.outcome}};
  if (!decision.case_id.empty()) out["case"] = decision.case_id;
  if (decision.consent_fields) out["consent_fields"] = json_list(*decision.consent_fields);
  return out;
}

Result<PastDecision> past_decision_from_json(const Json& json) {
  const auto at = []<class T>(std::string_view member, Result<T> result) -> Result<T> {
    if (!result) return fail(within(member, std::move(result).error()));
    return result;
  };
  PastDecision out;
  MINBEN_TRY(time, at("at", get_instant(json, "at")));
  out.at = time;
  MINBEN_TRY(consumer_text, get_string(json, "consumer"));
  MINBEN_TRY(consumer, at("consumer", SubsystemId::parse(consumer_text)));
  out.consumer = std::move(consumer);
  MINBEN_TRY(service_text, get_string(json, "service"));
  MINBEN_TRY(service, at("service", ServiceId::parse(service_text)));
  out.service = std::move(service);
  MINBEN_TRY(method_text, get_string(json, "method"));
  MINBEN_TRY(method, at("method", parse_method(method_text)));
  out.method = method;
  MINBEN_TRY(segments, get_strings(json, "path"));
  out.segments = std::move(segments);
  MINBEN_TRY(purpose, get_string(json, "purpose"));
  out.purpose = std::move(purpose);
  MINBEN_TRY(outcome, get_string(json, "outcome"));
  out.outcome = std::move(outcome);
  out.case_id = string_or(json, "case");
  if (find(json, "consent_fields") != nullptr) {
    MINBEN_TRY(fields, get_strings(json, "consent_fields"));
    out.consent_fields = std::move(fields);
  }
  return out;
}

}  // namespace minben::exchange
