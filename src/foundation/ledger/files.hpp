#pragma once
// Files that survive power loss, and the lock that keeps a directory to one writer.
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::ledger {

namespace fs = std::filesystem;

/// Whole file; nothing when it does not exist. Files above `max_bytes` are an error.
Result<std::optional<Bytes>> read_file(const fs::path& path, std::size_t max_bytes = 32u << 20);
/// `count` bytes from `offset`; nothing when there is no such file; "ledger_damaged" when it is too
/// short.
Result<std::optional<Bytes>> read_range(const fs::path& path, std::size_t offset,
                                        std::size_t count);

/// Makes missing directories and fsyncs each parent that changed.
Result<void> make_directories(const fs::path& directory);
Result<void> sync_directory(const fs::path& directory);

/// Temporary beside it, fsync, rename. The name is durable once its directory is synced.
Result<void> write_file(const fs::path& path, std::span<const std::uint8_t> content,
                        bool durable = true);

/// Held until destroyed, or until the process ends in any way.
class DirectoryLock {
 public:
  /// Error conflict "ledger_locked".
  static Result<DirectoryLock> take(const fs::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace minben::ledger
