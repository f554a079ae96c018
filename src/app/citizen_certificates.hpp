#pragma once
// What signing in with citizen certificates needs of the world: the authority's newest list of
// revoked certificates, fetched and kept, its answers about single ones, and the address where
// browsers show certificates.
#include <memory>
#include <thread>

#include "config.hpp"
#include "identity/certificate_sign_in.hpp"
#include "net/net.hpp"
#include "trust/revocation_index.hpp"

namespace minben::app {

class CitizenCertificates {
 public:
  /// Of a configuration that names roots. Errors name the file.
  static Result<std::unique_ptr<CitizenCertificates>> open(const Config& config, const Clock& clock,
                                                           identity::CertificateSignInParts parts);
  ~CitizenCertificates();

  identity::CertificateSignIn& sign_in() { return *sign_in_; }
  /// Fetches the list now and then each hour, sooner after a failure, on a thread of its own.
  void start();
  /// Nothing when the configuration names no port for it.
  Result<std::unique_ptr<net::Server>> serve();

 private:
  CitizenCertificates(const Config& config, const Clock& clock);
  Result<void> read_trust(identity::CitizenTrust& trust);
  Result<void> fetch_list();
  void keep_fetching(const std::stop_token& stop);

  const Config config_;
  const Clock& clock_;
  net::Client lists_, answers_;
  std::vector<std::unique_ptr<trust::KeptList>> kept_;  ///< one an intermediate
  std::vector<trust::Certificate> issuers_;             ///< whose they are
  std::unique_ptr<identity::CertificateSignIn> sign_in_;
  std::jthread fetching_;
};

}  // namespace minben::app
