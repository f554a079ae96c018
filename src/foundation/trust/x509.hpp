#pragma once
// Between reading certificates (certificates.cpp) and making them (authority.cpp).
#include "evp.hpp"

namespace minben::trust {

inline constexpr std::string_view member_uri = "urn:minben:member:";

Result<X509Ptr> parse_certificate(Octets der);
Certificate encode_certificate(X509* certificate);

}  // namespace minben::trust
