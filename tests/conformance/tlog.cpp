// conformance/tlog DIR: our log formats against the public vectors in DIR (conformance/tlog of the
// shared data): RFC 6962 proofs, a log written by Tessera, and a log of 70,000 entries that our own
// writer must reproduce byte for byte. One line a part; the last line is "passed N of M".
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "core/core.hpp"
#include "ledger/ledger.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;

struct Tally {
  int passed = 0;
  int total = 0;

  void check(bool good, const std::string& what) {
    ++total;
    passed += good ? 1 : 0;
    if (!good) fmt::print("FAILED {}\n", what);
  }
  void report(std::string_view part) const { fmt::print("{}: {} of {}\n", part, passed, total); }
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Json read_json(const fs::path& path) { return parse_json(read(path)).value_or(Json()); }

std::optional<Hash> hash_of(std::optional<Bytes> bytes) {
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Hash hash;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

// ------------------------------------------------------------------------------- merkle vectors

std::uint64_t number(const Json& vector, std::string_view name) {
  const Json* value = find(vector, name);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

/// Some vectors use other byte strings where only equality matters; their digests stand for them.
/// No bytes at all are no hash.
std::optional<Hash> standing_for(std::optional<Bytes> bytes) {
  if (!bytes || bytes->empty()) return std::nullopt;
  return bytes->size() == 32 ? hash_of(bytes) : sha256(*bytes);
}

bool accepts(std::string_view kind, const Json& vector) {
  std::vector<Hash> proof;
  if (const Json* list = find(vector, "proof"); list->is_array()) {
    for (const Json& item : list->get_array()) {
      const auto hash = standing_for(base64_decode(item.get_string()));
      if (!hash) return false;
      proof.push_back(*hash);
    }
  }
  const auto hash = [&](std::string_view name) {
    return standing_for(base64_decode(string_or(vector, name)));
  };
  if (kind == "inclusion" || kind == "subtreeinclusion") {
    const auto leaf = hash("leafHash");
    const auto root = hash("root");
    if (!leaf || !root) return false;
    const std::uint64_t index = number(vector, "leafIdx");
    if (kind == "inclusion")
      return check_inclusion(index, number(vector, "treeSize"), *leaf, proof, *root).has_value();
    return check_subtree_inclusion(index, number(vector, "start"), number(vector, "end"), *leaf,
                                   proof, *root)
        .has_value();
  }
  const auto root1 = hash("root1");
  const auto root2 = hash("root2");
  if (kind == "subtreeconsistency") {
    return root1 && root2 &&
           check_subtree_consistency(number(vector, "start"), number(vector, "end"),
                                     number(vector, "size"), proof, *root1, *root2)
               .has_value();
  }
  return root1 && root2 &&
         check_consistency(number(vector, "size1"), number(vector, "size2"), proof, *root1, *root2)
             .has_value();
}

Tally merkle_vectors(const fs::path& directory) {
  Tally tally;
  for (const char* kind : {"inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"}) {
    for (const auto& file : fs::recursive_directory_iterator(directory / "testdata" / kind)) {
      if (file.path().extension() != ".json") continue;
      const Json vector = read_json(file.path());
      tally.check(accepts(kind, vector) != get_bool(vector, "wantErr").value(),
                  file.path().string());
    }
  }
  return tally;
}

Tally eight_leaves(const fs::path& directory) {
  Tally tally;
  const Json data = read_json(directory / "eight-leaves.json");
  std::vector<Hash> level;
  for (const Json& leaf : data.at("leaf_inputs_hex").as_array())
    level.push_back(leaf_hash(*hex_decode(leaf.as_string())));
  for (const Json& expected : data.at("node_hashes_hex_by_level").as_array()) {
    for (std::size_t i = 0; i < expected.as_array().size(); ++i) {
      tally.check(hex_encode(level.at(i)) == std::string_view(expected.as_array()[i].as_string()),
                  fmt::format("node {}", i));
    }
    std::vector<Hash> above;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2)
      above.push_back(node_hash(level[i], level[i + 1]));
    level = std::move(above);
  }
  return tally;
}

// ---------------------------------------------------------------------------------- a log by
// Tessera

constexpr std::string_view tessera_key =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

SubtreeHash subtrees_of(const std::vector<Hash>& leaves) {
  return [&leaves](int level, std::uint64_t index) -> Result<Hash> {
    const std::size_t width = std::size_t{1} << level;
    return complete_tile_root(std::span(leaves).subspan(index * width, width));
  };
}

std::string with_flipped_byte(std::string text, std::size_t at) {
  text[at] = static_cast<char>(text[at] ^ 1);
  return text;
}

Tally tessera(const fs::path& directory) {
  Tally tally;
  const fs::path log = directory / "testdata" / "log";
  const NoteVerifier key = NoteVerifier::parse(tessera_key).value();
  const auto entries = parse_bundle(as_bytes(read(log / "tile/entries/000.p/15")), 15).value();
  std::vector<Hash> leaves;
  for (const Bytes& entry : entries) leaves.push_back(leaf_hash(entry));
  std::vector<Checkpoint> checkpoints;
  for (std::uint64_t size = 0; size <= 15; ++size) {
    const std::string note = read(log / fmt::format("checkpoint.{}", size));
    const auto checkpoint = open_checkpoint(note, key);
    tally.check(checkpoint && checkpoint->size == size, fmt::format("checkpoint {}", size));
    if (!checkpoint) continue;
    tally.check(tree_root(size, subtrees_of(leaves)).value() == checkpoint->root,
                fmt::format("root {}", size));
    for (std::size_t at = 0; at < note.size(); ++at) {
      tally.check(!open_checkpoint(with_flipped_byte(note, at), key),
                  fmt::format("checkpoint {} byte {} changed", size, at));
    }
    if (size > 0) {
      const std::string tile = read(log / tile_path({0, 0, static_cast<int>(size)}));
      tally.check(tile == as_text(write_hash_tile(std::span(leaves).first(size))),
                  fmt::format("tile {}", size));
      const std::string bundle = read(log / tile_path({entries_level, 0, static_cast<int>(size)}));
      tally.check(bundle == as_text(write_bundle(std::span(entries).first(size)).value()),
                  fmt::format("bundle {}", size));
    }
    checkpoints.push_back(*checkpoint);
  }
  for (const Checkpoint& old : checkpoints) {
    for (const Checkpoint& now : checkpoints) {
      if (old.size == 0 || old.size > now.size) continue;
      const auto proof = consistency_proof(old.size, now.size, subtrees_of(leaves)).value();
      tally.check(check_consistency(old.size, now.size, proof, old.root, now.root).has_value(),
                  fmt::format("consistency {} {}", old.size, now.size));
    }
  }
  tally.check(verify_directory(log, tessera_key).has_value(), "whole log");
  return tally;
}

// ------------------------------------------------------------------------------- golden, 70,000

constexpr std::uint64_t golden_size = 70000;

Bytes golden_entry(std::uint64_t seq) {
  const std::string text = fmt::format(R"({{"seq":{},"kind":"golden"}})", seq);
  return {text.begin(), text.end()};
}

Tally whole_log(const fs::path& directory, const std::string& vkey) {
  Tally tally;
  const auto verified = verify_directory(directory, vkey);
  tally.check(verified && verified->checkpoint.size == golden_size,
              verified ? "golden size" : describe(verified.error()));
  return tally;
}

/// Rebuilds the log with our writer, stopping at the sizes whose checkpoints are known.
Tally golden_rebuild(const fs::path& golden, const fs::path& ours) {
  Tally tally;
  const auto key =
      trust::SigningKey::from_ed25519_seed(sha256("golden test key - not secret")).value();
  const auto log = Log::open(ours, "gov.example/golden", key).value();
  std::vector<std::uint64_t> stops{1, 255, 256, 257, 65535, 65536, 65537, golden_size};
  std::map<std::uint64_t, Hash> roots;
  for (const std::uint64_t stop : stops) {
    std::vector<Bytes> entries;
    for (std::uint64_t seq = log->size(); seq < stop; ++seq) entries.push_back(golden_entry(seq));
    for (std::span<const Bytes> rest = entries; !rest.empty();) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 10'000);
      tally.check(log->append_all(rest.first(count)).has_value(), "append");
      rest = rest.subspan(count);
    }
    const std::string expected =
        read(golden / (stop == golden_size ? "checkpoint" : fmt::format("checkpoint.{}", stop)));
    tally.check(log->checkpoint() == expected, fmt::format("checkpoint {}", stop));
    roots[stop] = open_checkpoint(expected, NoteVerifier::parse(log->vkey()).value())->root;
  }
  for (const auto& [old_size, old_root] : roots) {
    for (const auto& [size, root] : roots) {
      if (old_size > size) continue;
      const auto proof = log->consistency(old_size, size).value();
      tally.check(check_consistency(old_size, size, proof, old_root, root).has_value(),
                  fmt::format("consistency {} {}", old_size, size));
    }
  }
  for (std::uint64_t index = 0; index < golden_size; index += 97) {
    const auto proof = log->inclusion(index, golden_size).value();
    tally.check(check_inclusion(index, golden_size, leaf_hash(golden_entry(index)), proof,
                                roots[golden_size])
                    .has_value(),
                fmt::format("inclusion {}", index));
  }
  tally.check(log->vkey() == trim(read(golden / "vkey")), "vkey");
  return tally;
}

/// All of golden's files, and beside them only partials of sizes that we published on the way.
Tally same_files(const fs::path& golden, const fs::path& ours) {
  Tally tally;
  for (const auto& file : fs::recursive_directory_iterator(golden / "tile")) {
    if (!file.is_regular_file()) continue;
    const fs::path name = fs::relative(file.path(), golden);
    tally.check(read(file.path()) == read(ours / name), name.string());
  }
  for (const auto& file : fs::recursive_directory_iterator(ours / "tile")) {
    if (!file.is_regular_file() || fs::exists(golden / fs::relative(file.path(), ours))) continue;
    const auto tile = parse_tile_path(fs::relative(file.path(), ours).string());
    const bool right = tile && tile->width < 256 &&
                       tile->index == hashes_at(tile->level, golden_size) / tile_width;
    // How many there are depends on how often something was published.
    if (!right) tally.check(false, "not of this log: " + file.path().string());
  }
  return tally;
}

int run(const fs::path& directory) {
  std::string temporary = (fs::temp_directory_path() / "minben-tlog-XXXXXX").string();
  if (::mkdtemp(temporary.data()) == nullptr) return 2;
  const fs::path ours = fs::path(temporary) / "log";
  Tally all;
  const auto part = [&](std::string_view name, const Tally& tally) {
    tally.report(name);
    all.passed += tally.passed;
    all.total += tally.total;
  };
  part("merkle proofs", merkle_vectors(directory / "merkle"));
  part("merkle nodes", eight_leaves(directory / "merkle"));
  part("tessera log", tessera(directory / "tessera-testdata"));
  const fs::path golden = directory / "golden-70000";
  const std::string vkey = read(golden / "vkey");
  part("golden log, verified", whole_log(golden, vkey));
  part("golden log, rebuilt", golden_rebuild(golden, ours));
  part("golden log, file by file", same_files(golden, ours));
  part("golden log, our copy verified", whole_log(ours, vkey));
  fs::remove_all(temporary);
  fmt::print("passed {} of {}\n", all.passed, all.total);
  return all.passed == all.total ? 0 : 1;
}

/// A log of so many digests, for verifiers that are not ours.
int write_log(const fs::path& directory, std::uint64_t size) {
  const auto key = trust::SigningKey::from_ed25519_seed(sha256("test key - not secret")).value();
  const auto log = Log::open(directory, "minben.example/written", key).value();
  std::vector<Bytes> entries;
  for (std::uint64_t i = 0; i < size; ++i) {
    const Hash digest = sha256(std::to_string(i));
    entries.emplace_back(digest.begin(), digest.end());
  }
  for (std::span<const Bytes> rest = entries; !rest.empty();) {
    const std::size_t count = std::min<std::size_t>(rest.size(), 4000);
    if (!log->append_all(rest.first(count))) return 1;
    rest = rest.subspan(count);
  }
  return 0;
}

}  // namespace
}  // namespace minben::ledger

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--write")
    return minben::ledger::write_log(argv[2], std::strtoull(argv[3], nullptr, 10));
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    fmt::print(stderr, "usage: tlog DIR    (conformance/tlog of the shared data)\n");
    return 2;
  }
  return minben::ledger::run(argv[1]);
}
