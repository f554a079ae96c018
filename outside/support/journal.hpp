#pragma once
// State of a small program as an append-only file of JSON lines.
#include <filesystem>
#include <functional>
#include <memory>

#include "core/core.hpp"

namespace outside {

using namespace minben;

/// A line counts once it and its end are on the disk. Not thread-safe: the owner's mutex guards it.
class Journal {
 public:
  /// Opens or makes the file, gives every whole line to `replay`, and cuts off a torn last one.
  static Result<std::unique_ptr<Journal>> open(
      const std::filesystem::path& file, const std::function<Result<void>(const Json&)>& replay);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  /// On the disk when it returns. After a failure nothing more is accepted ("journal_failed"): what
  /// is on the disk is then unknown until the file is opened again.
  Result<void> append(const Json& line);

 private:
  explicit Journal(int file) : file_(file) {}
  int file_;
  bool failed_ = false;
};

}  // namespace outside
