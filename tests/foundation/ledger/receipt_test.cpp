#include <gmock/gmock.h>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

struct Receipts : testing::Test {
  static constexpr std::string_view origin = "minben.example/log";
  test::TemporaryDirectory temporary;
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::unique_ptr<Log> log = Log::open(temporary.path() / "log", origin, key).value();
  Claim claim{"usage", parse_instant("2026-11-23T04:05:06.5Z").value(),
              parse_json(R"({"agency":"nia","fields":["姓名","passport"],"count":3})").value()};
  Bytes salt = Bytes(salt_bytes, 9);

  std::string make() {
    const Hash digest = commitment_digest(claim, salt).value();
    EXPECT_TRUE(log->append_all(
        std::vector<Bytes>{{1}, {2}, Bytes(digest.begin(), digest.end()), {3}, {4}}));
    return write_receipt({claim, salt, log->proof(2).value()}).value();
  }
  std::string refusal(std::string_view text) {
    const auto verified = verify_receipt(text, log->vkey());
    return verified ? "" : verified.error().field + ": " + verified.error().code;
  }
  /// The refusal after `part` was replaced once.
  std::string refusal_with(std::string text, std::string_view part, std::string_view other) {
    const auto at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return refusal(text.replace(at, part.size(), other));
  }
};

TEST_F(Receipts, ProveTheirContent) {
  const auto verified = verify_receipt(make(), log->vkey());
  ASSERT_TRUE(verified) << describe(verified.error());
  EXPECT_EQ(verified->claim.type, "usage");
  EXPECT_EQ(verified->claim.at, claim.at);
  EXPECT_EQ(verified->claim.content, claim.content);
  EXPECT_EQ(verified->index, 2u);
  EXPECT_EQ(verified->checkpoint.size, 5u);
}

TEST_F(Receipts, EveryChangedByteIsRefused) {
  const std::string good = make();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int flip : {1, 2, 32}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      EXPECT_NE(refusal(bad), "") << "byte " << i << " of " << good;
    }
    EXPECT_NE(refusal(good.substr(0, i)), "");
  }
  EXPECT_EQ(refusal(good + "\n"), "receipt: not_a_receipt");
  EXPECT_EQ(refusal(" " + good), "receipt: not_a_receipt");
}

TEST_F(Receipts, TheWrongPartIsNamed) {
  const std::string good = make();
  EXPECT_EQ(refusal_with(good, "\"nia\"", "\"wda\""), "content: content_mismatch");
  EXPECT_EQ(refusal_with(good, "\"count\": 3", "\"count\": 4"), "content: content_mismatch");
  EXPECT_EQ(refusal_with(good, "04:05:06", "04:05:07"), "content: content_mismatch");
  EXPECT_EQ(refusal_with(good, "\"usage\"", "\"abuse\""), "content: content_mismatch");
  EXPECT_EQ(refusal_with(good, base64_encode(salt), base64_encode(Bytes(salt_bytes, 8))),
            "content: content_mismatch");
  const Hash digest = commitment_digest(claim, salt).value();
  EXPECT_EQ(refusal_with(good, base64_encode(digest), base64_encode(empty_root())),
            "leaf: leaf_mismatch");
  EXPECT_EQ(refusal_with(good, base64_encode(leaf_hash(digest)), base64_encode(empty_root())),
            "proof: root_mismatch");
  EXPECT_EQ(refusal_with(good, "index 2", "index 3"), "proof: root_mismatch");
  EXPECT_EQ(refusal_with(good, "index 2", "index 9"), "proof: bad_index");
  EXPECT_EQ(refusal_with(good, "\"5\"", "\"6\""), "checkpoint: bad_signature");
  EXPECT_EQ(refusal_with(good, "minben.example/log", "minben.example/lob"),
            "checkpoint: bad_signature");
  EXPECT_EQ(refusal("{}"), "receipt: not_a_receipt");
}

TEST_F(Receipts, AnotherLogsKeyDoesNotAcceptThem) {
  const std::string good = make();
  const auto other =
      NoteVerifier::make(origin, trust::SigningKey::generate(trust::KeyType::ed25519).verify_key())
          ->vkey();
  EXPECT_EQ(verify_receipt(good, other).error().code, "unsigned_note");
  EXPECT_EQ(verify_receipt(good, "nonsense").error().code, "not_a_verifier_key");
}

TEST_F(Receipts, FractionsCannotBeCommitted) {
  claim.content = parse_json("[0.5]").value();
  EXPECT_EQ(commitment_digest(claim, salt).error().code, "not_canonical");
}

}  // namespace
}  // namespace minben::ledger
