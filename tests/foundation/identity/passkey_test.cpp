#include <atomic>
#include <thread>

#include "authenticator.hpp"
#include "fixture.hpp"

namespace minben::identity {
namespace {

class Passkeys : public IdentityTest {
 protected:
  Result<Enrolled> register_with(SoftAuthenticator& device, const Session& session,
                                 std::string_view label = "我的手機") {
    MINBEN_TRY(ceremony, identity_.start_passkey_registration(session));
    return identity_.register_passkey(session, device.create(ceremony.options), label);
  }
  Json options(Realm realm = Realm::person) {
    return identity_.start_passkey_sign_in(realm)->options;
  }
  std::string attempt(const Json& answer) {
    const auto outcome = identity_.sign_in_with_passkey(answer);
    return outcome ? "signed in" : outcome.error().detail;
  }

  PersonId person_ = add_person();
  Session session_ = identity_.sign_in_unchecked(person_, Assurance::low)->session;
  SoftAuthenticator device_;
};

TEST_F(Passkeys, RegisterAndThenSignInWithSubstantialAssurance) {
  ASSERT_TRUE(register_with(device_, session_));
  const auto signed_in = identity_.sign_in_with_passkey(device_.get(options()));
  ASSERT_TRUE(signed_in) << describe(signed_in.error());
  EXPECT_EQ(signed_in->session.subject, Subject(person_));
  EXPECT_EQ(signed_in->session.assurance, Assurance::substantial);
  EXPECT_EQ(identity_.session(signed_in->token)->method, "passkey");
}

TEST_F(Passkeys, OptionsAskForADiscoverableVerifiedCredentialAndTellNothingOfThePerson) {
  const Json made = identity_.start_passkey_registration(session_)->options;
  EXPECT_EQ(made.at("rp").at("id"), "localhost");
  EXPECT_EQ(made.at("authenticatorSelection").at("residentKey"), "required");
  EXPECT_EQ(made.at("authenticatorSelection").at("userVerification"), "required");
  EXPECT_EQ(base64url_decode(string_or(made, "challenge"))->size(), 32u);
  EXPECT_EQ(base64url_decode(string_or(made.at("user"), "id"))->size(), 17u);
  EXPECT_EQ(made.at("user").at("displayName"), "林美");
  const Json asked = options();
  EXPECT_EQ(asked.at("userVerification"), "required");
  EXPECT_TRUE(asked.at("allowCredentials").as_array().empty()) << "who has an account is not told";
}

TEST_F(Passkeys, RaiseTheAssuranceOfASessionAndReplaceItsToken) {
  ASSERT_TRUE(register_with(device_, session_));
  const SignedIn low = *identity_.sign_in_unchecked(person_, Assurance::low);
  const auto raised = identity_.sign_in_with_passkey(device_.get(options()), {.token = low.token});
  ASSERT_TRUE(raised);
  EXPECT_EQ(raised->session.assurance, Assurance::substantial);
  EXPECT_FALSE(identity_.session(low.token));
}

TEST_F(Passkeys, AnAnswerWorksOnce) {
  ASSERT_TRUE(register_with(device_, session_));
  const Json answer = device_.get(options());
  EXPECT_EQ(attempt(answer), "signed in");
  EXPECT_EQ(attempt(answer), "challenge is unknown, used or expired");
}

TEST_F(Passkeys, AnAnswerWorksOnceAlsoInARace) {
  ASSERT_TRUE(register_with(device_, session_));
  const Json answer = device_.get(options());
  std::atomic<int> successes{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] { successes += identity_.sign_in_with_passkey(answer) ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(successes, 1);
}

TEST_F(Passkeys, TwoAnswersWithOneCounterAreACopiedKey) {
  ASSERT_TRUE(register_with(device_, session_));
  device_.counter = 5;
  EXPECT_EQ(attempt(device_.get(options())), "signed in");
  device_.counts = false;
  EXPECT_EQ(attempt(device_.get(options())), "signature counter");
  device_.counter = 3;
  EXPECT_EQ(attempt(device_.get(options())), "signature counter");
  device_.counter = 7;
  EXPECT_EQ(attempt(device_.get(options())), "signed in");
}

TEST_F(Passkeys, ChallengesExpireAfterFiveMinutes) {
  ASSERT_TRUE(register_with(device_, session_));
  const Json late = device_.get(options());
  clock_.advance(minutes{5});
  const auto outcome = identity_.sign_in_with_passkey(late);
  EXPECT_EQ(outcome.error().kind, Kind::unauthorised);
  EXPECT_EQ(outcome.error().code, "passkey_refused");
}

TEST_F(Passkeys, OnlyChallengesOfOursAndOfThisCeremonyCount) {
  ASSERT_TRUE(register_with(device_, session_));
  Json made_up = options();
  made_up.as_object()["challenge"] = base64url_encode(Bytes(32, 7));
  EXPECT_EQ(attempt(device_.get(made_up)), "challenge is unknown, used or expired");
  SoftAuthenticator second;
  EXPECT_FALSE(identity_.register_passkey(
      session_, second.create({{"challenge", options().at("challenge")}, {"user", {{"id", "cA"}}}}),
      "x"));
}

TEST_F(Passkeys, AChallengeIsStoredOnlyWhenItIsAnsweredAndCannotBeProlonged) {
  constexpr store::Query count{"test_ceremonies", "select count(*) as n from identity.ceremony"};
  ASSERT_TRUE(register_with(device_, session_));
  const auto stored = [&] { return db_->run(count).value().front().integer("n"); };
  Json asked;
  for (int i = 0; i < 50; ++i) asked = options();
  EXPECT_EQ(stored(), 0);
  Bytes later = *base64url_decode(string_or(asked, "challenge"));
  later[14] += 1;  // of the seconds at which it ends
  Json prolonged = asked;
  prolonged.as_object()["challenge"] = base64url_encode(later);
  EXPECT_EQ(attempt(device_.get(prolonged)), "challenge is unknown, used or expired");
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(attempt(device_.get(asked)), "signed in");
  EXPECT_EQ(stored(), 1);
}

TEST_F(Passkeys, OneThatIsRemovedWhileItIsUsedSignsNobodyIn) {
  const auto enrolled = register_with(device_, session_);
  ASSERT_TRUE(enrolled);
  const Session strong = identity_.sign_in_with_passkey(device_.get(options()))->session;
  const Json answer = device_.get(options());
  std::string outcome;
  std::thread other;
  // The answer finds the passkey, and then waits for the removal that is under way.
  ASSERT_TRUE(db_->transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(identity_.remove_passkey(tx, strong, enrolled->id));
    other = std::thread([&] { outcome = attempt(answer); });
    std::this_thread::sleep_for(milliseconds{300});
    return {};
  }));
  other.join();
  EXPECT_EQ(outcome, "removed, or used elsewhere, just now");
}

TEST_F(Passkeys, ARegistrationBelongsToTheAccountThatAsked) {
  const Session other =
      identity_.sign_in_unchecked(add_person("wu@example.test"), Assurance::low)->session;
  const Json made = identity_.start_passkey_registration(session_)->options;
  const auto outcome = identity_.register_passkey(other, device_.create(made), "x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().detail, "challenge was given to another account");
}

TEST_F(Passkeys, AnotherSiteOrAnUnverifiedUserIsRefused) {
  SoftAuthenticator phished("localhost", "http://localhost.evil.test");
  EXPECT_EQ(register_with(phished, session_).error().detail, "origin");
  SoftAuthenticator elsewhere("evil.test");
  EXPECT_EQ(register_with(elsewhere, session_).error().detail, "rpIdHash");
  SoftAuthenticator unverified;
  unverified.flags = 0x01;
  EXPECT_EQ(register_with(unverified, session_).error().detail, "flag UV");
  ASSERT_TRUE(register_with(device_, session_));
  device_.flags = 0x01;
  EXPECT_EQ(attempt(device_.get(options())), "flag UV");
}

TEST_F(Passkeys, NobodySignsInAsSomebodyElse) {
  ASSERT_TRUE(register_with(device_, session_));
  SoftAuthenticator theirs;
  const Session other =
      identity_.sign_in_unchecked(add_person("wu@example.test"), Assurance::low)->session;
  const Json made = identity_.start_passkey_registration(other)->options;
  const std::string their_handle = string_or(made.at("user"), "id");
  ASSERT_TRUE(identity_.register_passkey(other, theirs.create(made), "x"));
  device_.claim_to_be(their_handle);
  EXPECT_EQ(attempt(device_.get(options())), "no such passkey");
  device_.claim_to_be("AAAA");
  EXPECT_EQ(attempt(device_.get(options())), "userHandle");
}

TEST_F(Passkeys, TheTwoDoorsAreApart) {
  ASSERT_TRUE(register_with(device_, session_));
  EXPECT_EQ(attempt(device_.get(options(Realm::officer))), "account of the other door");
  const Session officer = identity_.sign_in_unchecked(add_officer(), Assurance::low)->session;
  SoftAuthenticator badge;
  ASSERT_TRUE(register_with(badge, officer));
  const auto signed_in = identity_.sign_in_with_passkey(badge.get(options(Realm::officer)));
  ASSERT_TRUE(signed_in);
  EXPECT_EQ(signed_in->session.officer->name, "陳大文");
}

TEST_F(Passkeys, AMailboxAloneCannotAddAKeyToAnAccountThatHasOne) {
  ASSERT_TRUE(register_with(device_, session_));
  SoftAuthenticator intruder;
  EXPECT_EQ(register_with(intruder, session_).error().code, "step_up_required");
  const SignedIn strong = *identity_.sign_in_with_passkey(device_.get(options()));
  SoftAuthenticator second;
  EXPECT_TRUE(register_with(second, strong.session));
}

TEST_F(Passkeys, AMailboxAloneCannotRemoveTheLastKeyAndThenAddOne) {
  const auto id = register_with(device_, session_);
  const auto removed = in_transaction(
      [&](store::Transaction& t) { return identity_.remove_passkey(t, session_, id->id); });
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, "step_up_required");
  EXPECT_EQ(attempt(device_.get(options())), "signed in");
  const Session other =
      identity_.sign_in_unchecked(add_person("wu@example.test"), Assurance::substantial)->session;
  EXPECT_FALSE(in_transaction(
      [&](store::Transaction& t) { return identity_.remove_passkey(t, other, id->id); }));
}

TEST_F(Passkeys, ACeremonyFromBeforeTheFirstKeyDoesNotAddASecond) {
  const Json early = identity_.start_passkey_registration(session_)->options;
  ASSERT_TRUE(register_with(device_, session_));
  SoftAuthenticator intruder;
  EXPECT_EQ(identity_.register_passkey(session_, intruder.create(early), "x").error().code,
            "step_up_required");
}

TEST_F(Passkeys, OfTwoFirstKeysAtOnceOneIsTaken) {
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      SoftAuthenticator device;
      taken += register_with(device, session_) ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 1);
}

TEST_F(Passkeys, TheSameOneIsNotRegisteredTwice) {
  ASSERT_TRUE(register_with(device_, session_));
  const SignedIn strong = *identity_.sign_in_with_passkey(device_.get(options()));
  const Json again = identity_.start_passkey_registration(strong.session)->options;
  ASSERT_EQ(again.at("excludeCredentials").as_array().size(), 1u);
  EXPECT_EQ(identity_.register_passkey(strong.session, device_.create(again), "x").error().code,
            "duplicate");
}

TEST_F(Passkeys, AreListedWithTheirNamesAndCanBeRemoved) {
  device_.flags = 0x1d;  // backup eligible and backed up
  const auto id = register_with(device_, session_, "  我的手機 ");
  ASSERT_TRUE(id);
  clock_.advance(hours{1});
  EXPECT_EQ(attempt(device_.get(options())), "signed in");
  const auto listed =
      in_transaction([&](store::Transaction& t) { return identity_.passkeys(t, person_); });
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().label, "我的手機");
  EXPECT_TRUE(listed->front().synced);
  EXPECT_EQ(listed->front().last_used_at, clock_.now());
  const Session strong = identity_.sign_in_unchecked(person_, Assurance::substantial)->session;
  EXPECT_TRUE(in_transaction(
      [&](store::Transaction& t) { return identity_.remove_passkey(t, strong, id->id); }));
  EXPECT_EQ(attempt(device_.get(options())), "no such passkey");
}

TEST_F(Passkeys, WhatIsNotAnAnswerIsRefused) {
  ASSERT_TRUE(register_with(device_, session_));
  for (
      const std::string_view junk :
      {"{}", "[]", "null", R"({"response":{}})", R"({"response":{"clientDataJSON":"!!"}})",
       R"({"id":"AA","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}})"}) {
    const auto outcome = identity_.sign_in_with_passkey(*parse_json(junk));
    ASSERT_FALSE(outcome) << junk;
    EXPECT_EQ(outcome.error().kind, Kind::unauthorised);
    EXPECT_FALSE(identity_.register_passkey(session_, *parse_json(junk), "x"));
  }
}

}  // namespace
}  // namespace minben::identity
