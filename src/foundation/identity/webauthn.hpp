#pragma once
// WebAuthn Level 3: what a relying party must check, as pure functions (§7.1, §7.2). Identity wraps
// them with stored challenges and credentials.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::identity {

/// COSE algorithm identifiers that are accepted, each with the one curve that WebAuthn §5.8.5 has
/// for it: P-256, Ed25519, P-384, P-521, Ed448 (RFC 9864), and RSA of 2,048 to 4,096 bits.
enum class CoseAlgorithm : int {
  es256 = -7,
  eddsa = -8,
  es384 = -35,
  es512 = -36,
  ed448 = -53,
  rs256 = -257
};

/// What the relying party expects of one ceremony.
struct Expectation {
  Bytes challenge;
  std::vector<std::string> origins;
  std::string rp_id;
  bool user_verification = true;  ///< flag UV is required
  bool cross_origin = false;      ///< true: embedded in a page of another origin is allowed …
  std::vector<std::string> top_origins{};   ///< … of these, when the browser names it (topOrigin)
  std::vector<CoseAlgorithm> algorithms{};  ///< that were offered at registration; none named: all
};

/// RegistrationResponseJSON.response, base64url decoded.
struct RegistrationResponse {
  Bytes client_data_json;
  Bytes attestation_object;
};

/// What is kept of a registered passkey.
struct Credential {
  Bytes id;  ///< 1..1023 bytes
  /// Of EC curves x ‖ y; of Edwards curves the 32 or 57 bytes of RFC 8032; SubjectPublicKeyInfo of
  /// RSA.
  Bytes public_key;
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  std::uint32_t sign_count = 0;
  bool backup_eligible = false;  ///< flag BE; never changes afterwards
  bool backed_up = false;        ///< flag BS
  Bytes aaguid;                  ///< 16 bytes
};

/// §7.1. Attestation `none`, `packed`, `tpm`, `android-key`, `apple` and `fido-u2f`: certificates
/// must fulfil what §8 asks of each and signatures must hold, but chains are not judged: any
/// maker's authenticator is welcome. invalid "passkey_refused", the failed check in `detail`.
Result<Credential> verify_registration(const Expectation& expected,
                                       const RegistrationResponse& response);

/// AuthenticationResponseJSON.response, base64url decoded.
struct AssertionResponse {
  Bytes client_data_json;
  Bytes authenticator_data;
  Bytes signature;
};

/// §7.2. A signature counter that does not grow (when either is not 0) is refused as a sign of a
/// copied authenticator. Returns the credential with counter and backup state updated.
Result<Credential> verify_assertion(const Expectation& expected, const Credential& credential,
                                    const AssertionResponse& response);

/// The challenge inside clientDataJSON, without judging the rest: to find the stored ceremony.
Result<Bytes> challenge_of(std::span<const std::uint8_t> client_data_json);

/// Authenticator data (§6.1) taken apart; exposed for tests and the fuzzer.
struct AuthenticatorData {
  Sha256 rp_id_hash{};
  std::uint8_t flags = 0;
  std::uint32_t sign_count = 0;
  Bytes aaguid;           ///< empty without flag AT
  Bytes credential_id;    ///< empty without flag AT
  Bytes public_key_cose;  ///< the COSE_Key's own bytes
  [[nodiscard]] bool user_present() const { return (flags & 0x01) != 0; }
  [[nodiscard]] bool user_verified() const { return (flags & 0x04) != 0; }
  [[nodiscard]] bool backup_eligible() const { return (flags & 0x08) != 0; }
  [[nodiscard]] bool backed_up() const { return (flags & 0x10) != 0; }
  [[nodiscard]] bool has_credential() const { return (flags & 0x40) != 0; }
  [[nodiscard]] bool has_extensions() const { return (flags & 0x80) != 0; }
};
/// Exactly the bytes given: anything missing or left over is refused.
Result<AuthenticatorData> parse_authenticator_data(std::span<const std::uint8_t> data);

/// The attestation object (§6.5) taken apart.
struct AttestationObject {
  std::string format;
  Bytes authenticator_data;
  Bytes signature;                  ///< attStmt.sig, when there is one
  std::int64_t algorithm = 0;       ///< attStmt.alg, 0 when absent
  std::vector<Bytes> certificates;  ///< attStmt.x5c
  std::string version;              ///< attStmt.ver, of tpm
  Bytes public_area;                ///< attStmt.pubArea, of tpm
  Bytes certificate_info;           ///< attStmt.certInfo, of tpm
};
Result<AttestationObject> parse_attestation_object(std::span<const std::uint8_t> cbor);

}  // namespace minben::identity
