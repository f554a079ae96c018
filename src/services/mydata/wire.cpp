// Texts that service providers write and read: pid, secret_key, the encrypted package.
#include "requests_impl.hpp"
#include "settings_reader.hpp"
#include "trust/jose.hpp"

namespace minben::mydata {

namespace {

constexpr std::size_t most_resources = 32;
constexpr std::string_view wrap_algorithms[] = {"A256KW", "A256GCMKW", "dir"};
constexpr std::string_view content_algorithms[] = {"A256CBC-HS512", "A256GCM"};

/// base64 of either alphabet, padded or not.
std::optional<Bytes> any_base64(std::string_view text) {
  std::string plain(text);
  std::ranges::replace(plain, '+', '-');
  std::ranges::replace(plain, ' ', '-');  // what a query makes of +
  std::ranges::replace(plain, '/', '_');
  while (plain.ends_with('=')) plain.pop_back();
  return base64url_decode(plain);
}

/// The key of the old forms: the client secret twice.
std::string old_key(const ProviderSecrets& secrets) {
  return secrets.client_secret + secrets.client_secret;
}

std::unexpected<Error> bad_pid() {
  return fail(Kind::invalid, "bad_pid", "not encrypted as agreed with this client");
}

/// 10 letters and digits, as ids of citizens and of residents have.
bool is_national_id(std::string_view text) {
  return text.size() == 10 && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

}  // namespace

std::optional<std::vector<std::string>> read_resource_ids(std::string_view encoded) {
  if (encoded.size() > 4096) return std::nullopt;
  const auto bytes = any_base64(encoded);
  if (!bytes) return std::nullopt;
  std::vector<std::string> ids;
  for (const std::string_view id : split(as_text(*bytes), ':')) {
    if (!is_public_name(id) || std::ranges::find(ids, id) != ids.end()) return std::nullopt;
    ids.emplace_back(id);
  }
  if (ids.empty() || ids.size() > most_resources) return std::nullopt;
  return ids;
}

Result<std::string> open_pid(const KnownProvider& provider, std::string_view pid, Instant now) {
  if (pid.size() > 2048) return bad_pid();
  std::string id;
  if (std::ranges::count(pid, '.') == 4) {
    const trust::JwkSet keys(trust::Jwk::secret(provider.secrets.key, ""));
    const auto opened = trust::open_jwe(pid, keys, {wrap_algorithms, content_algorithms});
    if (!opened) return bad_pid();
    id = as_text(opened->plaintext);
  } else {
    if (!in_force(provider.settings.old_forms.pid, now)) return bad_pid();
    const auto bytes = any_base64(pid);
    if (!bytes || bytes->empty() || bytes->size() > 64) return bad_pid();
    const auto plain = trust::cbc_decrypt(as_bytes(old_key(provider.secrets)),
                                          as_bytes(provider.secrets.cbc_iv), *bytes);
    if (!plain) return bad_pid();
    id = as_text(*plain);
  }
  if (!is_national_id(id)) return bad_pid();
  return id;
}

Result<std::string> close_secret_key(const KnownProvider& provider, trust::Octets secret,
                                     Instant now, Random& random) {
  if (in_force(provider.settings.old_forms.secret_key, now))
    return base64_encode(trust::cbc_encrypt(as_bytes(old_key(provider.secrets)),
                                            as_bytes(provider.secrets.cbc_iv), secret));
  return trust::make_jwe(secret, trust::Jwk::secret(provider.secrets.key, ""), "A256KW", "A256GCM",
                         random);
}

Result<std::string> close_delivery(const KnownProvider& provider, const std::string& zip,
                                   trust::Octets secret, Random& random) {
  const std::string payload =
      write_json(JsonObject{{"filename", provider.settings.client_id + ".zip"},
                            {"data", "application/zip;data:" + base64url_encode(as_bytes(zip))}});
  const bool gcm = provider.settings.gcm;
  return trust::make_jwe(as_bytes(payload), trust::Jwk::secret(secret, ""),
                         gcm ? "A256GCMKW" : "A256KW", gcm ? "A256GCM" : "A256CBC-HS512", random);
}

std::string return_address(std::string_view return_url, int code, std::string_view tx_id) {
  const char joint = return_url.find('?') == std::string_view::npos ? '?' : '&';
  return fmt::format("{}{}code={}&tx_id={}", return_url, joint, code, net::percent_encode(tx_id));
}

}  // namespace minben::mydata
