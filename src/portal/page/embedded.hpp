#pragma once
// Pages that stand in frames of other sites.
#include <string_view>

#include "page/page.hpp"

namespace minben::page {

/// `title` is its heading, for screen readers alone. Without header, navigation, script and
/// cookies; any site may show it in a frame. For what everybody may see: a visitor is never signed
/// in here.
net::Response embedded_page(const Visit& visit, std::string_view title, Content content,
                            int status = 200);

}  // namespace minben::page
