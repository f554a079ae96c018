#include "cbor.hpp"
#include "reader.hpp"
#include "webauthn_internal.hpp"

namespace minben::identity {

namespace {
constexpr std::size_t longest_credential_id = 1023;  // WebAuthn Level 3 §4

/// §6.5.1: aaguid ‖ length ‖ credential id ‖ COSE_Key.
Result<void> read_credential(Reader& reader, AuthenticatorData& data) {
  const auto aaguid = reader.take(16);
  const auto length = reader.take_number(2);
  if (!aaguid || !length || *length == 0 || *length > longest_credential_id)
    return refused("authenticator data: credential id");
  const auto id = reader.take(*length);
  const auto key = id ? reader.take_map() : std::nullopt;
  if (!key) return refused("authenticator data: public key");
  data.aaguid = copy(*aaguid);
  data.credential_id = copy(*id);
  data.public_key_cose = copy(*key);
  return {};
}
}  // namespace

Result<AuthenticatorData> parse_authenticator_data(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  const auto rp_id_hash = reader.take(32);
  const auto flags = reader.take_number(1);
  const auto count = reader.take_number(4);
  if (!rp_id_hash || !flags || !count) return refused("authenticator data: too short");
  AuthenticatorData data;
  std::ranges::copy(*rp_id_hash, data.rp_id_hash.begin());
  data.flags = static_cast<std::uint8_t>(*flags);
  data.sign_count = *count;
  if (data.has_credential()) MINBEN_CHECK(read_credential(reader, data));
  if (data.has_extensions() && !reader.take_map()) return refused("authenticator data: extensions");
  if (!reader.done()) return refused("authenticator data: bytes left over");
  return data;
}

Result<void> check_authenticator_data(const Expectation& expected, const AuthenticatorData& data) {
  if (!equal_in_constant_time(data.rp_id_hash, sha256(expected.rp_id))) return refused("rpIdHash");
  if (!data.user_present()) return refused("flag UP");
  if (expected.user_verification && !data.user_verified()) return refused("flag UV");
  if (data.backed_up() && !data.backup_eligible()) return refused("flag BS without BE");
  return {};
}

}  // namespace minben::identity
