// What gateways and the platform read from others: signed documents, assertions, rules.
#include "access.hpp"
#include "dry_run.hpp"
#include "exchange/exchange.hpp"
#include "exchange/handover.hpp"
#include "values.hpp"

using namespace minben;
using namespace minben::exchange;

namespace {

const trust::SigningKey& key() {
  static const trust::SigningKey made = trust::SigningKey::from_ed25519_seed(Bytes(32, 7)).value();
  return made;
}
const Instant now = parse_instant("2026-11-23T00:00:00Z").value();

/// A configuration that was read can be signed, compiled and decided by.
void decide_by(const Configuration& configuration) {
  MINBEN_ASSERT(sign_configuration(configuration, key()).has_value());
  const AccessTable table(std::make_shared<const Configuration>(configuration));
  Decider decider;
  const std::vector<std::string> segments{"AC01234567", "permits"};
  for (const AccessRule& rule : configuration.rules) {
    const auto* one = std::get_if<SubsystemId>(&rule.consumer);
    const SubsystemId consumer = one ? *one : SubsystemId{"MINBEN", "GOV", "wda", "casework"};
    DecisionTrace trace;
    (void)decider.decide(table,
                         {consumer, rule.service, net::Method::get, segments, rule.purposes.front(),
                          "case-9", "", ""},
                         now, &trace);
    MINBEN_ASSERT(!trace.outcome.empty());
  }
}

// The parsers behind the signatures must be as careful as those before them: sign what comes.
void read_signed(const Json& content) {
  if (const auto text = sign_document("minben-configuration/2", content, key()))
    if (const auto configuration = verify_configuration(*text, key().verify_key(), now))
      decide_by(*configuration);
  if (const auto text = sign_document("minben-usage/2", content, key()))
    (void)verify_usage(*text, [](const AgencyCode&) -> Result<std::vector<trust::VerifyKey>> {
      return std::vector{key().verify_key()};
    });
  if (const auto text = sign_document("minben-registry-key/1", content, key()))
    (void)read_handover(*text);
  const std::string first = base64url_encode(as_bytes(write_json(content)));
  const std::string token =
      first + "." + base64url_encode(key().sign(as_bytes("minben-consent/1\n" + first)));
  (void)verify_assertion(token, key().verify_key(), now);
  if (const auto past = past_decision_from_json(content))
    MINBEN_ASSERT(past_decision_from_json(to_json(*past)) == *past);
  if (const auto rule = rule_from_json(content))
    MINBEN_ASSERT(rule_from_json(rule_to_json(*rule)) == *rule);
  if (const auto record = usage_from_json(content))
    MINBEN_ASSERT(usage_from_json(to_json(*record)) == *record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MINBEN_ASSERT(
      !verify_configuration(text, key().verify_key(), now));  // nobody guesses a signature
  MINBEN_ASSERT(!verify_assertion(text, key().verify_key(), now));
  MINBEN_ASSERT(!read_handover(text) ||
                successors(key().verify_key(), std::vector{std::string(text)}).empty());
  (void)ServiceId::parse(text);
  if (const auto content = parse_json(text)) read_signed(*content);
  return 0;
}
