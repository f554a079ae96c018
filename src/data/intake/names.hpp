#pragma once
// What names of columns say.
#include <initializer_list>
#include <string>
#include <string_view>

namespace minben::intake {

/// Lower case, 台 as 臺, without white space, brackets, full-width forms and underscores.
std::string folded(std::string_view text);

/// `name` (folded) contains one of the words.
bool has_word(std::string_view name, std::initializer_list<std::string_view> words);

/// By its name a column holds codes, numbers of phones, accounts and the like: digits that are
/// text. `name` as published.
bool says_code(std::string_view name);
/// By its name a column may hold numbers of things, running or of a fixed width.
bool says_identifier(std::string_view name);
bool says_date(std::string_view name);
bool says_month(std::string_view name);  ///< 年月

}  // namespace minben::intake
