#pragma once
// What a URL of a client names, and the head of a request to it.
#include "net.hpp"

namespace minben::net {

struct Address {
  bool secure = false;
  std::string host;
  std::uint16_t port = 0;
  std::string authority;  ///< for the Host field
  std::string target;

  [[nodiscard]] std::string key() const;  ///< one for all targets of a server
};

/// http:// or https:// without credentials; error "bad_url".
Result<Address> parse_url(std::string_view url);

/// How the end of a request's body is told.
enum class Framing { none, length, chunked };
/// Up to the empty line. Error "bad_header".
Result<std::string> write_request_head(const ClientRequest& request, const Address& address,
                                       Framing framing, std::uint64_t length);

}  // namespace minben::net
