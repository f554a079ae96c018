#pragma once
// JSON values that are made and dropped together. Their memory comes in large pieces and goes back
// at once: for answers of many thousand values, where making and freeing each on its own takes most
// of the time.
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/storage_ptr.hpp>

#include "core/json.hpp"

namespace minben {

/// Where a JSON value has its memory; by default each has its own.
using JsonMemory = boost::json::storage_ptr;

/// Values made in a pool must not outlive it; copies of them (also into containers with other
/// memory) may. Belongs to one thread.
class JsonPool {
 public:
  explicit JsonPool(std::size_t first_bytes = 64u << 10) : resource_(first_bytes) {}
  JsonPool(const JsonPool&) = delete;
  JsonPool& operator=(const JsonPool&) = delete;
  [[nodiscard]] JsonMemory memory() { return &resource_; }

 private:
  boost::json::monotonic_resource resource_;
};

/// As parse_json(), with its value in the pool.
Result<Json> parse_json(std::string_view text, JsonPool& pool, JsonLimits limits = {});

}  // namespace minben
