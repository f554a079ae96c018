// Header fields of uploads and ranges: what is read is within bounds, and what is right is read.
#include "tus.hpp"

#include <fmt/format.h>

using namespace minben;
using namespace minben::gateway;

namespace {

void read_fields(std::string_view text) {
  if (const auto metadata = read_upload_metadata(text)) {
    std::string again;
    for (const auto& [key, value] : *metadata)
      again +=
          fmt::format("{}{} {}", again.empty() ? "" : ",", key, base64_encode(as_bytes(value)));
    // Written with all its blanks it may have become too long.
    if (again.size() <= 8192) MINBEN_ASSERT(read_upload_metadata(again).value() == *metadata);
  }
  if (const auto checksum = read_upload_checksum(text))
    MINBEN_ASSERT(checksum->digest.size() == (checksum->algorithm == "sha1" ? 20u : 32u));
}

void read_ranges(std::string_view text) {
  for (const std::uint64_t size : {0ull, 1ull, 1000ull, 1ull << 50}) {
    const auto range = read_range(text, size);
    if (!range || !*range) continue;
    MINBEN_ASSERT((*range)->length > 0 && (*range)->first < size &&
                  (*range)->length <= size - (*range)->first);
    const std::string again =
        fmt::format("bytes={}-{}", (*range)->first, (*range)->first + (*range)->length - 1);
    MINBEN_ASSERT(**read_range(again, size) == **range);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_fields(text);
  read_ranges(text);
  return 0;
}
