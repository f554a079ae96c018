#include <thread>

#include "fixture.hpp"

namespace minben::identity {
namespace {

class Sessions : public IdentityTest {
 protected:
  SignedIn fresh(Assurance assurance = Assurance::low) {
    return *identity_.sign_in_unchecked(person_, assurance);
  }
  std::string state(const std::string& token) {
    const auto session = identity_.session(token);
    return session ? "valid" : session.error().code;
  }
  std::vector<OpenSession> list() {
    return *in_transaction([&](store::Transaction& t) { return identity_.sessions(t, person_); });
  }
  PersonId person_ = add_person();
};

TEST_F(Sessions, AreFoundByTheirTokenOnly) {
  const SignedIn signed_in = fresh();
  const auto session = identity_.session(signed_in.token);
  ASSERT_TRUE(session) << describe(session.error());
  EXPECT_EQ(*session->person(), person_);
  EXPECT_EQ(session->csrf, signed_in.session.csrf);
  EXPECT_EQ(state(""), "no_session");
  EXPECT_EQ(state("A" + signed_in.token.substr(1) + "x"), "no_session");
  constexpr store::Query tokens{"test_tokens",
                                "select string_agg(s::text, ' ') as all from identity.session s"};
  EXPECT_EQ(db_->run(tokens)->front().text("all").find(signed_in.token), std::string::npos);
}

TEST_F(Sessions, EndWhenIdleAndLiveOnWithUse) {
  const SignedIn used = fresh(), idle = fresh();
  for (int i = 0; i < 4; ++i) {
    clock_.advance(minutes{25});
    EXPECT_EQ(state(used.token), "valid") << i;
  }
  EXPECT_EQ(state(idle.token), "session_expired");
  clock_.advance(minutes{30});
  EXPECT_EQ(state(used.token), "session_expired");
  EXPECT_EQ(state(used.token), "session_expired") << "looking at it does not revive it";
}

TEST_F(Sessions, EndAfterTwelveHoursHoweverBusy) {
  const SignedIn signed_in = fresh();
  for (int i = 0; i < 12 * 4 - 1; ++i) {
    clock_.advance(minutes{15});
    ASSERT_EQ(state(signed_in.token), "valid") << i;
  }
  clock_.advance(minutes{15});
  EXPECT_EQ(state(signed_in.token), "session_expired");
}

TEST_F(Sessions, ExpiredOnesAreForgottenAfterADayAndTheSamePersonCanReturn) {
  const SignedIn signed_in = fresh();
  clock_.advance(hours{1});
  EXPECT_EQ(state(signed_in.token), "session_expired");
  EXPECT_TRUE(workers_.run_due());
  EXPECT_EQ(state(signed_in.token), "session_expired");
  clock_.advance(hours{25});
  EXPECT_TRUE(workers_.run_due());
  EXPECT_EQ(state(signed_in.token), "no_session");
  EXPECT_EQ(*sign_in(Realm::person, "lin@example.test").session.person(), person_);
}

TEST_F(Sessions, TheSlideIsWrittenAtMostOnceAMinute) {
  const SignedIn signed_in = fresh();
  constexpr store::Query until{"test_until", "select idle_until from identity.session"};
  const Instant start = db_->run(until)->front().instant("idle_until");
  clock_.advance(seconds{59});
  EXPECT_EQ(state(signed_in.token), "valid");
  EXPECT_EQ(db_->run(until)->front().instant("idle_until"), start);
  clock_.advance(seconds{1});
  EXPECT_EQ(state(signed_in.token), "valid");
  EXPECT_EQ(db_->run(until)->front().instant("idle_until"), start + minutes{1});
}

TEST_F(Sessions, SignOutEndsOneAndTheOthersEndTogether) {
  const SignedIn one = fresh(), two = fresh(), three = fresh();
  EXPECT_TRUE(identity_.sign_out(one.token));
  EXPECT_TRUE(identity_.sign_out(one.token));
  EXPECT_EQ(state(one.token), "no_session");
  EXPECT_EQ(state(two.token), "valid");
  const SignedIn other =
      *identity_.sign_in_unchecked(add_person("wu@example.test"), Assurance::low);
  EXPECT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.end_other_sessions(t, two.session); }));
  EXPECT_EQ(state(two.token), "valid");
  EXPECT_EQ(state(three.token), "no_session");
  EXPECT_EQ(state(other.token), "valid");
}

TEST_F(Sessions, AreListedWithTheDeviceAndNoPieceOfItsHeader) {
  const SignedIn old = fresh();
  clock_.advance(minutes{1});
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const auto phone = identity_.sign_in_with_code(
      sent.challenge, last_code(),
      {.user_agent = "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0"});
  ASSERT_TRUE(phone);
  const auto listed = list();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].id, phone->session.id);
  EXPECT_EQ(listed[0].device, (Device{"Firefox", "Android"}));
  EXPECT_EQ(listed[0].method, "email_code");
  EXPECT_EQ(listed[0].assurance, Assurance::low);
  EXPECT_EQ(listed[1].id, old.session.id);
  EXPECT_EQ(listed[1].device, Device{});
  constexpr store::Query all{"test_sessions",
                             "select string_agg(s::text, ' ') as all from identity.session s"};
  EXPECT_EQ(db_->run(all)->front().text("all").find("Mozilla"), std::string::npos);
  clock_.advance(minutes{29});
  EXPECT_EQ(list().size(), 1u) << "those that have run out are not shown";
}

TEST_F(Sessions, TheLastUseIsWrittenEveryFiveMinutesAtMost) {
  const SignedIn signed_in = fresh();
  const Instant start = clock_.now();
  for (int i = 0; i < 4; ++i) {
    clock_.advance(minutes{1});
    ASSERT_EQ(state(signed_in.token), "valid");
    EXPECT_EQ(list().front().last_used_at, start);
  }
  clock_.advance(minutes{1});
  ASSERT_EQ(state(signed_in.token), "valid");
  EXPECT_EQ(list().front().last_used_at, clock_.now());
}

TEST_F(Sessions, OneIsEndedByItsOwnPersonOnlyAndAtOnce) {
  const SignedIn mine = fresh();
  const PersonId wu = add_person("wu@example.test");
  const auto end = [&](const Subject& subject, SessionId id) {
    return in_transaction(
        [&](store::Transaction& t) { return identity_.end_session(t, subject, id); });
  };
  EXPECT_EQ(end(wu, mine.session.id).error().code, "no_such_session");
  EXPECT_EQ(state(mine.token), "valid");
  EXPECT_TRUE(end(person_, mine.session.id));
  EXPECT_EQ(state(mine.token), "no_session");
  EXPECT_EQ(end(person_, mine.session.id).error().code, "no_such_session");
}

TEST_F(Sessions, CsrfTokensBelongToOneSession) {
  const SignedIn one = fresh(), two = fresh();
  EXPECT_TRUE(one.session.csrf_valid(one.session.csrf));
  EXPECT_FALSE(one.session.csrf_valid(two.session.csrf));
  EXPECT_FALSE(one.session.csrf_valid(""));
  EXPECT_NE(one.session.csrf, one.token);
}

TEST_F(Sessions, SigningInAgainReplacesTheToken) {
  const SignedIn before = fresh();
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const auto after =
      identity_.sign_in_with_code(sent.challenge, last_code(), {.token = before.token});
  ASSERT_TRUE(after);
  EXPECT_NE(after->token, before.token);
  EXPECT_EQ(state(before.token), "no_session");
  EXPECT_EQ(state(after->token), "valid");
}

TEST_F(Sessions, OfOfficersShowRolesAsOfNowAndEndWithTheirService) {
  const OfficerId id = add_officer();
  const SignedIn signed_in = *identity_.sign_in_unchecked(id, Assurance::substantial);
  EXPECT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.set_roles(t, id, {"team_lead"}); }));
  EXPECT_TRUE(identity_.session(signed_in.token)->officer->has_role(role::team_lead));
  EXPECT_TRUE(
      in_transaction([&](store::Transaction& t) { return identity_.set_active(t, id, false); }));
  EXPECT_EQ(state(signed_in.token), "no_session");
  EXPECT_FALSE(identity_.sign_in_unchecked(id, Assurance::substantial));
  const auto colleagues =
      in_transaction([&](store::Transaction& t) { return identity_.officers_of(t, {"nia"}); });
  ASSERT_EQ(colleagues->size(), 1u);
  EXPECT_EQ(colleagues->front().name, "陳大文") << "history keeps the name";
}

TEST_F(Sessions, ManyRequestsAtOnceAllSucceed) {
  const SignedIn signed_in = fresh();
  clock_.advance(minutes{5});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) EXPECT_TRUE(identity_.session(signed_in.token));
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace minben::identity
