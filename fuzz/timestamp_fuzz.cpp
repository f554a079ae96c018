// Answers and tokens of timestamp authorities: nobody here is believed, so no token may hold.
#include "trust/timestamp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const trust::Octets bytes(data, size);
  trust::TimestampRequest request;  // zeros, so that tokens that answer it can be found
  if (const auto token = trust::read_timestamp_response(bytes, request))
    MINBEN_ASSERT(!trust::verify_timestamp(*token, request.digest, {}).has_value());
  MINBEN_ASSERT(!trust::verify_timestamp(bytes, request.digest, {}).has_value());
  return 0;
}
