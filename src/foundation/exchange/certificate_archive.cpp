#include "certificate_archive.hpp"

#include <fstream>

namespace minben::exchange {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view root_prefix = "root-";

fs::path file_of(const fs::path& directory, std::string_view prefix, const Sha256& fingerprint) {
  return directory / (std::string(prefix) + hex_encode(fingerprint) + ".pem");
}

Result<trust::Certificate> read_certificate(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string pem(std::istreambuf_iterator<char>(in), {});
  return trust::certificate_from_pem(pem);
}

}  // namespace

Result<std::unique_ptr<CertificateArchive>> CertificateArchive::open(fs::path directory) {
  std::error_code failed;
  fs::create_directories(directory, failed);
  if (failed)
    return fail(Kind::unavailable, "cannot_write_file", failed.message(), directory.string());
  return std::unique_ptr<CertificateArchive>(new CertificateArchive(std::move(directory)));
}

Result<void> CertificateArchive::keep(const Configuration& configuration) {
  const std::scoped_lock lock(mutex_);
  for (const std::string& anchor : configuration.trust_anchors)
    MINBEN_CHECK(keep(root_prefix, anchor));
  for (const Member& member : configuration.members)
    for (const GatewayEntry& gateway : member.gateways)
      for (const std::string& pem : gateway.certificates) MINBEN_CHECK(keep("", pem));
  return {};
}

Result<void> CertificateArchive::keep(std::string_view prefix, const std::string& pem) {
  const auto certificate = trust::certificate_from_pem(pem);
  if (!certificate) return {};
  const fs::path file = file_of(directory_, prefix, sha256(certificate->der));
  std::error_code ignored;
  if (fs::exists(file, ignored)) return {};
  return trust::write_secret_file(file, certificate->pem);
}

Result<SealCertificate> CertificateArchive::find(const Sha256& fingerprint, Instant at) const {
  const auto unknown = [&](std::string_view why) {
    return fail(Kind::not_found, "unknown_certificate", why, hex_encode(fingerprint));
  };
  const auto certificate = read_certificate(file_of(directory_, "", fingerprint));
  if (!certificate || sha256(certificate->der) != fingerprint)
    return unknown("no configuration named it");
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory_, failed)) {
    if (!entry.path().filename().string().starts_with(root_prefix)) continue;
    const auto root = read_certificate(entry.path());
    if (root && trust::check_certificate(certificate->der, *root, at))
      return SealCertificate{*certificate, *root};
  }
  return unknown("no root vouches for it at that time");
}

}  // namespace minben::exchange
