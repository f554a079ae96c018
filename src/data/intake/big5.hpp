#pragma once
// Big5 as Taiwan's files have it: code page 950, the Hong Kong supplementary characters
// (HKSCS-2008) where code page 950 has none, and what is left of the user-defined area (造字) as
// Unicode's private-use characters of code page 950, so that nothing is lost.
#include <cstdint>
#include <string_view>

namespace minben::intake {

struct Big5Character {
  enum Kind : std::uint8_t { invalid, standard, hkscs, user_defined };
  char utf8[6]{};
  std::uint8_t length = 0;
  Kind kind = invalid;
  [[nodiscard]] std::string_view text() const { return {utf8, length}; }
};

constexpr bool is_big5_lead(unsigned char byte) { return byte >= 0x81 && byte <= 0xfe; }
constexpr bool is_big5_trail(unsigned char byte) {
  return (byte >= 0x40 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xfe);
}

/// Both bytes as of the functions above.
const Big5Character& big5_character(unsigned char lead, unsigned char trail);

}  // namespace minben::intake
