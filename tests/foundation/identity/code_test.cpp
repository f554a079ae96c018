#include <atomic>
#include <thread>

#include "fixture.hpp"

namespace minben::identity {
namespace {

class Codes : public IdentityTest {};

/// Another code of six digits.
std::string not_the(std::string code) {
  code[5] = code[5] == '0' ? '1' : '0';
  return code;
}

TEST_F(Codes, SignAKnownPersonIn) {
  const PersonId id = add_person();
  const CodeSent sent = send(Realm::person, " Lin@Example.test ");
  const std::string code = last_code();
  EXPECT_EQ(mails_.back().to, "lin@example.test");
  EXPECT_NE(mails_.back().text.find(code), std::string::npos);
  const auto signed_in =
      identity_.sign_in_with_code(sent.challenge, code.substr(0, 3) + " " + code.substr(3));
  ASSERT_TRUE(signed_in) << describe(signed_in.error());
  EXPECT_EQ(signed_in->session.subject, Subject(id));
  EXPECT_EQ(signed_in->session.assurance, Assurance::low);
  EXPECT_FALSE(signed_in->new_account);
}

TEST_F(Codes, AnUnknownPersonBecomesAnAccountOnceTheAddressIsProven) {
  const CodeSent sent = send(Realm::person, "new@example.test");
  EXPECT_FALSE(*in_transaction(
      [&](store::Transaction& t) { return identity_.find_by_email(t, "new@example.test"); }));
  const auto signed_in = identity_.sign_in_with_code(sent.challenge, last_code());
  ASSERT_TRUE(signed_in);
  EXPECT_TRUE(signed_in->new_account);
  const auto found = in_transaction(
      [&](store::Transaction& t) { return identity_.find_by_email(t, "new@example.test"); });
  EXPECT_EQ(Subject(**found), signed_in->session.subject);
  EXPECT_EQ(signed_in->session.language, Language::en);
}

TEST_F(Codes, WorkOnce) {
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const std::string code = last_code();
  EXPECT_TRUE(identity_.sign_in_with_code(sent.challenge, code));
  EXPECT_EQ(identity_.sign_in_with_code(sent.challenge, code).error().code, "code_expired");
}

TEST_F(Codes, WorkOnceAlsoInARace) {
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const std::string code = last_code();
  std::atomic<int> successes{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back(
        [&] { successes += identity_.sign_in_with_code(sent.challenge, code) ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(successes, 1);
}

TEST_F(Codes, TwoWindowsOfANewPersonMakeOneAccount) {
  const CodeSent one = send(Realm::person, "new@example.test");
  const std::string first = last_code();
  const CodeSent two = send(Realm::person, "new@example.test");
  const std::string second = last_code();
  Result<SignedIn> a = fail(Kind::internal, "not_run"), b = a;
  std::thread other([&] { a = identity_.sign_in_with_code(one.challenge, first); });
  b = identity_.sign_in_with_code(two.challenge, second);
  other.join();
  ASSERT_TRUE(a) << describe(a.error());
  ASSERT_TRUE(b) << describe(b.error());
  EXPECT_EQ(a->session.subject, b->session.subject);
}

TEST_F(Codes, ExpireAfterTenMinutes) {
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const std::string code = last_code();
  clock_.advance(minutes{10});
  EXPECT_EQ(identity_.sign_in_with_code(sent.challenge, code).error().code, "code_expired");
}

TEST_F(Codes, ToleratesFourWrongAnswersAndNotFive) {
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const std::string code = last_code();
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(identity_.sign_in_with_code(sent.challenge, not_the(code)).error().code,
              "wrong_code");
  EXPECT_TRUE(identity_.sign_in_with_code(sent.challenge, code));

  const CodeSent again = send(Realm::person, "lin@example.test");
  const std::string second = last_code();
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(identity_.sign_in_with_code(again.challenge, not_the(second)));
  EXPECT_EQ(identity_.sign_in_with_code(again.challenge, second).error().code, "code_expired");
}

TEST_F(Codes, GuessingInParallelGainsNoTries) {
  const CodeSent sent = send(Realm::person, "lin@example.test");
  const std::string code = last_code();
  std::atomic<int> wrong{0}, dead{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 5; ++n) {
        const auto outcome = identity_.sign_in_with_code(sent.challenge, not_the(code));
        (outcome.error().code == "wrong_code" ? wrong : dead)++;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 4) << "the fifth wrong answer ends the code";
  EXPECT_EQ(wrong + dead, 40);
}

TEST_F(Codes, BelongToTheirChallenge) {
  const CodeSent one = send(Realm::person, "lin@example.test");
  const std::string first = last_code();
  const CodeSent two = send(Realm::person, "wu@example.test");
  const std::string second = last_code();
  if (first != second)
    EXPECT_EQ(identity_.sign_in_with_code(two.challenge, first).error().code, "wrong_code");
  EXPECT_EQ(identity_.sign_in_with_code("made-up", first).error().code, "code_expired");
  EXPECT_EQ(identity_.sign_in_with_code("", "").error().code, "code_expired");
}

TEST_F(Codes, AreLimitedPerAddressAndPerClient) {
  for (int i = 0; i < config().codes_per_address_per_hour; ++i)
    send(Realm::person, "lin@example.test");
  const auto one_more =
      identity_.send_code(Realm::person, "lin@example.test", Language::en, "198.51.100.1");
  EXPECT_EQ(one_more.error().code, "too_many_codes");
  EXPECT_EQ(one_more.error().kind, Kind::too_many);
  clock_.advance(hours{1});
  send(Realm::person, "lin@example.test");

  for (int i = 0; i < config().codes_per_client_per_hour - 1; ++i)
    send(Realm::person, "p" + std::to_string(i) + "@example.test");
  EXPECT_EQ(identity_.send_code(Realm::person, "last@example.test", Language::en, "192.0.2.7")
                .error()
                .code,
            "too_many_codes");
  EXPECT_TRUE(identity_.send_code(Realm::person, "last@example.test", Language::en, "192.0.2.8"));
}

TEST_F(Codes, DoNotTellWhoIsAnOfficer) {
  add_officer("chen@nia.test");
  const CodeSent known = send(Realm::officer, "chen@nia.test");
  const CodeSent unknown = send(Realm::officer, "nobody@nia.test");
  EXPECT_EQ(known.challenge.size(), unknown.challenge.size());
  EXPECT_EQ(known.expires_at, unknown.expires_at);
  EXPECT_EQ(*workers_.run_due(), 2) << "the same work is done for both";
  ASSERT_EQ(mails_.size(), 1u);
  EXPECT_EQ(mails_[0].to, "chen@nia.test");
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(identity_.sign_in_with_code(unknown.challenge, "000000").error().code,
              identity_.sign_in_with_code(known.challenge, not_the(mails_[0].subject.substr(0, 6)))
                  .error()
                  .code);
}

TEST_F(Codes, SignOfficersInWithAgencyAndRoles) {
  const OfficerId id = add_officer("chen@nia.test", {"caseworker", "approver"});
  const SignedIn signed_in = sign_in(Realm::officer, "chen@nia.test");
  ASSERT_TRUE(signed_in.session.officer);
  EXPECT_EQ(signed_in.session.officer->id, id);
  EXPECT_EQ(signed_in.session.officer->agency.value, "nia");
  EXPECT_TRUE(signed_in.session.officer->has_role(role::approver));
  EXPECT_FALSE(signed_in.session.officer->has_role(role::team_lead));
  EXPECT_EQ(signed_in.session.person(), nullptr);
}

TEST_F(Codes, TheTwoDoorsAreApart) {
  add_officer("both@nia.test");
  const SignedIn person = sign_in(Realm::person, "both@nia.test");
  EXPECT_NE(person.session.person(), nullptr);
  EXPECT_TRUE(person.new_account);
}

TEST_F(Codes, NothingButAMailboxIsAccepted) {
  for (const std::string_view bad :
       {"", "a", "@b.test", "a@", "a b@c.test", "a@b..test", "a@-b.test", ".a@b.test",
        "a@b.test\r\nBcc: c@d.test", "a@b.test,c@d.test", "<a@b.test>", "張@b.test"}) {
    const auto outcome = identity_.send_code(Realm::person, bad, Language::en, "192.0.2.7");
    ASSERT_FALSE(outcome) << bad;
    EXPECT_EQ(outcome.error().field, "email");
  }
}

TEST_F(Codes, AMailThatCouldNotBeSentIsTriedAgainAndLateMailsAreDropped) {
  store::Workers flaky(db_.database(), clock_);
  int calls = 0;
  identity_.work_in(flaky, [&](const OutgoingMail&) -> Result<void> {
    if (++calls == 1) return fail(Kind::unavailable, "relay_down");
    return {};
  });
  send(Realm::person, "lin@example.test");
  EXPECT_TRUE(flaky.run_due());
  clock_.advance(seconds{2});
  EXPECT_TRUE(flaky.run_due());
  EXPECT_EQ(calls, 2);
  send(Realm::person, "lin@example.test");
  clock_.advance(minutes{11});
  EXPECT_TRUE(flaky.run_due());
  EXPECT_EQ(calls, 2);
}

TEST_F(Codes, NeitherCodeNorAddressStandsInTheDatabase) {
  const CodeSent sent = send(Realm::person, "lin@example.test");
  constexpr store::Query dump{
      "test_dump",
      "select (select string_agg(c::text, ' ') from identity.code c) || "
      "(select string_agg(j::text, ' ') from store.job j) || "
      "(select string_agg(r::text, ' ') from identity.rate r) as everything"};
  const std::string everything = db_->run(dump)->front().text("everything");
  const std::string code = last_code();
  EXPECT_EQ(everything.find("lin@example.test"), std::string::npos);
  EXPECT_EQ(everything.find(hex_encode(as_bytes("lin@example.test"))), std::string::npos);
  EXPECT_EQ(everything.find(sent.challenge), std::string::npos);
  EXPECT_EQ(everything.find("192.0.2.7"), std::string::npos);
}

TEST_F(Codes, AnotherAddressIsTakenOnceItsMailboxHasAnswered) {
  add_person();
  const SignedIn lin = sign_in(Realm::person, "lin@example.test");
  const CodeSent sent = send(Realm::person, "new@example.test");
  const std::string code = last_code();
  const std::string wrong = code == "000000" ? "000001" : "000000";
  EXPECT_EQ(identity_.take_email(lin.session, sent.challenge, wrong).error().code, "wrong_code");
  ASSERT_TRUE(identity_.take_email(lin.session, sent.challenge, code));
  EXPECT_EQ(identity_.take_email(lin.session, sent.challenge, code).error().code, "code_expired");
  const auto person = in_transaction(
      [&](store::Transaction& t) { return identity_.person(t, *lin.session.person()); });
  EXPECT_EQ(person->profile.email, "new@example.test");
  ASSERT_TRUE(workers_.run_due());
  EXPECT_EQ(mails_.back().to, "lin@example.test") << "the earlier address is told";
  EXPECT_EQ(sign_in(Realm::person, "new@example.test").session.subject, lin.session.subject);
}

TEST_F(Codes, AnAddressOfAnotherAccountIsNotTaken) {
  add_person();
  add_person("wu@example.test");
  const SignedIn lin = sign_in(Realm::person, "lin@example.test");
  const CodeSent sent = send(Realm::person, "wu@example.test");
  EXPECT_EQ(identity_.take_email(lin.session, sent.challenge, last_code()).error().code,
            "duplicate");
}

TEST_F(Codes, AMailboxAloneDoesNotChangeTheAddressOfAnAccountWithAStrongerWayIn) {
  const PersonId person = add_person();
  const Proof proof{std::string(method::openid), "https://op.example", "1", {0, 2, 2}, {}};
  const auto strong = identity_.sign_in_unchecked(person, Assurance::substantial);
  ASSERT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.link(t, strong->session, proof); }));
  const SignedIn weak = sign_in(Realm::person, "lin@example.test");
  const CodeSent sent = send(Realm::person, "thief@example.test");
  const std::string code = last_code();
  EXPECT_EQ(identity_.take_email(weak.session, sent.challenge, code).error().code,
            "step_up_required");
  EXPECT_TRUE(identity_.take_email(strong->session, sent.challenge, code));
}

}  // namespace
}  // namespace minben::identity
