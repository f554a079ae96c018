#include "core/id.hpp"

#include <cstring>

#include "core/digits.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

namespace minben {

Uuid new_uuid(const Clock& clock, Random& random) {
  Uuid uuid;
  random.fill(uuid.bytes);
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.now().time_since_epoch())
          .count());
  for (int i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x70);  // version 7
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);  // variant 10
  return uuid;
}

namespace {
constexpr std::size_t uuid_length = 36;
constexpr bool is_dash_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }
}  // namespace

std::string to_string(const Uuid& uuid) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(uuid_length, '-');
  std::size_t i = 0;
  for (const std::uint8_t byte : uuid.bytes) {
    if (is_dash_place(i)) ++i;
    out[i++] = digits[byte >> 4];
    out[i++] = digits[byte & 15];
  }
  return out;
}

Result<Uuid> parse_uuid(std::string_view text) {
  const auto bad = [] {
    return fail(Kind::invalid, "not_a_uuid", "expected 8-4-4-4-12 hex digits");
  };
  if (text.size() != uuid_length) return bad();
  Uuid uuid;
  std::size_t i = 0;
  for (std::uint8_t& byte : uuid.bytes) {
    if (is_dash_place(i) && text[i++] != '-') return bad();
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return bad();
    byte = static_cast<std::uint8_t>(high << 4 | low);
    i += 2;
  }
  return uuid;
}

bool is_code(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > 64 || !plain(text.front())) return false;
  for (const char c : text)
    if (!plain(c) && c != '.' && c != '_' && c != '-') return false;
  return true;
}

}  // namespace minben

std::size_t std::hash<minben::Uuid>::operator()(const minben::Uuid& uuid) const noexcept {
  std::uint64_t low = 0;  // the last eight bytes are random
  std::memcpy(&low, uuid.bytes.data() + 8, sizeof low);
  return low;
}
