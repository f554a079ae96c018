// Boundaries as TopoJSON: no text makes the reader, the index or a look-up read beyond what it has.
#include <cstdint>
#include <string_view>

#include "outlines.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben::geography;
  const auto topology = read_topology({reinterpret_cast<const char*>(data), size}, "counties");
  if (!topology) return 0;
  const auto layer = make_layer(Level::county, *topology);
  if (!layer) return 0;
  for (const Area& area : layer->areas) (void)layer->at(area.inside);
  for (const auto& arc : layer->arcs) simplified(arc, 100);
  return 0;
}
