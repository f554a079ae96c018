#include "administrator.hpp"

#include "trust/trust.hpp"

namespace minben::gateway {

namespace {

/// "127.0.0.1", and not the beginning of somebody's name.
bool is_loopback(std::string_view address) {
  return address == "::1" ||
         (address.starts_with("127.") && address.find_first_not_of("0123456789.") == address.npos);
}

/// Without the port; an address of IPv6 stands in brackets.
std::string_view host_of(const net::Request& request) {
  const std::string_view host = request.headers.get("Host");
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

Administrator::Administrator(std::string_view secret, std::string own_address)
    : own_address_(std::move(own_address)), digest_(hex_encode(sha256(secret))) {}

Result<Administrator> Administrator::open(const GatewayConfig& config, Random& random) {
  const auto file = config.state_directory / "admin.token";
  if (!std::filesystem::exists(file))
    MINBEN_CHECK(trust::write_secret_file(file, random.token() + "\n"));
  MINBEN_TRY(text, trust::read_secret_file(file));
  const auto secret = trim(text);
  if (secret.size() < 32)
    return fail(Kind::invalid, "secret_too_short", "remove the file: a new one is made",
                file.string());
  return Administrator(secret, config.client_address);
}

bool Administrator::knows(std::string_view secret) const {
  return equal_in_constant_time(digest_, hex_encode(sha256(secret)));
}

bool Administrator::is_own(std::string_view address) const {
  return is_loopback(address) || address == own_address_;
}

Result<void> Administrator::check(const net::Request& request) const {
  if (is_own(request.remote_address) && knows(request.headers.get("Minben-Admin"))) return {};
  return fail(Kind::unauthorised, "not_the_administrator",
              "from this machine, with the secret of admin.token in Minben-Admin");
}

bool Administrator::is_near(const net::Request& request) const {
  const std::string_view host = host_of(request);
  return is_own(request.remote_address) && (host == "localhost" || is_own(host));
}

}  // namespace minben::gateway
