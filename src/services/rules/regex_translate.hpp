#pragma once
// XPath regular expressions (XPath Functions 3.1 §5.6.1, XML Schema Datatypes appendix G) in a
// dialect that RE2 and ICU read alike.
#include <optional>
#include <string>
#include <string_view>

namespace minben::rules {

struct RegexFlags {
  bool ignore_case = false;   ///< i
  bool dot_all = false;       ///< s
  bool multiline = false;     ///< m
  bool free_spacing = false;  ///< x
  bool literal = false;       ///< q
  static std::optional<RegexFlags> parse(std::string_view flags);
};

struct TranslatedRegex {
  std::string text;
  bool refers_back = false;  ///< has a back-reference: no pattern for RE2
};

/// nullopt when the pattern is none of XPath's.
std::optional<TranslatedRegex> translate_regex(std::string_view pattern, const RegexFlags& flags);

}  // namespace minben::rules
