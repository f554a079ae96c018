#pragma once
// The files of a log, as something that can lose power: what is written is there for readers at
// once, and for good only after it was synced. Tests put another implementation below.
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::ledger {

namespace fs = std::filesystem;

inline constexpr std::size_t largest_file = 32u << 20;  ///< twice a bundle of 256 largest entries

/// A file of a fixed length that is written in place. Not thread-safe.
class FixedFile {
 public:
  virtual ~FixedFile() = default;
  [[nodiscard]] virtual std::size_t size() const = 0;
  virtual Result<Bytes> read(std::size_t offset, std::size_t count) const = 0;
  virtual Result<void> write(std::size_t offset, std::span<const std::uint8_t> content) = 0;
  virtual Result<void> sync() = 0;  ///< what was written stays
};

/// Errors: "ledger_failed" (the disk's own words), "file_too_large", "ledger_damaged" (too short).
/// Thread-safe.
class Files {
 public:
  virtual ~Files() = default;

  /// Whole file; nothing when it does not exist.
  virtual Result<std::optional<Bytes>> read(const fs::path& path,
                                            std::size_t max_bytes = largest_file) const = 0;
  virtual Result<bool> exists(const fs::path& path) const = 0;

  /// In one step, old or new for whoever looks; makes missing directories.
  virtual Result<void> replace(const fs::path& path, std::span<const std::uint8_t> content) = 0;
  /// The same, and it stays when this returns.
  virtual Result<void> replace_for_good(const fs::path& path,
                                        std::span<const std::uint8_t> content) = 0;
  /// Everything that was replaced below `directory` so far stays when this returns.
  virtual Result<void> sync_all(const fs::path& directory) = 0;
  virtual void remove_all(const fs::path& path) = 0;

  /// Made with zeros, and for good, when it does not exist.
  virtual Result<std::unique_ptr<FixedFile>> open_fixed(const fs::path& path,
                                                        std::size_t bytes) = 0;
};

/// Those of the operating system.
Files& disk();

/// Held until destroyed, or until the process ends in any way.
class DirectoryLock {
 public:
  /// Makes the directory. Error conflict "ledger_locked".
  static Result<DirectoryLock> take(const fs::path& directory);
  DirectoryLock() = default;  ///< holds nothing
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace minben::ledger
