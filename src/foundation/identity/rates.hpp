#pragma once
// How often something may be asked for. Private to this room.
#include "identity.hpp"

namespace minben::identity {

struct RateKey {
  std::string_view kind;   ///< "rate.email"
  std::string_view value;  ///< whose; kept only as a keyed hash
  hours window{1};
};

/// Counts this one, and says how many there were in the window. In a transaction that is rolled
/// back it was not counted.
Result<int> count_one(store::Transaction& transaction, const Vault& vault, Instant now,
                      const RateKey& key);
/// Counts this one, and says whether that is still within `limit` for an hour.
Result<bool> within_rate(store::Transaction& transaction, const Vault& vault, Instant now,
                         std::string_view kind, std::string_view value, int limit);
Result<int> counted(store::Transaction& transaction, const Vault& vault, Instant now,
                    const RateKey& key);
Result<void> forget_count(store::Transaction& transaction, const Vault& vault, const RateKey& key);

}  // namespace minben::identity
