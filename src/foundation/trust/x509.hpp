#pragma once
// What reading (certificates.cpp) and making (authority.cpp) of certificates, requests
// (requests.cpp) and revocation lists (revocation.cpp) share.
#include "evp.hpp"

namespace minben::trust {

inline constexpr std::string_view member_uri = "urn:minben:member:";

using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

// ---- reading

Result<X509Ptr> parse_certificate(Octets der);
/// Of an authority, whose key may be RSA from 2048 bits or P-384 as well.
Result<X509Ptr> parse_authority(Octets der);
Certificate encode_certificate(X509* certificate);
/// Roots, parsed once; checks may share them between threads.
struct Anchors {
  std::vector<X509Ptr> certificates;
  std::unique_ptr<X509_STORE, Freer<X509_STORE_free>> store;

  static Result<Anchors> make(std::span<const Certificate> roots);
};
CertificateInfo describe_certificate(X509* certificate, Octets der);
/// Of X509_verify_cert: "certificate_expired", "certificate_not_yet_valid",
/// "untrusted_certificate".
std::unexpected<Error> chain_error(int code);
struct RevocationList;
std::unexpected<Error> list_expired(const RevocationList& list);  ///< "revocation_list_expired"

std::string name_text(const X509_NAME* name);         ///< RFC 2253
std::string common_name_of(const X509_NAME* name);    ///< the first, or ""
Instant instant_of(const ASN1_TIME* time);            ///< asserted to be readable
std::string serial_text(const ASN1_INTEGER* serial);  ///< lower-case hex

struct AlternativeNames {
  std::string member;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  int others = 0;  ///< names of other kinds
};
AlternativeNames read_alternative_names(const GENERAL_NAMES* names);  ///< nullptr: none

// ---- making

/// C=TW and this common name.
void set_name(X509_NAME* name, std::string_view common_name);
/// "bad_common_name", "bad_member", "bad_dns_name", "bad_ip_address", "bad_validity", "bad_usage".
Result<void> check_request(const CertificateRequest& request);
/// Of subjectAltName, in OpenSSL's syntax; of a request that was checked.
std::string alternative_names(const CertificateRequest& request);

}  // namespace minben::trust
