#pragma once
// Logs in memory for tests of witnesses: any size, any proof, and histories that part.
#include <string>
#include <vector>

#include "core/core.hpp"
#include "ledger/policy.hpp"
#include "ledger/witness.hpp"

namespace minben::ledger::test {

class Tree {
 public:
  Tree(std::string_view origin, std::string_view key_seed)
      : signer_(
            NoteSigner::make(origin, trust::SigningKey::from_ed25519_seed(sha256(key_seed)).value())
                .value()) {}
  void grow(std::uint64_t to, std::string_view what = "entry") {
    while (leaves_.size() < to) {
      const std::string entry = fmt::format("{} {}", what, leaves_.size());
      leaves_.push_back(leaf_hash(as_bytes(entry)));
    }
  }
  [[nodiscard]] std::uint64_t size() const { return leaves_.size(); }
  [[nodiscard]] const NoteVerifier& key() const { return signer_.verifier(); }
  [[nodiscard]] Hash root(std::uint64_t size) const { return tree_root(size, subtrees()).value(); }
  [[nodiscard]] std::string text(std::uint64_t size) const {
    return write_checkpoint({key().name(), size, root(size), {}});
  }
  [[nodiscard]] std::string note(std::uint64_t size) const { return sign(text(size)); }
  [[nodiscard]] std::string sign(const std::string& text) const {
    return write_note({text, {signer_.sign(text)}});
  }
  [[nodiscard]] std::vector<Hash> proof(std::uint64_t from, std::uint64_t to) const {
    return consistency_proof(from, to, subtrees()).value();
  }
  /// A well-formed request.
  [[nodiscard]] std::string request(std::uint64_t from, std::uint64_t to) const {
    return write_add_checkpoint({from, proof(from, to), note(to)});
  }

  [[nodiscard]] SubtreeHash subtrees() const {
    return [this](int level, std::uint64_t index) -> Result<Hash> {
      const std::uint64_t width = std::uint64_t{1} << level;
      return complete_tile_root(std::span(leaves_).subspan(index * width, width));
    };
  }

 private:
  NoteSigner signer_;
  std::vector<Hash> leaves_;
};

inline Cosigner cosigner(const std::string& name) {
  return Cosigner::make("witness.example/" + name,
                        trust::SigningKey::from_ed25519_seed(sha256(name)).value())
      .value();
}
inline KnownLogs knows(const Tree& tree) {
  return [key = tree.key()](std::string_view origin) {
    return origin == key.name() ? std::vector{key} : std::vector<NoteVerifier>();
  };
}

}  // namespace minben::ledger::test
