// Bodies that bring a mirror entries, plain and packed, and the answers that a client reads.
#include "ledger/add_entries.hpp"

namespace {

using namespace minben;
using namespace minben::ledger;

/// Whatever was read is written the same way again: a body has one reading.
void read(Octets body, ContentCoding coding) {
  constexpr int most = 16;
  AddEntriesReader reader(body, coding);
  const auto head = reader.head();
  if (!head) {
    MINBEN_ASSERT(head.error().code == "not_add_entries" && !reader.package(1));
    return;
  }
  std::string again = write_add_entries(*head);
  std::uint64_t at = head->start;
  for (int i = 0; i < most && at < head->end; ++i) {
    const PackageRange range = package_from(at, head->end);
    MINBEN_ASSERT(range.subtree % tile_width == 0 && range.subtree <= range.start &&
                  range.start < range.end && range.end - range.subtree <= tile_width);
    const auto package = reader.package(range.end - range.start);
    if (!package) {
      MINBEN_ASSERT(!reader.package(1));
      break;
    }
    MINBEN_ASSERT(package->entries.size() == range.end - range.start);
    append_package(again, std::vector<Octets>(package->entries.begin(), package->entries.end()),
                   package->proof);
    at = range.end;
  }
  MINBEN_ASSERT(reader.taken() >= again.size());
  if (coding == ContentCoding::identity) MINBEN_ASSERT(as_text(body).starts_with(again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets bytes(data, size);
  read(bytes, ContentCoding::identity);
  read(bytes, ContentCoding::gzip);
  if (const auto info = parse_mirror_info(as_text(bytes)))
    MINBEN_ASSERT(write_mirror_info(*info) == as_text(bytes));
  return 0;
}
