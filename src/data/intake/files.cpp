#include "files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minben::intake {

namespace fs = std::filesystem;

std::vector<Repair> Repairs::sorted() const {
  std::vector<Repair> all = list_;
  std::ranges::sort(all, {}, &Repair::code);
  return all;
}

Result<MappedFile> MappedFile::open(const fs::path& path, std::uint64_t max_bytes) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(Kind::internal, "cannot_read", std::strerror(errno), path.string());
  struct stat found{};
  MappedFile mapped;
  Result<MappedFile> result;
  if (::fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) {
    result = fail(Kind::internal, "cannot_read", "not a regular file", path.string());
  } else if (static_cast<std::uint64_t>(found.st_size) > max_bytes) {
    result = fail(Kind::too_large, "file_too_large", "Limits::max_bytes");
  } else if (found.st_size > 0) {
    const auto size = static_cast<std::size_t>(found.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) {
      result = fail(Kind::internal, "cannot_read", std::strerror(errno), path.string());
    } else {
      ::madvise(data, size, MADV_SEQUENTIAL);
      mapped.data_ = static_cast<const char*>(data);
      mapped.size_ = size;
      result = std::move(mapped);
    }
  }
  ::close(file);
  return result;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

Result<OutputFile> OutputFile::create(const fs::path& path, std::uint64_t max_bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return fail(Kind::internal, "cannot_write", std::strerror(errno), path.string());
  return OutputFile(file, path, max_bytes);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      left_(other.left_),
      buffer_(std::move(other.buffer_)),
      error_(other.error_) {}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
}

void OutputFile::flush() {
  std::string_view rest = buffer_;
  if (rest.size() > left_ && error_ == 0) error_ = -1;
  while (!rest.empty() && error_ == 0) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      error_ = errno;
      break;
    }
    left_ -= static_cast<std::uint64_t>(written);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

Result<void> OutputFile::ok() const {
  if (error_ == 0) return {};
  if (error_ < 0) return fail(Kind::too_large, "file_too_large", "Limits::max_bytes");
  return fail(Kind::internal, "cannot_write", std::strerror(error_), path_.string());
}

Result<void> OutputFile::close() {
  flush();
  if (::close(std::exchange(file_, -1)) != 0 && error_ == 0) error_ = errno;
  return ok();
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace minben::intake
