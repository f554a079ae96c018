#include "regex_class.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace minben::rules {

namespace {

using icu::UnicodeSet;

UnicodeSet made_of(const char* pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UnicodeSet set(icu::UnicodeString::fromUTF8(pattern), status);
  return set;
}

/// XML 1.0 (fifth edition) [4] and [4a].
constexpr const char* name_start =
    "[\\:A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF"
    "\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD"
    "\\U00010000-\\U000EFFFF]";
constexpr const char* name_rest = "[\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]";

std::optional<UnicodeSet> shorthand(char letter) {
  switch (letter) {
    case 'd':
      return made_of("[\\p{Nd}]");
    case 'w':
      return made_of("[^\\p{P}\\p{Z}\\p{C}]");
    case 's':
      return made_of("[\\u0009\\u000A\\u000D\\u0020]");
    case 'i':
      return made_of(name_start);
    case 'c': {
      UnicodeSet set = made_of(name_start);
      set.addAll(made_of(name_rest));
      return set;
    }
    default:
      return std::nullopt;
  }
}

bool is_category(std::string_view name) {
  constexpr std::string_view groups[] = {"Lultmo", "Mnce",  "Ndlo", "Pcdseifo",
                                         "Zslp",   "Smcko", "Ccfon"};
  for (const std::string_view group : groups)
    if (!name.empty() && name[0] == group[0])
      return name.size() == 1 || (name.size() == 2 && group.find(name[1], 1) != group.npos);
  return false;
}

/// `name` is what stands between the braces: a category, or "Is" and a block's name.
std::optional<UnicodeSet> property(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  UnicodeSet set;
  if (is_category(name)) {
    set.applyPattern(icu::UnicodeString::fromUTF8(fmt::format("[\\p{{{}}}]", name)), status);
  } else {
    if (!name.starts_with("Is")) return std::nullopt;
    const std::string block(name.substr(2));
    const auto number = u_getPropertyValueEnum(UCHAR_BLOCK, block.c_str());
    if (number == UCHAR_INVALID_CODE) return std::nullopt;
    set.applyIntPropertyValue(UCHAR_BLOCK, number, status);
  }
  if (U_FAILURE(status)) return std::nullopt;
  return set;
}

/// Reads one character; `at` is before it.
std::optional<char32_t> read_character(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  if (text[at] == '\\') {
    if (at + 1 >= text.size()) return std::nullopt;
    at += 2;
    return character_of_escape(text[at - 1]);
  }
  if (text[at] == '[' || text[at] == ']') return std::nullopt;
  UChar32 c = 0;
  auto i = static_cast<std::int64_t>(at);
  U8_NEXT(text.data(), i, static_cast<std::int64_t>(text.size()), c);
  at = static_cast<std::size_t>(i);
  return c < 0 ? std::nullopt : std::optional<char32_t>(static_cast<char32_t>(c));
}

/// One member of a class: a class escape goes to `fixed`, a character or range to `letters`.
bool read_member(std::string_view text, std::size_t& at, UnicodeSet& letters, UnicodeSet& fixed) {
  if (text[at] == '\\') {
    std::size_t behind = at + 1;
    if (const auto set = read_class_escape(text, behind)) {
      fixed.addAll(*set);
      at = behind;
      return true;
    }
  }
  const auto low = read_character(text, at);
  if (!low) return false;
  auto high = low;
  const bool range =
      at + 1 < text.size() && text[at] == '-' && text[at + 1] != ']' && text[at + 1] != '[';
  if (range) high = read_character(text, ++at);
  if (!high || *high < *low) return false;
  letters.add(static_cast<UChar32>(*low), static_cast<UChar32>(*high));
  return true;
}

}  // namespace

std::optional<char32_t> character_of_escape(char c) {
  if (c == 'n') return U'\n';
  if (c == 'r') return U'\r';
  if (c == 't') return U'\t';
  constexpr std::string_view signs = "\\|.?*+(){}-[]^$";
  if (signs.find(c) == signs.npos) return std::nullopt;
  return static_cast<char32_t>(c);
}

std::optional<icu::UnicodeSet> read_class_escape(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  const char letter = text[at];
  const bool negated = letter >= 'A' && letter <= 'Z';
  const char lower = negated ? static_cast<char>(letter - 'A' + 'a') : letter;
  std::optional<UnicodeSet> set;
  std::size_t behind = at + 1;
  if (lower == 'p') {
    const std::size_t close = text.find('}', at);
    if (behind >= text.size() || text[behind] != '{' || close == text.npos) return std::nullopt;
    set = property(text.substr(behind + 1, close - behind - 1));
    behind = close + 1;
  } else {
    set = shorthand(lower);
  }
  if (!set) return std::nullopt;
  if (negated) set->complement();
  at = behind;
  return set;
}

std::optional<icu::UnicodeSet> read_class(std::string_view text, std::size_t& at, bool ignore_case,
                                          int depth) {
  constexpr int deepest = 8;
  if (depth > deepest) return std::nullopt;
  std::size_t i = at + 1;
  const bool negated = i < text.size() && text[i] == '^';
  if (negated) ++i;
  UnicodeSet letters, fixed, minus;
  bool any = false;
  for (; i < text.size() && text[i] != ']'; any = true) {
    if (any && text[i] == '-' && i + 1 < text.size() && text[i + 1] == '[') {
      const auto inner = read_class(text, ++i, ignore_case, depth + 1);
      if (!inner || i >= text.size() || text[i] != ']') return std::nullopt;
      minus = *inner;
      break;
    }
    if (!read_member(text, i, letters, fixed)) return std::nullopt;
  }
  if (!any || i >= text.size()) return std::nullopt;
  if (ignore_case) letters.closeOver(USET_CASE_INSENSITIVE).removeAllStrings();
  letters.addAll(fixed);
  if (negated) letters.complement();
  letters.removeAll(minus);
  at = i + 1;
  return letters;
}

std::string write_class(const icu::UnicodeSet& set) {
  if (set.isEmpty()) return "[^\\x{0}-\\x{10FFFF}]";
  std::string out = "[";
  for (std::int32_t i = 0; i < set.getRangeCount(); ++i)
    out += fmt::format("\\x{{{:X}}}-\\x{{{:X}}}", static_cast<std::uint32_t>(set.getRangeStart(i)),
                       static_cast<std::uint32_t>(set.getRangeEnd(i)));
  return out + "]";
}

}  // namespace minben::rules
