// BPMN XML: whatever loads must also run, whichever way events turn, without breaking an invariant.
#include <cstdio>
#include <cstdlib>

#include "../tests/services/process/walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  const auto model =
      process::load_definition(xml, "fuzz.bpmn", {.max_bytes = 1u << 16, .max_elements = 400});
  if (!model) return 0;
  SeededRandom random(size);
  const std::string problem = process::test::Walk(**model, random).run(40);
  if (problem.empty()) return 0;
  std::fprintf(stderr, "%s\n", problem.c_str());
  std::abort();
}
