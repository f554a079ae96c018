#include "sign_in_challenge.hpp"

namespace minben::identity {

namespace {

constexpr std::size_t random_bytes = 11, time_bytes = 4, mac_bytes = 16;
constexpr std::size_t content_bytes = random_bytes + 1 + time_bytes;

Bytes mac_of(const keys::Keys& keys, std::span<const std::uint8_t> content) {
  constexpr std::string_view label = "minben/identity/sign-in-challenge/1:";
  Bytes message(label.begin(), label.end());
  message.insert(message.end(), content.begin(), content.end());
  const Sha256 mac = hmac_sha256(keys.of(keys::Purpose::parcel).bytes(), message);
  return {mac.begin(), mac.begin() + mac_bytes};
}

}  // namespace

Bytes write_challenge(const keys::Keys& keys, Random& random, const SignInChallenge& challenge) {
  Bytes bytes(random_bytes);
  random.fill(bytes);
  bytes.push_back(challenge.realm == Realm::person ? 'p' : 'o');
  const auto until = static_cast<std::uint32_t>(
      std::chrono::floor<seconds>(challenge.until).time_since_epoch().count());
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::uint8_t>(until >> shift));
  const Bytes mac = mac_of(keys, bytes);
  bytes.insert(bytes.end(), mac.begin(), mac.end());
  return bytes;
}

std::optional<SignInChallenge> read_challenge(const keys::Keys& keys,
                                              std::span<const std::uint8_t> challenge) {
  if (challenge.size() != content_bytes + mac_bytes) return std::nullopt;
  const auto content = challenge.first(content_bytes);
  if (!equal_in_constant_time(mac_of(keys, content), challenge.subspan(content_bytes)))
    return std::nullopt;
  std::uint32_t until = 0;
  for (const std::uint8_t byte : content.last(time_bytes)) until = until << 8 | byte;
  return SignInChallenge{content[random_bytes] == 'p' ? Realm::person : Realm::officer,
                         Instant(seconds(until))};
}

}  // namespace minben::identity
