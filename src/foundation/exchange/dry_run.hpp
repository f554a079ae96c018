#pragma once
// What other rules would have made of requests that were decided already.
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exchange.hpp"

namespace minben::exchange {

/// A decision of a gateway, as its log kept it. As JSON: {"at", "consumer", "service", "method",
/// "path" (decoded segments), "purpose", "case" (may be missing), "consent_fields" (missing: no
/// consent was shown), "outcome"}.
struct PastDecision {
  Instant at{};
  SubsystemId consumer;
  ServiceId service;
  net::Method method = net::Method::get;
  std::vector<std::string> segments;  ///< decoded
  std::string purpose;
  std::string case_id;  ///< "" when none was given
  /// What the consent spoke of that was shown with it. Whether it was good is in the outcome: what
  /// begins with "consent_" was said of it then, and is said of it again.
  std::optional<std::vector<std::string>> consent_fields;
  std::string outcome;  ///< "granted", or the code of the refusal

  friend bool operator==(const PastDecision&, const PastDecision&) = default;
};
Json to_json(const PastDecision& decision);
/// Errors name the member.
Result<PastDecision> past_decision_from_json(const Json& json);

/// One that would be decided otherwise.
struct ChangedDecision {
  std::size_t record = 0;                            ///< place among the records given
  std::string before, after;                         ///< "granted" or a code
  std::string rule_before, rule_after;               ///< rule_id() of the rule that granted, or ""
  std::vector<std::string> fields_lost, fields_won;  ///< of a request granted both times

  friend bool operator==(const ChangedDecision&, const ChangedDecision&) = default;
};

struct DryRunCounts {
  std::size_t granted_before = 0, granted_after = 0;
  std::size_t newly_refused = 0, newly_granted = 0, other_fields = 0;

  friend bool operator==(const DryRunCounts&, const DryRunCounts&) = default;
};

struct DryRun {
  std::vector<ChangedDecision> changes;  ///< the first so many, in order of time
  DryRunCounts all;
  std::map<std::string, DryRunCounts> rules;        ///< by rule_id() of the rule that granted
  std::map<std::string, DryRunCounts> consumers;    ///< by subsystem
  std::map<std::string, std::size_t> new_refusals;  ///< by code
  /// Records that the old configuration decides otherwise than the gateway did: it knew of uses
  /// before the first record, or had another configuration then.
  std::size_t not_reproduced = 0;
};
Json to_json(const DryRun& result);

/// Decides every record by both, in order of time, counting quotas from nothing. A rule's counts
/// hold what it granted before or would grant; a consumer's, what became of its requests. At most
/// `max_changes` changes are listed; all are counted. Both configurations are ones that
/// check_rules() likes.
DryRun dry_run(std::span<const PastDecision> records,
               const std::shared_ptr<const Configuration>& before,
               const std::shared_ptr<const Configuration>& after, std::size_t max_changes = 1000);

}  // namespace minben::exchange
