// Signatures that people hand in to sign in with: files and pasted text.
#include "identity/citizen_certificate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  static const VirtualClock clock(parse_instant("2026-11-30T04:00:00Z").value());
  static const auto authority = trust::Authority::create("Fuzz", 30, clock).value();
  static const auto certificates =
      identity::CitizenCertificates::make({.roots = {authority.certificate().pem}}).value();
  const trust::Octets given(data, size);
  MINBEN_ASSERT(!certificates.check_signature(given, "challenge", clock.now()));
  MINBEN_ASSERT(!certificates.check_certificate(given, clock.now()));
  if (const auto decoded = identity::decode_signature(as_text(given)))
    MINBEN_ASSERT(!certificates.check_signature(*decoded, "challenge", clock.now()));
  return 0;
}
