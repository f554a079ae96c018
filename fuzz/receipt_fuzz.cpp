// Receipt files that somebody presents: nothing but a receipt of the log's own key may pass, and
// what passes has one spelling. No such receipt is in the corpus, so none may pass at all, alone or
// in a file of receipts.
#include "ledger/series.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const auto verified = ledger::verify_receipt(
      as_text({data, size}), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  MINBEN_ASSERT(!verified.has_value());
  const auto series = ledger::verify_receipts(
      as_text({data, size}), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  for (const auto& item : series ? series->items : std::vector<ledger::VerifiedItem>())
    MINBEN_ASSERT(!item.receipt);  // marks of erased entries only
  return 0;
}
