// User-Agent headers come from anybody: whatever they hold, the device is named by short words of
// ours.
#include <cstdint>
#include <cstdlib>

#include "identity/device.hpp"

namespace {
void require_word(std::string_view text) {
  if (text.size() > 20) std::abort();
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ')) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto device =
      minben::identity::device_of(std::string_view(reinterpret_cast<const char*>(data), size));
  require_word(device.browser);
  require_word(device.system);
  return 0;
}
