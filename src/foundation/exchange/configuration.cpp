#include <fmt/format.h>

#include "authorities.hpp"
#include "handover.hpp"
#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view format = "minben-configuration/2";
/// 10,000 rules of 600 bytes, a thousand members with their certificates, and room.
constexpr JsonLimits limits{.max_bytes = 32u << 20};

// ------------------------------------------------------------------------------------ writing

std::string key_text(const trust::VerifyKey& key) { return base64url_encode(key.bytes()); }

JsonObject gateway_to_json(const GatewayEntry& gateway) {
  JsonObject json{{"name", gateway.name},
                  {"url", gateway.url},
                  {"key", key_text(gateway.signing_key)},
                  {"certificates", json_list(gateway.certificates)}};
  if (!gateway.tls_certificates.empty())
    json.emplace("tls_certificates", json_list(gateway.tls_certificates));
  return json;
}

template <class T, class Write>
JsonArray list(const std::vector<T>& values, Write write) {
  JsonArray array;
  for (const T& value : values) array.emplace_back(write(value));
  return array;
}

JsonObject member_to_json(const Member& member) {
  return {{"class", member.member_class},
          {"code", member.code.value},
          {"name", to_json(member.name)},
          {"gateways", list(member.gateways, gateway_to_json)},
          {"subsystems", json_list(member.subsystems)}};
}

// ------------------------------------------------------------------------------------ reading

Result<trust::VerifyKey> read_key(const Json& object, std::string_view name) {
  MINBEN_TRY(text, get_string(object, name));
  const auto bytes = base64url_decode(text);
  if (!bytes) return fail(Kind::invalid, "wrong_type", "not base64url", name);
  return trust::VerifyKey::from_bytes(trust::KeyType::ed25519, *bytes);
}

/// A reader for for_each that adds what `read` makes of an element.
template <class T, class Read>
auto read_into(std::vector<T>& values, Read read) {
  return [&values, read](const Json& element) -> Result<void> {
    MINBEN_TRY(value, read(element));
    values.push_back(std::move(value));
    return {};
  };
}

bool is_gateway_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<GatewayEntry> read_gateway(const Json& json) {
  MINBEN_TRY(name, get_string(json, "name"));
  MINBEN_TRY(url, get_string(json, "url"));
  MINBEN_TRY(key, read_key(json, "key"));
  MINBEN_TRY(certificates, get_strings(json, "certificates"));
  if (!is_gateway_name(name))
    return fail(Kind::invalid, "wrong_type", "small letters, digits and '-'", "name");
  if (!url.starts_with("https://"))
    return fail(Kind::invalid, "wrong_type", "gateways speak https", "url");
  GatewayEntry entry{std::move(name), std::move(url), std::move(key), std::move(certificates)};
  if (find(json, "tls_certificates") != nullptr) {
    MINBEN_TRY(fingerprints, get_strings(json, "tls_certificates"));
    entry.tls_certificates = std::move(fingerprints);
  }
  return entry;
}

Result<Member> read_member(const Json& json) {
  MINBEN_TRY(member_class, get_string(json, "class"));
  MINBEN_TRY(code_text, get_string(json, "code"));
  MINBEN_TRY(code, AgencyCode::parse(code_text));
  MINBEN_TRY(name, get_bilingual(json, "name"));
  std::vector<GatewayEntry> gateways;
  MINBEN_CHECK(for_each(json, "gateways", read_into(gateways, read_gateway)));
  MINBEN_TRY(subsystems, get_strings(json, "subsystems"));
  if (gateways.empty()) return fail(Kind::invalid, "missing", "a member has a gateway", "gateways");
  return Member{std::move(member_class), std::move(code), std::move(name), std::move(gateways),
                std::move(subsystems)};
}

/// The place in the error counts rules; people know them by their ids.
Result<AccessRule> read_rule(const Json& json) {
  auto rule = rule_from_json(json);
  if (rule) return rule;
  Error error = std::move(rule).error();
  error.detail = fmt::format("rule {}: {}", string_or(json, "id", "without id"), error.detail);
  return fail(std::move(error));
}

Result<Configuration> read_content(const Json& json) {
  Configuration out;
  MINBEN_TRY(version, get_integer(json, "version"));
  out.version = version;
  MINBEN_TRY(instance, get_string(json, "instance"));
  out.instance = std::move(instance);
  MINBEN_TRY(issued_at, get_instant(json, "issued_at"));
  out.issued_at = issued_at;
  MINBEN_TRY(expires_at, get_instant(json, "expires_at"));
  out.expires_at = expires_at;
  MINBEN_TRY(consent_key, read_key(json, "consent_key"));
  out.consent_key = std::move(consent_key);
  if (find(json, "other_consent_key") != nullptr) {
    MINBEN_TRY(other, read_key(json, "other_consent_key"));
    out.other_consent_key = std::move(other);
  }
  MINBEN_TRY(usage_url, get_string(json, "usage_url"));
  out.usage_url = std::move(usage_url);
  for (const auto& [name, into] :
       {std::pair<std::string_view, std::vector<std::string>*>{"trust_anchors", &out.trust_anchors},
        {"revocation_lists", &out.revocation_lists},
        {"timestamp_urls", &out.timestamp_urls}}) {
    MINBEN_TRY(texts, get_strings(json, name));
    *into = std::move(texts);
  }
  for (const auto& [name, into] : {std::pair<std::string_view, std::vector<std::string>*>{
                                       "timestamp_roots", &out.timestamp_roots},
                                   {"handovers", &out.handovers}}) {
    if (find(json, name) == nullptr) continue;  // of registries that have none
    MINBEN_TRY(texts, get_strings(json, name));
    *into = std::move(texts);
  }
  if (find(json, "authorities") != nullptr) MINBEN_CHECK(read_authorities(json, out));
  MINBEN_CHECK(for_each(json, "members", read_into(out.members, read_member)));
  MINBEN_CHECK(for_each(json, "services", read_into(out.services, service_from_json)));
  MINBEN_CHECK(for_each(json, "groups", read_into(out.groups, group_from_json)));
  MINBEN_CHECK(for_each(json, "rules", read_into(out.rules, read_rule)));
  MINBEN_CHECK(check_rules(out));
  return out;
}

/// The key, or the one to which it was handed over, each by the one before, that signed it.
std::optional<trust::VerifyKey> signer_of(const SignedDocument& document,
                                          const trust::VerifyKey& registry) {
  const auto signs = [&](const trust::VerifyKey& key) {
    return key.verify(as_bytes(document.signed_bytes), document.signature);
  };
  if (signs(registry)) return registry;
  // Not yet believed: a statement that the key itself has signed is good wherever it was found.
  const auto handovers = get_strings(document.content, "handovers");
  if (!handovers) return std::nullopt;
  for (trust::VerifyKey& key : successors(registry, *handovers))
    if (signs(key)) return std::move(key);
  return std::nullopt;
}

std::unexpected<Error> malformed(Error cause) {
  return fail(Kind::invalid, "configuration_malformed", describe(cause), cause.field);
}

/// The statement must be what this configuration's certificates make, signed by the same key.
Result<std::optional<SealHolders>> read_holders(const Json& content,
                                                const Configuration& configuration,
                                                const trust::VerifyKey& signer) {
  const Json* json = find(content, "seal_holders");
  if (json == nullptr) return std::nullopt;
  const std::string statement(string_or(*json, "statement"));
  const auto signature = base64url_decode(string_or(*json, "signature"));
  if (!signature || !signer.verify(as_bytes(statement), *signature))
    return fail(Kind::forbidden, "configuration_forged", "not signed by the registry",
                "seal_holders");
  const auto expected = holders_statement(configuration);
  if (!expected || write_holders_statement(*expected) != statement)
    return fail(Kind::invalid, "configuration_malformed", "of another configuration",
                "seal_holders");
  return SealHolders{statement, *signature, signer};
}

}  // namespace

const GatewayEntry* Member::gateway(std::string_view gateway_name) const {
  const auto found = std::ranges::find(gateways, gateway_name, &GatewayEntry::name);
  return found == gateways.end() ? nullptr : &*found;
}

std::string Configuration::trust_anchors_pem() const {
  std::string all;
  for (const std::string& anchor : trust_anchors) all += anchor;
  for (const OutsideAuthority& outside : authorities) {
    if (!outside.for_tls) continue;
    all += outside.root;
    for (const std::string& intermediate : outside.intermediates) all += intermediate;
  }
  return all;
}

const Member* Configuration::member(std::string_view code) const {
  const auto found =
      std::ranges::find_if(members, [&](const Member& each) { return each.code.value == code; });
  return found == members.end() ? nullptr : &*found;
}

const Service* Configuration::service(const ServiceId& id) const {
  const auto found =
      std::ranges::find_if(services, [&](const Service& each) { return each.id == id; });
  return found == services.end() ? nullptr : &*found;
}

const Group* Configuration::group(const GroupCode& code) const {
  const auto found = std::ranges::find(groups, code, &Group::code);
  return found == groups.end() ? nullptr : &*found;
}

std::vector<const AccessRule*> Configuration::rules_for(const SubsystemId& consumer,
                                                        const ServiceId& id) const {
  const auto is_for = [&](const AccessRule& rule) {
    if (const auto* one = std::get_if<SubsystemId>(&rule.consumer)) return *one == consumer;
    const Group* many = group(std::get<GroupCode>(rule.consumer));
    return many && std::ranges::find(many->subsystems, consumer) != many->subsystems.end();
  };
  std::vector<const AccessRule*> found;
  for (const AccessRule& rule : rules)
    if (rule.service == id && is_for(rule)) found.push_back(&rule);
  return found;
}

Result<std::string> sign_configuration(const Configuration& configuration,
                                       const trust::SigningKey& registry) {
  if (!configuration.consent_key)
    return fail(Kind::invalid, "configuration_malformed", "", "consent_key");
  if (auto sound = check_rules(configuration); !sound) return malformed(sound.error());
  JsonObject content{{"version", configuration.version},
                     {"instance", configuration.instance},
                     {"issued_at", minben::to_string(configuration.issued_at)},
                     {"expires_at", minben::to_string(configuration.expires_at)},
                     {"consent_key", key_text(*configuration.consent_key)},
                     {"usage_url", configuration.usage_url},
                     {"trust_anchors", json_list(configuration.trust_anchors)},
                     {"revocation_lists", json_list(configuration.revocation_lists)},
                     {"timestamp_urls", json_list(configuration.timestamp_urls)},
                     {"members", list(configuration.members, member_to_json)},
                     {"services", list(configuration.services, service_to_json)},
                     {"groups", list(configuration.groups, group_to_json)},
                     {"rules", list(configuration.rules, rule_to_json)}};
  if (configuration.other_consent_key)
    content["other_consent_key"] = key_text(*configuration.other_consent_key);
  if (!configuration.timestamp_roots.empty())
    content["timestamp_roots"] = json_list(configuration.timestamp_roots);
  if (!configuration.handovers.empty()) content["handovers"] = json_list(configuration.handovers);
  if (!configuration.authorities.empty()) {
    write_authorities(configuration, content);
    if (const auto holders = sign_seal_holders(configuration, registry))
      content["seal_holders"] = JsonObject{{"statement", holders->statement},
                                           {"signature", base64url_encode(holders->signature)}};
  }
  return sign_document(format, content, registry);
}

Result<Configuration> verify_configuration(std::string_view text, const trust::VerifyKey& registry,
                                           Instant now) {
  MINBEN_TRY(read, verify_signed_configuration(text, registry, now));
  return std::move(read.configuration);
}

Result<SignedConfiguration> verify_signed_configuration(std::string_view text,
                                                        const trust::VerifyKey& registry,
                                                        Instant now) {
  auto document = read_document(text, format, limits);
  if (!document) return malformed(document.error());
  auto signer = signer_of(*document, registry);
  if (!signer) return fail(Kind::forbidden, "configuration_forged", "not signed by the registry");
  auto configuration = read_content(document->content);
  if (!configuration) return malformed(configuration.error());
  if (now >= configuration->expires_at)
    return fail(Kind::invalid, "configuration_expired",
                fmt::format("version {} ended at {}", configuration->version,
                            minben::to_string(configuration->expires_at)));
  MINBEN_TRY(holders, read_holders(document->content, *configuration, *signer));
  return SignedConfiguration{std::move(*configuration), std::move(*signer), std::move(holders)};
}

Result<Configuration> read_draft_configuration(std::string_view text) {
  auto json = parse_json(text, limits);
  if (!json) return malformed(json.error());
  const Json* content = find(*json, "content");
  if (content && string_or(*json, "format") != format)
    return malformed({Kind::invalid, "wrong_format", fmt::format("expected {}", format), "format"});
  auto configuration = read_content(content ? *content : *json);
  if (!configuration) return malformed(configuration.error());
  return configuration;
}

}  // namespace minben::exchange
