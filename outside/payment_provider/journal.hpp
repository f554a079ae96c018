#pragma once
// State as an append-only file of JSON lines. A line counts once it and its end are on disk.
#include <filesystem>
#include <functional>

#include "core/core.hpp"

namespace outside::payment {

using namespace minben;

/// Not thread-safe; the Shop's mutex guards it.
class Journal {
 public:
  /// Opens or makes the file, gives every whole line to `replay`, and cuts off a torn last one.
  static Result<Journal> open(const std::filesystem::path& file,
                              const std::function<Result<void>(const Json&)>& replay);
  Journal(Journal&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Journal& operator=(Journal&&) = delete;
  ~Journal();
  /// On disk when it returns. A failed write stops the process: what is on disk is then unknown.
  void append(const Json& line);

 private:
  explicit Journal(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace outside::payment
