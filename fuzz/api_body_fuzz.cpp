// Bodies of the interface for machines: every fault names its member, and what is read has the type
// and size that was asked for.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto body = minben::api::Body::read(text);
  if (!body) return 0;
  if (body->text("model", 64).size() > 64) std::abort();
  if (body->optional_text("businessKey", 16).size() > 16) std::abort();
  (void)body->object("variables");
  if (body->texts("topics").size() > 1000 || body->integers("remove").size() > 1000) std::abort();
  (void)body->integer("version");
  (void)body->flag("dryRun");
  (void)body->instant("dueBefore");
  for (const auto& fault : body->faults())
    if (fault.code.empty() || !fault.field.starts_with('/')) std::abort();
  return 0;
}
