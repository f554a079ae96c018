// One file of a service package: whatever it holds, reading ends with a package or with faults.
#include "casework/package.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  if (size == 0) return 0;
  const char* const names[] = {"service.toml",        "data.toml",          "texts/a.toml",
                               "documents/card.toml", "examples/case.json", "forms/apply.json"};
  const auto* name = names[data[0] % std::size(names)];
  const std::string content(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto built = casework::build_package({"fuzz"}, {{name, content}}, {{AgencyCode{"nia"}}});
  if (built || built.error().empty()) __builtin_trap();  // one file alone is never a whole package
  return 0;
}
