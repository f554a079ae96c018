// What agencies send to the registry: the file that asks to join, and OpenAPI files of services.
#include "registry/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const std::string_view text = as_text({data, size});
  (void)registry::read_join_request(text);
  (void)registry::read_openapi(text);
  (void)registry::read_gateway_url(text);
  return 0;
}
