#pragma once
// Which addresses are of the public Internet: for requests to places that somebody else named,
// which must not lead into our own networks. Pure functions, thread-safe.
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::net {

/// Numeric, IPv4 or IPv6. False for private, shared, link-local, loopback, documentation, multicast
/// and reserved blocks (RFC 6890 and IANA's registries of special-purpose addresses), also where an
/// IPv6 address only carries such an IPv4 address, and for what is no address.
bool is_public_address(std::string_view address);

/// "10.20.0.0/16", "fd00:1::/64", or one address.
class Network {
 public:
  /// invalid "not_a_network"
  static Result<Network> parse(std::string_view text);
  [[nodiscard]] bool contains(std::string_view address) const;

 private:
  Bytes bytes_;  ///< 4 or 16
  int bits_ = 0;
};

/// Public addresses, and those of these networks.
bool may_reach(std::string_view address, const std::vector<Network>& networks);

}  // namespace minben::net
