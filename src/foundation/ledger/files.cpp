#include "files.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minben::ledger {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::unexpected<Error> io_error(const fs::path& path, std::string_view what) {
  return fail(Kind::unavailable, "ledger_failed", fmt::format("{}: {}", what, std::strerror(errno)),
              path.string());
}

bool write_all(int fd, std::span<const std::uint8_t> content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// As many bytes as there are, at most `count`.
std::optional<Bytes> read_at(int fd, std::size_t offset, std::size_t count) {
  Bytes out(count);
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got =
        ::pread(fd, out.data() + filled, count - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  out.resize(filled);
  return out;
}

}  // namespace

Result<std::optional<Bytes>> read_file(const fs::path& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return io_error(path, "open");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size > max_bytes) {
    return fail(Kind::too_large, "file_too_large", "larger than a log's file can be",
                path.string());
  }
  auto content = read_at(file.get(), 0, size);
  if (!content) return io_error(path, "read");
  return content;
}

Result<std::optional<Bytes>> read_range(const fs::path& path, std::size_t offset,
                                        std::size_t count) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  if (file.get() < 0) return io_error(path, "open");
  auto content = read_at(file.get(), offset, count);
  if (!content) return io_error(path, "read");
  if (content->size() != count)
    return fail(Kind::internal, "ledger_damaged", "the file is too short", path.string());
  return content;
}

Result<void> sync_directory(const fs::path& directory) {
  const Descriptor dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) return io_error(directory, "fsync");
  return {};
}

Result<void> make_directories(const fs::path& directory) {
  if (directory.empty() || directory == directory.root_path()) return {};
  if (::mkdir(directory.c_str(), 0755) == 0)
    return sync_directory(directory.has_parent_path() ? directory.parent_path() : ".");
  struct stat status{};
  if (errno == EEXIST && ::stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
    return {};
  if (errno != ENOENT) return io_error(directory, "mkdir");
  MINBEN_CHECK(make_directories(directory.parent_path()));
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return io_error(directory, "mkdir");
  return sync_directory(directory.has_parent_path() ? directory.parent_path() : ".");
}

Result<void> write_file(const fs::path& path, std::span<const std::uint8_t> content, bool durable) {
  const std::string temporary = path.string() + ".tmp";
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return io_error(path, "open");
  if (!write_all(file.get(), content)) return io_error(path, "write");
  if (durable && ::fdatasync(file.get()) != 0) return io_error(path, "fsync");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error(path, "rename");
  return {};
}

Result<DirectoryLock> DirectoryLock::take(const fs::path& directory) {
  const fs::path path = directory / "lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (file.get() < 0) return io_error(path, "open");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Kind::conflict, "ledger_locked", "another process writes this log", path.string());
  }
  return DirectoryLock(file.release());
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace minben::ledger
