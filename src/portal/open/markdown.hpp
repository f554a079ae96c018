#pragma once
// Private: what people write as Markdown, written as typed HTML. CommonMark is parsed by its own
// library; of what it finds, only what is named here is written, so raw HTML and addresses of other
// kinds than http(s) never reach a page.
#include "page/html.hpp"

namespace minben::open {

/// Headings begin at `heading_level`. Images become links. At most 64 KiB are read.
void markdown(page::Writer& page, std::string_view text, int heading_level = 3);

/// The words alone, on one line, at most that many characters: for lists and descriptions.
std::string plain_text(std::string_view markdown, std::size_t most_characters = 200);

}  // namespace minben::open
