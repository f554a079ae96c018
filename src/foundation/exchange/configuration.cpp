#include <fmt/format.h>

#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view format = "minben-configuration/2";

// ------------------------------------------------------------------------------------ writing

JsonObject to_json(const Bilingual& text) { return {{"zh-Hant", text.zh_hant}, {"en", text.en}}; }

std::string key_text(const trust::VerifyKey& key) { return base64url_encode(key.bytes()); }

JsonObject to_json(const GatewayEntry& gateway) {
  return {{"name", gateway.name},
          {"url", gateway.url},
          {"key", key_text(gateway.signing_key)},
          {"certificates", json_list(gateway.certificates)}};
}

template <class T>
JsonArray list(const std::vector<T>& values);

JsonObject to_json(const Member& member) {
  return {{"class", member.member_class},
          {"code", member.code.value},
          {"name", to_json(member.name)},
          {"gateways", list(member.gateways)},
          {"subsystems", json_list(member.subsystems)}};
}

JsonObject to_json(const Service& service) {
  return {{"id", to_string(service.id)},
          {"title", to_json(service.title)},
          {"about_a_person", service.about_a_person},
          {"fields", json_list(service.fields)}};
}

JsonObject to_json(const AccessRule& rule) {
  JsonArray methods;
  for (const net::Method method : rule.methods) methods.emplace_back(net::to_string(method));
  return {{"consumer", to_string(rule.consumer)}, {"service", to_string(rule.service)},
          {"methods", std::move(methods)},        {"purposes", json_list(rule.purposes)},
          {"basis", to_string(rule.basis)},       {"legal_basis", rule.legal_basis},
          {"fields", json_list(rule.fields)}};
}

template <class T>
JsonArray list(const std::vector<T>& values) {
  JsonArray array;
  for (const T& value : values) array.emplace_back(to_json(value));
  return array;
}

// ------------------------------------------------------------------------------------ reading

Result<Bilingual> read_text(const Json& object, std::string_view name) {
  const Json* text = find(object, name);
  if (!text) return fail(Kind::invalid, "missing", "", name);
  MINBEN_TRY(zh_hant, get_string(*text, "zh-Hant"));
  MINBEN_TRY(en, get_string(*text, "en"));
  return Bilingual{std::move(zh_hant), std::move(en)};
}

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
  return GatewayEntry{std::move(name), std::move(url), std::move(key), std::move(certificates)};
}

Result<Member> read_member(const Json& json) {
  MINBEN_TRY(member_class, get_string(json, "class"));
  MINBEN_TRY(code_text, get_string(json, "code"));
  MINBEN_TRY(code, AgencyCode::parse(code_text));
  MINBEN_TRY(name, read_text(json, "name"));
  std::vector<GatewayEntry> gateways;
  MINBEN_CHECK(for_each(json, "gateways", read_into(gateways, read_gateway)));
  MINBEN_TRY(subsystems, get_strings(json, "subsystems"));
  if (gateways.empty()) return fail(Kind::invalid, "missing", "a member has a gateway", "gateways");
  return Member{std::move(member_class), std::move(code), std::move(name), std::move(gateways),
                std::move(subsystems)};
}

Result<Service> read_service(const Json& json) {
  MINBEN_TRY(id_text, get_string(json, "id"));
  MINBEN_TRY(id, ServiceId::parse(id_text));
  MINBEN_TRY(title, read_text(json, "title"));
  MINBEN_TRY(about_a_person, get_bool(json, "about_a_person"));
  MINBEN_TRY(fields, get_strings(json, "fields"));
  return Service{std::move(id), std::move(title), about_a_person, std::move(fields)};
}

Result<AccessRule> read_rule(const Json& json) {
  AccessRule rule;
  MINBEN_TRY(consumer, get_string(json, "consumer"));
  MINBEN_TRY(consumer_id, SubsystemId::parse(consumer));
  rule.consumer = std::move(consumer_id);
  MINBEN_TRY(service, get_string(json, "service"));
  MINBEN_TRY(service_id, ServiceId::parse(service));
  rule.service = std::move(service_id);
  MINBEN_TRY(methods, get_strings(json, "methods"));
  rule.methods.clear();
  for (const std::string& text : methods) {
    MINBEN_TRY(method, parse_method(text));
    rule.methods.push_back(method);
  }
  MINBEN_TRY(purposes, get_strings(json, "purposes"));
  rule.purposes = std::move(purposes);
  MINBEN_TRY(basis_text, get_string(json, "basis"));
  MINBEN_TRY(basis, parse_basis(basis_text));
  rule.basis = basis;
  MINBEN_TRY(legal_basis, get_string(json, "legal_basis"));
  rule.legal_basis = std::move(legal_basis);
  MINBEN_TRY(fields, get_strings(json, "fields"));
  rule.fields = std::move(fields);
  return rule;
}

// What no gateway should have to ask itself at run time.
Result<void> check_rules(const Configuration& configuration) {
  for (const AccessRule& rule : configuration.rules) {
    const std::string name = to_string(rule.service);
    const Service* service = configuration.service(rule.service);
    if (!service) return fail(Kind::invalid, "unknown_service", "a rule for no service", name);
    if (!configuration.member(rule.consumer.member))
      return fail(Kind::invalid, "unknown_member", "a rule for no member",
                  to_string(rule.consumer));
    if (rule.purposes.empty())
      return fail(Kind::invalid, "missing", "a rule without a purpose", name);
    if (rule.basis == Basis::law && rule.legal_basis.empty())
      return fail(Kind::invalid, "missing", "a rule without its legal basis", name);
    if (rule.basis == Basis::consent && !service->about_a_person)
      return fail(Kind::invalid, "missing", "a consent needs a service about a person", name);
    for (const std::string& field : rule.fields)
      if (std::ranges::find(service->fields, field) == service->fields.end())
        return fail(Kind::invalid, "unknown_field", field, name);
  }
  return {};
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
  MINBEN_CHECK(for_each(json, "members", read_into(out.members, read_member)));
  MINBEN_CHECK(for_each(json, "services", read_into(out.services, read_service)));
  MINBEN_CHECK(for_each(json, "rules", read_into(out.rules, read_rule)));
  MINBEN_CHECK(check_rules(out));
  return out;
}

std::unexpected<Error> malformed(Error cause) {
  return fail(Kind::invalid, "configuration_malformed", describe(cause), cause.field);
}

}  // namespace

JsonObject rule_to_json(const AccessRule& rule) { return to_json(rule); }
Result<AccessRule> rule_from_json(const Json& json) { return read_rule(json); }
JsonObject service_to_json(const Service& service) { return to_json(service); }
Result<Service> service_from_json(const Json& json) { return read_service(json); }

const GatewayEntry* Member::gateway(std::string_view gateway_name) const {
  const auto found = std::ranges::find(gateways, gateway_name, &GatewayEntry::name);
  return found == gateways.end() ? nullptr : &*found;
}

std::string Configuration::trust_anchors_pem() const {
  std::string all;
  for (const std::string& anchor : trust_anchors) all += anchor;
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

std::vector<const AccessRule*> Configuration::rules_for(const SubsystemId& consumer,
                                                        const ServiceId& id) const {
  std::vector<const AccessRule*> found;
  for (const AccessRule& rule : rules)
    if (rule.consumer == consumer && rule.service == id) found.push_back(&rule);
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
                     {"members", list(configuration.members)},
                     {"services", list(configuration.services)},
                     {"rules", list(configuration.rules)}};
  if (configuration.other_consent_key)
    content["other_consent_key"] = key_text(*configuration.other_consent_key);
  return sign_document(format, content, registry);
}

Result<Configuration> verify_configuration(std::string_view text, const trust::VerifyKey& registry,
                                           Instant now) {
  auto document = read_document(text, format);
  if (!document) return malformed(document.error());
  if (!registry.verify(as_bytes(document->signed_bytes), document->signature))
    return fail(Kind::forbidden, "configuration_forged", "not signed by the registry");
  auto configuration = read_content(document->content);
  if (!configuration) return malformed(configuration.error());
  if (now >= configuration->expires_at)
    return fail(Kind::invalid, "configuration_expired",
                fmt::format("version {} ended at {}", configuration->version,
                            minben::to_string(configuration->expires_at)));
  return configuration;
}

}  // namespace minben::exchange
