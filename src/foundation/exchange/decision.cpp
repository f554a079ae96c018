#include "decision.hpp"

#include <boost/container/small_vector.hpp>

#include "fields.hpp"

namespace minben::exchange {

namespace {

constexpr hours taiwan{8};

bool allows_method(std::uint8_t methods, net::Method method) {
  return (methods >> static_cast<unsigned>(method) & 1) != 0;
}

std::string_view obstacle_of_operation(const CompiledRule& rule, const AccessRequest& request) {
  if (rule.endpoints.empty())
    return allows_method(rule.methods, request.method) ? "" : "method_not_allowed";
  const bool allowed = std::ranges::any_of(rule.endpoints, [&](const auto& endpoint) {
    return allows_method(endpoint.methods, request.method) &&
           endpoint.glob.matches(request.segments);
  });
  return allowed ? "" : "endpoint_not_allowed";
}

bool within_hours(const std::vector<TimeWindow>& windows, Instant now) {
  if (windows.empty()) return true;
  const Instant there = now + taiwan;
  const auto day = std::chrono::floor<days>(there);
  const unsigned weekday = std::chrono::weekday(day).iso_encoding() - 1;
  const auto time = there - day;
  return std::ranges::any_of(windows, [&](const TimeWindow& window) {
    return (window.days >> weekday & 1) != 0 && window.from <= time && time < window.until;
  });
}

bool case_fits(const CompiledRule& rule, std::string_view case_id) {
  if (case_id.empty()) return !rule.rule->case_required;
  return !rule.case_form || rule.case_form->matches(case_id);
}

/// Most consents name what the rule does, and then share its tree.
std::shared_ptr<const FieldTree> kept(const CompiledRule& rule, const ConsentAssertion& assertion) {
  if (assertion.fields == rule.rule->fields) return rule.keep;
  return std::make_shared<const FieldTree>(in_both(rule.rule->fields, assertion.fields));
}

std::unexpected<Error> refuse(const Obstacle& obstacle, const AccessRequest& request) {
  switch (obstacle.step) {
    case Obstacle::purpose:
      return fail(Kind::forbidden, obstacle.code, "not for this purpose", request.purpose);
    case Obstacle::time:
      return fail(Kind::forbidden, obstacle.code, "not at this hour or day");
    case Obstacle::case_number:
      return fail(
          Kind::forbidden, obstacle.code,
          request.case_id.empty() ? "a case number is needed" : "the case number has another form",
          "case");
    default:
      if (obstacle.code == "endpoint_not_allowed")
        return fail(Kind::forbidden, obstacle.code, "not for this method and path");
      return fail(Kind::forbidden, "access_denied", "no rule allows this");
  }
}

/// One request before all rules that could be about it.
class Decision {
 public:
  Decision(const AccessTable::Compiled& table, const AccessRequest& request, Instant now,
           ConsentCheck& consents, UseCheck& uses, DecisionTrace* trace)
      : table_(table),
        request_(request),
        now_(now),
        consents_(consents),
        uses_(uses),
        trace_(trace) {}

  Result<Grant> run() {
    auto result = decide();
    if (trace_) std::ranges::sort(trace_->rules, {}, &DecisionTrace::Verdict::rule);
    if (trace_) trace_->outcome = result ? "granted" : result.error().code;
    if (trace_ && !result) trace_->retry_after = retry_after(result.error());
    return result;
  }

 private:
  Result<Grant> decide() {
    if (!table_.services.contains(request_.service))
      return fail(Kind::not_found, "unknown_service", "no such service");
    consumer_ = table_.for_each_rule(request_.consumer, request_.service,
                                     [this](const CompiledRule& rule) { look_at(rule); });
    if (applying_.empty()) return refuse(furthest_, request_);
    std::ranges::sort(applying_, {}, &CompiledRule::index);  // own rules and those of groups
    return try_applying();
  }

  void look_at(const CompiledRule& rule) {
    const Obstacle obstacle = obstacle_of(rule, request_, now_);
    if (obstacle.step == Obstacle::none) return applying_.push_back(&rule);
    note(rule, obstacle.code);
    if (obstacle.step > furthest_.step) furthest_ = obstacle;
  }

  // A request that shows a consent is about that consent; otherwise the law's rules come first.
  [[nodiscard]] Basis basis() const {
    const Basis wanted = request_.consent.empty() ? Basis::law : Basis::consent;
    const bool has_wanted = std::ranges::any_of(
        applying_, [&](const CompiledRule* each) { return each->rule->basis == wanted; });
    return has_wanted ? wanted : applying_.front()->rule->basis;
  }

  Result<Grant> try_applying() {
    const Basis chosen = basis();
    std::optional<Error> first_refusal;
    std::optional<Grant> granted;
    for (const CompiledRule* rule : applying_) {
      if (granted || rule->rule->basis != chosen) {
        note(*rule, "not_needed");
        continue;
      }
      auto grant = grant_by(*rule);
      note(*rule, grant ? "granted" : grant.error().code);
      if (grant) granted = std::move(*grant);
      else if (!first_refusal) first_refusal = std::move(grant).error();
      if (granted && !trace_) break;
    }
    if (granted) return std::move(*granted);
    return fail(std::move(*first_refusal));
  }

  Result<Grant> grant_by(const CompiledRule& rule) {
    Grant grant;
    if (rule.rule->basis == Basis::consent) {
      if (request_.consent.empty())
        return fail(Kind::forbidden, "consent_missing", "this service asks for consent");
      if (!facts_) facts_ = consents_.check(request_, now_);
      if (!*facts_) return fail(facts_->error());
      const ConsentAssertion& assertion = *(*facts_)->assertion;
      grant.keep = kept(rule, assertion);
      grant.consent = assertion.consent;
      grant.person = minben::to_string(assertion.person);
      grant.case_id = assertion.case_id;
    } else {
      grant.keep = rule.keep;
      grant.legal_basis = rule.rule->legal_basis;
      grant.delay = rule.rule->delay;
      grant.person = request_.person;
      grant.case_id = request_.case_id;
    }
    if (rule.rule->rate || !rule.rule->quotas.empty())
      MINBEN_CHECK(uses_.allow(rule.key ^ consumer_->key, *rule.rule, now_));
    grant.rule = rule.id;
    grant.basis = rule.rule->basis;
    return grant;
  }

  void note(const CompiledRule& rule, std::string_view code) {
    if (trace_) trace_->rules.push_back({rule.index, rule.id, std::string(code)});
  }

  const AccessTable::Compiled& table_;
  const AccessRequest& request_;
  const Instant now_;
  ConsentCheck& consents_;
  UseCheck& uses_;
  DecisionTrace* const trace_;
  const AccessTable::Compiled::Consumer* consumer_ = nullptr;
  boost::container::small_vector<const CompiledRule*, 16> applying_;
  Obstacle furthest_;
  std::optional<Result<ConsentFacts>> facts_;
};

}  // namespace

Obstacle obstacle_of(const CompiledRule& rule, const AccessRequest& request, Instant now) {
  const AccessRule& of = *rule.rule;
  if (of.valid_from && now < *of.valid_from) return {Obstacle::validity, "not_yet_valid"};
  if (of.valid_until && now >= *of.valid_until) return {Obstacle::validity, "no_longer_valid"};
  if (const auto code = obstacle_of_operation(rule, request); !code.empty())
    return {Obstacle::operation, code};
  if (std::ranges::find(of.purposes, request.purpose) == of.purposes.end())
    return {Obstacle::purpose, "purpose_not_allowed"};
  if (!within_hours(of.hours, now)) return {Obstacle::time, "outside_hours"};
  if (!case_fits(rule, request.case_id)) return {Obstacle::case_number, "case_required"};
  return {};
}

Result<Grant> decide(const AccessTable::Compiled& table, const AccessRequest& request, Instant now,
                     ConsentCheck& consents, UseCheck& uses, DecisionTrace* trace) {
  return Decision(table, request, now, consents, uses, trace).run();
}

Json to_json(const DecisionTrace& trace) {
  JsonArray rules;
  for (const auto& [place, id, code] : trace.rules)
    rules.push_back(JsonObject{{"rule", place}, {"id", id}, {"code", code}});
  JsonObject out{{"outcome", trace.outcome}, {"rules", std::move(rules)}};
  if (trace.retry_after) out["retry_after_s"] = trace.retry_after->count();
  return out;
}

}  // namespace minben::exchange
