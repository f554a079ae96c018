#pragma once
// Private: a file of a version, read where it lies.
#include <memory>
#include <span>

#include "datastore.hpp"

namespace minben::datastore {

class MappedFile {
 public:
  /// internal "bad_index" when it cannot be read or is shorter than `least` bytes.
  static Result<MappedFile> open(const std::filesystem::path& file, std::size_t least);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {data_, size_}; }
  /// A value that lies at a place; the caller knows that it is there.
  template <class T>
  [[nodiscard]] const T* at(std::size_t place) const {
    return reinterpret_cast<const T*>(data_ + place);
  }

 private:
  MappedFile(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  const std::uint8_t* data_;
  std::size_t size_;
};

}  // namespace minben::datastore
