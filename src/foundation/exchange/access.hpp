#pragma once
// Whether a request may pass, and what of the answer may leave. docs/access-rules.md tells it to
// those who write the rules.
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange.hpp"
#include "fields.hpp"
#include "quota.hpp"

namespace minben::exchange {

/// What a request claims, after its signature was found right. Looks at what the caller holds.
struct AccessRequest {
  const SubsystemId& consumer;
  const ServiceId& service;
  net::Method method = net::Method::get;
  /// Of the path behind the service, decoded (path.hpp); the first is the person's register key.
  std::span<const std::string> segments;
  std::string_view purpose;
  std::string_view case_id;
  std::string_view person;
  std::string_view consent;  ///< the assertion as sent, or ""
};

/// Under what it may pass.
struct Grant {
  std::string rule;  ///< rule_id()
  Basis basis = Basis::law;
  std::string legal_basis;
  std::optional<Delay> delay{};
  /// What of the answer may leave, for minimise(); never null.
  std::shared_ptr<const FieldTree> keep;
  std::string consent;  ///< mydata's id
  std::string person;
  std::string case_id;
};

/// How a decision came about, for administrators. Holds no personal data.
struct DecisionTrace {
  struct Verdict {
    std::size_t rule = 0;  ///< place in the configuration
    std::string id;        ///< rule_id()
    /// "granted", "not_needed" (another rule granted before, or its basis was not asked for), or
    /// why it did not apply: "not_yet_valid", "no_longer_valid", "method_not_allowed", or the
    /// code of an error of decide().
    std::string code;
  };
  std::string outcome;  ///< "granted" or the error's code
  std::vector<Verdict> rules;
  std::optional<seconds> retry_after;
};
Json to_json(const DecisionTrace& trace);

/// A configuration made ready for many decisions: who may ask for what is found by two look-ups,
/// however many rules there are. Thread-safe.
class AccessTable {
 public:
  /// The configuration is one that check_rules() likes.
  explicit AccessTable(std::shared_ptr<const Configuration> configuration);
  ~AccessTable();
  AccessTable(const AccessTable&) = delete;
  AccessTable& operator=(const AccessTable&) = delete;

  [[nodiscard]] const Configuration& configuration() const;
  [[nodiscard]] const Service* service(const ServiceId& id) const;  ///< nullptr: unknown
  /// Whether there is any rule for them, also by a group: what an asking gateway can know without
  /// counting or consents.
  [[nodiscard]] bool has_rule(const SubsystemId& consumer, const ServiceId& service) const;
  /// What they may call of it at that time, each once: operations of its OpenAPI file where the
  /// service says them, else globs ("/**": any path). X-Road's allowedMethods is made of it.
  [[nodiscard]] std::vector<EndpointGlob> open_to(const SubsystemId& consumer,
                                                  const ServiceId& service, Instant now) const;
  struct Compiled;
  [[nodiscard]] const Compiled& compiled() const { return *compiled_; }

 private:
  std::unique_ptr<const Compiled> compiled_;
};

/// Decides by deny as default, and remembers what limits and consents need. Thread-safe.
class Decider {
 public:
  struct Limits {
    std::size_t consents = 4096;    ///< verified assertions that are remembered
    std::size_t counters = 50'000;  ///< as of UsageCounters
  };
  Decider();
  explicit Decider(const Limits& limits);
  ~Decider();

  /// A granted request is counted; a refused one is not. `trace` is filled in when there is one.
  /// Errors: not_found "unknown_service"; forbidden "access_denied", "endpoint_not_allowed",
  /// "purpose_not_allowed" (field: the purpose), "outside_hours", "case_required",
  /// "consent_missing", "consent_mismatch" (field: what), those of verify_assertion; too_many
  /// "rate_exceeded", "quota_exceeded" (see retry_after); unavailable "too_many_counters", and
  /// "consent_missing" when the platform has no key. Of several rules the one that got furthest
  /// says why.
  Result<Grant> decide(const AccessTable& table, const AccessRequest& request, Instant now,
                       DecisionTrace* trace = nullptr);
  /// The same; the table of the configuration that was asked for last is kept.
  Result<Grant> decide(const std::shared_ptr<const Configuration>& configuration,
                       const AccessRequest& request, Instant now, DecisionTrace* trace = nullptr);
  /// How it would decide now, counting nothing.
  [[nodiscard]] DecisionTrace explain(const AccessTable& table, const AccessRequest& request,
                                      Instant now);
  /// Made at the first request for that configuration, which the others wait for: ask for it when
  /// a configuration arrives.
  [[nodiscard]] std::shared_ptr<const AccessTable> table(
      const std::shared_ptr<const Configuration>& configuration);
  [[nodiscard]] UsageCounters& counters();

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace minben::exchange
