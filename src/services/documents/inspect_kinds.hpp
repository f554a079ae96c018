#pragma once
// One function per kind of file. Each reads structure only and never past the end.
#include <span>

#include "documents.hpp"

namespace minben::documents {

using Octets = std::span<const std::uint8_t>;

Result<Inspection> inspect_png(Octets content, const Limits& limits);
Result<Inspection> inspect_jpeg(Octets content, const Limits& limits);
Result<Inspection> inspect_pdf(Octets content, const Limits& limits);

/// Bounds on the sides and area of an image.
Result<Inspection> check_size(Type type, std::uint32_t width, std::uint32_t height,
                              const Limits& limits);

inline std::uint32_t big_endian_16(Octets at) {
  return static_cast<std::uint32_t>(at[0]) << 8 | at[1];
}
inline std::uint32_t big_endian_32(Octets at) {
  return big_endian_16(at) << 16 | big_endian_16(at.subspan(2));
}

}  // namespace minben::documents
