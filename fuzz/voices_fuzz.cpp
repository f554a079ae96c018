// A search that somebody subscribes to, as it is kept; and what programs call themselves.
#include "voices/subscriptions.hpp"
#include "voices/use.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MINBEN_ASSERT(!to_string(voices::client_kind(text)).empty());
  if (const auto row = voices::parse_use_row(text))
    MINBEN_ASSERT(voices::parse_use_row(voices::to_string(*row)));
  const auto json = parse_json(text);
  if (!json) return 0;
  const auto search = voices::saved_search(*json);
  if (!search || !voices::search_query(*search)) return 0;
  // Whatever can be searched for is kept without loss.
  MINBEN_ASSERT(voices::saved_search(voices::to_json(*search)) == *search);
  return 0;
}
