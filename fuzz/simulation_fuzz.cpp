// The files of a simulation: whatever they hold, reading ends with inputs or with faults that name
// the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulation/simulation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto arrivals = minben::simulation::read_arrivals(text, "arrivals.toml");
  const auto staff = minben::simulation::read_staff(text, "staff.toml");
  if (!arrivals && (arrivals.error().empty() || arrivals.error().front().code.empty()))
    std::abort();
  if (!staff && (staff.error().empty() || staff.error().front().code.empty())) std::abort();
  return 0;
}
