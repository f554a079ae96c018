#pragma once
// How often something was asked for. Private to this room.
#include "identity.hpp"

namespace minben::identity {

/// Counts one more, and says whether that is still within `limit` for an hour. `value` (an address,
/// a card) is kept only as a keyed hash. Commits with the caller's transaction.
Result<bool> within_rate(store::Transaction& transaction, const Vault& vault, Instant now,
                         std::string_view kind, std::string_view value, int limit);

}  // namespace minben::identity
