#pragma once
// Why a rule gave its result, for the person it was applied to and for officers.
#include <string_view>

#include "casework/case.hpp"
#include "page/page.hpp"

namespace minben::page {

/// One rule that fired: its own words, then what it looks at, asks for and saw. `whose` heads the
/// last column: "In your case".
void reason(Writer& page, Language language, const casework::Explanation::Rule& rule,
            std::string_view whose);

/// All that fired, each below what it gave (an h3).
void reasons(Writer& page, Language language, const casework::Explanation& why,
             std::string_view whose);

}  // namespace minben::page
