// Authorization requests, as a form brings them.
#include "openid/request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  static const auto client = openid::read_client(R"({"client_id": "land-office",
    "client_name": "Land Office", "redirect_uris": ["https://land.example/callback"],
    "scope": "openid profile email", "jwks_uri": "https://land.example/keys"})");
  const auto form = net::parse_urlencoded(as_text({data, size}));
  if (!form) return 0;
  const auto parameters = openid::Parameters::read(*form);
  if (!parameters) return 0;
  const auto request = openid::read_authorization(*parameters, *client);
  if (!request) return 0;
  MINBEN_ASSERT(client->takes(request->redirect_uri));
  MINBEN_ASSERT(request->code_challenge.size() == 43 && request->asks(openid::scope::openid));
  const auto kept = openid::authorization_from_json(openid::to_json(*request));
  MINBEN_ASSERT(kept && openid::to_json(*kept) == openid::to_json(*request));
  (void)request->needed();
  (void)openid::verifier_fits(parameters->get("code_verifier"), request->code_challenge);
  return 0;
}
