#pragma once
// PKCS #7 SignedData of one signer (RFC 5652), and what certificates of the government's PKI say.
// Private to this room.
#include <memory>

#include <openssl/x509.h>

#include "citizen_certificate.hpp"
#include "core/freer.hpp"

namespace minben::identity {

using X509Ptr = std::unique_ptr<X509, Freer<X509_free>>;

struct SignerAndOthers {
  X509Ptr signer;
  std::vector<X509Ptr> others;  ///< certificates that came along
};
/// The signature holds over this content with the key of `signer`, about whom nothing is known yet.
Result<SignerAndOthers> verify_signed_data(trust::Octets signature, std::string_view content);

/// DER of one certificate and nothing after it; null when it is none.
X509Ptr certificate_from(trust::Octets der);
trust::Certificate encode(X509* certificate);
/// Hex, as lists of revoked certificates have it.
std::string serial_of(const trust::Certificate& certificate);
/// As certificates of people tell it, in SubjectDirectoryAttributes; "" when they do not.
std::string last_four_of(X509* certificate);
/// RFC 2253.
std::string name_text(const X509_NAME* name);

/// What kind of holder and what use: the errors of CitizenCertificates::check_certificate about
/// these, or what the certificate says.
Result<CitizenCertificate> read_citizen(X509* certificate);

}  // namespace minben::identity
