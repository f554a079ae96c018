#pragma once
// What device somebody signs in with, by its User-Agent header: enough to recognise one's own
// sign-ins in a list, and no more.
#include <string>
#include <string_view>

namespace minben::identity {

/// Names out of fixed lists ("Firefox", "Android"), never a piece of the header; "" when the header
/// names none that is known.
struct Device {
  std::string browser;
  std::string system;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Looks at the first 512 bytes of a User-Agent header (RFC 9110 §10.1.5), whatever they are.
Device device_of(std::string_view user_agent);

}  // namespace minben::identity
