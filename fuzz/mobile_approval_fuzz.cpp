// The answer of the mobile approval service, and the certificate in it.
#include "identity/mobile_approval.hpp"

using namespace minben;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  identity::MobileApprovalConfig config;
  const auto answer = identity::read_approval_answer(text);
  if (answer) (void)identity::check_approval(*answer, "data", config, Instant{});
  identity::ApprovalAnswer raw;
  raw.certificate.assign(data, data + size);
  (void)identity::check_approval(raw, "data", config, Instant{});
  return 0;
}
