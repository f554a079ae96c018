#pragma once
// An outside certificate authority as an agency might have it: `openssl ca` with a root (RSA) and
// an issuing authority (P-384) below it, lists of revoked certificates, and `openssl ocsp` as its
// responder, a process of its own with a delegated certificate. By the machine's clock.
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "support/shared.hpp"

namespace minben::test {

class OutsideAuthorityProgram {
 public:
  OutsideAuthorityProgram();
  OutsideAuthorityProgram(const OutsideAuthorityProgram&) = delete;
  OutsideAuthorityProgram& operator=(const OutsideAuthorityProgram&) = delete;
  ~OutsideAuthorityProgram() { stop_responder(); }

  [[nodiscard]] std::string root() const { return file("root.pem"); }
  [[nodiscard]] std::string issuing() const { return file("issuing.pem"); }
  /// "tls" or "seal", by the profile of docs/exchange-onboarding.md; another section of openssl.cnf
  /// in tests of mistakes. The certificate for a PKCS #10 request, and the issuing authority's.
  std::string sign(const std::string& request, const std::string& section);
  /// At this moment, for a reason in the words of `openssl ca`.
  void revoke(const std::string& certificate, const std::string& reason = "keyCompromise");
  std::string revocation_list();  ///< PEM, of the issuing authority, for 7 days

  void start_responder(bool delegated = true);
  void stop_responder();
  /// An answer for a certificate, DER, signed by whom it is said: `openssl ocsp` without a server.
  std::string answer(const std::string& certificate, const std::string& signer = "responder");
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return directory_.path(); }

 private:
  [[nodiscard]] std::string file(const std::string& name) const;
  void run(const std::string& command) const;
  TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  pid_t responder_ = 0;
  int issued_ = 0;
};

}  // namespace minben::test
