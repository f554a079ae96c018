#include "ledger/files.hpp"

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
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::unexpected<Error> io_error(const fs::path& path, std::string_view what) {
  return fail(Kind::unavailable, "ledger_failed", fmt::format("{}: {}", what, std::strerror(errno)),
              path.string());
}

bool write_all(int fd, std::span<const std::uint8_t> content, std::size_t offset) {
  while (!content.empty()) {
    const ssize_t written =
        ::pwrite(fd, content.data(), content.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
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

std::unexpected<Error> too_short(const fs::path& path) {
  return fail(Kind::internal, "ledger_damaged", "the file is too short", path.string());
}

Result<void> sync_directory(const fs::path& directory) {
  const Descriptor dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) return io_error(directory, "fsync");
  return {};
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Each parent that changed is synced when `for_good`.
Result<void> make_directories(const fs::path& directory, bool for_good) {
  if (directory.empty() || directory == directory.root_path()) return {};
  if (::mkdir(directory.c_str(), 0755) != 0) {
    struct stat status{};
    if (errno == EEXIST && ::stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
      return {};
    if (errno != ENOENT) return io_error(directory, "mkdir");
    MINBEN_CHECK(make_directories(directory.parent_path(), for_good));
    if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
      return io_error(directory, "mkdir");
  }
  return for_good ? sync_directory(parent_of(directory)) : Result<void>{};
}

/// Temporary beside it, then renamed. The parent is only made when it turns out to be missing.
Result<void> replace_file(const fs::path& path, std::span<const std::uint8_t> content,
                          bool for_good) {
  const std::string temporary = path.string() + ".tmp";
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int fd = ::open(temporary.c_str(), flags, 0644);
  if (fd < 0 && errno == ENOENT) {
    MINBEN_CHECK(make_directories(parent_of(path), for_good));
    fd = ::open(temporary.c_str(), flags, 0644);
  }
  const Descriptor file(fd);
  if (fd < 0) return io_error(path, "open");
  if (!write_all(fd, content, 0)) return io_error(path, "write");
  if (for_good && ::fdatasync(fd) != 0) return io_error(path, "fsync");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error(path, "rename");
  return for_good ? sync_directory(parent_of(path)) : Result<void>{};
}

class DiskFile final : public FixedFile {
 public:
  DiskFile(fs::path path, Descriptor file, std::size_t bytes)
      : path_(std::move(path)), file_(std::move(file)), bytes_(bytes) {}

  [[nodiscard]] std::size_t size() const override { return bytes_; }
  Result<Bytes> read(std::size_t offset, std::size_t count) const override {
    auto content = read_at(file_.get(), offset, count);
    if (!content) return io_error(path_, "read");
    if (content->size() != count) return too_short(path_);
    return std::move(*content);
  }
  Result<void> write(std::size_t offset, std::span<const std::uint8_t> content) override {
    if (!write_all(file_.get(), content, offset)) return io_error(path_, "write");
    return {};
  }
  Result<void> sync() override {
    if (::fdatasync(file_.get()) != 0) return io_error(path_, "fsync");
    return {};
  }

 private:
  fs::path path_;
  Descriptor file_;
  std::size_t bytes_;
};

class DiskFiles final : public Files {
 public:
  Result<std::optional<Bytes>> read(const fs::path& path, std::size_t max_bytes) const override {
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

  Result<bool> exists(const fs::path& path) const override {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return io_error(path, "stat");
  }

  Result<void> replace(const fs::path& path, std::span<const std::uint8_t> content) override {
    return replace_file(path, content, false);
  }
  Result<void> replace_for_good(const fs::path& path,
                                std::span<const std::uint8_t> content) override {
    return replace_file(path, content, true);
  }

  /// One call for all files and directories: a log makes thousands between two of these.
  Result<void> sync_all(const fs::path& directory) override {
    const Descriptor dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (dir.get() < 0 || ::syncfs(dir.get()) != 0) return io_error(directory, "syncfs");
    return {};
  }

  void remove_all(const fs::path& path) override {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }

  Result<std::unique_ptr<FixedFile>> open_fixed(const fs::path& path, std::size_t bytes) override {
    MINBEN_TRY(there, exists(path));
    // Written, not only reserved, so that later writes change no sizes and syncs are short.
    if (!there) MINBEN_CHECK(replace_for_good(path, Bytes(bytes)));
    Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat status{};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return io_error(path, "open");
    return std::make_unique<DiskFile>(path, std::move(file),
                                      static_cast<std::size_t>(status.st_size));
  }
};

}  // namespace

Files& disk() {
  static DiskFiles files;
  return files;
}

Result<DirectoryLock> DirectoryLock::take(const fs::path& directory) {
  MINBEN_CHECK(make_directories(directory, true));
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
