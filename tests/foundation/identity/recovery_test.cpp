// Ways back for somebody who lost all passkeys, on a clock that jumps days.
#include "authenticator.hpp"
#include "fixture.hpp"

namespace minben::identity {
namespace {

class WayBack : public IdentityTest {
 protected:
  Result<Enrolled> enrol(SoftAuthenticator& device, const Session& session) {
    MINBEN_TRY(ceremony, identity_.start_passkey_registration(session));
    return identity_.register_passkey(session, device.create(ceremony.options), "鑰匙");
  }
  Session by_code(const Subject& subject) {
    return identity_.sign_in_unchecked(subject, Assurance::low)->session;
  }
  Result<SignedIn> by_passkey(SoftAuthenticator& device, Realm realm = Realm::person) {
    return identity_.sign_in_with_passkey(
        device.get(identity_.start_passkey_sign_in(realm)->options));
  }
  Result<Recovery> start(const Session& session) {
    return in_transaction(
        [&](store::Transaction& t) { return identity_.start_recovery(t, session); });
  }
  Result<void> stop(const Session& session) {
    return in_transaction(
        [&](store::Transaction& t) { return identity_.stop_recovery(t, session); });
  }
  Enrolling enrolling(const Session& session) {
    return *in_transaction([&](store::Transaction& t) { return identity_.enrolling(t, session); });
  }
  /// Runs what is due and gives the subjects of the mails it sent.
  std::vector<std::string> mailed() {
    mails_.clear();
    EXPECT_TRUE(workers_.run_due());
    std::vector<std::string> subjects;
    for (const OutgoingMail& mail : mails_) subjects.push_back(mail.subject);
    std::ranges::sort(subjects);
    return subjects;
  }
  using Subjects = std::vector<std::string>;

  PersonId person_ = add_person();
  SoftAuthenticator lost_;
};

class Recoveries : public WayBack {
 protected:
  Recoveries() { EXPECT_TRUE(enrol(lost_, by_code(person_))); }
};

TEST_F(Recoveries, LetOneNewPasskeyInAfterThreeDaysAndTwoNotices) {
  const auto begun = start(by_code(person_));
  ASSERT_TRUE(begun) << describe(begun.error());
  EXPECT_EQ(begun->opens_at, clock_.now() + hours{72});
  EXPECT_EQ(begun->closes_at, begun->opens_at + days{7});
  EXPECT_EQ(mailed(), Subjects{"有人要更換您的通行金鑰，是您本人嗎？"});
  EXPECT_NE(mails_.front().text.find("http://localhost:8080/zh-Hant/account"), std::string::npos);

  SoftAuthenticator fresh;
  EXPECT_EQ(enrol(fresh, by_code(person_)).error().code, "step_up_required");
  clock_.advance(hours{48});
  EXPECT_EQ(mailed(), Subjects{"明天起可以更換您的通行金鑰"});
  clock_.advance(hours{24} - seconds{1});
  EXPECT_EQ(enrol(fresh, by_code(person_)).error().code, "step_up_required");
  clock_.advance(seconds{1});

  const SignedIn elsewhere = *identity_.sign_in_unchecked(person_, Assurance::substantial);
  const SignedIn here = *identity_.sign_in_unchecked(person_, Assurance::low);
  EXPECT_EQ(enrolling(here.session), Enrolling::anew);
  ASSERT_TRUE(enrol(fresh, here.session));
  EXPECT_EQ(mailed(), Subjects{"您在Minben的通行金鑰已更換"});
  EXPECT_FALSE(by_passkey(lost_)) << "the old passkey is gone";
  EXPECT_TRUE(by_passkey(fresh));
  EXPECT_FALSE(identity_.session(elsewhere.token)) << "other sessions end";
  EXPECT_TRUE(identity_.session(here.token));
  SoftAuthenticator second;
  EXPECT_EQ(enrol(second, here.session).error().code, "step_up_required") << "one, not two";
}

TEST_F(Recoveries, AreSeenAndStoppedByWhoeverStillHoldsAPasskey) {
  ASSERT_TRUE(start(by_code(person_)));
  clock_.advance(hours{10});
  const SignedIn owner = *by_passkey(lost_);
  EXPECT_TRUE(owner.session.recovery);
  ASSERT_TRUE(identity_.session(owner.token)->recovery);
  ASSERT_TRUE(stop(owner.session));
  EXPECT_TRUE(stop(owner.session)) << "nothing to stop is no error";
  EXPECT_FALSE(identity_.session(owner.token)->recovery);
  EXPECT_EQ(mailed().size(), 2u) << "begun, and stopped";
  clock_.advance(hours{72});
  EXPECT_EQ(mailed(), Subjects{}) << "no reminder of what was stopped";
  EXPECT_EQ(enrolling(by_code(person_)), Enrolling::refused);
}

TEST_F(Recoveries, CloseAfterSevenDays) {
  ASSERT_TRUE(start(by_code(person_)));
  clock_.advance(hours{72} + days{7} - seconds{1});
  EXPECT_EQ(enrolling(by_code(person_)), Enrolling::anew);
  clock_.advance(seconds{1});
  EXPECT_EQ(enrolling(by_code(person_)), Enrolling::refused);
  EXPECT_FALSE(by_code(person_).recovery);
  EXPECT_TRUE(start(by_code(person_))) << "and may begin again";
}

TEST_F(Recoveries, BeginOnceAndNotTooOften) {
  const auto first = start(by_code(person_));
  EXPECT_EQ(start(by_code(person_))->id, first->id);
  EXPECT_EQ(mailed().size(), 1u);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(stop(by_code(person_)));
    clock_.advance(hours{1});
    ASSERT_TRUE(start(by_code(person_)));
  }
  ASSERT_TRUE(stop(by_code(person_)));
  EXPECT_EQ(start(by_code(person_)).error().code, "too_many_recoveries");
  clock_.advance(days{31});
  EXPECT_TRUE(start(by_code(person_)));
}

TEST_F(Recoveries, AreForThosePeopleWhoNeedThem) {
  EXPECT_EQ(start(by_passkey(lost_)->session).error().code, "recovery_not_needed");
  EXPECT_EQ(start(by_code(add_person("wu@example.test"))).error().code, "recovery_not_needed");
  EXPECT_EQ(start(by_code(add_officer())).error().code, "not_a_person");
}

TEST_F(Recoveries, EndWhenAPasskeyIsAddedWithAPasskey) {
  ASSERT_TRUE(start(by_code(person_)));
  SoftAuthenticator second;
  ASSERT_TRUE(enrol(second, by_passkey(lost_)->session));
  clock_.advance(hours{72});
  EXPECT_EQ(enrolling(by_code(person_)), Enrolling::refused);
  EXPECT_TRUE(by_passkey(lost_));
}

TEST_F(Recoveries, GoWithAnErasedPerson) {
  ASSERT_TRUE(start(by_code(person_)));
  ASSERT_EQ(mailed().size(), 1u);
  ASSERT_TRUE(
      in_transaction([&](store::Transaction& t) { return identity_.erase_person(t, person_); }));
  clock_.advance(hours{48});
  EXPECT_EQ(mailed(), Subjects{});
}

class Enrolments : public WayBack {
 protected:
  Enrolments() { EXPECT_TRUE(enrol(lost_, by_code(officer_))); }
  Session strong(OfficerId id) {
    return identity_.sign_in_unchecked(id, Assurance::substantial)->session;
  }
  Result<Enrolment> allow(const Session& lead, OfficerId officer) {
    return in_transaction(
        [&](store::Transaction& t) { return identity_.allow_enrolment(t, lead, officer); });
  }
  Result<void> withdraw(const Session& session, EnrolmentId id) {
    return in_transaction(
        [&](store::Transaction& t) { return identity_.withdraw_enrolment(t, session, id); });
  }
  std::vector<Enrolment> recorded() {
    return *in_transaction([&](store::Transaction& t) { return identity_.enrolments(t, {"nia"}); });
  }

  OfficerId officer_ = add_officer();
  OfficerId lead_ = add_officer("lead@nia.test", {"team_lead"});
};

TEST_F(Enrolments, LetAnOfficerInOnceForADay) {
  SoftAuthenticator fresh, second;
  EXPECT_EQ(enrol(fresh, by_code(officer_)).error().code, "step_up_required");
  const auto leave = allow(strong(lead_), officer_);
  ASSERT_TRUE(leave) << describe(leave.error());
  EXPECT_EQ(allow(strong(lead_), officer_)->id, leave->id) << "one at a time";
  EXPECT_EQ(mailed(), Subjects{"Minben：您可以建立新的通行金鑰"});
  EXPECT_EQ(mails_.front().to, "chen@nia.test");
  const SignedIn elsewhere = *identity_.sign_in_unchecked(officer_, Assurance::low);
  const Session here = by_code(officer_);
  ASSERT_TRUE(enrol(fresh, here));
  EXPECT_FALSE(identity_.session(elsewhere.token));
  EXPECT_FALSE(by_passkey(lost_, Realm::officer));
  EXPECT_TRUE(by_passkey(fresh, Realm::officer));
  EXPECT_EQ(enrol(second, here).error().code, "step_up_required") << "once";
  ASSERT_EQ(recorded().size(), 1u);
  EXPECT_EQ(recorded().front().allowed_by, lead_);
  EXPECT_EQ(recorded().front().outcome, "used");
  EXPECT_EQ(recorded().front().ended_at, clock_.now());
}

TEST_F(Enrolments, LapseAfterADay) {
  ASSERT_TRUE(allow(strong(lead_), officer_));
  clock_.advance(hours{24} - seconds{1});
  EXPECT_EQ(enrolling(by_code(officer_)), Enrolling::anew);
  clock_.advance(seconds{1});
  EXPECT_EQ(enrolling(by_code(officer_)), Enrolling::refused);
  EXPECT_FALSE(recorded().front().open(clock_.now()));
  EXPECT_TRUE(allow(strong(lead_), officer_));
}

TEST_F(Enrolments, AreTheBusinessOfALeadOfTheSameAgencyWithAPasskey) {
  const OfficerId colleague = add_officer("wu@nia.test");
  EXPECT_EQ(allow(strong(colleague), officer_).error().code, "role_missing");
  EXPECT_EQ(allow(by_code(lead_), officer_).error().code, "step_up_required");
  EXPECT_EQ(allow(strong(lead_), lead_).error().code, "not_for_oneself");
  EXPECT_EQ(allow(strong(lead_), colleague).error().code, "no_passkey");
  EXPECT_EQ(allow(by_code(person_), officer_).error().code, "role_missing");
  const NewOfficer stranger{{"wda"}, "Ng", "lead@wda.test", {"team_lead"}, Language::en};
  const OfficerId other =
      *in_transaction([&](store::Transaction& t) { return identity_.add_officer(t, stranger); });
  EXPECT_EQ(allow(strong(other), officer_).error().code, "no_such_officer");
  ASSERT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.set_active(t, officer_, false); }));
  EXPECT_EQ(allow(strong(lead_), officer_).error().code, "no_such_officer");
}

TEST_F(Enrolments, AreWithdrawnByTheOfficerOrALead) {
  const OfficerId colleague = add_officer("wu@nia.test");
  for (const OfficerId who : {officer_, lead_}) {
    const auto leave = allow(strong(lead_), officer_);
    EXPECT_TRUE(withdraw(by_code(colleague), leave->id));
    EXPECT_EQ(enrolling(by_code(officer_)), Enrolling::anew) << "not a colleague's business";
    EXPECT_TRUE(withdraw(by_code(who), leave->id));
    EXPECT_EQ(enrolling(by_code(officer_)), Enrolling::refused);
  }
}

TEST_F(Enrolments, AreNotGivenTooOften) {
  for (int i = 0; i < 5; ++i) {
    const auto leave = allow(strong(lead_), officer_);
    ASSERT_TRUE(leave) << i;
    ASSERT_TRUE(withdraw(strong(lead_), leave->id));
  }
  EXPECT_EQ(allow(strong(lead_), officer_).error().code, "too_many_enrolments");
}

}  // namespace
}  // namespace minben::identity
