// Beginning: an empty database, a second machine, and a platform of an earlier version.
#include "keys/keys.hpp"

#include "fixture.hpp"

namespace minben::keys {
namespace {

constexpr store::Query insert_subject_key{
    "test_insert_subject_key",
    "insert into identity.subject_key (subject_id, wrapped) values ($1, $2)"};

using Beginning = KeysTest;

TEST_F(Beginning, MakesAMasterKeyForAnEmptyDatabase) {
  const Machine a = machine();
  ASSERT_EQ(a.ring->ids().size(), 1u);
  const auto keys = must(a.rotation.status());
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].state, State::active);
  EXPECT_TRUE(keys[0].in_file);
  EXPECT_EQ(keys[0].wraps,
            (std::map<std::string, std::int64_t>{{"keys of the platform", purposes}}));
  EXPECT_EQ(std::filesystem::status(a.file).permissions(), std::filesystem::perms(0600));
  const auto derived = must(a.ring->derive(a.ring->ids()[0], "minben/identity/1/lookup"));
  EXPECT_FALSE(equal_in_constant_time(a.keys->of(Purpose::lookup).bytes(), derived.bytes()))
      << "who gets hold of a master key that is gone must not be able to compute look-ups";
}

TEST_F(Beginning, RefusesAMachineWithoutTheKeyFile) {
  const Machine a = machine("a");
  const auto refused =
      Keys::open(db_.database(), clock_, random_, must(trust::KeyRing::load(file("b"))));
  EXPECT_EQ(refused.error().code, "unknown_master_key");
  EXPECT_FALSE(std::filesystem::exists(file("b"))) << "no second master key comes into being";
  copy("a", "b");
  const Machine b = machine("b");
  for (const Purpose purpose : {Purpose::lookup, Purpose::session_form, Purpose::code,
                                Purpose::parcel, Purpose::page_form, Purpose::notice})
    EXPECT_TRUE(equal_in_constant_time(a.keys->of(purpose).bytes(), b.keys->of(purpose).bytes()));
}

/// What a version before this room left behind.
class Upgrade : public KeysTest {
 protected:
  Upgrade() { must(trust::write_secret_file(file("a"), hex_encode(old_.bytes()) + "\n")); }
  trust::MasterKey old_ = trust::MasterKey::generate(random_);
};

TEST_F(Upgrade, FindsAndOpensWhatTheEarlierVersionWrote) {
  const PersonId whose = PersonId::make(clock_, random_);
  const auto key = trust::DataKey::generate(random_);
  must(db_->run(insert_subject_key, whose,
                trust::wrap(old_, key, "identity.subject_key/" + to_string(whose), random_)));
  const Bytes sealed = must(trust::seal(key, as_bytes("民本"), "test", random_));
  const Sha256 derived = hmac_sha256(old_.bytes(), as_bytes("minben/identity/1/lookup"));
  const Sha256 lookup = hmac_sha256(derived, as_bytes("5:emaillin@example.test"));

  Machine a = machine();
  const auto same = [&](const Machine& m) {
    EXPECT_EQ(must(m.open(whose, sealed)), "民本");
    EXPECT_EQ(m.vault.lookup("email", "lin@example.test"), Bytes(lookup.begin(), lookup.end()));
    const Sha256 page = hmac_sha256(old_.bytes(), as_bytes("minben/page/mac/1"));
    EXPECT_TRUE(equal_in_constant_time(m.keys->of(Purpose::page_form).bytes(), page));
  };
  same(a);
  must(a.rotate());
  EXPECT_EQ(a.rotation.retire(old_.id()).error().code, "mail_waits");
  clock_.advance(hours{25});
  must(a.rotation.retire(old_.id()));
  same(machine());
}

TEST_F(Upgrade, DeliversTheMailThatWaited) {
  const Json content{{"to", "lin@example.test"},
                     {"subject", "123456"},
                     {"text", "…"},
                     {"deliver", true},
                     {"until", "2026-11-23T01:00:00Z"}};
  const auto key = trust::DataKey::generate(random_);
  Bytes parcel = trust::wrap(old_, key, "identity.mail", random_);
  const Bytes sealed =
      must(trust::seal(key, as_bytes(write_json(content)), "identity.mail", random_));
  parcel.insert(parcel.end(), sealed.begin(), sealed.end());
  must(db_->transact([&](store::Transaction& t) {
    return store::enqueue(t, {"identity.mail", "k", {{"parcel", base64_encode(parcel)}}, {}});
  }));
  Machine a = machine();
  must(a.rotate());
  identity::Identity identity(db_.database(), clock_, random_, *a.keys, {});
  store::Workers workers(db_.database(), clock_);
  std::vector<identity::OutgoingMail> mails;
  identity.work_in(workers, [&](const identity::OutgoingMail& mail) -> Result<void> {
    mails.push_back(mail);
    return {};
  });
  must(workers.run_due());
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].to, "lin@example.test");
}

}  // namespace
}  // namespace minben::keys
