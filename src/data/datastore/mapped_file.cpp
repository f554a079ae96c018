#include "mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minben::datastore {

Result<MappedFile> MappedFile::open(const std::filesystem::path& file, std::size_t least) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(Kind::internal, "bad_index", "cannot be opened", file.filename().string());
  struct stat status{};
  const bool known = ::fstat(descriptor, &status) == 0;
  const auto size = static_cast<std::size_t>(known ? status.st_size : 0);
  void* data = size > 0 && size >= least
                   ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0)
                   : MAP_FAILED;
  ::close(descriptor);
  if (data == MAP_FAILED)
    return fail(Kind::internal, "bad_index", "cannot be read", file.filename().string());
  return MappedFile(static_cast<const std::uint8_t*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

}  // namespace minben::datastore
