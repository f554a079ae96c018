#pragma once
// One version of the configuration, with what is worked out of it once.
#include "exchange/access.hpp"
#include "exchange/holders.hpp"
#include "exchange/seal.hpp"
#include "gateway.hpp"
#include "net/flow.hpp"
#include "standing.hpp"
#include "trust/revocation.hpp"

namespace minben::gateway {

/// A certificate with which a member's gateways seal messages.
struct Signer {
  SealVerifier verifier;
  Instant not_before{};
  Instant not_after{};
  std::shared_ptr<const OutsideCertificate> outside{};  ///< where an outside authority issued it
};

struct View {
  View(std::shared_ptr<const Configuration> shared, trust::PathValidator certificates,
       Standing& standings)
      : configuration(*shared),
        access(std::move(shared)),
        validator(std::move(certificates)),
        standing(standings) {}
  const Configuration& configuration;
  AccessTable access;
  trust::PathValidator validator;  ///< by the configuration's roots and revocation lists
  Standing& standing;              ///< of outside authorities' certificates
  std::map<std::string, std::vector<Signer>, std::less<>> signers;  ///< by member
  /// Whose the TLS certificates of outside authorities are, by hex SHA-256: the registry says so.
  std::map<std::string, std::string, std::less<>> tls_holders;
  std::vector<std::shared_ptr<const OutsideCertificate>> outside;  ///< of the signers
  std::optional<exchange::SealHolders> holders;  ///< by the registry, for evidence

  /// Of that member, with this fingerprint; nullptr: the configuration names none.
  [[nodiscard]] const Signer* signer(std::string_view member,
                                     const std::array<std::uint8_t, 32>& fingerprint) const;
};

/// Certificates of seals that cannot be read, are revoked or of no root are left out, with a
/// warning: one member's mistake must not keep the others from each other. Errors: those of
/// PathValidator::make.
Result<std::shared_ptr<View>> make_view(Configuration configuration, Standing& standing,
                                        Instant now);

/// The member whose gateway is at the other end of a connection. `proof`: what it showed beside its
/// certificate. Errors of PathValidator::path; of an outside authority's certificates also those of
/// Standing::check, and forbidden "certificate_unknown": published for nobody.
Result<std::string> check_peer(const View& view, std::string_view certificate_der,
                               const net::PeerProof& proof, trust::Usage usage, Instant now);

/// What a peer hands along about its certificates, OCSP answers in a piece (piece.hpp): those that
/// are good are known from now on.
void hear_standing(const View& view, const net::Channel& channel, std::string_view answers,
                   Instant now);

/// The seal is this member's, of about now, and right for the leaf. Errors (unauthorised):
/// "signature_invalid", "certificate_unknown", "certificate_expired", "certificate_not_yet_valid",
/// "certificate_revoked", "revocation_unknown".
Result<Seal> check_seal(const View& view, std::string_view member, std::string_view seal,
                        const ledger::Hash& leaf);

}  // namespace minben::gateway
