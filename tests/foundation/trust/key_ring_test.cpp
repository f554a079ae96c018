#include "trust/key_ring.hpp"

#include <gtest/gtest.h>

#include "support/shared.hpp"

namespace minben::trust {
namespace {

struct Ring : testing::Test {
  std::unique_ptr<KeyRing> load() const {
    auto loaded = KeyRing::load(path);
    EXPECT_TRUE(loaded) << describe(loaded.error());
    return std::move(*loaded);
  }
  std::string code_of(std::string_view content) const {
    EXPECT_TRUE(write_secret_file(path, content));
    const auto loaded = KeyRing::load(path);
    return loaded ? "" : loaded.error().code;
  }

  SeededRandom random{7};
  test::TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "master.key";
  DataKey key = DataKey::generate(random);
};

TEST_F(Ring, ReadsTheFileOfOneKeyThatEarlierVersionsWrote) {
  const Bytes secret(32, 0x5a);
  ASSERT_TRUE(write_secret_file(path, hex_encode(secret) + "\n"));
  const auto ring = load();
  const auto id = MasterKey::from_bytes(secret)->id();
  EXPECT_EQ(ring->ids(), std::vector{id});
  const Bytes wrapped = wrap(*MasterKey::from_bytes(secret), key, "person:1", random);
  EXPECT_TRUE(equal_in_constant_time(ring->unwrap(wrapped, "person:1")->bytes(), key.bytes()));
}

TEST_F(Ring, OpensWhatAnyOfItsKeysWrapped) {
  const auto ring = load();
  EXPECT_TRUE(ring->ids().empty());
  std::vector<Bytes> wrapped;
  for (int i = 0; i < 3; ++i) {
    const auto id = ring->add(MasterKey::generate(random));
    ASSERT_TRUE(id);
    wrapped.push_back(*ring->wrap(*id, key, "c", random));
    EXPECT_EQ(*wrapped_by(wrapped.back()), *id);
  }
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  const auto again = load();
  EXPECT_EQ(again->ids(), ring->ids()) << "oldest first, as they were added";
  for (const Bytes& each : wrapped) EXPECT_TRUE(again->unwrap(each, "c"));
  EXPECT_EQ(again->unwrap(wrapped[0], "d").error().code, "unwrap_failed");

  ASSERT_TRUE(again->remove(ring->ids()[0]));
  const auto gone = again->unwrap(wrapped[0], "c").error();
  EXPECT_EQ(gone.code, "unknown_master_key");
  EXPECT_NE(gone.detail.find(to_string(ring->ids()[0])), gone.detail.npos) << gone.detail;
  EXPECT_EQ(gone.field, path.string());
  EXPECT_TRUE(again->unwrap(wrapped[2], "c"));
}

TEST_F(Ring, NoticesWhatAnotherProcessAdded) {
  const auto mine = load();
  ASSERT_TRUE(mine->add(MasterKey::generate(random)));
  const auto theirs = load();
  const auto id = *theirs->add(MasterKey::generate(random));
  const Bytes wrapped = *theirs->wrap(id, key, "c", random);
  EXPECT_TRUE(mine->unwrap(wrapped, "c"));
  EXPECT_EQ(mine->ids(), theirs->ids());
}

TEST_F(Ring, RefusesAFileThatIsNotItsOwn) {
  const std::string good = hex_encode(Bytes(32, 1)), other = hex_encode(Bytes(32, 2));
  EXPECT_EQ(code_of(good + "\n" + other + "\n"), "");
  EXPECT_EQ(code_of(good + "\n" + good + "\n"), "not_a_master_key");
  EXPECT_EQ(code_of(""), "not_a_master_key");
  EXPECT_EQ(code_of("abc"), "not_a_master_key");
  EXPECT_EQ(code_of(good + "\n\n" + other), "not_a_master_key");
  EXPECT_EQ(code_of(good + "00"), "not_a_master_key");
  ASSERT_TRUE(write_secret_file(path, good + "\nxyz\n"));
  EXPECT_EQ(KeyRing::load(path).error().line, 2);
  std::string many;
  for (std::uint8_t i = 0; i <= most_master_keys; ++i) many += hex_encode(Bytes(32, i)) + "\n";
  EXPECT_EQ(code_of(many), "too_many_keys");
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  EXPECT_EQ(KeyRing::load(path).error().code, "file_too_open");
}

TEST_F(Ring, KeepsItsKeysWhenTheFileIsDamagedWhileItRuns) {
  const auto ring = load();
  const auto id = *ring->add(MasterKey::generate(random));
  const Bytes wrapped = *ring->wrap(id, key, "c", random);
  ASSERT_TRUE(write_secret_file(path, "damaged"));
  EXPECT_FALSE(ring->refresh());
  EXPECT_TRUE(ring->unwrap(wrapped, "c"));
  EXPECT_FALSE(ring->add(MasterKey::generate(random))) << "must not replace what it cannot read";
  EXPECT_EQ(test::read_file(path), "damaged");
}

}  // namespace
}  // namespace minben::trust
