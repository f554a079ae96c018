#pragma once
// Certificate authorities that are not the registry's own: as JSON, and as what certificates are
// checked with.
//
//   "authorities": [{"root": PEM, "intermediates": [PEM], "uses": ["tls", "seal"],
//                    "ocsp": "http://…", "lists": ["http://…"]}],
//   "revocation": {"failure": "hard" | "soft", "grace_s": 3600, "freshness_s": 86400}
//
// intermediates, ocsp, lists and revocation may be missing. The same text stands in the registry's
// own file (docs/exchange-onboarding.md) and in the configuration that it signs.
#include "exchange/exchange.hpp"
#include "trust/revocation.hpp"

namespace minben::exchange {

inline constexpr std::size_t max_outside_authorities = 16;

/// Into configuration.authorities and .revocation; a member that is not known is refused, since a
/// misspelt one would be none. Invalid, naming the place: "authorities/0/root".
Result<void> read_authorities(const Json& json, Configuration& configuration);
void write_authorities(const Configuration& configuration, JsonObject& content);

/// Roots, uses and lists of revoked certificates of a configuration. Errors: those of
/// PathValidator::make.
Result<trust::PathValidator> path_validator(const Configuration& configuration);

/// The outside authority at that place among the validator's anchors (trust::Path); nullptr: the
/// registry's own.
const OutsideAuthority* outside_authority(const Configuration& configuration, std::size_t anchor);

}  // namespace minben::exchange
