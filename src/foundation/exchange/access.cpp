#include "access.hpp"

#include <set>

#include <fmt/format.h>

namespace minben::exchange {

namespace {

template <class List, class Value>
bool contains(const List& list, const Value& value) {
  return std::ranges::find(list, value) != std::ranges::end(list);
}

auto mismatch(std::string_view what) {
  return fail(Kind::forbidden, "consent_mismatch", "the consent is about something else", what);
}

/// By either key, while the platform changes its own.
Result<ConsentAssertion> verified_assertion(const Configuration& configuration,
                                            std::string_view token, Instant now) {
  auto assertion = verify_assertion(token, *configuration.consent_key, now);
  const bool forged = !assertion && assertion.error().code == "consent_forged";
  if (forged && configuration.other_consent_key)
    return verify_assertion(token, *configuration.other_consent_key, now);
  return assertion;
}

Result<Grant> grant_by_consent(const Configuration& configuration, const AccessRule& rule,
                               const AccessRequest& request, Instant now) {
  if (request.consent.empty())
    return fail(Kind::forbidden, "consent_missing", "this service asks for consent");
  if (!configuration.consent_key)
    return fail(Kind::unavailable, "consent_missing", "no key to check it with");
  MINBEN_TRY(assertion, verified_assertion(configuration, request.consent, now));
  if (assertion.service != request.service) return mismatch("service");
  if (assertion.recipient != request.consumer) return mismatch("recipient");
  if (assertion.purpose != request.purpose) return mismatch("purpose");
  if (assertion.case_id != request.case_id) return mismatch("case");
  if (!request.person.empty() && request.person != minben::to_string(assertion.person))
    return mismatch("person");
  if (!equal_in_constant_time(assertion.subject,
                              subject_digest(assertion.id, request.register_key)))
    return mismatch("subject");
  Grant grant{Basis::consent,   {}, {}, assertion.consent, minben::to_string(assertion.person),
              assertion.case_id};
  for (const std::string& field : assertion.fields)
    if (contains(rule.fields, field)) grant.fields.push_back(field);
  return grant;
}

Result<const AccessRule*> choose_rule(const std::vector<const AccessRule*>& rules,
                                      const AccessRequest& request) {
  const AccessRule* chosen = nullptr;
  bool method_allowed = false;
  for (const AccessRule* rule : rules) {
    if (!contains(rule->methods, request.method)) continue;
    method_allowed = true;
    if (!contains(rule->purposes, request.purpose)) continue;
    // With a consent in hand its rule comes first; otherwise the law's, if there is one.
    const bool better = (rule->basis == Basis::consent) == !request.consent.empty();
    if (!chosen || better) chosen = rule;
  }
  if (!method_allowed) return fail(Kind::forbidden, "access_denied", "no rule allows this");
  if (!chosen)
    return fail(Kind::forbidden, "purpose_not_allowed", "not for this purpose", request.purpose);
  return chosen;
}

JsonObject keep_members(const JsonObject& object, std::span<const std::string> fields,
                        std::set<std::string>& kept) {
  JsonObject out;
  for (const auto& member : object) {
    const std::string name(member.key());
    if (!contains(fields, name)) continue;
    out.emplace(name, member.value());
    kept.insert(name);
  }
  return out;
}

}  // namespace

Result<Grant> decide(const Configuration& configuration, const AccessRequest& request,
                     Instant now) {
  if (!configuration.service(request.service))
    return fail(Kind::not_found, "unknown_service", "no such service");
  const auto rules = configuration.rules_for(request.consumer, request.service);
  MINBEN_TRY(rule, choose_rule(rules, request));
  if (rule->basis == Basis::consent) return grant_by_consent(configuration, *rule, request, now);
  return Grant{Basis::law, rule->legal_basis, rule->fields, {}, request.person, request.case_id};
}

Result<Minimised> minimise(std::string_view body, std::span<const std::string> fields) {
  if (body.empty()) return Minimised{};
  const auto refuse = [] {
    return fail(Kind::unavailable, "answer_not_minimisable",
                "not a JSON object or list of objects");
  };
  const auto json = parse_json(body);
  if (!json) return refuse();
  std::set<std::string> kept;
  Json reduced;
  if (const auto* object = json->if_object()) {
    reduced = keep_members(*object, fields, kept);
  } else if (const auto* array = json->if_array()) {
    JsonArray list;
    for (const Json& element : *array) {
      if (!element.is_object()) return refuse();
      list.emplace_back(keep_members(element.as_object(), fields, kept));
    }
    reduced = std::move(list);
  } else {
    return refuse();
  }
  return Minimised{write_json(reduced), {kept.begin(), kept.end()}};
}

}  // namespace minben::exchange
