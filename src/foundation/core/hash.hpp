#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minben {

using Bytes = std::vector<std::uint8_t>;
using Sha256 = std::array<std::uint8_t, 32>;
using Sha512 = std::array<std::uint8_t, 64>;

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Sha256 sha256(std::span<const std::uint8_t> data);
Sha512 sha512(std::span<const std::uint8_t> data);
Sha256 hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data);
inline Sha256 sha256(std::string_view text) { return sha256(as_bytes(text)); }
inline Sha512 sha512(std::string_view text) { return sha512(as_bytes(text)); }

/// SHA-256 of data that arrives in pieces. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void add(std::span<const std::uint8_t> data);
  Sha256 finish();

 private:
  void* context_;
};

/// Time does not depend on where the first difference is. Different lengths are simply unequal.
bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);
inline bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return equal_in_constant_time(as_bytes(a), as_bytes(b));
}

}  // namespace minben
