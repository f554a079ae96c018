#pragma once
// Who runs this gateway: whoever can read STATE/admin.token (mode 0600), from this machine.
#include <filesystem>
#include <string>

#include "net/net.hpp"

namespace minben::gateway {

class Administrator {
 public:
  /// Makes the file when it is not there. Errors: "secret_too_short", those of secret files.
  static Result<Administrator> open(const std::filesystem::path& state_directory, Random& random);
  [[nodiscard]] bool knows(std::string_view secret) const;
  /// The secret in Minben-Admin, from a loopback address. Error: unauthorised
  /// "not_the_administrator".
  [[nodiscard]] Result<void> check(const net::Request& request) const;

 private:
  explicit Administrator(std::string_view secret);
  std::string digest_;  ///< compared instead, so that not even the length shows
};

}  // namespace minben::gateway
