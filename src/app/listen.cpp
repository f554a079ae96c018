#include "listen.hpp"

namespace minben::app {

Result<ListenAddress> parse_listen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : parse_integer(std::string_view(text).substr(colon + 1), 0, 65535);
  if (!port) return fail(Kind::invalid, "bad_address", "expected HOST:PORT", "--listen");
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return ListenAddress{std::move(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace minben::app
