#pragma once
#include <cstdint>
#include <string>

#include "core/core.hpp"

namespace minben::app {

struct ListenAddress {
  std::string host;  ///< without brackets; "" where nothing stands before the colon
  std::uint16_t port = 0;
};

/// "127.0.0.1:7300", "[::1]:7300", ":7300" as `--listen` takes them. Error "bad_address".
Result<ListenAddress> parse_listen(const std::string& text);

}  // namespace minben::app
