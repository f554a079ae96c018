#pragma once
// ZIP archives from outside: what they unpack to is bounded before and while it is read.
#include <functional>
#include <memory>
#include <optional>

#include "files.hpp"

namespace minben::intake {

struct ArchiveEntry {
  std::string name;  ///< UTF-8; Big5 names are read as such
  std::uint64_t index = 0;
  std::uint64_t bytes = 0;  ///< unpacked, as the archive claims
};

/// Not thread-safe.
class Archive {
 public:
  /// `bytes` outlive this. Errors: invalid "not_a_table" for a damaged or encrypted archive.
  static Result<Archive> open(std::string_view bytes, const Watch& watch);
  Archive(Archive&&) noexcept;
  ~Archive();

  /// Files only.
  [[nodiscard]] const std::vector<ArchiveEntry>& entries() const { return entries_; }
  [[nodiscard]] const ArchiveEntry* find(std::string_view name) const;

  /// Gives the content in pieces. too_large "archive_too_large" when all that was unpacked passes
  /// a bound; whatever the archive claims.
  Result<void> read(const ArchiveEntry& entry,
                    const std::function<Result<void>(std::string_view piece, bool last)>& take);
  Result<std::string> text(const ArchiveEntry& entry, std::uint64_t max_bytes);
  Result<void> extract(const ArchiveEntry& entry, const std::filesystem::path& to);

 private:
  struct Handle;
  Archive(std::unique_ptr<Handle> handle, const Watch& watch, std::uint64_t packed);
  std::unique_ptr<Handle> handle_;
  const Watch* watch_;
  std::vector<ArchiveEntry> entries_;
  std::uint64_t left_;
};

}  // namespace minben::intake
