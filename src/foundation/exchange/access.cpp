#include "access.hpp"

#include "decision.hpp"

namespace minben::exchange {

namespace {

std::unexpected<Error> mismatch(std::string_view what) {
  return fail(Kind::forbidden, "consent_mismatch", "the consent is about something else", what);
}

Result<void> check_match(const ConsentAssertion& assertion, const AccessRequest& request) {
  if (assertion.service != request.service) return mismatch("service");
  if (assertion.recipient != request.consumer) return mismatch("recipient");
  if (assertion.purpose != request.purpose) return mismatch("purpose");
  if (assertion.case_id != request.case_id) return mismatch("case");
  if (!request.person.empty() && request.person != minben::to_string(assertion.person))
    return mismatch("person");
  const std::string_view key =
      request.segments.empty() ? std::string_view{} : std::string_view(request.segments.front());
  if (!equal_in_constant_time(assertion.subject, subject_digest(assertion.id, key)))
    return mismatch("subject");
  return {};
}

/// By either key, while the platform changes its own.
class VerifiedConsents final : public ConsentCheck {
 public:
  VerifiedConsents(ConsentCache& cache, std::span<const ConsentKey> keys)
      : cache_(cache), keys_(keys) {}

  Result<ConsentFacts> check(const AccessRequest& request, Instant now) override {
    MINBEN_TRY(assertion, cache_.verify(request.consent, keys_, now));
    MINBEN_CHECK(check_match(*assertion, request));
    return ConsentFacts{std::move(assertion)};
  }

 private:
  ConsentCache& cache_;
  std::span<const ConsentKey> keys_;
};

class Looking final : public UseCheck {
 public:
  explicit Looking(const UsageCounters& counters) : counters_(counters) {}
  Result<void> allow(const CounterKey& key, const AccessRule& rule, Instant now) override {
    return counters_.check(key, rule, now);
  }

 private:
  const UsageCounters& counters_;
};

}  // namespace

struct Decider::Memory {
  explicit Memory(const Limits& limits) : consents(limits.consents), counters(limits.counters) {}
  ConsentCache consents;
  UsageCounters counters;
  std::mutex mutex;
  std::shared_ptr<const Configuration> configuration;  ///< of the table
  std::shared_ptr<const AccessTable> table;
};

Decider::Decider() : Decider(Limits{}) {}
Decider::Decider(const Limits& limits) : memory_(std::make_unique<Memory>(limits)) {}
Decider::~Decider() = default;

Result<Grant> Decider::decide(const AccessTable& table, const AccessRequest& request, Instant now,
                              DecisionTrace* trace) {
  VerifiedConsents consents(memory_->consents, table.compiled().consent_keys);
  Counting uses(memory_->counters);
  return exchange::decide(table.compiled(), request, now, consents, uses, trace);
}

DecisionTrace Decider::explain(const AccessTable& table, const AccessRequest& request,
                               Instant now) {
  VerifiedConsents consents(memory_->consents, table.compiled().consent_keys);
  Looking uses(memory_->counters);
  DecisionTrace trace;
  (void)exchange::decide(table.compiled(), request, now, consents, uses, &trace);
  return trace;
}

Result<Grant> Decider::decide(const std::shared_ptr<const Configuration>& configuration,
                              const AccessRequest& request, Instant now, DecisionTrace* trace) {
  return decide(*table(configuration), request, now, trace);
}

std::shared_ptr<const AccessTable> Decider::table(
    const std::shared_ptr<const Configuration>& configuration) {
  const std::lock_guard lock(memory_->mutex);
  if (memory_->configuration != configuration) {
    memory_->table = std::make_shared<const AccessTable>(configuration);
    memory_->configuration = configuration;
  }
  return memory_->table;
}

UsageCounters& Decider::counters() { return memory_->counters; }

}  // namespace minben::exchange
