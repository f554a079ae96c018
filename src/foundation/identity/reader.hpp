#pragma once
// Fields that follow each other in bytes from outside.
#include <optional>
#include <span>

#include "cbor.hpp"

namespace minben::identity {

/// Takes fields off the front; nothing once the bytes run out.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> data) : rest_(data) {}

  std::optional<std::span<const std::uint8_t>> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::optional<std::uint32_t> take_number(std::size_t width) {
    const auto bytes = take(width);
    if (!bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (const std::uint8_t byte : *bytes) value = value << 8 | byte;
    return value;
  }
  /// One CBOR map.
  std::optional<std::span<const std::uint8_t>> take_map() {
    if (rest_.empty() || rest_[0] >> 5 != 5) return std::nullopt;
    const auto size = cbor_item_size(rest_);
    return size ? take(*size) : std::nullopt;
  }
  /// A length of so many bytes and what it announces.
  std::optional<std::span<const std::uint8_t>> take_sized(std::size_t width) {
    const auto length = take_number(width);
    return length ? take(*length) : std::nullopt;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
};

inline Bytes copy(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace minben::identity
