#include "openid/client.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "openid/proof.hpp"

namespace minben::openid {

namespace {

constexpr std::size_t max_file = 64u << 10;
constexpr std::size_t max_address = 2000;
constexpr std::size_t max_list = 50;
constexpr std::size_t max_name = 200;

constexpr std::array scopes{scope::openid, scope::profile, scope::email, scope::national_id,
                            scope::offline_access};
constexpr std::array methods{
    std::pair{ClientAuthentication::private_key_jwt, std::string_view("private_key_jwt")},
    std::pair{ClientAuthentication::tls_client_auth, std::string_view("tls_client_auth")},
    std::pair{ClientAuthentication::self_signed_tls_client_auth,
              std::string_view("self_signed_tls_client_auth")}};

const std::set<std::string_view>& known_members() {
  static const std::set<std::string_view> known{"client_id",
                                                "client_name",
                                                "client_name#zh-Hant",
                                                "client_name#en",
                                                "client_uri",
                                                "policy_uri",
                                                "redirect_uris",
                                                "post_logout_redirect_uris",
                                                "backchannel_logout_uri",
                                                "backchannel_logout_session_required",
                                                "grant_types",
                                                "response_types",
                                                "scope",
                                                "jwks",
                                                "jwks_uri",
                                                "token_endpoint_auth_method",
                                                "token_endpoint_auth_signing_alg",
                                                "tls_client_auth_subject_dn",
                                                "tls_client_auth_san_dns",
                                                "tls_client_certificate_bound_access_tokens",
                                                "dpop_bound_access_tokens",
                                                "require_pushed_authorization_requests",
                                                "id_token_signed_response_alg",
                                                "userinfo_signed_response_alg",
                                                "subject_type",
                                                "sector_identifier_uri",
                                                "default_acr_values",
                                                "default_max_age",
                                                "application_type",
                                                "contacts",
                                                "minben_profile",
                                                "minben_introspectors"};
  return known;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

/// Reads members one by one and collects what is wrong with them.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  void fault(std::string_view member, std::string_view code, std::string_view detail) {
    faults_.push_back(
        Error{Kind::invalid, std::string(code), std::string(detail), std::string(member), 0, 0});
  }
  const Json* member(std::string_view name) const { return find(json_, name); }

  std::string text(std::string_view name, std::size_t most = max_name) {
    const Json* value = member(name);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_string().empty() || value->get_string().size() > most) {
      fault(name, "wrong_type", fmt::format("a text of 1 to {} bytes", most));
      return {};
    }
    return std::string(value->get_string());
  }
  std::string address(std::string_view name) {
    std::string text_of = text(name, max_address);
    if (!text_of.empty()) check(name, text_of);
    return text_of;
  }
  bool flag(std::string_view name, bool otherwise) {
    const Json* value = member(name);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) fault(name, "wrong_type", "true or false");
    return value->is_bool() ? value->get_bool() : otherwise;
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    const Json* value = member(name);
    if (value == nullptr) return all;
    if (!value->is_array() || value->get_array().size() > max_list) {
      fault(name, "wrong_type", fmt::format("a list of at most {} texts", max_list));
      return all;
    }
    for (const Json& one : value->get_array()) {
      if (!one.is_string()) {
        fault(name, "wrong_type", "a list of texts");
        return {};
      }
      all.emplace_back(one.get_string());
    }
    return all;
  }
  std::vector<std::string> addresses(std::string_view name) {
    std::vector<std::string> all = texts(name);
    for (const std::string& one : all) check(name, one);
    return all;
  }
  /// The only value that we know for it.
  void only(std::string_view name, std::string_view value) {
    if (member(name) != nullptr && text(name) != value)
      fault(name, "not_supported", fmt::format("only \"{}\"", value));
  }
  Errors take() { return std::move(faults_); }

 private:
  void check(std::string_view name, std::string_view value) {
    if (const auto good = check_address(value); !good)
      fault(name, good.error().code, good.error().detail);
  }
  const Json& json_;
  Errors faults_;
};

void read_names(Reader& reader, Client& client) {
  client.id = reader.text("client_id");
  if (!is_code(client.id)) reader.fault("client_id", "not_a_code", "[a-z0-9][a-z0-9._-]{0,63}");
  const std::string plain = reader.text("client_name");
  if (plain.empty()) reader.fault("client_name", "missing", "what people know it by");
  const std::string zh = reader.text("client_name#zh-Hant"), en = reader.text("client_name#en");
  client.name = {zh.empty() ? plain : zh, en.empty() ? plain : en};
  client.uri = reader.address("client_uri");
  client.policy_uri = reader.address("policy_uri");
}

void read_authentication(Reader& reader, Client& client) {
  const std::string method = reader.text("token_endpoint_auth_method");
  const auto found = std::ranges::find_if(methods, [&](auto& one) { return one.second == method; });
  if (method.empty()) client.authentication = ClientAuthentication::private_key_jwt;
  else if (found != methods.end()) client.authentication = found->first;
  else
    reader.fault("token_endpoint_auth_method", "not_supported",
                 "private_key_jwt, tls_client_auth or self_signed_tls_client_auth");
  client.signing_algorithm = reader.text("token_endpoint_auth_signing_alg");
  if (!client.signing_algorithm.empty() &&
      std::ranges::find(signing_algorithms, client.signing_algorithm) == signing_algorithms.end())
    reader.fault("token_endpoint_auth_signing_alg", "not_supported",
                 "ES256, PS256, EdDSA or Ed25519");
  client.keys_uri = reader.address("jwks_uri");
  if (const Json* jwks = reader.member("jwks")) {
    auto keys = trust::JwkSet::parse(*jwks);
    if (!keys) reader.fault("jwks", keys.error().code, keys.error().detail);
    else if (keys->keys().empty()) reader.fault("jwks", "missing", "at least one key");
    else if (std::ranges::any_of(keys->keys(), [](auto& key) { return key.is_private(); }))
      reader.fault("jwks", "private_key", "only public halves: this one is known to others now");
    else client.keys = std::move(*keys);
  }
  client.tls_subject = reader.text("tls_client_auth_subject_dn", max_address);
  client.tls_dns = reader.text("tls_client_auth_san_dns");
  const bool has_keys = reader.member("jwks") != nullptr;
  if (has_keys && !client.keys_uri.empty())
    reader.fault("jwks_uri", "conflict", "either jwks or jwks_uri (RFC 7591 §2)");
  if (client.authentication == ClientAuthentication::tls_client_auth) {
    if (client.tls_subject.empty() == client.tls_dns.empty())
      reader.fault("tls_client_auth_subject_dn", "missing",
                   "exactly one of tls_client_auth_subject_dn and tls_client_auth_san_dns");
  } else if (!has_keys && client.keys_uri.empty()) {
    reader.fault("jwks", "missing", "jwks or jwks_uri");
  }
}

void read_binding(Reader& reader, Client& client) {
  const std::string profile = reader.text("minben_profile");
  if (!profile.empty() && profile != "fapi2" && profile != "basic")
    reader.fault("minben_profile", "not_supported", "fapi2 or basic");
  if (profile == "basic") client.profile = Profile::basic;
  const bool basic = client.profile == Profile::basic;
  client.needs_pushed_requests = reader.flag("require_pushed_authorization_requests", true);
  client.needs_certificate = reader.flag("tls_client_certificate_bound_access_tokens", false);
  client.needs_dpop = reader.flag("dpop_bound_access_tokens", !client.needs_certificate);
  if (!client.needs_pushed_requests && !basic)
    reader.fault("require_pushed_authorization_requests", "weaker_than_fapi2",
                 "needs \"minben_profile\": \"basic\"");
  if (!client.needs_dpop && !client.needs_certificate && !basic)
    reader.fault("dpop_bound_access_tokens", "weaker_than_fapi2",
                 "tokens without a key need \"minben_profile\": \"basic\"");
}

void read_addresses(Reader& reader, Client& client) {
  client.redirect_uris = reader.addresses("redirect_uris");
  client.post_logout_redirect_uris = reader.addresses("post_logout_redirect_uris");
  client.backchannel_logout_uri = reader.address("backchannel_logout_uri");
  (void)reader.flag("backchannel_logout_session_required", true);
  const std::string sector = reader.address("sector_identifier_uri");
  std::set<std::string> hosts;
  for (const std::string& one : client.redirect_uris) hosts.insert(host_of(one));
  if (!sector.empty()) client.sector = host_of(sector);
  else if (hosts.size() == 1) client.sector = *hosts.begin();
  else if (hosts.size() > 1)
    reader.fault("sector_identifier_uri", "missing",
                 "redirect_uris have several hosts (OpenID Connect Core 1.0 §8.1)");
  else client.sector = client.id;  // signs nobody in: it only introspects
}

void read_grants(Reader& reader, Client& client) {
  bool codes = reader.member("grant_types") == nullptr;
  for (const std::string& grant : reader.texts("grant_types")) {
    if (grant == "refresh_token") client.may_refresh = true;
    else if (grant == "authorization_code") codes = true;
    else reader.fault("grant_types", "not_supported", "authorization_code and refresh_token");
  }
  if (codes && client.redirect_uris.empty())
    reader.fault("redirect_uris", "missing", "at least one; or \"grant_types\": []");
  for (const std::string& type : reader.texts("response_types"))
    if (type != "code") reader.fault("response_types", "not_supported", "only \"code\"");
  const std::string listed = reader.text("scope", 1000);
  for (const std::string_view one : split(listed.empty() ? "openid" : listed, ' ')) {
    if (std::ranges::find(scopes, one) == scopes.end())
      reader.fault("scope", "not_supported", fmt::format("unknown: {}", one));
    else if (std::ranges::find(client.scopes, one) == client.scopes.end())
      client.scopes.emplace_back(one);
  }
  if (client.may_refresh !=
      (std::ranges::find(client.scopes, scope::offline_access) != client.scopes.end()))
    reader.fault("scope", "conflict", "offline_access and the grant refresh_token go together");
}

void read_wishes(Reader& reader, Client& client) {
  reader.only("id_token_signed_response_alg", "ES256");
  reader.only("userinfo_signed_response_alg", "ES256");
  reader.only("subject_type", "pairwise");
  reader.only("application_type", "web");
  (void)reader.texts("contacts");
  client.signs_userinfo = reader.member("userinfo_signed_response_alg") != nullptr;
  client.default_acr_values = reader.texts("default_acr_values");
  client.introspectors = reader.texts("minben_introspectors");
  const Json* age = reader.member("default_max_age");
  if (age == nullptr) return;
  if (age->is_int64() && age->get_int64() >= 0 && age->get_int64() <= INT32_MAX)
    client.default_max_age = seconds{age->get_int64()};
  else reader.fault("default_max_age", "wrong_type", "seconds, from 0 on");
}

}  // namespace

std::span<const std::string_view> known_scopes() { return scopes; }

std::string_view to_string(ClientAuthentication method) {
  return std::ranges::find_if(methods, [&](auto& one) { return one.first == method; })->second;
}

bool Client::takes(std::string_view redirect_uri) const {
  return std::ranges::find(redirect_uris, redirect_uri) != redirect_uris.end();
}

std::string origin_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == address.npos) return {};
  return std::string(address.substr(0, address.find_first_of("/?#", scheme + 3)));
}

std::string host_of(std::string_view address) {
  const std::string origin = origin_of(address);
  if (origin.empty()) return {};
  const std::string_view authority = std::string_view(origin).substr(origin.find("://") + 3);
  if (authority.starts_with('[')) return std::string(authority.substr(0, authority.find(']') + 1));
  return to_lower_ascii(authority.substr(0, authority.find(':')));
}

Result<void> check_address(std::string_view address) {
  const auto bad = [](std::string_view why) { return fail(Kind::invalid, "bad_address", why); };
  if (address.empty() || address.size() > max_address)
    return bad(fmt::format("1 to {} bytes", max_address));
  for (const char c : address)
    if (c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '`')
      return bad("a character that no address has");
  if (address.find('#') != address.npos) return bad("no fragment (RFC 6749 §3.1.2)");
  const std::string host = host_of(address);
  const std::string origin = origin_of(address);
  if (host.empty() || origin.find('@') != origin.npos) return bad("a host, and no user name");
  if (origin.find_first_of(";,'*") != origin.npos) return bad("a host and a port");
  if (address.starts_with("https://")) return {};
  if (address.starts_with("http://") && is_loopback(host)) return {};
  return bad("https, or http on this machine");
}

std::expected<Client, Errors> read_client(std::string_view text) {
  const auto json = parse_json(text, {.max_bytes = max_file, .max_depth = 8});
  if (!json) return std::unexpected(Errors{json.error()});
  Client client;
  client.metadata = *json;
  Reader reader(*json);
  if (!json->is_object()) {
    reader.fault("", "wrong_type", "a JSON object");
    return std::unexpected(reader.take());
  }
  for (const auto& entry : json->get_object())
    if (!known_members().contains(std::string_view(entry.key())))
      reader.fault(std::string_view(entry.key()).substr(0, 60), "unknown_member",
                   "not a name that is known here");
  read_names(reader, client);
  read_authentication(reader, client);
  read_binding(reader, client);
  read_addresses(reader, client);
  read_grants(reader, client);
  read_wishes(reader, client);
  if (Errors faults = reader.take(); !faults.empty()) return std::unexpected(std::move(faults));
  return client;
}

}  // namespace minben::openid
