#include "join.hpp"

#include <arpa/inet.h>

#include <fmt/format.h>

#include "exchange/values.hpp"
#include "profile.hpp"

namespace minben::registry {

namespace {

constexpr std::string_view format = "minben-join/1";
constexpr std::string_view renewal_format = "minben-renewal/1";
constexpr std::size_t longest_name = 100;

std::unexpected<Error> bad(std::string_view field, std::string_view detail) {
  return fail(Kind::invalid, "bad_join_request", detail, field);
}

bool is_gateway_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_name(std::string_view text) {
  return !trim(text).empty() && is_utf8(text) && length_in_characters(text) <= longest_name &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// The names of the exchange are made of segments; whether these are some is known where they are
/// read.
bool are_segments(std::string_view member_class, std::string_view member,
                  std::string_view subsystem) {
  return exchange::SubsystemId::parse(fmt::format("X/{}/{}/{}", member_class, member, subsystem))
      .has_value();
}

Result<void> check(const JoinRequest& request) {
  if (!is_code(request.member.value)) return bad("member", "[a-z0-9][a-z0-9._-]{0,63}");
  if (!are_segments(request.member_class, request.member.value, "x"))
    return bad("class", "letters and digits");
  if (!is_name(request.name.zh_hant) || !is_name(request.name.en))
    return bad("name", "1 to 100 characters in both languages");
  if (!is_gateway_name(request.gateway)) return bad("gateway", "[a-z0-9-]{1,32}");
  if (request.subsystems.empty() || request.subsystems.size() > max_subsystems)
    return bad("subsystems", "1 to 32");
  for (const std::string& subsystem : request.subsystems)
    if (!are_segments(request.member_class, request.member.value, subsystem))
      return bad("subsystems", "letters, digits and '()+,-.=?_");
  MINBEN_CHECK(read_gateway_url(request.url));
  if (request.tls_certificate.empty() != request.seal_certificate.empty())
    return bad("seal_certificate", "certificates of an outside authority come in pairs");
  return {};
}

trust::CertificateRequest tls_names(const JoinRequest& request, const GatewayAddress& address) {
  trust::CertificateRequest names;
  names.common_name = fmt::format("{} {}", request.member.value, request.gateway);
  names.member = request.member.value;
  names.dns_names.clear();
  names.ip_addresses.clear();
  (address.numeric ? names.ip_addresses : names.dns_names).push_back(address.host);
  return names;
}

trust::CertificateRequest seal_names(const JoinRequest& request) {
  trust::CertificateRequest names;
  names.common_name = fmt::format("{} {} seal", request.member.value, request.gateway);
  names.member = request.member.value;
  names.dns_names.clear();
  names.ip_addresses.clear();
  return names;
}

Result<JoinRequest> read_request(const Json& json) {
  JoinRequest out;
  MINBEN_TRY(member_class, get_string(json, "class"));
  out.member_class = std::move(member_class);
  MINBEN_TRY(member, get_string(json, "member"));
  out.member = AgencyCode{std::move(member)};
  const Json* name = find(json, "name");
  if (name == nullptr) return bad("name", "missing");
  MINBEN_TRY(zh_hant, get_string(*name, "zh-Hant"));
  MINBEN_TRY(en, get_string(*name, "en"));
  out.name = {std::move(zh_hant), std::move(en)};
  MINBEN_TRY(gateway, get_string(json, "gateway"));
  out.gateway = std::move(gateway);
  MINBEN_TRY(url, get_string(json, "url"));
  out.url = std::move(url);
  MINBEN_TRY(subsystems, exchange::get_strings(json, "subsystems"));
  out.subsystems = std::move(subsystems);
  MINBEN_TRY(made_at, exchange::get_instant(json, "made_at"));
  out.made_at = made_at;
  out.tls_certificate = string_or(json, "tls_certificate");
  out.seal_certificate = string_or(json, "seal_certificate");
  MINBEN_CHECK(check(out));
  return out;
}

Result<trust::VerifyKey> read_key(const Json& json) {
  MINBEN_TRY(text, get_string(json, "key"));
  const auto bytes = base64url_decode(text);
  if (!bytes) return bad("key", "not base64url");
  auto key = trust::VerifyKey::from_bytes(trust::KeyType::ed25519, *bytes);
  if (!key) return bad("key", "not an Ed25519 key");
  return key;
}

Result<trust::SigningRequest> read_signing_request(const Json& json, std::string_view field,
                                                   const trust::CertificateRequest& expected) {
  MINBEN_TRY(pem, get_string(json, field));
  auto read = trust::read_signing_request(pem);
  if (!read) {
    if (read.error().code == "signing_request_forged")
      return fail(Kind::forbidden, "join_request_forged", read.error().detail, field);
    return bad(field, read.error().detail);
  }
  if (read->key.type() != trust::KeyType::p256) return bad(field, "a P-256 key is needed");
  if (read->names.member != expected.member) return bad(field, "it names another member");
  if (read->names.dns_names != expected.dns_names ||
      read->names.ip_addresses != expected.ip_addresses)
    return bad(field, "its names are not the host of the address");
  return read;
}

/// That it is for the requested key, and has what is asked of outside authorities.
Result<void> check_outside(const std::string& pem, trust::Usage usage,
                           const trust::SigningRequest& requested) {
  const std::string_view field =
      usage == trust::Usage::seal ? "seal_certificate" : "tls_certificate";
  const auto chain = trust::chain_from_pem(pem);
  if (!chain) return bad(field, describe(chain.error()));
  const auto key = trust::certificate_key(chain->front().der);
  if (!key || !(*key == requested.key)) return bad(field, "it is for another key than the request");
  const auto fits = check_profile(chain->front().der, usage, requested.names);
  return fits ? Result<void>() : bad(field, describe(fits.error()));
}

Result<ReadJoinRequest> read_content(const exchange::SignedDocument& document) {
  const Json& json = document.content;
  MINBEN_TRY(request, read_request(json));
  MINBEN_TRY(key, read_key(json));
  if (!key.verify(as_bytes(document.signed_bytes), document.signature))
    return fail(Kind::forbidden, "join_request_forged", "not signed with its own key", "signature");
  MINBEN_TRY(address, read_gateway_url(request.url));
  MINBEN_TRY(tls, read_signing_request(json, "tls_request", tls_names(request, address)));
  MINBEN_TRY(seal, read_signing_request(json, "seal_request", seal_names(request)));
  if (tls.key == seal.key) return bad("seal_request", "seals need a key of their own");
  if (!request.tls_certificate.empty()) {
    MINBEN_CHECK(check_outside(request.tls_certificate, trust::Usage::tls_server, tls));
    MINBEN_CHECK(check_outside(request.seal_certificate, trust::Usage::seal, seal));
  }
  MINBEN_TRY(canonical, canonical_json(json));
  return ReadJoinRequest{std::move(request), std::move(key), std::move(tls), std::move(seal),
                         hex_encode(sha256(canonical))};
}

}  // namespace

Result<GatewayAddress> read_gateway_url(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  const auto wrong = [] { return bad("url", "expected https://host:port"); };
  if (!url.starts_with(scheme) || url.size() > 300) return wrong();
  url.remove_prefix(scheme.size());
  const auto colon = url.rfind(':');
  if (colon == url.npos) return wrong();
  const auto port = parse_integer(url.substr(colon + 1), 1, 65535);
  GatewayAddress address;
  address.host = url.substr(0, colon);
  const bool bracketed = address.host.starts_with('[') && address.host.ends_with(']');
  if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
  std::array<unsigned char, 16> ignored{};
  const bool v4 = ::inet_pton(AF_INET, address.host.c_str(), ignored.data()) == 1;
  const bool v6 = ::inet_pton(AF_INET6, address.host.c_str(), ignored.data()) == 1;
  const bool dns = !address.host.empty() && std::ranges::all_of(address.host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (!port || (bracketed ? !v6 : !v4 && !dns)) return wrong();
  address.port = static_cast<std::uint16_t>(*port);
  address.numeric = v4 || v6;
  return address;
}

Result<std::string> make_join_request(const JoinRequest& request, const JoinKeys& keys) {
  MINBEN_TRY(requests, make_certificate_requests(request, keys));
  JsonObject content{{"class", request.member_class},
                     {"member", request.member.value},
                     {"name", {{"zh-Hant", request.name.zh_hant}, {"en", request.name.en}}},
                     {"gateway", request.gateway},
                     {"url", request.url},
                     {"subsystems", exchange::json_list(request.subsystems)},
                     {"key", base64url_encode(keys.signing.verify_key().bytes())},
                     {"tls_request", requests.tls},
                     {"seal_request", requests.seal},
                     {"made_at", to_string(request.made_at)}};
  if (!request.tls_certificate.empty()) {
    content["tls_certificate"] = request.tls_certificate;
    content["seal_certificate"] = request.seal_certificate;
  }
  return exchange::sign_document(format, content, keys.signing);
}

Result<CertificateRequests> make_certificate_requests(const JoinRequest& request,
                                                      const JoinKeys& keys) {
  MINBEN_CHECK(check(request));
  MINBEN_TRY(address, read_gateway_url(request.url));
  MINBEN_TRY(tls, trust::make_signing_request(keys.tls, tls_names(request, address)));
  MINBEN_TRY(seal, trust::make_signing_request(keys.seal, seal_names(request)));
  return CertificateRequests{std::move(tls), std::move(seal)};
}

namespace {

Result<ReadJoinRequest> read_first_request(std::string_view text) {
  const auto document = exchange::read_document(text, format);
  if (!document) return bad(document.error().field, describe(document.error()));
  auto read = read_content(*document);
  if (!read && read.error().code != "join_request_forged" &&
      read.error().code != "bad_join_request")
    return bad(read.error().field, describe(read.error()));
  return read;
}

Result<ReadJoinRequest> read_renewal(const exchange::SignedDocument& document) {
  const auto request = get_string(document.content, "request");
  if (!request) return bad("request", "missing");
  const auto pem = get_string(document.content, "certificate");
  auto certificate = pem ? trust::certificate_from_pem(*pem)
                         : Result<trust::Certificate>(std::unexpected(pem.error()));
  if (!certificate) return bad("certificate", describe(certificate.error()));
  MINBEN_TRY(read, read_first_request(*request));
  const auto key = trust::certificate_key(certificate->der);
  if (!key || !key->verify(as_bytes(document.signed_bytes), document.signature))
    return fail(Kind::forbidden, "join_request_forged",
                "not signed with the key of the certificate", "signature");
  read.renews = std::move(*certificate);
  return read;
}

}  // namespace

Result<std::string> make_renewal_request(std::string_view request,
                                         const trust::Certificate& seal_certificate,
                                         const trust::SigningKey& seal) {
  MINBEN_CHECK(read_first_request(request));
  const JsonObject content{{"request", request}, {"certificate", seal_certificate.pem}};
  return exchange::sign_document(renewal_format, content, seal);
}

Result<ReadJoinRequest> read_join_request(std::string_view text) {
  if (text.size() > max_join_request) return bad("", "too large");
  if (const auto renewal = exchange::read_document(text, renewal_format))
    return read_renewal(*renewal);
  return read_first_request(text);
}

std::string spoken_fingerprint(std::string_view id) {
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(id.size(), 32); ++i) {
    if (i > 0 && i % 4 == 0) out += ' ';
    out += id[i];
  }
  return out;
}

}  // namespace minben::registry
