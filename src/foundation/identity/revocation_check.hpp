#pragma once
// Private to this room.
#include <span>

#include "revocation_sources.hpp"

namespace minben::identity {

/// `chain`: the certificate, whoever signed it, and so on to the root. forbidden
/// "certificate_revoked", "issuer_revoked"; unavailable "revocation_unknown".
Result<void> check_revocation(const RevocationSources& sources,
                              std::span<const trust::Certificate> chain, Instant now);

}  // namespace minben::identity
