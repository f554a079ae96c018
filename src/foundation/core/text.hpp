#pragma once
// Text is UTF-8 everywhere inside; what comes from outside is checked at the edge.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace minben {

/// The two languages of every text a person sees.
enum class Language { zh_hant, en };
std::string_view language_tag(Language language);  ///< BCP 47: "zh-Hant", "en"

/// A text in both languages, e.g. a title in a service package. Neither may be empty.
struct Bilingual {
  std::string zh_hant;
  std::string en;
  [[nodiscard]] const std::string& in(Language language) const {
    return language == Language::zh_hant ? zh_hant : en;
  }
  friend bool operator==(const Bilingual&, const Bilingual&) = default;
};

bool is_utf8(std::string_view text);  ///< strict: no surrogates, no overlong forms
std::size_t length_in_characters(std::string_view utf8);
std::string to_nfc(std::string_view utf8);     ///< Unicode normal form C
std::string_view trim(std::string_view text);  ///< ASCII white space and U+3000 off both ends
std::vector<std::string_view> split(std::string_view text, char separator);
std::string to_lower_ascii(std::string_view text);

std::string hex_encode(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> hex_decode(std::string_view text);
std::string base64_encode(std::span<const std::uint8_t> bytes);     ///< RFC 4648 §4, padded
std::string base64url_encode(std::span<const std::uint8_t> bytes);  ///< RFC 4648 §5, no padding
/// Strict: no white space, canonical padding bits, padded (base64) or unpadded (base64url).
std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text);
std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text);

/// Whole text must be a number in [min, max].
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t min = INT64_MIN,
                                          std::int64_t max = INT64_MAX);

}  // namespace minben
