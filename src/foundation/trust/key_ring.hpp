#pragma once
// The master keys that a process holds: what an older one wrapped still opens after a newer one has
// taken over.
#include <filesystem>
#include <memory>
#include <vector>

#include "trust/trust.hpp"

namespace minben::trust {

inline constexpr std::size_t most_master_keys = 16;  ///< more than a rotation a year for years

/// Master keys, oldest first, in memory or in a file. The file (mode 0600, replaced in one step)
/// has a line of 64 hex digits for each key. It does not say which key is in use, so that the same
/// file may be copied to every machine at any time. Thread-safe. What another process or a person
/// did to the file is noticed: a key that is not known makes the file be read again. Only one
/// process at a time may add and remove (keys::Rotation holds a lock in the database).
class KeyRing {
 public:
  KeyRing();  ///< empty, in memory
  /// A file that does not exist is an empty ring. Errors: "not_a_master_key" (with the line),
  /// "too_many_keys", and those of read_secret_file.
  static Result<std::unique_ptr<KeyRing>> load(const std::filesystem::path& path);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  [[nodiscard]] std::vector<MasterKeyId> ids() const;
  /// Reads the file again when the key is not known.
  [[nodiscard]] bool holds(const MasterKeyId& id) const;
  /// Reads the file again; on an error the keys stay what they were.
  Result<void> refresh() const;
  /// Durable before it is used. conflict "too_many_keys".
  Result<MasterKeyId> add(MasterKey key);
  /// No error when there is no such key.
  Result<void> remove(const MasterKeyId& id);

  /// internal "unknown_master_key": not here; the detail says which file lacks which key.
  Result<Bytes> wrap(const MasterKeyId& id, const DataKey& key, std::string_view context,
                     Random& random) const;
  /// By whichever key wrapped it. As trust::unwrap, and "unknown_master_key".
  Result<DataKey> unwrap(Octets wrapped, std::string_view context) const;
  /// HMAC-SHA256(the key, label): for what was derived from a master key before keys had names.
  Result<DataKey> derive(const MasterKeyId& id, std::string_view label) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

std::string to_string(const MasterKeyId& id);                    ///< 16 hex digits
Result<MasterKeyId> parse_master_key_id(std::string_view text);  ///< invalid "not_a_key_id"

}  // namespace minben::trust
