#pragma once
// Files in and out: the one mapped, the other buffered and bounded.
#include <filesystem>

#include "watch.hpp"

namespace minben::intake {

/// The bytes of a file for as long as this lives. The file must not shrink meanwhile: it is the
/// caller's own copy, or one that we wrote.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path, std::uint64_t max_bytes);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  [[nodiscard]] std::string_view text() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A new file, written through a buffer. Not synced to disk: it can be made again.
class OutputFile {
 public:
  static Result<OutputFile> create(const std::filesystem::path& path, std::uint64_t max_bytes);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  void append(std::string_view text) {
    buffer_.append(text);
    if (buffer_.size() >= flush_bytes) flush();
  }
  void append(char c) { buffer_.push_back(c); }
  /// Errors of writing show here at the latest, and in ok() before.
  Result<void> close();
  [[nodiscard]] Result<void> ok() const;

 private:
  static constexpr std::size_t flush_bytes = 1u << 20;
  OutputFile(int file, std::filesystem::path path, std::uint64_t max_bytes)
      : file_(file), path_(std::move(path)), left_(max_bytes) {
    buffer_.reserve(flush_bytes + (flush_bytes >> 2));
  }
  void flush();
  int file_;
  std::filesystem::path path_;
  std::uint64_t left_;
  std::string buffer_;
  int error_ = 0;  // of errno; -1: larger than allowed
};

/// Removes a file of `work`, there or not.
void remove_quietly(const std::filesystem::path& path);

}  // namespace minben::intake
