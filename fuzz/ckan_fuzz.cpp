// Packages of other CKANs: what is read is written, and reads the same again.
#include "interchange/ckan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::interchange;
  const auto json = parse_json({reinterpret_cast<const char*>(data), size}, {1u << 20, 64});
  if (!json) return 0;
  const auto found = read_ckan_package(*json);
  if (!found) return 0;
  const Json written = write_ckan_package(found->dataset, found->publisher, {});
  auto again = read_ckan_package(written);
  MINBEN_ASSERT(again);
  again->dataset.kept = found->dataset.kept;
  again->dataset.name = found->dataset.name;
  again->dataset.publisher = found->dataset.publisher;
  MINBEN_ASSERT(again->dataset == found->dataset);
  return 0;
}
