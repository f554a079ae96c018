#pragma once
// What a room lets the browser keep for a while: sealed by that room, in a cookie like those of the
// site itself (HttpOnly, SameSite=Lax, __Host- on https).
#include <string_view>

#include "page/page.hpp"

namespace minben::page {

/// `name` begins with "minben-"; `value` is of base64url characters, at most 3,900.
void keep_in_browser(const Visit& visit, net::Response& response, std::string_view name,
                     std::string_view value, seconds lifetime);
/// "" when there is none.
std::string_view kept_in_browser(const Visit& visit, std::string_view name);
void drop_from_browser(const Visit& visit, net::Response& response, std::string_view name);

}  // namespace minben::page
