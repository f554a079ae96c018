#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace minben::test {

/// $MINBEN_SHARED (default ../shared) / `inside`, or nullopt when it is not on this machine.
std::optional<std::filesystem::path> shared(const std::filesystem::path& inside);

std::string read_file(const std::filesystem::path& path);

/// A directory of its own, removed at the end of the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace minben::test

/// Absent shared data means skipped, never passed.
#define MINBEN_SHARED_OR_SKIP(name, inside)                          \
  const auto name##_found = ::minben::test::shared(inside);          \
  if (!name##_found) GTEST_SKIP() << "no shared data: " << (inside); \
  const std::filesystem::path& name = *name##_found
