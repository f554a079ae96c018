// Signing in by what two papers say, and devices that are new or lost.
#include "fixture.hpp"

namespace minben::identity {
namespace {

constexpr std::string_view wang = "Y290000027", nobody = "Y290000018";
constexpr std::string_view firefox =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
constexpr std::string_view phone =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Mobile Safari/537.36";

class DocumentsTest : public IdentityTest {
 protected:
  Result<SignedIn> enter(std::string_view card, std::string_view id = wang,
                         std::string_view network = "192.0.2.1") {
    const RegisterCheck registers =
        [this](const RegisterQuestion& question) -> Result<std::optional<RegisterEntry>> {
      ++asked;
      if (question.national_id != wang || question.household_number != "Y9000002" ||
          question.health_card_number != "999900000002")
        return std::nullopt;
      if (died) return fail(Kind::forbidden, "deceased");
      return RegisterEntry{question.national_id, "王美玲", "Wang Mei-Ling", Language::en};
    };
    return identity_.sign_in_with_documents(
        registers, {std::string(id), "Y9000002", std::string(card)}, network, {});
  }
  std::string outcome(std::string_view card, std::string_view id = wang,
                      std::string_view network = "192.0.2.1") {
    const auto done = enter(card, id, network);
    return done ? "signed in" : done.error().code;
  }
  Proof strong(std::string subject = "1") {
    return {"mobile_approval", "authority", std::move(subject), {2, 2, 0}, {"mca"}};
  }
  int asked = 0;
  bool died = false;
};

TEST_F(DocumentsTest, IsWeakAndProvesNobody) {
  const auto first = enter("9999-0000-0002");
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_TRUE(first->new_account);
  EXPECT_EQ(first->session.assurance, Assurance::low);
  EXPECT_EQ(first->session.levels, (Levels{0, 1, 0}));
  EXPECT_EQ(first->session.amr, (std::vector<std::string>{"kba"}));
  const auto again = enter("999900000002");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->new_account);
  EXPECT_EQ(again->session.subject, first->session.subject);
}

TEST_F(DocumentsTest, DoesNotOpenAnAccountThatHasABetterWay) {
  const auto owner =
      identity_.bind(strong(), {std::string(wang), "王美玲", "", Language::en}).value();
  EXPECT_EQ(outcome("999900000002"), "other_method");
  EXPECT_TRUE(identity_.session(owner.token));
}

TEST_F(DocumentsTest, AStrongProofIsNotLedIntoAnAccountMadeByPapers) {
  const auto weak = enter("999900000002").value();
  const auto owner =
      identity_.bind(strong(), {std::string(wang), "王美玲", "", Language::en}).value();
  EXPECT_NE(owner.session.subject, weak.session.subject)
      << "whoever had the papers must not wait in the account";
}

TEST_F(DocumentsTest, LocksAfterFiveWrongAnswersAndSaysSoByMail) {
  add_person("wang@example.test");
  Profile profile{"王美玲", "", "wang2@example.test", std::string(wang), Language::en};
  ASSERT_TRUE(
      in_transaction([&](store::Transaction& t) { return identity_.add_person(t, profile); }));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome("999900000001"), "no_match");
  EXPECT_EQ(outcome("999900000001"), "too_many_tries");
  EXPECT_EQ(outcome("999900000002"), "too_many_tries") << "the right one does not open it either";
  EXPECT_EQ(asked, 5);
  ASSERT_TRUE(workers_.run_due());
  ASSERT_EQ(mails_.size(), 1u) << "one notice";
  EXPECT_EQ(mails_.back().to, "wang2@example.test");
  clock_.advance(hours{24});
  EXPECT_EQ(outcome("999900000001"), "no_match");
}

TEST_F(DocumentsTest, AnswersAlikeAboutPeopleWhoDoNotExist) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome("999900000001", nobody), "no_match");
  EXPECT_EQ(outcome("999900000001", nobody), "too_many_tries");
  EXPECT_EQ(outcome("12", wang), "health_card_number") << "a slip of the pen is no try";
  EXPECT_EQ(outcome("", wang), "health_card_number");
}

TEST_F(DocumentsTest, LimitsANetworkThatTriesManyPeople) {
  const std::array<std::string_view, 5> ids{wang, nobody, "Y290000036", "Y290000045", "Y290000054"};
  int tried = 0;
  for (const auto id : ids)
    for (int i = 0; i < 4; ++i) tried += outcome("999900000001", id) == "no_match" ? 1 : 0;
  EXPECT_EQ(tried, 20);
  EXPECT_EQ(outcome("999900000001", "Y290000063"), "too_many_tries");
  EXPECT_EQ(outcome("999900000002", wang, "198.51.100.1"), "signed in") << "from elsewhere";
}

TEST_F(DocumentsTest, ADeathClosesWhatThePapersOpened) {
  const auto before = enter("999900000002").value();
  died = true;
  EXPECT_EQ(outcome("999900000002"), "deceased");
  EXPECT_EQ(identity_.session(before.token).error().code, "no_session");
}

TEST_F(DocumentsTest, ANumberThatSomebodyOnlyWroteDownClosesNothing) {
  Profile profile{"林", "", "lin@example.test", std::string(wang), Language::en};
  const auto other =
      in_transaction([&](store::Transaction& t) { return identity_.add_person(t, profile); });
  const auto session = identity_.sign_in_unchecked(*other, Assurance::low).value();
  died = true;
  EXPECT_EQ(outcome("999900000002"), "deceased");
  EXPECT_TRUE(identity_.session(session.token));
}

TEST_F(DocumentsTest, TheOwnerOfAnAccountLetsThePapersInAsWell) {
  const auto owner =
      identity_.bind(strong(), {std::string(wang), "王美玲", "", Language::en}).value();
  const auto link = [&](const Session& session, std::string card) {
    const RegisterCheck registers =
        [&](const RegisterQuestion& question) -> Result<std::optional<RegisterEntry>> {
      EXPECT_EQ(question.national_id, wang) << "the account's, whatever is typed";
      EXPECT_EQ(question.person, std::optional(*session.person())) << "it is on the list of uses";
      if (question.health_card_number != "999900000002") return std::nullopt;
      return RegisterEntry{question.national_id, "王美玲", "", Language::en};
    };
    const auto done = identity_.link_documents(
        registers, session,
        {.national_id = {}, .household_number = "Y9000002", .health_card_number = std::move(card)},
        "192.0.2.1");
    return done ? "linked" : done.error().code;
  };
  EXPECT_EQ(link(owner.session, "12"), "health_card_number");
  EXPECT_EQ(link(owner.session, "999900000003"), "no_match");
  Session weak = owner.session;
  weak.assurance = Assurance::low;
  EXPECT_EQ(link(weak, "999900000002"), "step_up_required");
  EXPECT_EQ(link(owner.session, "999900000002"), "linked");
  const auto in = enter("999900000002");
  ASSERT_TRUE(in) << describe(in.error());
  EXPECT_EQ(in->session.subject, owner.session.subject);
  EXPECT_EQ(in->session.assurance, Assurance::low);
  const PersonId unproven = add_person("other@example.test");
  EXPECT_EQ(
      link(identity_.sign_in_unchecked(unproven, Assurance::substantial)->session, "999900000002"),
      "not_proven");
}

// ----------------------------------------------------------------------------------- devices

TEST_F(DocumentsTest, TellsOfANewDevice) {
  const PersonId person = add_person();
  const auto sign_in_on = [&](std::string_view agent) {
    const CodeSent sent = send(Realm::person, "lin@example.test");
    ASSERT_TRUE(identity_.sign_in_with_code(sent.challenge, last_code(), {{}, agent}));
    ASSERT_TRUE(workers_.run_due());
  };
  sign_in_on(firefox);
  EXPECT_EQ(mails_.size(), 1u) << "the first device is no news";
  sign_in_on(phone);
  ASSERT_EQ(mails_.size(), 3u);
  EXPECT_NE(mails_.back().text.find("Android"), std::string::npos) << mails_.back().text;
  sign_in_on(firefox);
  EXPECT_EQ(mails_.size(), 4u) << "known";
  (void)person;
}

TEST_F(DocumentsTest, ALostPhoneIsShutOut) {
  const RegisterEntry entry{std::string(wang), "王美玲", "", Language::en};
  const auto old_phone = identity_.bind(strong("1"), entry).value();
  clock_.advance(seconds{1});  // the older one comes first
  const auto card =
      identity_.bind({"citizen_certificate", "authority", "2", {2, 3, 0}, {"sc"}}, entry).value();
  const auto ways = in_transaction(
      [&](store::Transaction& t) { return identity_.bindings(t, *card.session.person()); });
  ASSERT_EQ(ways->size(), 2u);
  const auto lose = [&](const Session& session, std::vector<BindingId> ids) {
    const auto done = in_transaction([&](store::Transaction& t) {
      return identity_.lose_device(t, session, {std::move(ids), {}});
    });
    return done ? "done" : done.error().code;
  };
  EXPECT_EQ(lose(card.session, {ways->at(0).id, ways->at(1).id}), "last_method");
  Session weak = card.session;
  weak.assurance = Assurance::low;
  EXPECT_EQ(lose(weak, {ways->at(0).id}), "step_up_required");
  EXPECT_EQ(lose(card.session, {ways->at(0).id}), "done");
  EXPECT_EQ(identity_.session(old_phone.token).error().code, "no_session");
  EXPECT_TRUE(identity_.session(card.token));
  EXPECT_EQ(identity_.sign_in_with_proof(strong("1")).error().code, "not_bound");
  EXPECT_TRUE(identity_.bind(strong("3"), entry, {}, &card.session)) << "a new phone by the card";
}

TEST_F(DocumentsTest, WhoeverHasALostPhoneGetsNowhereAndItsOwnersNewOneSignsIn) {
  const RegisterEntry entry{std::string(wang), "王美玲", "", Language::en};
  Proof phone{"mobile_approval", "authority", "1", {2, 2, 0}, {"swk"}, "the phone's key"};
  ASSERT_TRUE(identity_.bind(phone, entry));
  Proof card{"citizen_certificate", "authority", "2", {3, 3, 0}, {"sc"}, "2"};
  const auto own = identity_.bind(card, entry).value();
  clock_.advance(hours{1});
  phone.device = "the key of another phone";  // changed, and then lost
  ASSERT_TRUE(identity_.sign_in_with_proof(phone));
  const auto ways = in_transaction(
      [&](store::Transaction& t) { return identity_.bindings(t, *own.session.person()); });
  LostDevice lost;
  for (const Binding& way : *ways)
    if (way.method == method::mobile_approval) lost.bindings.push_back(way.id);
  ASSERT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.lose_device(t, own.session, lost); }));
  EXPECT_EQ(in_transaction(
                [&](store::Transaction& t) { return identity_.lose_device(t, own.session, {}); })
                .error()
                .code,
            "nothing_lost");

  EXPECT_EQ(identity_.sign_in_with_proof(phone).error().code, "device_lost");
  EXPECT_EQ(identity_.bind(phone, entry).error().code, "device_lost") << "with all papers";
  EXPECT_EQ(identity_.bind(phone, entry, {}, &own.session).error().code, "device_lost");
  phone.device = "the key of the next phone";
  EXPECT_EQ(identity_.sign_in_with_proof(phone).error().code, "not_bound");
  EXPECT_TRUE(identity_.bind(phone, entry));
  EXPECT_TRUE(identity_.sign_in_with_proof(phone));
}

}  // namespace
}  // namespace minben::identity
