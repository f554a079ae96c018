#include "public_key.hpp"
#include "webauthn_internal.hpp"

namespace minben::identity {

Bytes signed_message(std::span<const std::uint8_t> authenticator_data,
                     std::span<const std::uint8_t> client_data_json) {
  Bytes message(authenticator_data.begin(), authenticator_data.end());
  const Sha256 hash = sha256(client_data_json);
  message.insert(message.end(), hash.begin(), hash.end());
  return message;
}

Result<Credential> verify_registration(const Expectation& expected,
                                       const RegistrationResponse& response) {
  MINBEN_CHECK(check_client_data(expected, "webauthn.create", response.client_data_json));
  MINBEN_TRY(object, parse_attestation_object(response.attestation_object));
  MINBEN_TRY(data, parse_authenticator_data(object.authenticator_data));
  MINBEN_CHECK(check_authenticator_data(expected, data));
  if (!data.has_credential()) return refused("flag AT");
  MINBEN_TRY(key, read_cose_key(data.public_key_cose));
  if (!expected.algorithms.empty() &&
      std::ranges::find(expected.algorithms, key.algorithm) == expected.algorithms.end())
    return refused("public key: algorithm not offered");
  const Bytes message = signed_message(object.authenticator_data, response.client_data_json);
  MINBEN_CHECK(check_attestation(object, data, key, message));
  return Credential{data.credential_id,     key.bytes,        key.algorithm, data.sign_count,
                    data.backup_eligible(), data.backed_up(), data.aaguid};
}

namespace {
/// §7.2 step 22. Both zero: the authenticator does not count.
bool counter_grew(std::uint32_t stored, std::uint32_t given) {
  return (stored == 0 && given == 0) || given > stored;
}
}  // namespace

Result<Credential> verify_assertion(const Expectation& expected, const Credential& credential,
                                    const AssertionResponse& response) {
  MINBEN_CHECK(check_client_data(expected, "webauthn.get", response.client_data_json));
  MINBEN_TRY(data, parse_authenticator_data(response.authenticator_data));
  MINBEN_CHECK(check_authenticator_data(expected, data));
  if (data.backup_eligible() != credential.backup_eligible) return refused("flag BE changed");
  const Bytes message = signed_message(response.authenticator_data, response.client_data_json);
  const EvpKey key = evp_key(credential.algorithm, credential.public_key);
  if (!signature_holds(key.get(), credential.algorithm, message, response.signature))
    return refused("signature");
  if (!counter_grew(credential.sign_count, data.sign_count)) return refused("signature counter");
  Credential updated = credential;
  updated.sign_count = data.sign_count;
  updated.backed_up = data.backed_up();
  return updated;
}

}  // namespace minben::identity
