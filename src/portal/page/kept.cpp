#include "kept.hpp"

#include "site.hpp"

namespace minben::page {

void keep_in_browser(const Visit& visit, net::Response& response, std::string_view name,
                     std::string_view value, seconds lifetime) {
  set_cookie(visit.site.impl(), response, name, value, lifetime);
}

std::string_view kept_in_browser(const Visit& visit, std::string_view name) {
  return read_cookie(visit.site.impl(), visit.request, name);
}

void drop_from_browser(const Visit& visit, net::Response& response, std::string_view name) {
  clear_cookie(visit.site.impl(), response, name);
}

}  // namespace minben::page
