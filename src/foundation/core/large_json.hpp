#pragma once
// For JSON of many thousand values, where making and freeing each value on its own takes most of
// the time: values whose memory comes in large pieces and goes back at once, and text that is
// written without values.
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/storage_ptr.hpp>

#include "core/json.hpp"

namespace minben {

/// Values made in a pool must not outlive it; copies of them (also into containers with other
/// memory) may. Belongs to one thread.
class JsonPool {
 public:
  explicit JsonPool(std::size_t first_bytes = 64u << 10) : resource_(first_bytes) {}
  JsonPool(const JsonPool&) = delete;
  JsonPool& operator=(const JsonPool&) = delete;
  [[nodiscard]] boost::json::storage_ptr memory() { return &resource_; }

 private:
  boost::json::monotonic_resource resource_;
};

/// As parse_json(), with its value in the pool.
Result<Json> parse_json(std::string_view text, JsonPool& pool, JsonLimits limits = {});

/// JSON of a text, with its quotes; it has to be UTF-8.
void append_json_text(std::string& out, std::string_view text);

}  // namespace minben
