#pragma once
// One decision over a compiled configuration. What a consent is worth, and what is left of a quota,
// is asked of others: gateways verify and count, a dry run believes its records.
#include <map>
#include <optional>
#include <unordered_map>

#include "access.hpp"
#include "case_form.hpp"
#include "consent_cache.hpp"
#include "path.hpp"

namespace minben::exchange {

struct CompiledRule {
  const AccessRule* rule = nullptr;
  std::size_t index = 0;  ///< in the configuration
  std::string id;
  CounterKey key;            ///< its part
  std::uint8_t methods = 0;  ///< bit by net::Method
  struct Endpoint {
    std::uint8_t methods = 0;
    PathGlob glob;
  };
  std::vector<Endpoint> endpoints;
  std::optional<CaseForm> case_form;
  std::shared_ptr<const FieldTree> keep;
};

struct IdHash {
  std::size_t operator()(const SubsystemId& id) const;
  std::size_t operator()(const ServiceId& id) const;
};

struct AccessTable::Compiled {
  explicit Compiled(std::shared_ptr<const Configuration> from);

  /// Everybody a rule can be for is a number: a subsystem's own, and those of its groups.
  struct Consumer {
    std::vector<std::uint32_t> subjects;
    CounterKey key;  ///< its part
  };
  using RuleList = std::vector<const CompiledRule*>;

  const std::shared_ptr<const Configuration> configuration;
  std::vector<CompiledRule> rules;
  std::unordered_map<ServiceId, std::uint32_t, IdHash> services;  ///< place in the configuration
  std::unordered_map<SubsystemId, Consumer, IdHash> consumers;
  std::unordered_map<std::uint64_t, RuleList> lists;  ///< by subject and service
  std::vector<ConsentKey> consent_keys;

  /// Calls `look(rule)` for each that is for both; the consumer, or nullptr when no rule names it.
  template <class Look>
  const Consumer* for_each_rule(const SubsystemId& consumer, const ServiceId& service,
                                Look look) const {
    const auto who = consumers.find(consumer);
    const auto what = services.find(service);
    if (who == consumers.end() || what == services.end()) return nullptr;
    for (const std::uint32_t subject : who->second.subjects)
      if (const auto list = lists.find(list_key(subject, what->second)); list != lists.end())
        for (const CompiledRule* rule : list->second) look(*rule);
    return &who->second;
  }

 private:
  [[nodiscard]] static std::uint64_t list_key(std::uint32_t subject, std::uint32_t service) {
    return std::uint64_t{subject} << 32 | service;
  }
  std::uint32_t add_consumer(const SubsystemId& id);
  void add_groups();
  void add_rule(std::size_t index);
  CompiledRule compile(const AccessRule& rule, std::size_t index);
  CaseForm case_form(const std::string& pattern);
  std::shared_ptr<const FieldTree> field_tree(const std::vector<std::string>& fields);

  std::uint32_t next_subject_ = 0;
  std::unordered_map<std::string, std::uint32_t> groups_;
  // Many rules say the same; each is made once.
  std::map<std::string, CaseForm> case_forms_;
  std::map<std::vector<std::string>, std::shared_ptr<const FieldTree>> field_trees_;
};

/// Why a rule does not apply; "" = it does. Later steps are nearer to a grant.
struct Obstacle {
  enum Step { none, validity, operation, purpose, time, case_number };
  Step step = none;
  std::string_view code;
};
Obstacle obstacle_of(const CompiledRule& rule, const AccessRequest& request, Instant now);

/// What a consent that holds for a request says.
struct ConsentFacts {
  std::shared_ptr<const ConsentAssertion> assertion;
};

class ConsentCheck {
 public:
  virtual ~ConsentCheck() = default;
  virtual Result<ConsentFacts> check(const AccessRequest& request, Instant now) = 0;
};

/// Whether there is something left of a rule's quotas and rate; asked last.
class UseCheck {
 public:
  virtual ~UseCheck() = default;
  virtual Result<void> allow(const CounterKey& key, const AccessRule& rule, Instant now) = 0;
};

class Counting final : public UseCheck {
 public:
  explicit Counting(UsageCounters& counters) : counters_(counters) {}
  Result<void> allow(const CounterKey& key, const AccessRule& rule, Instant now) override {
    return counters_.take(key, rule, now);
  }

 private:
  UsageCounters& counters_;
};

Result<Grant> decide(const AccessTable::Compiled& table, const AccessRequest& request, Instant now,
                     ConsentCheck& consents, UseCheck& uses, DecisionTrace* trace);

}  // namespace minben::exchange
