// Who may act for whom: granted with a code, vouched for by registers, ended at once.
#include "identity/mandates.hpp"

#include <gmock/gmock.h>

#include "ledger/ledger.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view network = "192.0.2.9";

struct MandateTest : testing::Test {
  VirtualClock clock{*parse_instant("2026-11-23T01:00:00Z")};
  SystemRandom random;
  test::TemporaryDirectory temporary;
  test::TestDatabase db{clock, {keys::migrations(), ledger::migrations(), migrations()}};
  std::unique_ptr<keys::Keys> keys =
      *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  Identity identity{db.database(), clock, random, *keys, {}};
  std::unique_ptr<ledger::Log> log =
      ledger::Log::open(temporary.path() / "log", "minben.example/log",
                        trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  ledger::Commitments commitments{clock, random};
  ledger::Logs logs{*log};
  ledger::Sequencer sequencer{db.database(), logs};
  /// What the registers say; tests replace it.
  std::vector<Represented> wards;
  std::optional<Represented> company;
  int asked = 0;
  Mandates mandates{
      {db.database(),
       clock,
       random,
       identity,
       commitments,
       {[this](PersonId, const Profile&) -> Result<std::vector<Represented>> {
          ++asked;
          return wards;
        },
        [this](PersonId, const Profile&, std::string_view) -> Result<std::optional<Represented>> {
          ++asked;
          return company;
        }}}};
  store::Workers workers{db.database(), clock};
  std::vector<OutgoingMail> mails;

  MandateTest() {
    identity.work_in(workers, [this](const OutgoingMail& mail) -> Result<void> {
      mails.push_back(mail);
      return {};
    });
    mandates.work_in(workers);
  }

  /// Proven by a certificate.
  SignedIn sign_in(const std::string& national_id, const std::string& name) {
    const Proof proof{
        std::string(method::citizen_certificate), "ca", national_id, {3, 3, 0}, {"sc"}};
    auto made = identity.bind(proof, {national_id, name, ""});
    EXPECT_TRUE(made) << describe(made.error());
    return std::move(*made);
  }
  template <class Work>
  auto run(Work work) {
    return db->transact(work);
  }
  Session now(const SignedIn& who) { return identity.session(who.token).value(); }
  MandateOffer offer(const SignedIn& by, Powers powers = {true, false, {}},
                     std::string_view until = "2027-11-23") {
    auto made = mandates.offer(now(by), {std::move(powers), *parse_date(until), "給大姊"});
    EXPECT_TRUE(made) << describe(made.error());
    return std::move(*made);
  }
  MandateId granted(const SignedIn& by, const SignedIn& to, Powers powers = {true, false, {}}) {
    const auto made = mandates.accept(now(to), offer(by, std::move(powers)).code, network);
    EXPECT_TRUE(made) << describe(made.error());
    return *made;
  }
  std::vector<std::string> events(PersonId whose, MandateId id) {
    std::vector<std::string> names;
    for (const auto& event :
         run([&](store::Transaction& tx) { return mandates.events(tx, whose, id); }).value())
      names.push_back(event.event);
    return names;
  }
  Mandate find(PersonId whose, MandateId id) {
    return run([&](store::Transaction& tx) { return mandates.find(tx, whose, id); }).value();
  }
  static std::string code_of(const auto& result) {
    return result ? std::string("fine") : result.error().code;
  }
  static PersonId id(const SignedIn& who) { return *who.session.person(); }
};

TEST_F(MandateTest, ActsWithinItsPowersAndIsNamedInBothHistories) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊");
  const MandateId mandate = granted(mother, sister, {true, false, {ServiceCode{"gold-card"}}});
  ASSERT_TRUE(mandates.act(now(sister), mandate));
  const Session acting = now(sister);
  ASSERT_TRUE(acting.acting);
  EXPECT_EQ(acting.principal(), id(mother));
  EXPECT_EQ(*acting.person(), id(sister));
  EXPECT_EQ(acting.acting->name, "林母");
  EXPECT_TRUE(acting.acting->powers.for_service(ServiceCode{"gold-card"}));
  EXPECT_FALSE(acting.acting->powers.for_service(ServiceCode{"other"}));
  EXPECT_FALSE(acting.acting->powers.data);
  EXPECT_EQ(acting.act(), (Act{id(sister), mandate, MandateKind::granted}));
  ASSERT_TRUE(mandates.stop(acting));
  EXPECT_FALSE(now(sister).acting);
  for (const SignedIn* side : {&mother, &sister})
    EXPECT_THAT(events(id(*side), mandate), ElementsAre("offered", "accepted", "used"));
  EXPECT_EQ(find(id(mother), mandate).note, "給大姊");
  EXPECT_EQ(find(id(sister), mandate).note, "");
}

TEST_F(MandateTest, EndsAtOnceForASessionThatActsUnderIt) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊");
  const MandateId mandate = granted(mother, sister);
  ASSERT_TRUE(mandates.act(now(sister), mandate));
  ASSERT_TRUE(mandates.end(now(mother), mandate));
  EXPECT_FALSE(now(sister).acting);
  EXPECT_EQ(now(sister).principal(), id(sister));
  EXPECT_EQ(code_of(mandates.act(now(sister), mandate)), "mandate_ended");
  EXPECT_EQ(find(id(sister), mandate).end_reason, "withdrawn");
  ASSERT_TRUE(mandates.end(now(mother), mandate)) << "twice is no error";
  EXPECT_THAT(events(id(mother), mandate), ElementsAre("offered", "accepted", "used", "withdrawn"));
}

TEST_F(MandateTest, TheHolderGivesItUpAndOthersKnowNothingOfIt) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊"),
                 other = sign_in("B123456780", "陳外");
  const MandateId mandate = granted(mother, sister);
  EXPECT_EQ(code_of(mandates.act(now(other), mandate)), "no_such_mandate");
  EXPECT_EQ(code_of(mandates.act(now(mother), mandate)), "no_such_mandate");
  EXPECT_EQ(code_of(mandates.end(now(other), mandate)), "no_such_mandate");
  EXPECT_EQ(
      code_of(run([&](store::Transaction& tx) { return mandates.find(tx, id(other), mandate); })),
      "no_such_mandate");
  ASSERT_TRUE(mandates.end(now(sister), mandate));
  EXPECT_EQ(find(id(mother), mandate).end_reason, "renounced");
}

TEST_F(MandateTest, TheClockEndsItAndAJobWritesThatDown) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊");
  const MandateOffer made = offer(mother, {true, false, {}}, "2026-11-23");
  ASSERT_TRUE(mandates.accept(now(sister), made.code, network));
  clock.advance(hours{15});  // midnight in Taiwan
  EXPECT_EQ(find(id(mother), made.id).end_reason, "expired");
  EXPECT_THAT(events(id(mother), made.id), ElementsAre("offered", "accepted"));
  ASSERT_TRUE(workers.run_due());
  EXPECT_THAT(events(id(mother), made.id), ElementsAre("offered", "accepted", "expired"));
}

TEST_F(MandateTest, ACodeServesOnceAndNobodyGuessesIt) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊"),
                 other = sign_in("B123456780", "陳外");
  const MandateOffer made = offer(mother);
  EXPECT_EQ(code_of(mandates.accept(now(mother), made.code, network)), "own_mandate");
  std::string typed = to_lower_ascii(made.code);
  std::erase(typed, '-');
  const auto seen = mandates.find_offer(now(sister), typed, network);
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(seen->principal_name, "林母");
  ASSERT_TRUE(mandates.accept(now(sister), typed, network));
  EXPECT_EQ(code_of(mandates.accept(now(other), made.code, network)), "no_such_code");
  for (int i = 1; i < 10; ++i)
    EXPECT_EQ(code_of(mandates.find_offer(now(other), "2222-3333-4444", network)), "no_such_code");
  EXPECT_EQ(code_of(mandates.find_offer(now(other), "2222-3333-4444", network)), "too_many_tries");
  const MandateOffer late = offer(mother);
  EXPECT_EQ(code_of(mandates.accept(now(other), late.code, network)), "too_many_tries")
      << "not with the right one either";
}

TEST_F(MandateTest, AnOfferThatNobodyTakesEnds) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊");
  const MandateOffer declined = offer(mother), late = offer(mother);
  ASSERT_TRUE(mandates.decline(now(sister), declined.code, network));
  EXPECT_EQ(find(id(mother), declined.id).end_reason, "declined");
  clock.advance(days{7});
  const SignedIn again = sign_in("A123456789", "林姊");
  EXPECT_EQ(code_of(mandates.accept(now(again), late.code, network)), "no_such_code");
  ASSERT_TRUE(workers.run_due());
  EXPECT_THAT(events(id(mother), late.id), ElementsAre("offered", "expired"));
}

TEST_F(MandateTest, NeedsAProvenPersonAndAStrongSignIn) {
  const SignedIn mother = sign_in("A234567899", "林母");
  Profile profile;
  profile.name = "無人";
  profile.email = "nobody@example.test";
  const PersonId unproven =
      *run([&](store::Transaction& tx) { return identity.add_person(tx, profile); });
  const SignedIn strong = *identity.sign_in_unchecked(unproven, Assurance::high);
  const SignedIn weak = *identity.sign_in_unchecked(id(mother), Assurance::low);
  const MandateOffer made = offer(mother);
  EXPECT_EQ(code_of(mandates.accept(now(strong), made.code, network)), "identity_not_proven");
  EXPECT_EQ(code_of(mandates.offer(now(weak), {{true, false, {}}, *parse_date("2027-01-01"), ""})),
            "assurance_too_low");
  EXPECT_EQ(code_of(mandates.offer(now(mother), {{}, *parse_date("2027-01-01"), ""})), "no_powers");
  for (const char* until : {"2026-11-22", "2031-11-24"})
    EXPECT_EQ(code_of(mandates.offer(now(mother), {{true, true, {}}, *parse_date(until), ""})),
              "until");
}

TEST_F(MandateTest, AGuardianActsUntilTheMinorComesOfAge) {
  const SignedIn mother = sign_in("A234567899", "林母");
  wards = {{{"A100000001", "林小", ""}, *parse_date("2009-11-30")},
           {{"A200000003", "林大", ""}, *parse_date("2008-11-23")}};
  const auto listed = mandates.wards(now(mother));
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u) << "eighteen today: of age";
  EXPECT_EQ(code_of(mandates.take_guardianship(now(mother), "A200000003")), "no_such_ward");
  const auto taken = mandates.take_guardianship(now(mother), "A100000001");
  ASSERT_TRUE(taken) << describe(taken.error());
  EXPECT_EQ(mandates.take_guardianship(now(mother), "A100000001").value(), *taken) << "is one";
  ASSERT_TRUE(mandates.act(now(mother), *taken));
  const Session acting = now(mother);
  ASSERT_TRUE(acting.acting);
  EXPECT_EQ(acting.acting->name, "林小");
  EXPECT_TRUE(acting.acting->powers.data);
  clock.set(*parse_instant("2027-11-29T16:00:00Z"));
  EXPECT_EQ(find(id(mother), *taken).end_reason, "expired");
}

TEST_F(MandateTest, TheRegistersAreAskedAgainAfterADayAndEndWhatTheyNoLongerSay) {
  const SignedIn mother = sign_in("A234567899", "林母");
  wards = {{{"A100000001", "林小", ""}, *parse_date("2015-05-05")}};
  const MandateId taken = mandates.take_guardianship(now(mother), "A100000001").value();
  const int before = asked;
  ASSERT_TRUE(mandates.act(now(mother), taken));
  EXPECT_EQ(asked, before) << "their word is fresh";
  clock.advance(hours{25});
  const SignedIn next = sign_in("A234567899", "林母");
  ASSERT_TRUE(mandates.act(now(next), taken));
  EXPECT_EQ(asked, before + 1);
  clock.advance(hours{25});
  wards.clear();
  const SignedIn third = sign_in("A234567899", "林母");
  EXPECT_EQ(code_of(mandates.act(now(third), taken)), "mandate_ended");
  EXPECT_EQ(find(id(mother), taken).end_reason, "register");
  EXPECT_FALSE(now(third).acting);
}

TEST_F(MandateTest, WhoRepresentsACompanyHasEmployeesActForItButTheyPassItOnToNobody) {
  const SignedIn boss = sign_in("A234567899", "林董"), clerk = sign_in("A123456789", "陳員"),
                 friend_of_clerk = sign_in("B123456780", "王友");
  EXPECT_EQ(code_of(mandates.take_company(now(boss), "12345678", network)), "company_number");
  EXPECT_EQ(code_of(mandates.take_company(now(boss), "04595257", network)), "no_such_company");
  company = Represented{{"04595257", "示範公司", ""}, std::nullopt};
  const MandateId taken = mandates.take_company(now(boss), "04595257", network).value();
  ASSERT_TRUE(mandates.act(now(boss), taken));
  const PersonId firm = now(boss).principal();
  const MandateOffer made = offer(boss);
  EXPECT_EQ(code_of(mandates.accept(now(boss), made.code, network)), "own_mandate");
  ASSERT_TRUE(mandates.accept(now(clerk), made.code, network));
  ASSERT_TRUE(mandates.act(now(clerk), made.id));
  EXPECT_EQ(now(clerk).principal(), firm);
  EXPECT_EQ(now(clerk).acting->name, "示範公司");
  EXPECT_EQ(code_of(mandates.offer(now(clerk), {{true, false, {}}, *parse_date("2027-01-01"), ""})),
            "only_principals");
  ASSERT_TRUE(mandates.end(now(boss), made.id));
  EXPECT_FALSE(now(clerk).acting);
  EXPECT_FALSE(now(friend_of_clerk).acting);
}

TEST_F(MandateTest, MailAboutAMinorReachesWhoActsForThem) {
  const SignedIn mother = sign_in("A234567899", "林母");
  wards = {{{"A100000001", "林小", ""}, *parse_date("2015-05-05")}};
  ASSERT_TRUE(run([&](store::Transaction& tx) {
    return identity.change_profile(tx, id(mother), {"林母", "", "lin@example.test", "A234567899"});
  }));
  const MandateId taken = mandates.take_guardianship(now(mother), "A100000001").value();
  const PersonId child = find(id(mother), taken).principal;
  const auto contacts =
      run([&](store::Transaction& tx) { return identity.contacts(tx, child); }).value();
  ASSERT_EQ(contacts.size(), 1u);
  EXPECT_EQ(contacts[0].email, "lin@example.test");
  ASSERT_TRUE(workers.run_due());
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_THAT(mails[0].text, HasSubstr("林小"));
}

TEST_F(MandateTest, EachEventHasAReceiptForBothSides) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊");
  const MandateId mandate = granted(mother, sister);
  const auto receipt = [&](const SignedIn& whose, int sequence) {
    return run([&](store::Transaction& tx) {
      return mandates.receipt(tx, logs, id(whose), mandate, sequence);
    });
  };
  EXPECT_EQ(code_of(receipt(mother, 2)), "not_yet_sequenced");
  ASSERT_TRUE(sequencer.run_once());
  for (const SignedIn* side : {&mother, &sister}) EXPECT_EQ(code_of(receipt(*side, 2)), "fine");
  EXPECT_EQ(code_of(receipt(mother, 1)), "fine");
  EXPECT_EQ(code_of(receipt(sister, 1)), "no_such_event") << "it was not theirs yet";
  EXPECT_EQ(code_of(receipt(mother, 9)), "no_such_event");
}

TEST_F(MandateTest, ErasureOfEitherEndsIt) {
  const SignedIn mother = sign_in("A234567899", "林母"), sister = sign_in("A123456789", "林姊");
  const MandateId mandate = granted(mother, sister);
  ASSERT_TRUE(mandates.act(now(sister), mandate));
  ASSERT_TRUE(run([&](store::Transaction& tx) { return identity.erase_person(tx, id(mother)); }));
  EXPECT_FALSE(now(sister).acting);
  EXPECT_EQ(find(id(sister), mandate).principal_name, "");
  EXPECT_EQ(find(id(sister), mandate).end_reason, "closed");
}

TEST(CompanyNumber, FollowsTheChecksumOf2023) {
  for (const char* number : {"04595257", "00000103", "10458570", "10458574"})
    EXPECT_TRUE(is_company_number(number)) << number;
  for (const char* number : {"04595253", "1234567", "123456789", "0459525a", ""})
    EXPECT_FALSE(is_company_number(number)) << number;
}

}  // namespace
}  // namespace minben::identity
