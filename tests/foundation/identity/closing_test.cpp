// What the household register tells of deaths, and of its mistakes.
#include "fixture.hpp"

namespace minben::identity {
namespace {

constexpr std::string_view wang = "Y290000027", nobody = "Y290000018";

class ClosingTest : public IdentityTest {
 protected:
  ClosingTest() {
    identity_.when_closed([this](store::Transaction&, const ClosingChange& change) -> Result<void> {
      if (refuse_hook_) return fail(Kind::internal, "no_ledger");
      changes_.push_back(change);
      return {};
    });
  }
  static Proof phone(std::string subject = "1") {
    return {"mobile_approval", "authority", std::move(subject), {2, 2, 0}, {"swk"}};
  }
  SignedIn settle() {
    const RegisterEntry entry{std::string(wang), "王美玲", "", Language::en};
    return identity_.bind(phone(), entry).value();
  }
  bool hear(std::string id, bool deceased, std::string_view who = wang) {
    const auto done = in_transaction([&](store::Transaction& t) {
      return identity_.hear(t, {std::move(id), std::string(who), deceased});
    });
    EXPECT_TRUE(done) << describe(done.error());
    return done.value_or(false);
  }
  std::string sign_in() {
    const auto done = identity_.sign_in_with_proof(phone());
    return done ? "signed in" : done.error().code;
  }
  Session administrator(std::vector<std::string> roles = {"administrator"},
                        Assurance assurance = Assurance::substantial) {
    const OfficerId id = add_officer(fmt::format("o{}@moda.test", ++officers_), std::move(roles));
    const auto made = identity_.sign_in_unchecked(id, assurance);
    return identity_.session(made->token).value();
  }
  std::string look_up(const Session& officer, std::string_view number) {
    const auto found = in_transaction(
        [&](store::Transaction& t) { return identity_.closed_account(t, officer, number); });
    return found ? "closed" : found.error().code;
  }
  std::string overrule(const Session& officer, PersonId person, std::string_view reason) {
    const auto done = in_transaction([&](store::Transaction& t) {
      return identity_.overrule_closing(t, officer, person, reason);
    });
    return done ? "open" : done.error().code;
  }

  std::vector<ClosingChange> changes_;
  bool refuse_hook_ = false;
  int officers_ = 0;
};

TEST_F(ClosingTest, ADeathClosesTheAccountAndKeepsWhatItHolds) {
  const SignedIn alive = settle();
  const PersonId person = *alive.session.person();
  EXPECT_TRUE(hear("e1", true));
  EXPECT_EQ(identity_.session(alive.token).error().code, "no_session");
  EXPECT_EQ(sign_in(), "account_closed");
  ASSERT_EQ(changes_.size(), 1u);
  EXPECT_TRUE(changes_[0].closed);
  EXPECT_EQ(changes_[0].person, person);
  EXPECT_EQ(changes_[0].cause, "register_event");
  const auto kept =
      in_transaction([&](store::Transaction& t) { return identity_.person(t, person); });
  ASSERT_TRUE(kept) << "the family may need it";
  EXPECT_EQ(kept->profile.name, "王美玲");
  const auto ways =
      in_transaction([&](store::Transaction& t) { return identity_.bindings(t, person); });
  EXPECT_EQ(ways->size(), 1u);
  const RegisterEntry living{std::string(wang), "王美玲", "", Language::en};
  EXPECT_TRUE(identity_.bind(phone("2"), living)) << "the register itself says that they live";
  EXPECT_FALSE(changes_.back().closed);
  EXPECT_EQ(changes_.back().cause, "register_answer");
}

TEST_F(ClosingTest, AnEventCountsOnceAndStrangersAreForgotten) {
  settle();
  EXPECT_FALSE(hear("e1", true, nobody));
  EXPECT_FALSE(hear("e1", true, "not a number at all, and far too long for one"));
  EXPECT_TRUE(hear("e2", true));
  EXPECT_FALSE(hear("e2", true)) << "told again";
  EXPECT_FALSE(hear("e3", true)) << "closed already";
  EXPECT_EQ(changes_.size(), 1u);
}

TEST_F(ClosingTest, WhoMerelyWroteTheNumberDownIsNotClosed) {
  Profile profile{"林", "", "lin@example.test", std::string(wang), Language::en};
  const auto other =
      in_transaction([&](store::Transaction& t) { return identity_.add_person(t, profile); });
  const auto session = identity_.sign_in_unchecked(*other, Assurance::low).value();
  EXPECT_FALSE(hear("e1", true));
  EXPECT_TRUE(identity_.session(session.token));
}

TEST_F(ClosingTest, TheRegistersCorrectionOpensItAndAMailSaysSo) {
  Profile with_mail;
  const SignedIn alive = settle();
  ASSERT_TRUE(in_transaction([&](store::Transaction& t) -> Result<void> {
    MINBEN_TRY(person, identity_.person(t, *alive.session.person()));
    with_mail = person.profile;
    with_mail.email = "wang@example.test";
    return identity_.change_profile(t, person.id, with_mail);
  }));
  ASSERT_TRUE(workers_.run_due());
  mails_.clear();
  hear("e1", true);
  EXPECT_TRUE(hear("e2", false));
  EXPECT_EQ(sign_in(), "signed in");
  ASSERT_TRUE(workers_.run_due());
  const auto told = std::ranges::find_if(mails_, [](const OutgoingMail& mail) {
    return mail.text.find("open again") != std::string::npos;
  });
  ASSERT_NE(told, mails_.end());
  EXPECT_EQ(told->to, "wang@example.test");
  EXPECT_FALSE(changes_.back().closed);
}

TEST_F(ClosingTest, AnAdministratorOverrulesTheRegisterUntilItTellsAnew) {
  const PersonId person = *settle().session.person();
  const Session admin = administrator();
  EXPECT_EQ(look_up(admin, wang), "no_closed_account") << "it is open";
  EXPECT_EQ(look_up(admin, nobody), "no_closed_account") << "and this one does not exist";
  hear("e1", true);
  EXPECT_EQ(look_up(admin, wang), "closed");
  EXPECT_EQ(look_up(administrator({"caseworker"}), wang), "role_missing");
  EXPECT_EQ(look_up(administrator({"administrator"}, Assurance::low), wang), "step_up_required");
  EXPECT_EQ(overrule(administrator({"team_lead"}), person, "seen"), "role_missing");
  EXPECT_EQ(overrule(admin, person, "  "), "reason");
  EXPECT_EQ(overrule(admin, person, std::string(5000, 'x')), "reason");
  EXPECT_EQ(overrule(admin, person, "seen in person, with passport"), "open");
  EXPECT_EQ(overrule(admin, person, "again"), "no_closed_account");
  EXPECT_EQ(changes_.back().officer, admin.officer->id);
  EXPECT_EQ(sign_in(), "signed in");
  // The register has not noticed yet: a question that it answers closes nothing …
  const auto answered =
      in_transaction([&](store::Transaction& t) { return identity_.close_deceased(t, wang); });
  EXPECT_FALSE(*answered);
  EXPECT_FALSE(hear("e1", true)) << "and the same event told again neither";
  EXPECT_EQ(sign_in(), "signed in");
  EXPECT_TRUE(hear("e2", true)) << "… but what it tells anew does";
  EXPECT_EQ(sign_in(), "account_closed");
}

TEST_F(ClosingTest, WhatTheLedgerDoesNotTakeDidNotHappen) {
  settle();
  refuse_hook_ = true;
  EXPECT_EQ(in_transaction([&](store::Transaction& t) {
              return identity_.hear(t, {"e1", std::string(wang), true});
            })
                .error()
                .code,
            "no_ledger");
  EXPECT_EQ(sign_in(), "signed in");
  refuse_hook_ = false;
  EXPECT_TRUE(hear("e1", true)) << "it is heard again, and then counts";
}

}  // namespace
}  // namespace minben::identity
