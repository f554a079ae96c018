#include "names.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "core/core.hpp"

namespace minben::casework {

namespace {

bool is_separator(char letter) {
  return letter == ' ' || letter == ',' || letter == '-' || letter == '.' || letter == '\'';
}

}  // namespace

std::string normalised_name(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  MINBEN_ASSERT(U_SUCCESS(status));
  const auto folded = normalizer->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(
                                                name.data(), static_cast<int32_t>(name.size()))),
                                            status);
  std::string text;
  folded.toUTF8String(text);
  std::string result;
  for (const char letter : text) {
    if (!is_separator(letter)) result += letter;
    else if (!result.empty() && result.back() != ' ') result += ' ';
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

}  // namespace minben::casework
