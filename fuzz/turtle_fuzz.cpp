// Turtle from outside: whatever is read is written in every syntax and read again as the same, and
// the datasets in it are found and written.
#include "dcat_round.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben::interchange;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const RdfLimits limits{.max_bytes = 1u << 20, .max_triples = 2000, .max_depth = 32};
  if (const auto graph = read_turtle(text, "http://e.example/", limits)) dcat_round(*graph);
  return 0;
}
