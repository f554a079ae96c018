#pragma once
// Private: tables and lists that a package's author writes as plain text.
#include <string_view>

#include "page/components.hpp"

namespace minben::citizen {

/// One line a row, cells parted by "|", the first line is the header, the first cell of each row is
/// its header.
void text_table(page::Writer& page, std::string_view caption, std::string_view text);
/// One line: a paragraph. Several: a list.
void text_list(page::Writer& page, std::string_view text);

}  // namespace minben::citizen
