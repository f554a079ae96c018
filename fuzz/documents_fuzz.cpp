// Uploaded files and templates come from outside.
#include "documents/documents.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> content(data, size);
  const auto found = minben::documents::inspect(content);
  if (found) MINBEN_ASSERT(found->pages > 0);
  (void)minben::documents::Template::parse(minben::as_text(content), "template.toml");
  return 0;
}
