// The consent receipt: what a person agreed to, in the form of ISO/IEC TS 27560, signed by the
// platform.
#include "impl.hpp"

namespace minben::mydata {

namespace {

constexpr std::size_t max_receipt = 256u << 10;
constexpr std::string_view signed_prefix = "minben-consent-receipt/1\n";

std::string signed_bytes(const Json& receipt) {
  auto canonical = canonical_json(receipt);
  return canonical ? std::string(signed_prefix) + *canonical : std::string();
}

JsonArray events_of(const std::vector<ConsentChange>& history) {
  JsonArray events;
  for (const ConsentChange& change : history) {
    JsonObject event{{"event_type", to_string(change.state)},
                     {"event_time", to_string(change.at)},
                     {"assurance", identity::to_string(change.assurance)},
                     {"sequence", change.sequence},
                     {"ledger_entry", to_string(change.entry)}};
    if (change.act) event["act"] = identity::to_json(*change.act);
    events.push_back(std::move(event));
  }
  return events;
}

Json processing_of(const Consent& consent) {
  const ConsentTerms& terms = consent.terms;
  return JsonObject{{"item", to_json(terms.title)},
                    {"purpose", to_json(terms.purpose)},
                    {"purpose_code", terms.purpose_code},
                    {"lawful_basis", to_json(terms.legal_basis)},
                    {"pii_information", to_json(terms.fields)},
                    {"pii_source", terms.provider.value},
                    {"pii_source_service", fmt::format("{}/{}", terms.subsystem, terms.service)},
                    {"recipient", terms.recipient.value},
                    {"max_fetches", terms.max_fetches},
                    {"retention_days", terms.retention_days},
                    {"valid_until", to_string(consent.expires_at)},
                    {"withdrawal", "at any time, by the person, with immediate effect"}};
}

/// The fields of a consent artefact of India's DEPA (ReBIT), beside the receipt's: the same facts.
Json artefact_of(const Consent& consent) {
  const ConsentTerms& terms = consent.terms;
  JsonArray filter;
  for (const Field& field : terms.fields) filter.push_back(JsonObject{{"field", field.name}});
  const bool often = terms.max_fetches > 1;
  return JsonObject{
      {"consentId", to_string(consent.id)},
      {"consentStart", to_string(consent.decided_at.value_or(consent.requested_at))},
      {"consentExpiry", to_string(consent.expires_at)},
      {"consentMode", "STORE"},
      {"fetchType", often ? "PERIODIC" : "ONETIME"},
      {"consentTypes", JsonArray{"DATA"}},
      {"DataProvider", JsonObject{{"id", terms.provider.value}}},
      {"DataConsumer", JsonObject{{"id", terms.recipient.value}}},
      {"DataLife", JsonObject{{"unit", "DAY"}, {"value", terms.retention_days}}},
      {"Frequency", JsonObject{{"unit", "CONSENT"}, {"value", terms.max_fetches}}},
      {"DataFilter", std::move(filter)},
      {"Purpose", JsonObject{{"code", terms.purpose_code}, {"text", terms.purpose.en}}}};
}

Json receipt_of_consent(const Consent& consent, const std::vector<ConsentChange>& history,
                        Instant now) {
  JsonObject out{{"schema_version", "ISO/IEC TS 27560:2023"},
                 {"record_id", to_string(consent.id)},
                 {"receipt_time", to_string(now)},
                 {"pii_principal_id", to_string(consent.person)},
                 {"pii_controller", consent.terms.recipient.value},
                 {"state", to_string(consent.state)},
                 {"processing", JsonArray{processing_of(consent)}},
                 {"events", events_of(history)},
                 {"artefact", artefact_of(consent)}};
  if (consent.case_id.is_nil()) out["data_request"] = to_string(consent.data_request);
  else out["case"] = to_string(consent.case_id);
  return out;
}

std::string render(const Json& receipt, std::string_view key, Bytes signature) {
  return write_json_pretty(JsonObject{
      {"receipt", receipt},
      {"signature",
       JsonObject{{"alg", "Ed25519"}, {"key", key}, {"value", base64_encode(signature)}}}});
}

std::string key_name(const trust::VerifyKey& key) { return hex_encode(key.fingerprint()); }

}  // namespace

Result<std::string> MyData::consent_receipt(store::Transaction& tx, PersonId person,
                                            ConsentId id) const {
  MINBEN_TRY(found, consent(tx, person, id));
  MINBEN_TRY(changes, history(tx, person, id));
  const bool granted = std::ranges::any_of(
      changes, [](const auto& change) { return change.state == ConsentState::granted; });
  if (!granted)
    return fail(Kind::conflict, "consent_not_granted", "a receipt is for consent that was given");
  const Json receipt = receipt_of_consent(found, changes, impl_->now());
  const trust::SigningKey& key = impl_->parts.platform_key;
  return render(receipt, key_name(key.verify_key()), key.sign(as_bytes(signed_bytes(receipt))));
}

Result<Json> verify_consent_receipt(std::string_view text, const trust::VerifyKey& platform) {
  const auto bad = [](std::string_view detail) {
    return fail(Kind::invalid, "not_a_consent_receipt", detail);
  };
  const auto json = parse_json(text, {.max_bytes = max_receipt, .max_depth = 16});
  if (!json) return bad("not JSON");
  const Json* receipt = find(*json, "receipt");
  const Json* signature = find(*json, "signature");
  if (receipt == nullptr || signature == nullptr) return bad("receipt or signature is missing");
  const auto value = base64_decode(string_or(*signature, "value"));
  if (!value) return bad("the signature is not base64");
  // One spelling only, so that any changed byte shows.
  if (render(*receipt, string_or(*signature, "key"), *value) != text)
    return bad("not spelled as receipts are written");
  const std::string message = signed_bytes(*receipt);
  if (message.empty() || string_or(*signature, "key") != key_name(platform) ||
      !platform.verify(as_bytes(message), *value)) {
    return fail(Kind::invalid, "bad_signature", "not signed by this key, or changed");
  }
  return *receipt;
}

}  // namespace minben::mydata
