// GeoJSON and TopoJSON: the first byte says which frame stands around the rest.
#include <string>

#include "intake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return -1;
  const std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  std::string text;
  switch (data[0] % 4) {
    case 0:
      text = R"({"type":"FeatureCollection","features":[)" + rest + "]}";
      break;
    case 1:
      text =
          R"({"type":"FeatureCollection","features":[{"type":"Feature","geometry":)" + rest + "}]}";
      break;
    case 2:
      text = R"({"type":"Topology",)" + rest + "}";
      break;
    default:
      text = R"({"type":"Topology","arcs":[[[0,0],[1,1]],[[1,1],[2,0]]],"objects":{"a":)" + rest +
             "}}";
  }
  return minben::intake::prepare_bytes(reinterpret_cast<const std::uint8_t*>(text.data()),
                                       text.size());
}
