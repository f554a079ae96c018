#include <gtest/gtest.h>

#include "core/core.hpp"
#include "trust/trust.hpp"

namespace minben::trust {
namespace {

struct Envelope : testing::Test {
  SeededRandom random{7};
  MasterKey master = MasterKey::generate(random);
  DataKey key = DataKey::generate(random);
};

TEST_F(Envelope, OpensWithItsKeyAndContextOnly) {
  const auto sealed = seal(key, as_bytes("王小明"), "identity.person.name", random);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->size(), as_bytes("王小明").size() + sealing_overhead);
  EXPECT_EQ(as_text(*open(key, *sealed, "identity.person.name")), "王小明");
  EXPECT_EQ(open(key, *sealed, "identity.person.email").error().code, "open_failed");
  const DataKey other = DataKey::generate(random);
  EXPECT_EQ(open(other, *sealed, "identity.person.name").error().code, "open_failed");
}

TEST_F(Envelope, EveryByteIsAuthenticated) {
  const Bytes sealed = *seal(key, as_bytes("secret"), "c", random);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes bent = sealed;
    bent[i] ^= 0x80;
    EXPECT_FALSE(open(key, bent, "c")) << "byte " << i;
    EXPECT_FALSE(open(key, Octets(sealed).first(i), "c")) << "length " << i;
  }
}

TEST_F(Envelope, EmptyAndLargePlaintextsTravelToo) {
  EXPECT_TRUE(open(key, *seal(key, {}, "", random), "")->empty());
  const Bytes large(1u << 20, 42);
  EXPECT_EQ(*open(key, *seal(key, large, "x", random), "x"), large);
}

TEST_F(Envelope, SealingTwiceLooksDifferent) {
  EXPECT_NE(*seal(key, as_bytes("same"), "c", random), *seal(key, as_bytes("same"), "c", random));
}

TEST_F(Envelope, WrappedKeysBelongToTheirMasterAndContext) {
  const Bytes wrapped = wrap(master, key, "person:1", random);
  const auto back = unwrap(master, wrapped, "person:1");
  ASSERT_TRUE(back);
  EXPECT_TRUE(equal_in_constant_time(back->bytes(), key.bytes()));
  EXPECT_EQ(unwrap(master, wrapped, "person:2").error().code, "unwrap_failed");
  EXPECT_EQ(unwrap(MasterKey::generate(random), wrapped, "person:1").error().code,
            "other_master_key");
  EXPECT_EQ(unwrap(master, Octets(wrapped).first(20), "person:1").error().code,
            "not_a_wrapped_key");
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    Bytes bent = wrapped;
    bent[i] ^= 1;
    EXPECT_FALSE(unwrap(master, bent, "person:1")) << "byte " << i;
  }
}

}  // namespace
}  // namespace minben::trust
