#pragma once
// Certificates of seals, kept when the configuration does not name them any more, with all that it
// takes to judge them later: an exchange must be provable years after its gateways have changed
// their keys, and a gateway must know after a restart what it knew before.
#include <filesystem>
#include <mutex>
#include <optional>

#include "exchange/holders.hpp"
#include "trust/revocation.hpp"

namespace minben::exchange {

/// A certificate of seals, and why it is believed.
struct SealCertificate {
  trust::Certificate certificate;
  std::vector<trust::Certificate> issuers;  ///< whoever signed it first, the root last
  /// Of an outside authority's certificate: whose it is, what the authority's responder (RFC 6960,
  /// DER) and its lists (PEM) said of it last.
  std::optional<HolderProof> holder{};
  std::optional<Bytes> ocsp{};
  std::vector<std::string> lists{};
};

/// What somebody may be asked about again, and is kept as it came: signed by an authority.
enum class CertificateUse { seal, tls };

/// In a folder: <SHA-256>.pem with what is between it and its root, and of roots
/// root-<SHA-256>.pem (the registry's own), outside-<SHA-256>.pem; between-<SHA-256>.pem of other
/// authorities; holders-<version>.json; <SHA-256>.ocsp.der, tls-<SHA-256>.ocsp.der and
/// list-<SHA-256 of the issuer>.pem. Of holders there is one for each week and each change of
/// certificates, of answers and lists the newest; those of TLS at most max_tls_answers, nothing
/// else is ever removed. Thread-safe.
class CertificateArchive {
 public:
  static constexpr std::size_t max_tls_answers = 4096;

  /// Makes the folder. Error "cannot_write_file".
  static Result<std::unique_ptr<CertificateArchive>> open(std::filesystem::path directory);

  /// Adds what this configuration names and is not there yet; durable when it returns. What cannot
  /// be read as a certificate is left out: nobody can have sealed with it. Errors: those of
  /// trust::write_secret_file.
  Result<void> keep(const Configuration& configuration, const std::optional<SealHolders>& holders);

  /// A responder's answer about a certificate, and a list of an issuer (hex SHA-256 of both, DER),
  /// which the caller has verified; in place of an older one, durable when it returns.
  Result<void> keep_answer(CertificateUse use, std::string_view fingerprint, trust::Octets answer);
  Result<void> keep_list(std::string_view issuer, std::string_view pem);
  /// As they were kept, to be verified again; nothing when there is none.
  [[nodiscard]] std::optional<Bytes> answer(CertificateUse use, std::string_view fingerprint) const;
  [[nodiscard]] std::optional<std::string> list(std::string_view issuer) const;

  /// With this fingerprint, as it was trusted at that time. not_found "unknown_certificate".
  Result<SealCertificate> find(const Sha256& fingerprint, Instant at) const;

 private:
  explicit CertificateArchive(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Result<void> keep(std::string_view prefix, const std::string& pem);
  Result<void> keep_holders(const Configuration& configuration, const SealHolders& holders);
  [[nodiscard]] std::optional<HolderProof> holder(const Sha256& fingerprint, Instant at) const;
  void forget_tls_answers() const;
  const std::filesystem::path directory_;
  mutable std::mutex mutex_;
};

}  // namespace minben::exchange
