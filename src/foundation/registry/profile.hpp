#pragma once
// What a certificate of an outside authority must be like, beside chaining to a root that the
// registry trusts: the profile that is asked of such authorities (docs/exchange-onboarding.md).
//
//   both   X.509 v3, a P-256 key, no authority's certificate; if it has a URI name
//          urn:minben:member:CODE, that must be the member (others need none: the registry says
//          whose a certificate is)
//   TLS    the host of the gateway's address among DNS names or IP addresses (wildcards count for
//          nothing), extendedKeyUsage serverAuth and clientAuth
//   seal   keyUsage nonRepudiation (contentCommitment), and neither serverAuth nor clientAuth
#include "trust/requests.hpp"
#include "trust/revocation.hpp"

namespace minben::registry {

/// `names`: the host and the member. Errors (forbidden): "certificate_other_key_type",
/// "certificate_is_authority", "certificate_other_member", "certificate_other_host",
/// "certificate_other_usage", each with what is missing.
Result<trust::CertificateInfo> check_profile(trust::Octets der, trust::Usage usage,
                                             const trust::CertificateRequest& names);

}  // namespace minben::registry
