#include "administrator.hpp"

#include "trust/trust.hpp"

namespace minben::gateway {

Administrator::Administrator(std::string_view secret) : digest_(hex_encode(sha256(secret))) {}

Result<Administrator> Administrator::open(const std::filesystem::path& state_directory,
                                          Random& random) {
  const auto file = state_directory / "admin.token";
  if (!std::filesystem::exists(file))
    MINBEN_CHECK(trust::write_secret_file(file, random.token() + "\n"));
  MINBEN_TRY(text, trust::read_secret_file(file));
  const auto secret = trim(text);
  if (secret.size() < 32)
    return fail(Kind::invalid, "secret_too_short", "remove the file: a new one is made",
                file.string());
  return Administrator(secret);
}

bool Administrator::knows(std::string_view secret) const {
  return equal_in_constant_time(digest_, hex_encode(sha256(secret)));
}

Result<void> Administrator::check(const net::Request& request) const {
  const bool near = request.remote_address == "::1" || request.remote_address.starts_with("127.");
  if (near && knows(request.headers.get("Minben-Admin"))) return {};
  return fail(Kind::unauthorised, "not_the_administrator",
              "from this machine, with the secret of admin.token in Minben-Admin");
}

}  // namespace minben::gateway
