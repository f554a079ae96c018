#pragma once
// Private: the challenge that a passkey signs to sign in. Whoever opens the page gets one, so
// nothing is stored until one is answered; that it is ours is seen by its MAC.
#include <optional>
#include <span>

#include "impl.hpp"

namespace minben::identity {

struct SignInChallenge {
  Realm realm = Realm::person;
  Instant until{};  ///< in whole seconds, up to the year 2106
};

/// 32 bytes: 11 random ones, the realm, the end, and a MAC of all that.
Bytes write_challenge(const keys::Keys& keys, Random& random, const SignInChallenge& challenge);
/// Nothing when we did not write it. Its end is not looked at.
std::optional<SignInChallenge> read_challenge(const keys::Keys& keys,
                                              std::span<const std::uint8_t> challenge);

}  // namespace minben::identity
