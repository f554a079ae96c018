#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust/trust.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t max_secret_file = 64u << 10;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> io_error(std::string_view code, const std::filesystem::path& path) {
  const Kind kind = errno == ENOENT ? Kind::not_found : Kind::internal;
  return fail(kind, code, std::strerror(errno), path.string());
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_directory(const std::filesystem::path& directory) {
  const Descriptor dir(
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return dir.get() >= 0 && ::fsync(dir.get()) == 0;
}

}  // namespace

void wipe(Bytes& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}
void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

Result<void> write_secret_file(const std::filesystem::path& path, std::string_view content) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) return io_error("cannot_write_file", path);
  const bool written = write_all(file.get(), content) && ::fsync(file.get()) == 0 &&
                       ::rename(temporary.c_str(), path.c_str()) == 0 &&
                       sync_directory(path.parent_path());
  if (!written) {
    auto error = io_error("cannot_write_file", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<std::string> read_secret_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return io_error("cannot_read_file", path);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return io_error("cannot_read_file", path);
  if (!S_ISREG(status.st_mode))
    return fail(Kind::invalid, "not_a_file", "a plain file is needed", path.string());
  if ((status.st_mode & 077) != 0) {
    return fail(Kind::forbidden, "file_too_open", "a secret must have mode 0600: chmod 600",
                path.string());
  }
  if (static_cast<std::size_t>(status.st_size) > max_secret_file) {
    return fail(Kind::too_large, "file_too_large", "a secret is at most 64 KiB", path.string());
  }
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

}  // namespace minben::trust
