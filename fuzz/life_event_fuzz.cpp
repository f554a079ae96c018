// What the household register tells, as the own gateway hands it out.
#include "life_events.hpp"

using namespace minben;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto event = app::read_life_event(text))
    MINBEN_ASSERT(!event->id.empty() && event->id.size() <= 100 && !event->national_id.empty() &&
                  event->national_id.size() <= 20);
  return 0;
}
