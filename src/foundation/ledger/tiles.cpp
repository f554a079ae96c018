// C2SP tlog-tiles v0.1.0 and tlog-proof v1.
#include <bit>

#include "ledger/tlog.hpp"

namespace minben::ledger {

namespace {

constexpr std::uint64_t max_tile_index = std::uint64_t{1} << 56;
constexpr std::size_t max_proof_hashes = 63;
constexpr std::string_view proof_header = "c2sp.org/tlog-proof@v1";

std::unexpected<Error> not_a_path() {
  return fail(Kind::invalid, "not_a_tile_path", "expected tile/<level>/<index>[.p/<width>]");
}
std::unexpected<Error> not_a_proof(std::string_view detail) {
  return fail(Kind::invalid, "not_a_tlog_proof", detail);
}

/// 1234067 → "x001/x234/067"
std::string index_path(std::uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = fmt::format("x{:03}/", index % 1000) + path;
  return path;
}

std::optional<std::uint64_t> parse_index(std::span<const std::string_view> parts) {
  if (parts.empty() || parts.size() > 6) return std::nullopt;  // 2^56 has 17 digits
  std::uint64_t index = 0;
  for (std::string_view part : parts) {
    if (&part != &parts.back() && part.starts_with('x')) part.remove_prefix(1);
    const auto digits = part.size() == 3 ? parse_integer(part, 0, 999) : std::nullopt;
    if (!digits) return std::nullopt;
    index = index * 1000 + static_cast<std::uint64_t>(*digits);
  }
  return index;
}

std::optional<Hash> hash_of(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Hash hash;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

}  // namespace

std::string tile_path(const Tile& tile) {
  const std::string level = tile.level == entries_level ? "entries" : std::to_string(tile.level);
  const std::string path = fmt::format("tile/{}/{}", level, index_path(tile.index));
  return tile.width == tile_width ? path : fmt::format("{}.p/{}", path, tile.width);
}

Result<Tile> parse_tile_path(std::string_view path) {
  if (path.size() > 64) return not_a_path();
  auto parts = split(path, '/');
  if (parts.size() < 3) return not_a_path();
  Tile tile;
  if (parts[1] != "entries") {
    const auto level = parse_integer(parts[1], 0, 63);
    if (!level) return not_a_path();
    tile.level = static_cast<int>(*level);
  } else {
    tile.level = entries_level;
  }
  if (parts.size() > 3 && parts[parts.size() - 2].ends_with(".p")) {
    const auto width = parse_integer(parts.back(), 1, 255);
    if (!width) return not_a_path();
    tile.width = static_cast<int>(*width);
    parts.pop_back();
    parts.back().remove_suffix(2);
  }
  const auto index = parse_index(std::span(parts).subspan(2));
  if (!index || *index >= max_tile_index) return not_a_path();
  tile.index = *index;
  if (tile_path(tile) != path) return not_a_path();  // one spelling each
  return tile;
}

std::uint64_t hashes_at(int level, std::uint64_t size) {
  const int shift = tile_height * std::max(level, 0);
  return shift >= 64 ? 0 : size >> shift;
}

Result<std::vector<Hash>> parse_hash_tile(Octets tile, int width) {
  if (width < 1 || width > 256 || tile.size() != static_cast<std::size_t>(width) * 32) {
    return fail(Kind::invalid, "wrong_tile", "a tile has 32 bytes for each of its hashes");
  }
  std::vector<Hash> hashes(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < hashes.size(); ++i)
    std::ranges::copy(tile.subspan(i * 32, 32), hashes[i].begin());
  return hashes;
}

Bytes write_hash_tile(std::span<const Hash> hashes) {
  Bytes out;
  out.reserve(hashes.size() * 32);
  for (const Hash& hash : hashes) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

namespace {
std::unexpected<Error> wrong_bundle() {
  return fail(Kind::invalid, "wrong_bundle", "not the expected number of length-prefixed entries");
}
}  // namespace

Result<std::vector<Octets>> bundle_entries(Octets bundle, std::size_t count) {
  std::vector<Octets> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2 || entries.size() == count) return wrong_bundle();
    const std::size_t size = std::size_t{bundle[0]} << 8 | bundle[1];
    if (bundle.size() < 2 + size) return wrong_bundle();
    entries.push_back(bundle.subspan(2, size));
    bundle = bundle.subspan(2 + size);
  }
  if (entries.size() != count) return wrong_bundle();
  return entries;
}

Result<std::vector<Bytes>> parse_bundle(Octets bundle, int width) {
  if (width < 1 || width > static_cast<int>(tile_width)) return wrong_bundle();
  MINBEN_TRY(found, bundle_entries(bundle, static_cast<std::size_t>(width)));
  std::vector<Bytes> entries;
  for (const Octets entry : found) entries.emplace_back(entry.begin(), entry.end());
  return entries;
}

Result<Bytes> write_bundle(std::span<const Bytes> entries) {
  Bytes out;
  for (const Bytes& entry : entries) {
    if (entry.size() > max_entry_bytes)
      return fail(Kind::too_large, "entry_too_large", "an entry has at most 65535 bytes");
    out.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(entry.size()));
    out.insert(out.end(), entry.begin(), entry.end());
  }
  return out;
}

Hash complete_tile_root(std::span<const Hash> hashes) {
  MINBEN_ASSERT(std::has_single_bit(hashes.size()));
  std::vector<Hash> level(hashes.begin(), hashes.end());
  while (level.size() > 1) {
    for (std::size_t i = 0; i < level.size() / 2; ++i)
      level[i] = node_hash(level[2 * i], level[2 * i + 1]);
    level.resize(level.size() / 2);
  }
  return level.front();
}

// -------------------------------------------------------------------------------- tlog-proof

std::string write_tlog_proof(const TlogProof& proof) {
  std::string out = fmt::format("{}\n", proof_header);
  if (proof.extra) out += fmt::format("extra {}\n", base64_encode(*proof.extra));
  out += fmt::format("index {}\n", proof.index);
  for (const Hash& hash : proof.hashes) out += base64_encode(hash) + "\n";
  return out + "\n" + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
  TlogProof out;
  if (text.size() > 2'000'000) return not_a_proof("too large");
  const std::size_t blank = text.find("\n\n");
  if (blank == std::string_view::npos) return not_a_proof("no blank line before the checkpoint");
  out.checkpoint = text.substr(blank + 2);
  const auto lines = split(text.substr(0, blank), '\n');
  std::size_t at = 0;
  if (lines[at++] != proof_header) return not_a_proof("unknown first line");
  if (at < lines.size() && lines[at].starts_with("extra ")) {
    out.extra = base64_decode(lines[at++].substr(6));
    if (!out.extra) return not_a_proof("extra is not base64");
  }
  if (at == lines.size() || !lines[at].starts_with("index ")) return not_a_proof("no index");
  const std::string_view digits = lines[at++].substr(6);
  const auto index = parse_integer(digits, 0);
  if (!index || std::to_string(*index) != digits)
    return not_a_proof("the index is not a plain decimal number");
  out.index = static_cast<std::uint64_t>(*index);
  if (lines.size() - at > max_proof_hashes) return not_a_proof("more than 63 hashes");
  for (; at < lines.size(); ++at) {
    const auto hash = hash_of(lines[at]);
    if (!hash) return not_a_proof("a line is not a hash in base64");
    out.hashes.push_back(*hash);
  }
  return out;
}

}  // namespace minben::ledger
