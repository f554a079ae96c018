#include "payment_provider/signature.hpp"

#include <cstdlib>

namespace outside::payment {

namespace {

constexpr std::int64_t window_s = 300;

std::int64_t seconds_of(Instant at) {
  return std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
}

std::string mac(const Bytes& secret, std::string_view time, std::string_view body) {
  return hex_encode(hmac_sha256(secret, as_bytes(std::string(time) + "." + std::string(body))));
}

}  // namespace

std::string sign(const Bytes& secret, Instant now, std::string_view body) {
  const std::string time = std::to_string(seconds_of(now));
  return "t=" + time + ",v1=" + mac(secret, time, body);
}

bool genuine(const Bytes& secret, Instant now, std::string_view header, std::string_view body) {
  const auto comma = header.find(",v1=");
  if (!header.starts_with("t=") || comma == std::string_view::npos) return false;
  const std::string_view time = header.substr(2, comma - 2);
  const auto at = parse_integer(time, 0);
  if (!at || std::abs(seconds_of(now) - *at) > window_s) return false;
  return equal_in_constant_time(header.substr(comma + 4), mac(secret, time, body));
}

}  // namespace outside::payment
