// Certificate signing requests, which come from whoever wants to join the exchange.
#include "trust/requests.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  (void)trust::read_signing_request(trust::Octets(data, size));
  (void)trust::read_signing_request(as_text({data, size}));
  return 0;
}
