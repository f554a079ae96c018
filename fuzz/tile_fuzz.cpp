// Tile paths from requests, tiles and bundles from a disk that may be damaged, offline proofs.
#include "ledger/tlog.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::ledger;
  const Octets bytes(data, size);
  const std::string_view text = as_text(bytes);
  if (const auto tile = parse_tile_path(text)) MINBEN_ASSERT(tile_path(*tile) == text);
  if (const auto proof = parse_tlog_proof(text))
    MINBEN_ASSERT(parse_tlog_proof(write_tlog_proof(*proof)).has_value());
  if (size == 0) return 0;
  const int width = data[0] + 1;
  if (const auto hashes = parse_hash_tile(bytes.subspan(1), width)) {
    MINBEN_ASSERT(write_hash_tile(*hashes) == Bytes(bytes.begin() + 1, bytes.end()));
  }
  if (const auto entries = parse_bundle(bytes.subspan(1), width)) {
    MINBEN_ASSERT(write_bundle(*entries).value() == Bytes(bytes.begin() + 1, bytes.end()));
  }
  return 0;
}
