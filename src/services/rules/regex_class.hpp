#pragma once
// Character classes of XPath regular expressions, as sets of code points.
#include <optional>
#include <string>
#include <string_view>

#include <unicode/uniset.h>

namespace minben::rules {

/// What \d, \w, \s, \i, \c, their complements, and \p{…} and \P{…} stand for; `at` is behind the
/// backslash and moves behind the escape. nullopt when it is none of them.
std::optional<icu::UnicodeSet> read_class_escape(std::string_view text, std::size_t& at);
/// What \n, \r, \t and an escaped sign stand for.
std::optional<char32_t> character_of_escape(char c);
/// "[…]", also negated and with subtraction; `at` is at the bracket and moves behind the class.
/// Letters of the other case belong to it when `ignore_case`; escapes and complements are not
/// widened.
std::optional<icu::UnicodeSet> read_class(std::string_view text, std::size_t& at, bool ignore_case,
                                          int depth = 0);
/// A bracket expression for RE2 and ICU.
std::string write_class(const icu::UnicodeSet& set);

}  // namespace minben::rules
