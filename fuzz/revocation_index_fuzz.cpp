// Large lists of revoked certificates, and the walk through their DER. The signature is looked at
// last, so that nothing of the reader hides behind it.
#include "trust/revocation_index.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  // An authority that signed none of this; what could be read is refused as forged.
  static const VirtualClock clock(parse_instant("2026-11-29T04:00:00Z").value());
  static const auto authority = trust::Authority::create("Fuzz", 30, clock).value();
  const auto index =
      trust::RevocationIndex::make(Bytes(data, data + size), authority.certificate());
  MINBEN_ASSERT(!index);
  return 0;
}
