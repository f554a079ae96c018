// The consent receipt: what a person agreed to, with the mandatory fields of ISO/IEC TS 27560:2023
// (docs/schemas/consent-receipt.schema.json says which), signed by the platform.
#include "impl.hpp"

namespace minben::mydata {

namespace {

constexpr std::size_t max_receipt = 256u << 10;
constexpr std::string_view signed_prefix = "minben-consent-receipt/1\n";

std::string signed_bytes(const Json& receipt) {
  auto canonical = canonical_json(receipt);
  return canonical ? std::string(signed_prefix) + *canonical : std::string();
}

/// ISO 8601 (5.5.2.2); nothing but `granted` lasts.
std::string duration_of(const Consent& consent, const ConsentChange& change) {
  const bool lasts = change.state == ConsentState::granted && consent.expires_at > change.at;
  const auto length =
      lasts ? std::chrono::duration_cast<minutes>(consent.expires_at - change.at) : minutes(0);
  return fmt::format("PT{}M", length.count());
}

/// Who acted: the person decides, the controller asks, and the clock ends.
std::string entity_of(const Consent& consent, ConsentState state) {
  const bool by_person = state != ConsentState::requested && state != ConsentState::expired;
  return by_person ? to_string(consent.person) : consent.terms.recipient.value;
}

JsonArray events_of(const Consent& consent, const std::vector<ConsentChange>& history) {
  JsonArray events;
  for (const ConsentChange& change : history) {
    JsonObject event{{"event_time", to_string(change.at)},
                     {"validity_duration", duration_of(consent, change)},
                     {"entity_id", entity_of(consent, change.state)},
                     {"event_type", "explicit"},
                     {"event_state", to_string(change.state)},
                     {"assurance", identity::to_string(change.assurance)},
                     {"sequence", change.sequence},
                     {"ledger_entry", to_string(change.entry)}};
    if (change.act) event["act"] = identity::to_json(*change.act);
    events.push_back(std::move(event));
  }
  return events;
}

/// Kept for as long as the case file where no days are named.
std::string retention_of(const ConsentTerms& terms) {
  return terms.retention_days > 0 ? fmt::format("P{}D", terms.retention_days) : "case-file";
}

JsonArray pii_of(const std::vector<Field>& fields) {
  JsonArray out;
  for (const Field& field : fields)
    out.push_back(JsonObject{{"pii_type", to_json(field.title)},
                             {"pii_attribute_id", field.name},
                             {"pii_optional", false}});
  return out;
}

constexpr std::string_view receiver_id = "receiver";

Json purpose_of(const Consent& consent) {
  const ConsentTerms& terms = consent.terms;
  JsonArray third_parties;
  if (!terms.receiver.zh_hant.empty()) third_parties.emplace_back(receiver_id);
  return JsonObject{
      {"purpose", to_json(terms.purpose)},
      {"purpose_type", terms.purpose_code},
      {"item", to_json(terms.title)},
      {"lawful_basis", to_json(terms.legal_basis)},
      {"pii_information", pii_of(terms.fields)},
      {"pii_controllers", JsonArray{terms.recipient.value}},
      {"collection_method",
       JsonObject{{"source", terms.provider.value},
                  {"service", fmt::format("{}/{}", terms.subsystem, terms.service)}}},
      {"processing_method", JsonObject{{"max_fetches", terms.max_fetches}}},
      {"storage_locations", JsonArray{"TW"}},
      {"retention_period", retention_of(terms)},
      {"jurisdiction", "TW"},
      {"recipient_third_parties", std::move(third_parties)},
      {"withdrawal_method",
       to_json(Bilingual{"由本人隨時線上撤回，立即生效",
                         "at any time, by the person, online, with immediate effect"})},
      {"privacy_rights",
       to_json(Bilingual{"個人資料保護法第3條", "Personal Data Protection Act, Art. 3"})}};
}

/// What the person was shown is the terms; the ledger holds them since they were asked.
Json processing_of(const Consent& consent, const std::vector<ConsentChange>& history) {
  return JsonObject{
      {"privacy_notice", JsonObject{{"ledger_entry", to_string(history.front().entry)},
                                    {"shown_at", to_string(history.front().at)}}},
      {"language", JsonArray{"zh-Hant", "en"}},
      {"purposes", JsonArray{purpose_of(consent)}}};
}

Json party(std::string_view id, const Bilingual& name, std::string_view role,
           std::string_view address) {
  return JsonObject{
      {"party_id", id},           {"party_name", to_json(name)},
      {"party_role", role},       {"party_type", role == "receiver" ? "third-party" : "government"},
      {"party_address", address}, {"party_contact", "data-protection-officer"}};
}

/// Agencies by their codes; their address is that in the exchange.
JsonArray parties_of(const Parts& parts, const Consent& consent) {
  const ConsentTerms& terms = consent.terms;
  const auto agency = [&](const AgencyCode& code, std::string_view role) {
    return party(code.value, {code.value, code.value}, role,
                 fmt::format("{}/{}/{}", parts.instance, parts.member_class, code.value));
  };
  JsonArray out{agency(terms.recipient, "controller")};
  if (terms.provider != terms.recipient) out.push_back(agency(terms.provider, "source"));
  if (!terms.receiver.zh_hant.empty())
    out.push_back(party(receiver_id, terms.receiver, "receiver",
                        fmt::format("data-request:{}", to_string(consent.data_request))));
  return out;
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

Json receipt_of_consent(const Parts& parts, const Consent& consent,
                        const std::vector<ConsentChange>& history) {
  const Instant now = parts.clock.now();
  JsonObject out{{"schema_version", "ISO/IEC TS 27560:2023"},
                 {"receipt_id", to_string(new_uuid(parts.clock, parts.random))},
                 {"receipt_time", to_string(now)},
                 {"record_id", to_string(consent.id)},
                 {"pii_principal_id", to_string(consent.person)},
                 {"state", to_string(consent.state)},
                 {"pii_processing", processing_of(consent, history)},
                 {"party_identification", parties_of(parts, consent)},
                 {"events", events_of(consent, history)},
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
  const Json receipt = receipt_of_consent(impl_->parts, found, changes);
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
