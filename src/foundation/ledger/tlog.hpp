#pragma once
// The formats of a transparency log, to the letter of C2SP and RFC 6962: Merkle hashing and proofs,
// signed notes, checkpoints, tiles, entry bundles, tlog-proofs. Pure functions without I/O, so that
// anybody can check a receipt with nothing but this and a public key.
//
// Everything parsed here comes from outside: parsers are strict, bounded, and never throw.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "trust/trust.hpp"

namespace minben::ledger {

using Octets = std::span<const std::uint8_t>;
using Hash = Sha256;

// ---------------------------------------------------------------------- Merkle tree, RFC 6962 §2.1

Hash leaf_hash(Octets entry);                         ///< SHA-256(00 ‖ entry)
Hash node_hash(const Hash& left, const Hash& right);  ///< SHA-256(01 ‖ left ‖ right)
Hash empty_root();                                    ///< SHA-256("")

/// The hash of the whole subtree that covers leaves [index·2^level, (index+1)·2^level).
using SubtreeHash = std::function<Result<Hash>(int level, std::uint64_t index)>;

/// Roots and proofs of the tree of the first `size` leaves, from hashes of complete subtrees only.
Result<Hash> tree_root(std::uint64_t size, const SubtreeHash& subtree);
/// RFC 6962 §2.1.1, nearest sibling first. index < size.
Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                          const SubtreeHash& subtree);
/// RFC 6962 §2.1.2. old_size <= size; empty for old_size = 0 and old_size = size.
Result<std::vector<Hash>> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                            const SubtreeHash& subtree);

/// RFC 9162 §2.1.3.2. Errors: "bad_index", "bad_proof_length", "root_mismatch".
Result<void> check_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                             std::span<const Hash> proof, const Hash& root);
/// RFC 9162 §2.1.4.2, and an empty proof for equal sizes. An old size of 0 proves nothing and is
/// refused ("bad_size"). Errors also: "bad_proof_length", "root_mismatch".
Result<void> check_consistency(std::uint64_t old_size, std::uint64_t size,
                               std::span<const Hash> proof, const Hash& old_root, const Hash& root);

/// The same for subtrees [start, end) of a log, as in draft-ietf-plants-merkle-tree-certs §4: start
/// is a multiple of the least power of two that is not below end − start ("bad_subtree").
Result<void> check_subtree_inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end,
                                     const Hash& leaf, std::span<const Hash> proof,
                                     const Hash& root);
/// The subtree is part of the tree of `size` leaves. An empty subtree has the empty root, is part
/// of every tree, and has an empty proof.
Result<void> check_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size,
                                       std::span<const Hash> proof, const Hash& subtree_root,
                                       const Hash& root);
/// §4.4.1 of that draft; empty for an empty subtree. Errors: "bad_subtree", "bad_size".
Result<std::vector<Hash>> subtree_consistency_proof(std::uint64_t start, std::uint64_t end,
                                                    std::uint64_t size, const SubtreeHash& subtree);

/// The right edge of a growing tree: O(log n) memory, a root at any time. Not thread-safe.
class Frontier {
 public:
  Frontier() = default;
  /// From the hashes of complete subtrees of a tree of this size.
  static Result<Frontier> at(std::uint64_t size, const SubtreeHash& subtree);
  void add(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> subtrees_;  // largest first, one for each set bit of size_
};

// ------------------------------------------------------------------ signed notes, signed-note
// v1.0.0

/// key ID ‖ signature; the algorithm is the key's affair.
struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature;
};

/// A text ending in a newline, and the signatures below it.
struct Note {
  std::string text;
  std::vector<NoteSignature> signatures;
};

/// Limits: 1 MB whole, 100 signature lines. Errors: "not_a_note".
Result<Note> parse_note(std::string_view text);
std::string write_note(const Note& note);

/// `name+hex8+base64(type ‖ key)`, type 01 (Ed25519). The name has no white space and no '+'.
class NoteVerifier {
 public:
  static Result<NoteVerifier> parse(std::string_view vkey);  ///< surrounding white space is ignored
  static Result<NoteVerifier> make(std::string_view name,
                                   const trust::VerifyKey& key);  ///< Ed25519
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t key_id() const { return key_id_; }
  [[nodiscard]] std::string vkey() const;
  [[nodiscard]] bool verify(std::string_view text, Octets signature) const;

 private:
  NoteVerifier(std::string name, std::uint32_t key_id, trust::VerifyKey key)
      : name_(std::move(name)), key_id_(key_id), key_(std::move(key)) {}
  std::string name_;
  std::uint32_t key_id_;
  trust::VerifyKey key_;
};

class NoteSigner {
 public:
  static Result<NoteSigner> make(std::string_view name, trust::SigningKey key);  ///< Ed25519
  [[nodiscard]] const NoteVerifier& verifier() const { return verifier_; }
  [[nodiscard]] NoteSignature sign(std::string_view text) const;

 private:
  NoteSigner(NoteVerifier verifier, trust::SigningKey key)
      : verifier_(std::move(verifier)), key_(std::move(key)) {}
  NoteVerifier verifier_;
  trust::SigningKey key_;
};

/// The note, when it carries a good signature of at least one of the keys. Signatures of unknown
/// keys are ignored; a known key with a bad signature refuses the note ("bad_signature"); none of
/// the keys there: "unsigned_note".
Result<Note> open_note(std::string_view text, std::span<const NoteVerifier> keys);

// -------------------------------------------------------------------------- checkpoints, v1.0.0

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  std::vector<std::string> extensions;  ///< read, never written by us
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string write_checkpoint(const Checkpoint& checkpoint);       ///< the note's text
Result<Checkpoint> parse_checkpoint(std::string_view note_text);  ///< error "not_a_checkpoint"
/// open_note, parse_checkpoint, and the origin must be the key's name ("wrong_origin").
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& key);

// -------------------------------------------------------------------------- tiles, tlog-tiles
// v0.1.0

inline constexpr std::uint64_t tile_width = 256;
inline constexpr int tile_height = 8;
inline constexpr std::size_t max_entry_bytes = 65535;  ///< the bundle's uint16 length

struct Tile {
  int level = 0;            ///< 0 to 63; -1: entry bundle
  std::uint64_t index = 0;  ///< < 2^56
  int width = 256;          ///< 1 to 256; below 256 is a partial tile
  friend bool operator==(const Tile&, const Tile&) = default;
};
inline constexpr int entries_level = -1;

std::string tile_path(const Tile& tile);  ///< "tile/0/x001/067.p/17", "tile/entries/000"
Result<Tile> parse_tile_path(
    std::string_view path);  ///< only the canonical spelling; "not_a_tile_path"
/// How many hashes the tiles of a level hold in a log of this size: floor(size / 256^level).
std::uint64_t hashes_at(int level, std::uint64_t size);

Result<std::vector<Hash>> parse_hash_tile(Octets tile, int width);  ///< width·32 bytes exactly
Bytes write_hash_tile(std::span<const Hash> hashes);
/// The entries where they lie in the bundle: exactly `count`, else "wrong_bundle".
Result<std::vector<Octets>> bundle_entries(Octets bundle, std::size_t count);
Result<std::vector<Bytes>> parse_bundle(Octets bundle, int width);  ///< exactly `width` entries
Result<Bytes> write_bundle(std::span<const Bytes> entries);         ///< "entry_too_large"
Hash complete_tile_root(std::span<const Hash> hashes);              ///< of a power of two of hashes

// ----------------------------------------------------------------- offline proofs, tlog-proof v1

/// `c2sp.org/tlog-proof@v1`, [extra], index, hashes, blank line, checkpoint note.
struct TlogProof {
  std::optional<Bytes> extra;
  std::uint64_t index = 0;
  std::vector<Hash> hashes;  ///< at most 63
  std::string checkpoint;    ///< signed note
};

std::string write_tlog_proof(const TlogProof& proof);
Result<TlogProof> parse_tlog_proof(std::string_view text);  ///< error "not_a_tlog_proof"

}  // namespace minben::ledger
