#include <thread>

#include "fixture.hpp"

namespace minben::identity {
namespace {

class People : public IdentityTest {
 protected:
  Result<PersonId> add(const Profile& profile) {
    return in_transaction([&](store::Transaction& t) { return identity_.add_person(t, profile); });
  }
  Result<Person> read(PersonId id) {
    return in_transaction([&](store::Transaction& t) { return identity_.person(t, id); });
  }
  std::string whole_table(std::string_view name) {
    const std::string sql =
        "select string_agg(x::text, ' ') as all from identity." + std::string(name) + " x";
    const std::string query_name = "test_" + std::string(name);
    return db_->run(store::Query{query_name, sql})->front().text("all");
  }
};

const Profile mei{"Mei Lin", "LIN<<MEI", "mei@example.test", "a800000014", Language::en};

TEST_F(People, AreKeptSealedAndReadBackNormalised) {
  const auto id = add(mei);
  ASSERT_TRUE(id) << describe(id.error());
  const auto person = read(*id);
  ASSERT_TRUE(person) << describe(person.error());
  EXPECT_EQ(person->profile.national_id, "A800000014");
  EXPECT_EQ(person->profile.name, mei.name);
  EXPECT_EQ(person->profile.language, Language::en);
  EXPECT_EQ(person->created_at, clock_.now());
  const std::string stored = whole_table("person") + whole_table("handle");
  for (const std::string_view secret : {"Mei Lin", "mei@example.test", "A800000014"}) {
    EXPECT_EQ(stored.find(secret), std::string::npos);
    EXPECT_EQ(stored.find(hex_encode(as_bytes(secret))), std::string::npos);
  }
}

TEST_F(People, AreFoundByAddressAndNumber) {
  const PersonId id = *add(mei);
  const auto by_email = in_transaction(
      [&](store::Transaction& t) { return identity_.find_by_email(t, "MEI@example.TEST"); });
  EXPECT_EQ(**by_email, id);
  const auto by_number = in_transaction(
      [&](store::Transaction& t) { return identity_.find_by_national_id(t, "A800000014"); });
  EXPECT_EQ(**by_number, id);
  EXPECT_FALSE(*in_transaction(
      [&](store::Transaction& t) { return identity_.find_by_email(t, "wu@example.test"); }));
}

TEST_F(People, NoTwoHaveTheSameAddressOrNumber) {
  ASSERT_TRUE(add(mei));
  Profile other = mei;
  EXPECT_EQ(add(other).error().field, "email");
  other.email = "other@example.test";
  const auto refused = add(other);
  EXPECT_EQ(refused.error().code, "duplicate");
  EXPECT_EQ(refused.error().field, "national_id");
  other.national_id = "";
  EXPECT_TRUE(add(other)) << "and the refused attempt left nothing behind";
}

TEST_F(People, ARaceForAnAddressHasOneWinner) {
  std::atomic<int> winners{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([&] { winners += add(mei) ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
}

TEST_F(People, MayChangeTheirAddressAndFreeTheOldOne) {
  const PersonId id = *add(mei);
  Profile changed = mei;
  changed.email = "lin@example.test";
  changed.name = "林美";
  ASSERT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.change_profile(t, id, changed); }));
  EXPECT_EQ(read(id)->profile.name, "林美");
  Profile next = mei;
  next.national_id = "";
  EXPECT_TRUE(add(next));
  EXPECT_FALSE(in_transaction([&](store::Transaction& t) {
    return identity_.change_profile(t, id, mei);
  })) << "taken meanwhile";
  EXPECT_EQ(read(id)->profile.email, "lin@example.test");
}

TEST_F(People, ErasureIsForEver) {
  const PersonId id = *add(mei);
  const SignedIn signed_in = *identity_.sign_in_unchecked(id, Assurance::low);
  const Vault& vault = identity_.vault();
  const auto sealed = in_transaction(
      [&](store::Transaction& t) { return vault.seal(t, id, "test.note", "secret"); });
  ASSERT_TRUE(in_transaction([&](store::Transaction& t) { return identity_.erase_person(t, id); }));
  EXPECT_EQ(read(id).error().code, "erased");
  EXPECT_FALSE(identity_.session(signed_in.token));
  const auto opened = in_transaction(
      [&](store::Transaction& t) { return vault.open(t, id, "test.note", *sealed); });
  EXPECT_EQ(opened.error().code, "erased");
  const auto again =
      in_transaction([&](store::Transaction& t) { return vault.seal(t, id, "test.note", "new"); });
  EXPECT_EQ(again.error().code, "erased");
  EXPECT_TRUE(add(mei)) << "the address is free for a new account, which is somebody else";
}

class VaultTest : public People {
 protected:
  const Vault& vault_ = identity_.vault();
  Result<std::string> open(PersonId id, std::string_view context, const Bytes& sealed) {
    return in_transaction(
        [&](store::Transaction& t) { return vault_.open(t, id, context, sealed); });
  }
};

TEST_F(VaultTest, OpensOnlyForThePersonAndPlaceItWasSealedFor) {
  const PersonId mine = add_person("a@example.test"), yours = add_person("b@example.test");
  const Bytes sealed = *in_transaction(
      [&](store::Transaction& t) { return vault_.seal(t, mine, "case.answers", "民本"); });
  EXPECT_EQ(*open(mine, "case.answers", sealed), "民本");
  EXPECT_EQ(open(mine, "case.notes", sealed).error().code, "not_openable");
  EXPECT_EQ(open(yours, "case.answers", sealed).error().code, "not_openable");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(open(mine, "case.answers", changed)) << i;
  }
  EXPECT_FALSE(open(mine, "case.answers", {}));
}

TEST_F(VaultTest, FirstUseByTwoAtOnceMakesOneKey) {
  const PersonId id = PersonId::make(clock_, random_);
  std::array<Bytes, 6> sealed;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < sealed.size(); ++i)
    threads.emplace_back([&, i] {
      sealed[i] =
          *in_transaction([&](store::Transaction& t) { return vault_.seal(t, id, "x", "v"); });
    });
  for (auto& thread : threads) thread.join();
  for (const Bytes& each : sealed) EXPECT_EQ(*open(id, "x", each), "v");
}

TEST_F(VaultTest, FileKeysDifferByContextAndStayTheSame) {
  const PersonId id = add_person();
  const auto key = [&](std::string_view context) {
    const auto made =
        in_transaction([&](store::Transaction& t) { return vault_.file_key(t, id, context); });
    return hex_encode(made->bytes());
  };
  EXPECT_EQ(key("upload/1"), key("upload/1"));
  EXPECT_NE(key("upload/1"), key("upload/2"));
}

TEST_F(VaultTest, LookupsKeepPurposesApart) {
  EXPECT_EQ(vault_.lookup("email", "a"), vault_.lookup("email", "a"));
  EXPECT_NE(vault_.lookup("email", "a"), vault_.lookup("phone", "a"));
  EXPECT_NE(vault_.lookup("ab", "c"), vault_.lookup("a", "bc"));
}

}  // namespace
}  // namespace minben::identity
