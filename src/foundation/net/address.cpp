#include "address.hpp"

#include <fmt/format.h>

namespace minben::net {

namespace {

auto bad_url(std::string_view why) { return fail(Kind::invalid, "bad_url", why); }

bool is_safe(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string Address::key() const { return fmt::format("{}{}:{}", secure ? "s/" : "/", host, port); }

Result<Address> parse_url(std::string_view url) {
  Address address;
  if (url.starts_with("https://")) {
    address.secure = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return bad_url("neither http nor https");
  }
  if (!is_safe(url)) return bad_url("a space or a control character");
  const auto slash = std::min(url.find_first_of("/?#"), url.size());
  address.authority = url.substr(0, slash);
  address.target = url.substr(slash, std::min(url.find('#'), url.size()) - slash);
  if (!address.target.starts_with('/')) address.target.insert(0, "/");
  std::string_view place = address.authority;
  if (place.find('@') != place.npos) return bad_url("credentials in the address");
  address.port = address.secure ? 443 : 80;
  const auto bracket = place.rfind(']');
  const auto colon = place.rfind(':');
  if (colon != place.npos && (bracket == place.npos || colon > bracket)) {
    const auto port = parse_integer(place.substr(colon + 1), 1, 65535);
    if (!port) return bad_url("port");
    address.port = static_cast<std::uint16_t>(*port);
    place = place.substr(0, colon);
  }
  if (place.starts_with('[') && place.ends_with(']')) place = place.substr(1, place.size() - 2);
  if (place.empty()) return bad_url("no host");
  address.host = place;
  return address;
}

Result<std::string> write_request_head(const ClientRequest& request, const Address& address,
                                       Framing framing, std::uint64_t length) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", to_string(request.method),
                                address.target, address.authority);
  for (const auto& [name, value] : request.headers.all()) {
    if (!is_token(name) || value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos)
      return fail(Kind::invalid, "bad_header", "a line break or an impossible name", name);
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (framing == Framing::length)
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", length);
  if (framing == Framing::chunked) out += "Transfer-Encoding: chunked\r\n";
  out += "\r\n";
  return out;
}

}  // namespace minben::net
