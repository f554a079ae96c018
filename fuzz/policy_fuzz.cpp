// Policies and cosignature lines as anybody may hand them to us.
#include "ledger/policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::ledger;
  const std::string_view text = as_text({data, size});
  if (const auto policy = parse_policy(text)) {
    const std::string written = write_policy(*policy);
    const auto again = parse_policy(written);
    MINBEN_ASSERT(again.has_value() && write_policy(*again) == written);
    std::vector<std::string> all;
    for (const Policy::Witness& witness : policy->witnesses) all.push_back(witness.name);
    MINBEN_ASSERT(policy->satisfied_by(all));  // what everybody cosigned is never short
  } else {
    MINBEN_ASSERT(!policy.error().code.empty());
  }
  if (const auto lines = parse_signature_lines(text))
    MINBEN_ASSERT(write_signature_lines(*lines) == text);
  return 0;
}
