#pragma once
// Private: the room's key, and the keys that sign ID tokens.
#include <memory>
#include <mutex>

#include "keys/keys.hpp"
#include "store/store.hpp"
#include "trust/jose.hpp"

namespace minben::openid {

inline constexpr std::string_view signing_algorithm = "ES256";

/// As they were at most ten seconds ago.
struct KeySet {
  trust::Jwk signs;       ///< private
  trust::JwkSet accepts;  ///< public halves of all that are published, for id_token_hint
  Json published;         ///< RFC 7517
};

class SigningKeys {
 public:
  struct Times {
    seconds notice, lifetime, published;
  };
  SigningKeys(store::Database& database, const Clock& clock, Random& random, const keys::Keys& keys,
              Times times);
  /// Makes the room's key and the first signing keys, or finds them.
  Result<void> open();
  Result<std::shared_ptr<const KeySet>> current() const;
  /// conflict "announced_lately"
  Result<void> rotate(bool at_once);
  /// What time demands: the next one takes over, old ones go.
  Result<void> keep_up();
  /// HMAC-SHA-256 of the room's key for one purpose.
  [[nodiscard]] Sha256 mac(std::string_view purpose, std::string_view text) const;

 private:
  Result<void> add_next(store::Transaction& tx, std::string_view state) const;
  Result<std::shared_ptr<const KeySet>> load() const;
  Result<bool> turn(store::Transaction& tx, bool at_once) const;

  store::Database& database_;
  const Clock& clock_;
  Random& random_;
  const keys::Keys& keys_;
  const Times times_;
  std::optional<trust::DataKey> room_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const KeySet> known_;
  mutable Instant known_until_{};
};

}  // namespace minben::openid
