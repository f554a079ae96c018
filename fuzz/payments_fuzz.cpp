// Remittance files of collecting agents come from outside.
#include "payments/payments.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = minben::payments::parse_remittance(minben::as_text({data, size}));
  if (!lines) return 0;
  for (const auto& line : *lines) MINBEN_ASSERT(line.amount_twd > 0 && line.number.size() == 16);
  return 0;
}
