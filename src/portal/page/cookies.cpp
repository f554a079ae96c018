#include <fmt/format.h>

#include "site.hpp"

namespace minben::page {

std::string Site::Impl::cookie_name(std::string_view name) const {
  return secure ? "__Host-" + std::string(name) : std::string(name);
}

std::string_view session_cookie(identity::Realm realm) {
  return realm == identity::Realm::person ? cookie::person : cookie::officer;
}

std::string_view read_cookie(const Site::Impl& site, const net::Request& request,
                             std::string_view name) {
  return request.cookie(site.cookie_name(name));
}

void set_cookie(const Site::Impl& site, net::Response& response, std::string_view name,
                std::string_view value, seconds max_age) {
  std::string text =
      fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax", site.cookie_name(name), value);
  if (site.secure) text += "; Secure";
  if (max_age.count() != 0) text += fmt::format("; Max-Age={}", max_age.count());
  response.headers.add("Set-Cookie", text);
}

void clear_cookie(const Site::Impl& site, net::Response& response, std::string_view name) {
  set_cookie(site, response, name, "", seconds{-1});
}

}  // namespace minben::page
