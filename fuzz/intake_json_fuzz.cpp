// JSON of any shape, and lines of it.
#include "intake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || (data[0] != '{' && data[0] != '[')) return -1;
  return minben::intake::prepare_bytes(data, size);
}
