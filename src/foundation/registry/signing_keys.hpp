#pragma once
// The key with which the registry signs, and how it goes on with another one
// (exchange/handover.hpp) while its nodes run: they look into the folder. Two steps, so that
// everybody hears of the new key from the old one first:
//
//   announce   registry.next.key.pem is made, and registry.handovers says that it comes next
//   change     it takes the place of registry.key.pem
//
// The folder is the same on all nodes; its files are copied to them in this order, too.
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "trust/trust.hpp"

namespace minben::registry {

struct SigningKeys {
  trust::SigningKey key;  ///< signs now
  std::vector<std::string>
      handovers;  ///< all there were, the oldest first, and one that is announced
  /// Oldest first, the one that signs now among them, and one that is announced after it.
  [[nodiscard]] std::vector<trust::VerifyKey> all() const;
};

/// Makes the first key when there is none. Errors of files; "handover_malformed",
/// "handover_forged".
Result<SigningKeys> load_signing_keys(const std::filesystem::path& directory);

/// Makes the key that comes next. Conflict "key_announced": there is one already.
Result<trust::VerifyKey> announce_signing_key(const std::filesystem::path& directory,
                                              std::string_view instance, Instant at);
/// It signs from now on. conflict "nothing_announced"; conflict "announced_lately" before it was
/// announced for `notice`.
Result<trust::VerifyKey> change_signing_key(const std::filesystem::path& directory, seconds notice,
                                            Instant now);
/// The announced key, and since when; nothing: none is.
struct AnnouncedKey {
  trust::VerifyKey key;
  Instant at{};
};
Result<std::optional<AnnouncedKey>> announced_signing_key(const std::filesystem::path& directory);

/// What is in the folder now; what was read last while it cannot be read. Thread-safe.
class SigningKeyFolder {
 public:
  static Result<std::unique_ptr<SigningKeyFolder>> open(std::filesystem::path directory);
  [[nodiscard]] std::shared_ptr<const SigningKeys> current() const;

 private:
  using Stamp = std::array<std::filesystem::file_time_type, 2>;
  SigningKeyFolder(std::filesystem::path directory, SigningKeys keys);
  [[nodiscard]] Stamp stamp() const;
  const std::filesystem::path directory_;
  mutable std::mutex mutex_;
  mutable Stamp read_at_;
  mutable std::shared_ptr<const SigningKeys> keys_;
};

}  // namespace minben::registry
