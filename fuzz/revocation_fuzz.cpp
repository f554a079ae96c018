// Lists of revoked certificates, which come from authorities outside.
#include "trust/revocation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  (void)trust::read_revocation_list(as_text({data, size}));
  // Raw bytes too, as a mutated PEM text seldom holds a list.
  const std::string text = base64_encode({data, size});
  std::string pem = "-----BEGIN X509 CRL-----\n";
  for (std::size_t i = 0; i < text.size(); i += 64) pem += text.substr(i, 64) + "\n";
  pem += "-----END X509 CRL-----\n";
  (void)trust::read_revocation_list(pem);
  return 0;
}
