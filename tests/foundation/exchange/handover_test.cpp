// The registry's key changes: who is believed then.
#include "exchange/handover.hpp"

#include <gtest/gtest.h>

#include "exchange/values.hpp"
#include "world.hpp"

namespace minben::exchange::test {
namespace {

struct HandoverTest : ::testing::Test {
  World world;
  const trust::SigningKey one = key_of(11), two = key_of(12), three = key_of(13);

  static std::string hand_over(const trust::SigningKey& from, const trust::SigningKey& to) {
    return sign_handover("MINBEN", from, to, noon).value();
  }
  std::string signed_by(const trust::SigningKey& key, std::vector<std::string> handovers) {
    world.configuration.handovers = std::move(handovers);
    return sign_configuration(world.configuration, key).value();
  }
  /// The code of the refusal, or whose signature it was.
  std::string judged(const std::string& text, const trust::SigningKey& trusted) {
    const auto read = verify_signed_configuration(text, trusted.verify_key(), noon);
    if (!read) return read.error().code;
    EXPECT_TRUE(verify_configuration(text, trusted.verify_key(), noon));
    if (read->signed_by == one.verify_key()) return "one";
    return read->signed_by == two.verify_key() ? "two" : "three";
  }
};

TEST_F(HandoverTest, IsReadAsItWasSigned) {
  const auto read = read_handover(hand_over(one, two));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->instance, "MINBEN");
  EXPECT_EQ(read->from, one.verify_key());
  EXPECT_EQ(read->to, two.verify_key());
  EXPECT_EQ(read->at, noon);
}

TEST_F(HandoverTest, LeadsFromEachKeyToAllLaterOnes) {
  const std::vector<std::string> both{hand_over(one, two), hand_over(two, three)};
  EXPECT_EQ(judged(signed_by(one, {hand_over(one, two)}), one), "one");  // announced only
  const std::string now = signed_by(three, both);
  for (const auto& trusted : {one, two, three}) EXPECT_EQ(judged(now, trusted), "three");
  EXPECT_EQ(judged(signed_by(two, both), one), "two");
  const auto read = verify_configuration(now, one.verify_key(), noon);
  EXPECT_EQ(read->handovers, both);
}

TEST_F(HandoverTest, NobodyGoesBackOrAside) {
  const std::string there = hand_over(one, two), back = hand_over(two, one);
  EXPECT_EQ(judged(signed_by(one, {there}), two), "configuration_forged");
  EXPECT_EQ(judged(signed_by(three, {there}), one), "configuration_forged");
  EXPECT_EQ(judged(signed_by(three, {hand_over(two, three)}), one), "configuration_forged");
  EXPECT_EQ(judged(signed_by(three, {hand_over(two, three), there}), one), "configuration_forged");
  EXPECT_EQ(successors(one.verify_key(), std::vector{there, back}).size(), 1u);
  // The first word of a key counts; a second one is passed over.
  const std::vector<std::string> split{there, hand_over(one, three)};
  EXPECT_EQ(judged(signed_by(three, split), one), "configuration_forged");
  EXPECT_EQ(judged(signed_by(two, split), one), "two");
}

TEST_F(HandoverTest, IsForgedWithoutBothKeys) {
  const std::string good = hand_over(one, two);
  const auto code = [](const std::string& text) {
    const auto read = read_handover(text);
    return read ? "" : read.error().code;
  };
  const auto replaced = [&](const trust::SigningKey& old, const trust::SigningKey& other) {
    std::string text = good;
    const auto key = base64url_encode(old.verify_key().bytes());
    text.replace(text.find(key), key.size(), base64url_encode(other.verify_key().bytes()));
    return text;
  };
  EXPECT_EQ(code(good), "");
  EXPECT_EQ(code(replaced(one, three)), "handover_forged");
  EXPECT_EQ(code(replaced(two, three)), "handover_forged");
  // Signed with the old key, but nobody has shown that the new one exists.
  const JsonObject content{{"instance", "MINBEN"},
                           {"from", base64url_encode(one.verify_key().bytes())},
                           {"to", base64url_encode(two.verify_key().bytes())},
                           {"at", minben::to_string(noon)},
                           {"proof", base64url_encode(three.sign(as_bytes("x")))}};
  EXPECT_EQ(code(sign_document("minben-registry-key/1", content, one).value()), "handover_forged");
  EXPECT_EQ(code(""), "handover_malformed");
  EXPECT_EQ(code("{}"), "handover_malformed");
  EXPECT_EQ(code(std::string(max_handover + 1, ' ')), "handover_malformed");
}

TEST_F(HandoverTest, AreBounded) {
  std::vector<std::string> many;
  std::vector<trust::SigningKey> keys{one};
  for (std::size_t i = 0; i < max_handovers + 2; ++i) {
    keys.push_back(trust::SigningKey::generate(trust::KeyType::ed25519));
    many.push_back(hand_over(keys[i], keys[i + 1]));
  }
  EXPECT_EQ(successors(one.verify_key(), many).size(), max_handovers);
}

}  // namespace
}  // namespace minben::exchange::test
