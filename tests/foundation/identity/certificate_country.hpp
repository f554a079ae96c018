#pragma once
// The authority outside with some citizens, made once for a program: keys of RSA take their time.
#include "citizen_authority/pki.hpp"
#include "citizen_authority/signing.hpp"
#include "identity/citizen_certificate.hpp"
#include "support/shared.hpp"

namespace minben::identity {

struct CertificateCountry {
  minben::test::TemporaryDirectory folder;
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  std::unique_ptr<outside::citizens::Pki> pki =
      outside::citizens::Pki::open(folder.path(), "http://127.0.0.1:7091", clock).value();
  outside::citizens::Identity citizen = pki->issue({.name = "王小明", .last_four = "6789"}).value();

  static CertificateCountry& one() {
    static CertificateCountry made;
    return made;
  }
  /// What is believed of this authority; whoever asks it is answered at once.
  [[nodiscard]] CitizenTrust trust() const {
    CitizenTrust made{.roots = {pki->root_pem()}, .intermediates = {pki->issuing_pem()}};
    made.revocation.ocsp = [this](const std::string&, const Bytes& request) -> Result<Bytes> {
      return pki->answer(request);
    };
    return made;
  }
};

}  // namespace minben::identity
