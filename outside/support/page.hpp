#pragma once
// The frame of the small programs' pages, and what may be written into them.
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace outside {

using namespace minben;

/// For text and for quoted attributes alike.
std::string escape(std::string_view text);

struct Frame {
  Language language = Language::zh_hant;
  std::string_view title;      ///< of the window; escaped here
  std::string_view skip;       ///< words of the link to the content; HTML
  std::string_view header;     ///< who speaks, and links; HTML
  std::string_view main_html;  ///< the content; HTML
};
/// A whole page. Its style is /style.css.
std::string page(const Frame& frame);

/// What their styles have in common; each adds its own colours and pieces.
std::string_view common_style();

}  // namespace outside
