#pragma once
// What the sources of the room share.
#include "keys/rotation.hpp"

namespace minben::keys {

/// Registering, activating and destroying master keys, one process at a time.
Result<void> lock_master_keys(store::Transaction& transaction);
/// In hex; stays registered until the transaction ends.
Result<trust::MasterKeyId> active_key(store::Transaction& transaction);
Holder purpose_keys();
/// Whether one of these is the key's id in hex.
bool among(std::span<const std::string> ids, const trust::MasterKeyId& id);
trust::MasterKeyId read_key_id(const store::Row& row, std::string_view column);

}  // namespace minben::keys
