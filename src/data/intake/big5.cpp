#include "big5.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <unicode/ucnv.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "core/core.hpp"

namespace minben::intake {

namespace {

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

Converter open(const char* name) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &status), ucnv_close);
  MINBEN_ASSERT(U_SUCCESS(status));  // ICU's data is a part of Debian's ICU
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  MINBEN_ASSERT(U_SUCCESS(status));
  return converter;
}

/// The characters of two bytes; one, or two where Big5 has a letter with its accent.
std::optional<std::vector<UChar32>> decode(UConverter* converter, unsigned lead, unsigned trail) {
  const char bytes[2] = {static_cast<char>(lead), static_cast<char>(trail)};
  UChar units[8];
  UErrorCode status = U_ZERO_ERROR;
  ucnv_reset(converter);
  const std::int32_t size = ucnv_toUChars(converter, units, 8, bytes, 2, &status);
  if (U_FAILURE(status) || size <= 0) return std::nullopt;
  std::vector<UChar32> characters;
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U16_NEXT(units, i, size, c);
    if (c < 0x80 || c == 0xfffd) return std::nullopt;
    characters.push_back(c);
  }
  return characters;
}

bool is_private(const std::vector<UChar32>& characters) {
  return characters.front() >= 0xe000 && characters.front() <= 0xf8ff;
}

Big5Character make(const std::vector<UChar32>& characters, Big5Character::Kind kind) {
  Big5Character made;
  std::int32_t length = 0;
  for (const UChar32 c : characters) {
    UBool error = false;
    U8_APPEND(made.utf8, length, static_cast<std::int32_t>(sizeof made.utf8), c, error);
    if (error) return {};
  }
  made.length = static_cast<std::uint8_t>(length);
  made.kind = kind;
  return made;
}

struct Accented {
  unsigned code;
  UChar32 letter, accent;
};

struct Table {
  std::vector<Big5Character> characters = std::vector<Big5Character>(std::size_t{256} * 256);

  Table() {
    const Converter taiwan = open("windows-950-2000");
    const Converter hong_kong = open("ibm-1375_P100-2008");
    for (unsigned lead = 0x81; lead <= 0xfe; ++lead)
      for (unsigned trail = 0x40; trail <= 0xfe; ++trail) {
        if (!is_big5_trail(static_cast<unsigned char>(trail))) continue;
        const auto local = decode(taiwan.get(), lead, trail);
        const auto supplement = decode(hong_kong.get(), lead, trail);
        Big5Character& at = characters[lead << 8 | trail];
        if (local && !is_private(*local)) at = make(*local, Big5Character::standard);
        else if (supplement && !is_private(*supplement))
          at = make(*supplement, Big5Character::hkscs);
        else if (local) at = make(*local, Big5Character::user_defined);
      }
    // Letters with an accent that is a character of its own: WHATWG Encoding, Big5 decoder.
    for (const auto& [code, letter, accent] : {Accented{0x8862, 0xca, 0x304},
                                               {0x8864, 0xca, 0x30c},
                                               {0x88a3, 0xea, 0x304},
                                               {0x88a5, 0xea, 0x30c}})
      characters[code] = make({letter, accent}, Big5Character::hkscs);
  }
};

}  // namespace

const Big5Character& big5_character(unsigned char lead, unsigned char trail) {
  static const Table table;
  return table.characters[static_cast<std::size_t>(lead) << 8 | trail];
}

}  // namespace minben::intake
