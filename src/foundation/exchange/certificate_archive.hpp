#pragma once
// Certificates of seals, kept when the configuration does not name them any more: an exchange must
// be provable years after its gateways have changed their keys.
#include <filesystem>
#include <mutex>

#include "core/core.hpp"
#include "exchange/exchange.hpp"
#include "trust/trust.hpp"

namespace minben::exchange {

/// A certificate of seals, and the root that it chains to.
struct SealCertificate {
  trust::Certificate certificate;
  trust::Certificate root;
};

/// In a folder, a PEM file each: <SHA-256>.pem and, of roots, root-<SHA-256>.pem. Nothing is ever
/// removed. Thread-safe.
class CertificateArchive {
 public:
  /// Makes the folder. Error "cannot_write_file".
  static Result<std::unique_ptr<CertificateArchive>> open(std::filesystem::path directory);

  /// Adds what this configuration names and is not there yet; durable when it returns. What cannot
  /// be read as a certificate is left out: nobody can have sealed with it. Errors: those of
  /// trust::write_secret_file.
  Result<void> keep(const Configuration& configuration);

  /// With this fingerprint, as it was trusted at that time. not_found "unknown_certificate".
  Result<SealCertificate> find(const Sha256& fingerprint, Instant at) const;

 private:
  explicit CertificateArchive(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Result<void> keep(std::string_view prefix, const std::string& pem);
  const std::filesystem::path directory_;
  std::mutex mutex_;
};

}  // namespace minben::exchange
