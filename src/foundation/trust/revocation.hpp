#pragma once
// Lists of revoked certificates (RFC 5280 §5), and the check of a certificate against roots and
// lists together.
//
// Every function is thread-safe; so are const uses of the classes.
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/trust.hpp"

namespace minben::trust {

/// RFC 5280 §5.3.1; the values are those of the standard.
enum class RevocationReason {
  unspecified = 0,
  key_compromise = 1,
  affiliation_changed = 3,
  superseded = 4,
  cessation_of_operation = 5,
};
std::string_view to_string(RevocationReason reason);  ///< "key_compromise"
Result<RevocationReason> parse_revocation_reason(std::string_view text);

struct Revoked {
  std::string serial;  ///< hex, as CertificateInfo has it
  Instant at{};        ///< whole seconds
  RevocationReason reason = RevocationReason::unspecified;

  friend bool operator==(const Revoked&, const Revoked&) = default;
};

inline constexpr std::size_t max_revocation_list = 4u << 20;  ///< bytes, DER or PEM
inline constexpr std::size_t max_revoked = 50'000;            ///< certificates in one list

struct RevocationList {
  std::string issuer;       ///< RFC 2253
  std::int64_t number = 0;  ///< cRLNumber; 0 when the list has none
  Instant this_update{};
  Instant next_update{};
  std::map<std::string, Revoked> revoked;  ///< by serial
};

/// PEM (-----BEGIN X509 CRL-----), version 2, signed by the authority; times are cut to seconds.
/// Errors: "not_a_serial" (not hex, or longer than 20 bytes), "bad_validity" (next_update not after
/// this_update), "too_large".
Result<std::string> make_revocation_list(const Authority& authority,
                                         std::span<const Revoked> revoked, std::int64_t number,
                                         Instant this_update, Instant next_update);

/// What a list says, before anybody vouched for it. Exactly one, of version 2, with both times;
/// partial (delta), indirect and otherwise scoped lists (any critical extension) are refused. Error
/// "not_a_revocation_list".
Result<RevocationList> read_revocation_list(std::string_view pem);
/// Also signed by this issuer ("revocation_list_forged"), and current: "revocation_list_expired"
/// from nextUpdate on, "revocation_list_not_yet_valid" more than 5 minutes before thisUpdate.
Result<RevocationList> verify_revocation_list(std::string_view pem, const Certificate& issuer,
                                              Instant now);

/// What a certificate is shown for.
enum class Usage { any, tls_server, tls_client, seal };

/// An authority whose certificates count, and for what.
struct Anchor {
  std::string root;                          ///< PEM
  std::vector<std::string> intermediates{};  ///< PEM; others may come with a certificate
  bool for_tls = true;
  bool for_seals = true;
  /// Of others than us: keys of RSA from 2048 bits and of P-384 as well, and chains.
  bool outside = false;
};

/// How a certificate came to be trusted.
struct Path {
  CertificateInfo info;
  std::vector<Certificate> issuers;  ///< whoever signed it first, the root last
  std::vector<std::string> serials;  ///< of issuers, as CertificateInfo has them
  std::size_t anchor = 0;            ///< which one, by its place
  bool listed = false;               ///< there is a list of whoever signed it, and it is not on it
};

inline constexpr std::size_t max_chain = 4;  ///< certificates between one and its root

/// An authority's certificate: P-256, P-384, Ed25519, or RSA from 2048 bits. Errors:
/// "not_a_certificate", "untrusted_root" (not an authority's).
Result<Certificate> authority_from_pem(std::string_view pem);
/// All certificates of a PEM text, at most max_chain + 1, the first of P-256 or Ed25519; the others
/// are an authority's.
Result<std::vector<Certificate>> chain_from_pem(std::string_view pem);

/// Roots and their lists, read once and asked often: a look-up in memory and one signature. Cheap
/// to copy.
class PathValidator {
 public:
  /// PEM texts. A root that is none ("untrusted_root"), and a list that none of the roots signed
  /// ("revocation_list_forged"), are refused. Of several lists of one root the one with the largest
  /// number counts.
  static Result<PathValidator> make(std::span<const std::string> roots,
                                    std::span<const std::string> lists);
  /// Lists may be of intermediate authorities too.
  static Result<PathValidator> make(std::span<const Anchor> anchors,
                                    std::span<const std::string> lists);

  /// Signed by one of the roots, in force, for that usage, and not revoked. Errors (forbidden
  /// unless said otherwise): "not_a_certificate" (invalid), "untrusted_certificate",
  /// "certificate_expired", "certificate_not_yet_valid", "certificate_other_usage",
  /// "certificate_revoked" (since when and why), and "revocation_list_expired" when its root's list
  /// is too old to tell. A root without a list revokes nothing.
  Result<CertificateInfo> check(Octets der, Instant now, Usage usage = Usage::any) const;
  /// The same, by way of the intermediates that are known and those in `chain` (DER, in any order,
  /// at most max_chain). No certificate on the way may be revoked.
  Result<Path> path(Octets der, Instant now, Usage usage,
                    std::span<const std::string> chain = {}) const;
  /// Of the first certificate, by way of those that follow it: as chain_from_pem() gives them.
  Result<Path> path(std::span<const Certificate> chain, Instant now, Usage usage) const;

  struct PastCheck {
    CertificateInfo certificate;
    std::optional<Revoked> revoked_later;  ///< after that time
  };
  /// The same of a time in the past, that of a signature: by a list from then or later, a
  /// certificate was good until it was revoked. "revocation_list_expired" when the list ended
  /// before that time.
  Result<PastCheck> check_at(Octets der, Instant at, Usage usage) const;

 private:
  struct Parts;
  Result<Path> find_path(Octets der, Instant now, Usage usage,
                         std::span<const std::string> chain) const;
  explicit PathValidator(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// A PathValidator for one certificate only.
Result<CertificateInfo> check_certificate(Octets der, std::span<const std::string> roots,
                                          std::span<const std::string> lists, Instant now);

}  // namespace minben::trust
