// Entries that claim to end or to begin a log, and the file in which a monitor remembers. Nobody
// here holds the key, so no seal may pass.
#include "ledger/monitor.hpp"
#include "ledger/seal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::ledger;
  static const NoteVerifier key =
      NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  const Octets entry(data, size);
  MINBEN_ASSERT(!parse_seal(entry, key, 0).has_value());
  if (const auto before = parse_predecessor(entry))
    MINBEN_ASSERT(std::ranges::equal(write_predecessor(before->key, before->note), entry));
  if (const auto state = parse_monitor_state(as_text(entry)))
    MINBEN_ASSERT(parse_monitor_state(write_monitor_state(*state)).has_value());
  return 0;
}
