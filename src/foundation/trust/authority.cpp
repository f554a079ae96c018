#include <fstream>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "evp.hpp"
#include "x509.hpp"

namespace minben::trust {

namespace {

constexpr int root_days = 3650;
constexpr int max_days = 3650;
constexpr auto backdating = minutes(5);      // clocks of agencies differ a little
constexpr std::size_t max_common_name = 64;  // RFC 5280, ub-common-name

using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;

void set_random_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  MINBEN_ASSERT(RAND_bytes(bytes.data(), bytes.size()) == 1);
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, always 16 bytes
  BIGNUM* number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
  MINBEN_ASSERT(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr);
  BN_free(number);
}

void set_time(ASN1_TIME* field, Instant at) {
  MINBEN_ASSERT(ASN1_TIME_set(field, std::chrono::floor<seconds>(at).time_since_epoch().count()) !=
                nullptr);
}

}  // namespace

void set_name(X509_NAME* name, std::string_view common_name) {
  MINBEN_ASSERT(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC,
                                           reinterpret_cast<const unsigned char*>("TW"), 2, -1,
                                           0) == 1);
  MINBEN_ASSERT(
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1);
}

namespace {

/// `value` in OpenSSL's extension syntax; only ever built from checked parts.
void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  MINBEN_ASSERT(extension != nullptr);
  MINBEN_ASSERT(X509_add_ext(certificate, extension.get(), -1) == 1);
}

X509Ptr blank(EVP_PKEY* holder, std::string_view common_name, Instant from, Instant until) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  set_random_serial(certificate.get());
  set_time(X509_getm_notBefore(certificate.get()), from);
  set_time(X509_getm_notAfter(certificate.get()), until);
  set_name(X509_get_subject_name(certificate.get()), common_name);
  MINBEN_ASSERT(X509_set_pubkey(certificate.get(), holder) == 1);
  return certificate;
}

bool is_dns_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}
bool is_ip_address(const std::string& address) {
  std::array<unsigned char, 16> ignored{};
  return ::inet_pton(AF_INET, address.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, address.c_str(), ignored.data()) == 1;
}

Result<void> check_common_name(std::string_view name) {
  const bool good =
      !name.empty() && is_utf8(name) && length_in_characters(name) <= max_common_name &&
      std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!good) return fail(Kind::invalid, "bad_common_name", "1 to 64 characters", "common_name");
  return {};
}

}  // namespace

Result<void> check_request(const CertificateRequest& request) {
  MINBEN_CHECK(check_common_name(request.common_name));
  if (!request.member.empty() && !is_code(request.member)) {
    return fail(Kind::invalid, "bad_member", "expected an agency code", "member");
  }
  if (!std::ranges::all_of(request.dns_names, is_dns_name)) {
    return fail(Kind::invalid, "bad_dns_name", "lower-case letters, digits, '-' and '.'",
                "dns_names");
  }
  if (!std::ranges::all_of(request.ip_addresses, is_ip_address)) {
    return fail(Kind::invalid, "bad_ip_address", "numeric IPv4 or IPv6", "ip_addresses");
  }
  if (request.valid_days < 1 || request.valid_days > max_days) {
    return fail(Kind::invalid, "bad_validity", "1 to 3650 days", "valid_days");
  }
  if (request.for_seals && (request.for_server || request.for_client)) {
    return fail(Kind::invalid, "bad_usage", "a key of seals is no key of TLS", "for_seals");
  }
  return {};
}

std::string alternative_names(const CertificateRequest& request) {
  std::string names;
  const auto add = [&](std::string_view type, std::string_view name) {
    names += fmt::format("{}{}:{}", names.empty() ? "" : ",", type, name);
  };
  for (const auto& name : request.dns_names) add("DNS", name);
  for (const auto& address : request.ip_addresses) add("IP", address);
  if (!request.member.empty()) add("URI", fmt::format("{}{}", member_uri, request.member));
  return names;
}

namespace {

std::string key_usages(const CertificateRequest& request) {
  if (request.for_server && request.for_client) return "serverAuth,clientAuth";
  return request.for_server ? "serverAuth" : "clientAuth";
}

constexpr std::string_view certificate_file = "authority.pem";
constexpr std::string_view key_file = "authority.key.pem";

}  // namespace

Result<Authority> Authority::create(std::string_view name, int valid_days, const Clock& clock) {
  MINBEN_CHECK(check_common_name(name));
  if (valid_days < 1 || valid_days > 2 * max_days)
    return fail(Kind::invalid, "bad_validity", "1 to 7300 days");
  SigningKey key = SigningKey::generate(KeyType::p256);
  EVP_PKEY* pkey = KeyAccess::of(key);
  const Instant from = clock.now() - backdating;
  const X509Ptr root = blank(pkey, name, from, from + days(valid_days));
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash");
  add_extension(root.get(), root.get(), NID_authority_key_identifier, "keyid:always");
  MINBEN_ASSERT(X509_sign(root.get(), pkey, EVP_sha256()) > 0);
  return Authority(encode_certificate(root.get()), std::move(key));
}

Result<Certificate> Authority::issue(const VerifyKey& holder, const CertificateRequest& request,
                                     const Clock& clock) const {
  MINBEN_CHECK(check_request(request));
  MINBEN_TRY(root, parse_certificate(certificate_.der));
  MINBEN_TRY(root_info, read_certificate(certificate_.der));
  const Instant from = clock.now() - backdating;
  const Instant until = std::min<Instant>(from + days(request.valid_days), root_info.not_after);
  const X509Ptr leaf = blank(KeyAccess::of(holder), request.common_name, from, until);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(root.get()));
  add_extension(leaf.get(), root.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(
      leaf.get(), root.get(), NID_key_usage,
      request.for_seals ? "critical,digitalSignature,nonRepudiation" : "critical,digitalSignature");
  if (!request.for_seals)
    add_extension(leaf.get(), root.get(), NID_ext_key_usage, key_usages(request));
  add_extension(leaf.get(), root.get(), NID_subject_key_identifier, "hash");
  add_extension(leaf.get(), root.get(), NID_authority_key_identifier, "keyid:always");
  if (const std::string names = alternative_names(request); !names.empty()) {
    add_extension(leaf.get(), root.get(), NID_subject_alt_name, names);
  }
  MINBEN_ASSERT(X509_sign(leaf.get(), KeyAccess::of(key_), EVP_sha256()) > 0);
  return encode_certificate(leaf.get());
}

Result<CertificateInfo> Authority::check(Octets der, Instant now) const {
  return check_certificate(der, certificate_, now);
}

Result<void> Authority::save(const std::filesystem::path& directory) const {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed)
    return fail(Kind::internal, "cannot_write_file", failed.message(), directory.string());
  MINBEN_CHECK(key_.save(directory / key_file));
  // The certificate comes last: where it is, the key is too. It is public, so others may read it.
  MINBEN_CHECK(write_secret_file(directory / certificate_file, certificate_.pem));
  std::filesystem::permissions(directory / certificate_file, std::filesystem::perms(0644), failed);
  return {};
}

Result<Authority> Authority::load(const std::filesystem::path& directory) {
  const auto path = directory / certificate_file;
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Kind::not_found, "cannot_read_file", "no such file", path.string());
  const std::string pem(std::istreambuf_iterator<char>(in), {});
  MINBEN_TRY(certificate, certificate_from_pem(pem));
  const auto loaded = SigningKey::load(directory / key_file);
  if (!loaded) {  // never not_found: a root without its key must not be replaced by a new one
    return fail(Kind::internal, loaded.error().code, loaded.error().detail, loaded.error().field);
  }
  const SigningKey& key = *loaded;
  MINBEN_TRY(certified, certificate_key(certificate.der));
  if (!(certified == key.verify_key())) {
    return fail(Kind::invalid, "wrong_key", "the key does not belong to the certificate",
                path.string());
  }
  return Authority(std::move(certificate), key);
}

Result<Authority> Authority::load_or_create(const std::filesystem::path& directory,
                                            std::string_view name, const Clock& clock) {
  auto loaded = load(directory);
  if (loaded || loaded.error().kind != Kind::not_found) return loaded;
  MINBEN_TRY(made, create(name, root_days, clock));
  MINBEN_CHECK(made.save(directory));
  return made;
}

}  // namespace minben::trust
