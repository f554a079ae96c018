#pragma once
// Steps that registration (§7.1) and assertion (§7.2) share.
#include "webauthn.hpp"

namespace minben::identity {

inline std::unexpected<Error> refused(std::string_view step) {
  return fail(Kind::invalid, "passkey_refused", step);
}

/// Steps on clientDataJSON: type, challenge, origin, crossOrigin, topOrigin.
Result<void> check_client_data(const Expectation& expected, std::string_view type,
                               std::span<const std::uint8_t> json);
/// Steps on authenticator data: rpIdHash, UP, UV, and that BS implies BE.
Result<void> check_authenticator_data(const Expectation& expected, const AuthenticatorData& data);

/// What authenticators sign: authenticator data ‖ SHA-256 of clientDataJSON.
Bytes signed_message(std::span<const std::uint8_t> authenticator_data,
                     std::span<const std::uint8_t> client_data_json);

/// §8.2 packed and §8.7 none, over the message; the credential's own data and key for comparison.
struct PublicKey;
Result<void> check_attestation(const AttestationObject& object, const AuthenticatorData& data,
                               const PublicKey& key, std::span<const std::uint8_t> message);

}  // namespace minben::identity
