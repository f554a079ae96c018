#pragma once
// How certificates are put together.
#include "citizen_authority/pki.hpp"

namespace outside::citizens {

Certificate new_certificate();  ///< version 3, a random serial number of 16 bytes
void add_name(X509* certificate, const char* type, const char* value);
void set_validity(X509* certificate, Instant from, Instant until);
/// In OpenSSL's syntax.
void extend(X509* certificate, X509* issuer, const char* name, const char* value);
/// SubjectDirectoryAttributes (RFC 5280 §4.2.1.8): what the subject is, the last four digits of the
/// national id, and which card this is; of a company its number instead of the last two.
void add_directory_attributes(X509* certificate, const Wish& wish);

}  // namespace outside::citizens
