// Attestation objects, authenticator data and client data come from any browser. The first byte
// chooses the parser, the rest is its input.
#include "identity/webauthn.hpp"

using namespace minben;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span input(data + 1, size - 1);
  const identity::Expectation expected{
      Bytes(32, 1), {"https://example.org"}, "example.org", false, false, {}};
  const std::string client_data = R"({"type":"webauthn.create","challenge":")" +
                                  base64url_encode(expected.challenge) +
                                  R"(","origin":"https://example.org"})";
  const Bytes client_bytes(client_data.begin(), client_data.end());
  const Bytes bytes(input.begin(), input.end());
  switch (data[0] % 4) {
    case 0:
      (void)identity::parse_attestation_object(input);
      break;
    case 1:
      (void)identity::parse_authenticator_data(input);
      break;
    case 2:
      (void)identity::challenge_of(input);
      break;
    default:
      (void)identity::verify_registration(expected, {client_bytes, bytes});
      break;
  }
  return 0;
}
