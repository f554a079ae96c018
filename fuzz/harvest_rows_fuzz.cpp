// Files of rows, and what headers of other portals say.
#include "net/fetch.hpp"
#include "reader.hpp"
#include "tables.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const harvest::RowSink sink = [](JsonObject&&) -> Result<void> { return {}; };
  switch (data[0] % 4) {
    case 0:
      (void)harvest::read_csv_rows(text, sink);
      break;
    case 1:
      (void)harvest::read_xml_rows(text, sink);
      break;
    case 2:
      (void)harvest::read_json_rows(text, sink);
      break;
    default: {
      (void)harvest::next_of_link(text);
      const seconds patience = net::read_retry_after(text, Instant{});
      MINBEN_ASSERT(patience >= seconds{0} && patience <= hours{24});
    }
  }
  return 0;
}
