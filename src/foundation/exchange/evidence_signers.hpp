#pragma once
// Who signed a part of a container: the way from a certificate to a root at the time of the
// signature, what is known of its revocation, and whose it is. Private to exchange.
#include <functional>
#include <optional>

#include "evidence_parts.hpp"
#include "trust/cades.hpp"

namespace minben::exchange {

struct EvidenceSigner {
  trust::CertificateInfo certificate;  ///< .member: whose it is, by the name in it or the registry
  std::optional<trust::Revoked> revoked_later;  ///< after the time of the signature
  bool revocation_known = false;
};

/// Offline; every error names the part in `field`.
class EvidenceSigners {
 public:
  using Part = std::function<std::optional<std::string_view>(std::string_view name)>;

  /// `part` is asked for the container's parts and outlives this, as `trust` does. A list in the
  /// container that nobody who is trusted signed tells nothing; one that cannot be read is a fault,
  /// which is given to `fault`. Errors: those of verify_evidence that are about what is trusted.
  static Result<EvidenceSigners> make(const EvidenceTrust& trust, Part part,
                                      const std::function<void(const Error&)>& fault);

  /// `before`: of the signer's parts, "request." or the like.
  [[nodiscard]] Result<EvidenceSigner> check(const std::string& before,
                                             const trust::CadesSignature& signature) const;

 private:
  EvidenceSigners(const EvidenceTrust& trust, Part part, trust::PathValidator own,
                  trust::PathValidator outside)
      : trust_(&trust),
        part_(std::move(part)),
        own_(std::move(own)),
        outside_(std::move(outside)) {}
  Result<void> take_lists(const std::function<void(const Error&)>& fault);
  Result<EvidenceSigner> check_own(trust::Octets der, Instant at) const;
  Result<EvidenceSigner> check_outside(const std::string& before, Instant at) const;
  Result<void> check_answer(const std::string& before, const trust::Path& path, trust::Octets der,
                            Instant at, EvidenceSigner& signer) const;
  Result<void> check_lists(const trust::Path& path, Instant at, EvidenceSigner& signer) const;
  Result<std::string> holder_of(const std::string& before, const Sha256& certificate,
                                Instant at) const;
  [[nodiscard]] bool is_registry_key(std::string_view statement, std::string_view signature) const;

  const EvidenceTrust* trust_;
  Part part_;
  trust::PathValidator own_;        ///< by the registry's own roots and their lists
  trust::PathValidator outside_;    ///< by outside authorities' roots; lists are looked at here
  std::vector<std::string> lists_;  ///< PEM, of whomever
  bool own_lists_ = false;
};

}  // namespace minben::exchange
