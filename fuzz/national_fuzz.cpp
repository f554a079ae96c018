// Taiwan's metadata, lines of the national list and rows of portals: what is read is written, and
// reads the same again.
#include "interchange/national.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::interchange;
  const auto json = parse_json({reinterpret_cast<const char*>(data), size}, {1u << 20, 64});
  if (!json) return 0;
  if (const auto line = read_national_line(*json))
    static_cast<void>(catalogue::check(line->dataset));
  if (const auto* row = json->if_object())
    static_cast<void>(read_portal_row(*row, {"tainan", "臺南市政府"}));
  const auto found = read_national(*json);
  if (!found) {
    for (const Error& fault : found.error()) static_cast<void>(national_error(fault));
    return 0;
  }
  const Json written = write_national(found->dataset, found->publisher, found->version);
  const auto again = read_national(written);
  MINBEN_ASSERT(again);
  MINBEN_ASSERT(again->dataset.title == found->dataset.title);
  MINBEN_ASSERT(again->dataset.distributions.size() == found->dataset.distributions.size());
  return 0;
}
