#pragma once
// How the key that signs the configuration changes while nobody stops: the old key says, in a
// statement of its own, which key comes after it, as the root of trust of TUF does (The Update
// Framework §5.3). Every configuration carries all such statements, so that a gateway that was away
// for years gets from the key that its administrator compared to the one in use now, step by step;
// one who has no old key cannot add a step.
//
// `minben-registry-key/1` is a signed document (exchange.hpp): {"instance", "from" and "to"
// (Ed25519, base64url), "at", "proof"}, signed with the old key. `proof` is the new key's signature
// over "minben-registry-key-proof/1\n" and the old key's 32 bytes, which shows that somebody has
// it.
//
// Every function is thread-safe.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/holders.hpp"

namespace minben::exchange {

inline constexpr std::size_t max_handovers = 64;       ///< in one configuration
inline constexpr std::size_t max_handover = 4u << 10;  ///< bytes

struct Handover {
  std::string instance;  ///< of the exchange
  trust::VerifyKey from;
  trust::VerifyKey to;
  Instant at{};  ///< when it was said; not when the new key is used first
};

Result<std::string> sign_handover(std::string_view instance, const trust::SigningKey& from,
                                  const trust::SigningKey& to, Instant at);
/// Signed with its own old key; whether anybody believes in that is the caller's affair. Errors:
/// "handover_malformed", "handover_forged".
Result<Handover> read_handover(std::string_view text);

/// The statements of a registry's file "registry.handovers", which has one a line; not yet read.
std::vector<std::string> handovers_in(std::string_view text);

/// The keys that come after `key`, the next one first. What is not signed by a key that it starts
/// from, and what would lead back to an earlier key, is passed over; at most max_handovers are
/// looked at.
std::vector<trust::VerifyKey> successors(const trust::VerifyKey& key,
                                         std::span<const std::string> handovers);

/// The keys that came before `key`, the last one first: each of them said so, and the one after it
/// has shown itself in the same statement. For what was signed before the key was changed.
std::vector<trust::VerifyKey> predecessors(const trust::VerifyKey& key,
                                           std::span<const std::string> handovers);

/// verify_configuration(), and whose signature it was: the key itself, or one that comes after it.
/// Who follows believes that one from then on, and no earlier one any more.
struct SignedConfiguration {
  Configuration configuration;
  trust::VerifyKey signed_by;
  std::optional<SealHolders> holders{};  ///< of registries with outside authorities
};
/// Errors also: "configuration_forged" when its holders' statement is signed by another key,
/// "configuration_malformed" when it is not of this configuration.
Result<SignedConfiguration> verify_signed_configuration(std::string_view text,
                                                        const trust::VerifyKey& registry,
                                                        Instant now);

}  // namespace minben::exchange
