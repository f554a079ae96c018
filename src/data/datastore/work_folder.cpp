#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impl.hpp"

namespace minben::datastore {

namespace {

fs::path works(const fs::path& directory) { return directory / ".loading"; }

/// -1 when another holds it, or it is gone.
int take(const fs::path& folder) {
  const int lock = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return -1;
  struct stat mine{};
  // Between opening and locking, the folder may have been swept.
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0 && ::fstat(lock, &mine) == 0 && mine.st_nlink > 0)
    return lock;
  ::close(lock);
  return -1;
}

}  // namespace

Result<WorkFolder> WorkFolder::make(const fs::path& directory, const Clock& clock, Random& random) {
  for (int i = 0; i < 5; ++i) {
    const fs::path path = works(directory) / to_string(new_uuid(clock, random));
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return fail(Kind::internal, "cannot_write", error.message(), path.string());
    if (const int lock = take(path); lock >= 0) return WorkFolder(path, lock);
  }
  return fail(Kind::internal, "cannot_write", "a folder for work cannot be locked",
              works(directory).string());
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

WorkFolder::~WorkFolder() {
  if (lock_ < 0) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

int WorkFolder::sweep(const fs::path& directory) {
  int removed = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(works(directory), error)) {
    const int lock = take(entry.path());
    if (lock < 0) continue;
    std::error_code ignored;
    fs::remove_all(entry.path(), ignored);
    ::close(lock);
    ++removed;
  }
  return removed;
}

}  // namespace minben::datastore
