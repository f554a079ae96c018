#include "networks.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace minben::net {

namespace {

Bytes bytes_of(std::string_view address) {
  const std::string text(address);
  Bytes bytes(4);
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(16);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool within(std::span<const std::uint8_t> address, std::span<const std::uint8_t> network,
            int bits) {
  if (address.size() != network.size()) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<long>(whole), network.begin()))
    return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
  return (address[whole] & mask) == (network[whole] & mask);
}

struct Block {
  std::array<std::uint8_t, 4> network;
  int bits;
};
constexpr std::array special_v4{
    Block{{0, 0, 0, 0}, 8},      Block{{10, 0, 0, 0}, 8},     Block{{100, 64, 0, 0}, 10},
    Block{{127, 0, 0, 0}, 8},    Block{{169, 254, 0, 0}, 16}, Block{{172, 16, 0, 0}, 12},
    Block{{192, 0, 0, 0}, 24},   Block{{192, 0, 2, 0}, 24},   Block{{192, 88, 99, 0}, 24},
    Block{{192, 168, 0, 0}, 16}, Block{{198, 18, 0, 0}, 15},  Block{{198, 51, 100, 0}, 24},
    Block{{203, 0, 113, 0}, 24}, Block{{224, 0, 0, 0}, 4},    Block{{240, 0, 0, 0}, 4}};

bool is_public_v4(std::span<const std::uint8_t> address) {
  return std::ranges::none_of(
      special_v4, [&](const Block& block) { return within(address, block.network, block.bits); });
}

/// Only 2000::/3 is given out; in it, 2001::/23 and 2001:db8::/32 are special, 2002::/16 carries
/// IPv4 (6to4), and 3fff::/20 is for documents.
bool is_public_v6(std::span<const std::uint8_t> a) {
  constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  if (std::ranges::equal(a.first(12), nat64)) return is_public_v4(a.subspan(12));
  if ((a[0] & 0xe0) != 0x20) return false;  // also ::1, ::ffff:…, fc00::/7, fe80::/10, ff00::/8
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) return false;
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) return false;
  if (a[0] == 0x20 && a[1] == 0x02) return is_public_v4(a.subspan(2, 4));
  return !(a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10);
}

}  // namespace

bool is_public_address(std::string_view address) {
  const Bytes bytes = bytes_of(address);
  if (bytes.empty()) return false;
  return bytes.size() == 4 ? is_public_v4(bytes) : is_public_v6(bytes);
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  Network network;
  network.bytes_ = bytes_of(text.substr(0, slash));
  const int most = static_cast<int>(network.bytes_.size()) * 8;
  const auto bits = slash == text.npos ? std::optional<std::int64_t>(most)
                                       : parse_integer(text.substr(slash + 1), 0, most);
  if (most == 0 || !bits)
    return fail(Kind::invalid, "not_a_network", "expected an address, or ADDRESS/BITS", text);
  network.bits_ = static_cast<int>(*bits);
  return network;
}

bool Network::contains(std::string_view address) const {
  const Bytes bytes = bytes_of(address);
  return within(bytes, bytes_, bits_);
}

bool may_reach(std::string_view address, const std::vector<Network>& networks) {
  return is_public_address(address) ||
         std::ranges::any_of(networks, [&](const Network& one) { return one.contains(address); });
}

}  // namespace minben::net
