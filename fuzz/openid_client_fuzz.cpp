// The file by which an administrator lets a system in, and the addresses in it.
#include "openid/client.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const std::string_view text = as_text({data, size});
  if (const auto client = openid::read_client(text)) {
    // What was read is stored, and read again from there.
    const auto again = openid::read_client(write_json(client->metadata));
    MINBEN_ASSERT(again && again->id == client->id);
    for (const std::string& address : client->redirect_uris) {
      MINBEN_ASSERT(client->takes(address));
      MINBEN_ASSERT(address.starts_with(openid::origin_of(address)));
    }
  }
  if (openid::check_address(text)) MINBEN_ASSERT(!openid::host_of(text).empty());
  return 0;
}
