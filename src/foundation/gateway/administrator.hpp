#pragma once
// Who runs this gateway: whoever can read STATE/admin.token (mode 0600), from this machine.
#include "gateway.hpp"
#include "net/net.hpp"

namespace minben::gateway {

class Administrator {
 public:
  /// Makes the file when it is not there. Errors: "secret_too_short", those of secret files.
  static Result<Administrator> open(const GatewayConfig& config, Random& random);
  [[nodiscard]] bool knows(std::string_view secret) const;
  /// The secret in Minben-Admin, from this machine. Error: unauthorised "not_the_administrator".
  [[nodiscard]] Result<void> check(const net::Request& request) const;
  /// As Operations::is_near.
  [[nodiscard]] bool is_near(const net::Request& request) const;

 private:
  Administrator(std::string_view secret, std::string own_address);
  [[nodiscard]] bool is_own(std::string_view address) const;
  std::string own_address_;  ///< of the client side: who calls from there is this machine
  std::string digest_;       ///< compared instead, so that not even the length shows
};

}  // namespace minben::gateway
