#include <gmock/gmock.h>

#include <bit>

#include "core/core.hpp"
#include "ledger/tlog.hpp"

namespace minben::ledger {
namespace {

/// A tree in memory, as a plain reference for everything else.
struct Tree {
  std::vector<Hash> leaves;
  explicit Tree(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i)
      leaves.push_back(leaf_hash(as_bytes(std::to_string(i))));
  }
  [[nodiscard]] Hash root_of(std::size_t begin,
                             std::size_t end) const {  // RFC 6962 §2.1, as written there
    if (end == begin) return empty_root();
    if (end - begin == 1) return leaves[begin];
    std::size_t k = 1;
    while (2 * k < end - begin) k *= 2;
    return node_hash(root_of(begin, begin + k), root_of(begin + k, end));
  }
  [[nodiscard]] SubtreeHash subtrees() const {
    return [this](int level, std::uint64_t index) -> Result<Hash> {
      const auto width = std::size_t{1} << level;
      return root_of(index * width, (index + 1) * width);
    };
  }
};

TEST(Merkle, EveryProofOfEverySmallTreeHolds) {
  const Tree tree(40);
  for (std::uint64_t size = 1; size <= 40; ++size) {
    const Hash root = tree.root_of(0, size);
    EXPECT_EQ(tree_root(size, tree.subtrees()).value(), root);
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(index, size, tree.subtrees()).value();
      EXPECT_TRUE(check_inclusion(index, size, tree.leaves[index], proof, root));
      EXPECT_FALSE(check_inclusion(index, size, tree.leaves[(index + 1) % 40], proof, root));
    }
    for (std::uint64_t old = 1; old <= size; ++old) {
      const auto proof = consistency_proof(old, size, tree.subtrees()).value();
      EXPECT_TRUE(check_consistency(old, size, proof, tree.root_of(0, old), root))
          << old << " " << size;
      EXPECT_FALSE(check_consistency(old, size, proof, tree.root_of(0, old), empty_root()));
      if (old > 1) {
        EXPECT_FALSE(check_consistency(old - 1, size, proof, tree.root_of(0, old), root));
      }
    }
  }
}

TEST(Merkle, ProofsOfOtherLengthsAreRefused) {
  const Tree tree(13);
  const Hash root = tree.root_of(0, 13);
  auto proof = inclusion_proof(5, 13, tree.subtrees()).value();
  proof.push_back(root);
  EXPECT_EQ(check_inclusion(5, 13, tree.leaves[5], proof, root).error().code, "bad_proof_length");
  proof.resize(proof.size() - 2);
  EXPECT_EQ(check_inclusion(5, 13, tree.leaves[5], proof, root).error().code, "bad_proof_length");
  EXPECT_EQ(check_inclusion(13, 13, tree.leaves[5], proof, root).error().code, "bad_index");
  EXPECT_EQ(check_consistency(0, 13, {}, empty_root(), root).error().code, "bad_size");
  EXPECT_EQ(check_consistency(14, 13, {}, root, root).error().code, "bad_size");
}

TEST(Merkle, SubtreesAreOfTheTreeTheyBelongTo) {
  const Tree tree(13);
  const std::vector<Hash> none;
  // [8, 12) is a node of the tree of 13: its proof is the leaf to the right and the tree to the
  // left.
  const std::vector<Hash> proof{tree.leaves[12], tree.root_of(0, 8)};
  EXPECT_TRUE(
      check_subtree_consistency(8, 12, 13, proof, tree.root_of(8, 12), tree.root_of(0, 13)));
  EXPECT_FALSE(
      check_subtree_consistency(8, 12, 13, proof, tree.root_of(4, 8), tree.root_of(0, 13)));
  EXPECT_EQ(check_subtree_consistency(2, 6, 13, none, tree.root_of(2, 6), tree.root_of(0, 13))
                .error()
                .code,
            "bad_subtree");
  EXPECT_TRUE(check_subtree_consistency(4, 4, 13, none, empty_root(), tree.root_of(0, 13)));
}

TEST(Merkle, EverySubtreeOfEverySmallTreeIsProven) {
  const Tree tree(40);
  const auto subtrees = tree.subtrees();
  for (std::uint64_t size = 0; size <= 40; ++size)
    for (std::uint64_t start = 0; start <= size; ++start)
      for (std::uint64_t end = start; end <= size; ++end) {
        const auto proof = subtree_consistency_proof(start, end, size, subtrees);
        const bool is_subtree = start == end || start % std::bit_ceil(end - start) == 0;
        ASSERT_EQ(proof.has_value(), is_subtree) << start << " " << end;
        if (!proof) continue;
        const Hash root = tree.root_of(0, size), inner = tree.root_of(start, end);
        EXPECT_TRUE(check_subtree_consistency(start, end, size, *proof, inner, root))
            << start << " " << end << " " << size;
        if (start < end)
          EXPECT_FALSE(check_subtree_consistency(start, end, size, *proof, root, inner) &&
                       root != inner);
      }
  EXPECT_EQ(subtree_consistency_proof(8, 12, 11, subtrees).error().code, "bad_size");
  EXPECT_EQ(subtree_consistency_proof(2, 6, 13, subtrees).error().code, "bad_subtree");
}

TEST(Merkle, TheFrontierIsTheTree) {
  const Tree tree(300);
  Frontier frontier;
  EXPECT_EQ(frontier.root(), empty_root());
  for (std::uint64_t size = 1; size <= 300; ++size) {
    frontier.add(tree.leaves[size - 1]);
    EXPECT_EQ(frontier.root(), tree.root_of(0, size)) << size;
    if (size % 37 == 0) {
      EXPECT_EQ(Frontier::at(size, tree.subtrees())->root(), frontier.root());
    }
  }
}

struct Notes : testing::Test {
  NoteSigner signer =
      NoteSigner::make("minben.example/log", trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  NoteSigner witness =
      NoteSigner::make("witness.example", trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  const NoteVerifier& key = signer.verifier();
  std::string text = "hello\n\nworld\n";

  std::string sign(std::initializer_list<const NoteSigner*> signers) {
    Note note{text, {}};
    for (const NoteSigner* one : signers) note.signatures.push_back(one->sign(text));
    return write_note(note);
  }
  std::string code(std::string_view note) {
    const auto opened = open_note(note, std::span(&key, 1));
    return opened ? "" : opened.error().code;
  }
};

TEST_F(Notes, KeysTravelAsText) {
  const auto parsed = NoteVerifier::parse(key.vkey() + "\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->vkey(), key.vkey());
  for (const std::string& bad :
       {std::string("a+b"), key.vkey() + "AA", "x" + key.vkey(), std::string()}) {
    EXPECT_EQ(NoteVerifier::parse(bad).error().code, "not_a_verifier_key") << bad;
  }
  // The example of signed-note's Go implementation.
  EXPECT_TRUE(
      NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
}

TEST_F(Notes, TheGoImplementationsExampleOpens) {
  const std::string note =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n\n"
      "— PeterNeumann "
      "x08go/ZJkuBS9UG/"
      "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const auto peter =
      NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
          .value();
  EXPECT_TRUE(open_note(note, std::span(&peter, 1)));
  EXPECT_EQ(write_note(*parse_note(note)), note);
}

TEST_F(Notes, KnownKeysDecideUnknownOnesAreIgnored) {
  EXPECT_EQ(code(sign({&signer})), "");
  EXPECT_EQ(code(sign({&witness, &signer})), "");
  EXPECT_EQ(code(sign({&witness})), "unsigned_note");
  Note forged{text, {signer.sign("something else\n"), signer.sign(text)}};
  EXPECT_EQ(code(write_note(forged)), "bad_signature");
  Note impostor{text, {{key.name(), key.key_id() + 1, Bytes(64)}, signer.sign(text)}};
  EXPECT_EQ(code(write_note(impostor)), "");
}

TEST_F(Notes, AtLeastSixteenSignaturesAreTakenAndAHundredAtMost) {
  Note note{text, {}};
  for (int i = 0; i < 99; ++i) note.signatures.push_back(witness.sign(text));
  note.signatures.push_back(signer.sign(text));
  EXPECT_EQ(code(write_note(note)), "");
  note.signatures.push_back(witness.sign(text));
  EXPECT_EQ(code(write_note(note)), "not_a_note");
}

TEST_F(Notes, MalformedOnesAreRefused) {
  const std::string good = sign({&signer});
  EXPECT_EQ(code(good.substr(0, good.size() - 1)), "not_a_note");
  EXPECT_EQ(code(good + "\n"), "not_a_note");
  EXPECT_EQ(code(good + "- not a dash\n"), "not_a_note");
  EXPECT_EQ(code(text), "not_a_note");
  EXPECT_EQ(code("a\tb\n" + good), "not_a_note");
  EXPECT_EQ(code("\xff\n" + good), "not_a_note");
  EXPECT_EQ(code(""), "not_a_note");
  std::string spaced = good;
  spaced.replace(spaced.rfind("minben"), 6, "min\u00a0n");
  EXPECT_EQ(code(spaced), "not_a_note");
}

TEST(Checkpoints, OneSpellingOnly) {
  const Checkpoint checkpoint{"minben.example/log", 70000, empty_root(), {}};
  const std::string text = write_checkpoint(checkpoint);
  EXPECT_EQ(text, "minben.example/log\n70000\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  EXPECT_EQ(parse_checkpoint(text).value(), checkpoint);
  EXPECT_EQ(parse_checkpoint(text + "extension\n")->extensions,
            std::vector<std::string>{"extension"});
  for (const std::string_view bad :
       {"", "a\n1\n", "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", "a\n1\nAAAA\n",
        "a\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}) {
    EXPECT_EQ(parse_checkpoint(bad).error().code, "not_a_checkpoint") << bad;
  }
}

TEST(Tiles, PathsAreThoseOfTheSpecification) {
  EXPECT_EQ(tile_path({0, 67, 256}), "tile/0/067");
  EXPECT_EQ(tile_path({0, 1234067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path({2, 0, 17}), "tile/2/000.p/17");
  EXPECT_EQ(tile_path({entries_level, 1000, 1}), "tile/entries/x001/000.p/1");
  for (const Tile& tile :
       {Tile{0, 0, 256}, Tile{63, (1ull << 56) - 1, 255}, Tile{entries_level, 999999, 3}}) {
    EXPECT_EQ(parse_tile_path(tile_path(tile)).value(), tile);
  }
  for (const std::string_view bad :
       {"", "tile", "tile/0", "tile/0/67", "tile/0/1000", "tile/64/000", "tile/00/000",
        "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/x000/000",
        "tile/0/001/000", "tile/0/../000", "/tile/0/000", "tile/data/000", "tile/0/000/",
        "tile/0/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_EQ(parse_tile_path(bad).error().code, "not_a_tile_path") << bad;
  }
}

TEST(Tiles, BundlesHoldExactlyTheirEntries) {
  const std::vector<Bytes> entries{{}, {1, 2, 3}, Bytes(65535, 7)};
  const Bytes bundle = write_bundle(entries).value();
  EXPECT_EQ(parse_bundle(bundle, 3).value(), entries);
  EXPECT_FALSE(parse_bundle(bundle, 2));
  EXPECT_FALSE(parse_bundle(bundle, 4));
  EXPECT_FALSE(parse_bundle(Octets(bundle).first(bundle.size() - 1), 3));
  EXPECT_EQ(write_bundle(std::vector<Bytes>{Bytes(65536)}).error().code, "entry_too_large");
}

TEST(TlogProofs, TravelAsText) {
  const TlogProof proof{Bytes{1, 2}, 5, {empty_root(), leaf_hash({})}, "checkpoint\n"};
  const std::string text = write_tlog_proof(proof);
  EXPECT_EQ(
      text,
      "c2sp.org/tlog-proof@v1\nextra AQI=\nindex 5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
      "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n\ncheckpoint\n");
  EXPECT_EQ(write_tlog_proof(parse_tlog_proof(text).value()), text);
  for (const std::string_view bad :
       {"", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nc\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nc\n", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nc\n",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nc\n"}) {
    EXPECT_EQ(parse_tlog_proof(bad).error().code, "not_a_tlog_proof") << bad;
  }
}

}  // namespace
}  // namespace minben::ledger
