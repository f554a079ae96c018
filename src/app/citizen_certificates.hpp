#pragma once
// What signing in with citizen certificates needs of the world: the authority's newest list of
// revoked certificates, fetched and kept, its answers about single ones, and the address where
// browsers show certificates.
#include <memory>

#include "config.hpp"
#include "identity/certificate_sign_in.hpp"
#include "net/net.hpp"
#include "revocation_lists.hpp"

namespace minben::app {

class CitizenCertificates {
 public:
  /// Of a configuration that names roots. Errors name the file.
  static Result<std::unique_ptr<CitizenCertificates>> open(const Config& config, const Clock& clock,
                                                           identity::CertificateSignInParts parts);
  ~CitizenCertificates();

  identity::CertificateSignIn& sign_in() { return *sign_in_; }
  /// Begins to fetch lists.
  void start();
  /// Nothing when the configuration names no port for it.
  Result<std::unique_ptr<net::Server>> serve();

 private:
  CitizenCertificates(const Config& config, const Clock& clock);
  Result<void> read_trust(identity::CitizenTrust& trust);

  const Config config_;
  const Clock& clock_;
  net::Client answers_;
  std::unique_ptr<RevocationLists> lists_;
  std::unique_ptr<identity::CertificateSignIn> sign_in_;
};

}  // namespace minben::app
