// Whatever traceparent comes, a right one goes on: in the same trace if what came was right.
#include "trace.hpp"

using namespace minben;
using namespace minben::gateway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  SeededRandom random(1);
  net::Headers fields;
  fields.add("Traceparent", text);
  fields.add("tracestate", "a=1");
  const std::string next = continue_trace(fields, random);
  MINBEN_ASSERT(is_traceparent(next) && next.size() == 55 && traceparent_of(fields) == next);
  const bool goes_on = is_traceparent(text);
  MINBEN_ASSERT(fields.has("tracestate") == goes_on);
  if (goes_on) MINBEN_ASSERT(next.substr(3, 32) == text.substr(3, 32));
  return 0;
}
