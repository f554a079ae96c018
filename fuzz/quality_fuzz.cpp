// What servers of others say about their files, and addresses as metadata have them.
#include "quality/quality.hpp"

#include "impl.hpp"

using namespace minben;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Instant now = parse_instant("2026-11-30T04:00:00Z").value();
  const seconds patience = net::read_retry_after(text, now);
  MINBEN_ASSERT(patience >= seconds{0} && patience <= seconds{86'400});
  const std::string type = quality::media_type_of(text);
  MINBEN_ASSERT(type.empty() || type.find(';') == std::string::npos);
  (void)quality::looks_like_a_page(text);
  const std::string origin = "https://data.example.tw";
  (void)quality::host_of(text, origin);
  // Nothing that is not of this house is taken for its table.
  const auto table = quality::own_table(text, origin);
  MINBEN_ASSERT(!table || text.starts_with(origin + "/"));
  const std::string own = origin + "/" + std::string(text);
  MINBEN_ASSERT(quality::host_of(own, origin).empty());
  if (const auto found = quality::own_table(own, origin))
    MINBEN_ASSERT(own.find(to_string(found->id)) != std::string::npos ||
                  to_lower_ascii(own).find(to_string(found->id)) != std::string::npos);
  return 0;
}
