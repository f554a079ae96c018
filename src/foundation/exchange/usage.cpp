#include <fmt/format.h>

#include "values.hpp"

namespace minben::exchange {

namespace {
constexpr std::string_view format = "minben-usage/2";
constexpr std::size_t max_delivery = 2u << 20;
constexpr std::size_t max_law = 256;

Result<std::optional<Hold>> read_hold(const Json& json) {
  const Json* hold = find(json, "hold");
  if (hold == nullptr) return std::optional<Hold>{};
  MINBEN_TRY(law, get_string(*hold, "law"));
  if (law.empty() || law.size() > max_law)
    return fail(Kind::invalid, "wrong_type", "1 to 256 bytes", "hold/law");
  MINBEN_TRY(until, get_instant(*hold, "until"));
  return std::optional<Hold>({std::move(law), until});
}
}  // namespace

Json to_json(const UsageRecord& record) {
  JsonObject out{{"id", record.id},
                 {"at", minben::to_string(record.at)},
                 {"gateway", record.gateway.value},
                 {"consumer", to_string(record.consumer)},
                 {"service", to_string(record.service)},
                 {"method", record.method},
                 {"status", record.status},
                 {"purpose", record.purpose},
                 {"basis", to_string(record.basis)},
                 {"legal_basis", record.legal_basis},
                 {"consent", record.consent},
                 {"person", record.person},
                 {"case_id", record.case_id},
                 {"user", record.user},
                 {"exchange_id", record.exchange_id},
                 {"fields", json_list(record.fields)},
                 {"request_hash", record.request_hash},
                 {"response_sha256", record.response_sha256}};
  if (record.hold)
    out["hold"] =
        JsonObject{{"law", record.hold->law}, {"until", minben::to_string(record.hold->until)}};
  return out;
}

Result<UsageRecord> usage_from_json(const Json& json) {
  UsageRecord record;
  for (const auto& [name, into] : {std::pair<std::string_view, std::string*>{"id", &record.id},
                                   {"method", &record.method},
                                   {"purpose", &record.purpose},
                                   {"legal_basis", &record.legal_basis},
                                   {"consent", &record.consent},
                                   {"person", &record.person},
                                   {"case_id", &record.case_id},
                                   {"user", &record.user},
                                   {"exchange_id", &record.exchange_id},
                                   {"request_hash", &record.request_hash},
                                   {"response_sha256", &record.response_sha256}}) {
    MINBEN_TRY(text, get_string(json, name));
    *into = std::move(text);
  }
  MINBEN_CHECK(parse_uuid(record.id));
  MINBEN_TRY(at, get_instant(json, "at"));
  record.at = at;
  MINBEN_TRY(gateway_text, get_string(json, "gateway"));
  MINBEN_TRY(gateway, AgencyCode::parse(gateway_text));
  record.gateway = std::move(gateway);
  MINBEN_TRY(consumer_text, get_string(json, "consumer"));
  MINBEN_TRY(consumer, SubsystemId::parse(consumer_text));
  record.consumer = std::move(consumer);
  MINBEN_TRY(service_text, get_string(json, "service"));
  MINBEN_TRY(service, ServiceId::parse(service_text));
  record.service = std::move(service);
  MINBEN_TRY(status, get_integer(json, "status"));
  if (status < 100 || status > 599)
    return fail(Kind::invalid, "wrong_type", "not an HTTP status", "status");
  record.status = static_cast<int>(status);
  MINBEN_TRY(basis_text, get_string(json, "basis"));
  MINBEN_TRY(basis, parse_basis(basis_text));
  record.basis = basis;
  MINBEN_TRY(fields, get_strings(json, "fields"));
  record.fields = std::move(fields);
  MINBEN_TRY(hold, read_hold(json));
  record.hold = std::move(hold);
  return record;
}

Result<std::string> sign_usage(std::span<const UsageRecord> records,
                               const trust::SigningKey& gateway) {
  JsonArray list;
  for (const UsageRecord& record : records) list.emplace_back(to_json(record));
  return sign_document(format, JsonObject{{"records", std::move(list)}}, gateway);
}

Result<std::vector<UsageRecord>> verify_usage(std::string_view text, const MemberKeys& keys) {
  const auto malformed = [](const Error& cause) {
    return fail(Kind::invalid, "usage_malformed", describe(cause), cause.field);
  };
  if (text.size() > max_delivery) return fail(Kind::too_large, "usage_malformed", "too large");
  const auto document = read_document(text, format);
  if (!document) return malformed(document.error());
  std::vector<UsageRecord> records;
  const auto read = for_each(document->content, "records", [&](const Json& each) -> Result<void> {
    MINBEN_TRY(record, usage_from_json(each));
    records.push_back(std::move(record));
    return {};
  });
  if (!read) return malformed(read.error());
  if (records.empty() || records.size() > max_usage_records)
    return fail(Kind::invalid, "usage_malformed", fmt::format("1 to {} records", max_usage_records),
                "records");
  const AgencyCode& gateway = records.front().gateway;
  MINBEN_TRY(known, keys(gateway));
  if (std::ranges::none_of(known, [&](const trust::VerifyKey& key) {
        return key.verify(as_bytes(document->signed_bytes), document->signature);
      }))
    return fail(Kind::forbidden, "usage_forged", "not signed by that gateway");
  for (const UsageRecord& record : records)
    if (record.gateway != gateway || record.service.provider.member != gateway.value)
      return fail(Kind::forbidden, "usage_forged", "a gateway speaks for its own services only");
  return records;
}

Result<std::vector<trust::VerifyKey>> member_keys(const Configuration& configuration,
                                                  const AgencyCode& member) {
  const Member* known = configuration.member(member.value);
  if (!known) return fail(Kind::not_found, "unknown_member", "not in the exchange", member.value);
  std::vector<trust::VerifyKey> keys;
  for (const GatewayEntry& gateway : known->gateways) keys.push_back(gateway.signing_key);
  return keys;
}

Result<std::vector<UsageRecord>> verify_usage(std::string_view text,
                                              const Configuration& configuration) {
  return verify_usage(text,
                      [&](const AgencyCode& member) { return member_keys(configuration, member); });
}

}  // namespace minben::exchange
