#pragma once
// One version of the configuration, with what is worked out of it once.
#include "exchange/access.hpp"
#include "exchange/seal.hpp"
#include "gateway.hpp"
#include "trust/revocation.hpp"

namespace minben::gateway {

/// A certificate with which a member's gateways seal messages.
struct Signer {
  SealVerifier verifier;
  Instant not_before{};
  Instant not_after{};
};

struct View {
  View(std::shared_ptr<const Configuration> shared, trust::PathValidator certificates)
      : configuration(*shared), access(std::move(shared)), validator(std::move(certificates)) {}
  const Configuration& configuration;
  AccessTable access;
  trust::PathValidator validator;  ///< by the configuration's roots and revocation lists
  std::map<std::string, std::vector<Signer>, std::less<>> signers;  ///< by member

  /// Of that member, with this fingerprint; nullptr: the configuration names none.
  [[nodiscard]] const Signer* signer(std::string_view member,
                                     const std::array<std::uint8_t, 32>& fingerprint) const;
};

/// Certificates of seals that cannot be read, are revoked or of no root are left out, with a
/// warning: one member's mistake must not keep the others from each other. Errors: those of
/// PathValidator::make.
Result<std::shared_ptr<const View>> make_view(Configuration configuration, Instant now);

/// The member whose gateway is at the other end of a connection. Errors of PathValidator::check.
Result<std::string> check_peer(const View& view, std::string_view certificate_der,
                               trust::Usage usage, Instant now);

/// The seal is this member's, of about now, and right for the leaf. Errors (unauthorised):
/// "signature_invalid", "certificate_unknown", "certificate_expired", "certificate_not_yet_valid".
Result<Seal> check_seal(const View& view, std::string_view member, std::string_view seal,
                        const ledger::Hash& leaf);

}  // namespace minben::gateway
