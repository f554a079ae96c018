#include <thread>

#include "fixture.hpp"

namespace minben::mydata {
namespace {

TEST_F(MyDataTest, AFetchBringsTheAgreedFieldsAndNothingElse) {
  const auto fetched = fetch(granted());
  ASSERT_TRUE(fetched) << describe(fetched.error());
  EXPECT_EQ(fetched->data, parse_json(R"({"residence":"resident","expiry":"2027-01-31"})").value());
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].recipient, wda);
  EXPECT_EQ(calls[0].provider.value, "nia");
  EXPECT_EQ(calls[0].purpose_code, "gold-card-review");
  EXPECT_EQ(calls[0].query, query);
}

TEST_F(MyDataTest, TheAssertionSaysExactlyWhatThePersonAgreedTo) {
  const ConsentId id = granted();
  ASSERT_TRUE(fetch(id));
  const auto assertion =
      exchange::verify_assertion(calls.at(0).assertion, platform.verify_key(), clock.now());
  ASSERT_TRUE(assertion) << describe(assertion.error());
  EXPECT_EQ(assertion->consent, to_string(id));
  EXPECT_EQ(assertion->person, person);
  EXPECT_EQ(assertion->subject, exchange::subject_digest(assertion->id, "AC01234567"));
  EXPECT_EQ(exchange::to_string(assertion->service), "MINBEN/GOV/nia/cards/residence");
  EXPECT_EQ(exchange::to_string(assertion->recipient), "MINBEN/GOV/wda/permits");
  EXPECT_EQ(assertion->purpose, "gold-card-review");
  EXPECT_EQ(assertion->case_id, to_string(case_id));
  EXPECT_THAT(assertion->fields, testing::ElementsAre("residence", "expiry"));
  EXPECT_EQ(assertion->expires_at - assertion->issued_at, seconds(60));
  EXPECT_FALSE(exchange::verify_assertion(calls[0].assertion, platform.verify_key(),
                                          clock.now() + seconds(61)));
}

/// As in the world: time passes between any two looks at it.
struct TickingClock final : Clock {
  explicit TickingClock(Instant from) : at(from) {}
  [[nodiscard]] Instant now() const override { return at += std::chrono::microseconds(1); }
  mutable Instant at;
};

TEST_F(MyDataTest, AnAssertionIsValidForAMinuteExactlyAlsoWhenTimePasses) {
  const ConsentId id = granted();
  const TickingClock ticking(clock.now());
  MyData ticked{Parts{db.database(), ticking, random, commitments, logs, platform,
                      [this](const GatewayCall& call) {
                        remember(call);
                        return answer(call);
                      },
                      [](const AgencyCode&) -> Result<std::vector<trust::VerifyKey>> {
                        return fail(Kind::not_found, "unknown_member");
                      }}};
  ASSERT_TRUE(ticked.fetch(person, id, wda, terms().purpose_code, query));
  const auto assertion =
      exchange::verify_assertion(calls.at(0).assertion, platform.verify_key(), ticking.now());
  ASSERT_TRUE(assertion) << describe(assertion.error());
}

TEST_F(MyDataTest, AnAssertionNeverOutlivesTheConsent) {
  const ConsentId id = granted();
  clock.set(consent(id).expires_at - seconds(10));
  ASSERT_TRUE(fetch(id));
  const auto assertion =
      exchange::verify_assertion(calls.at(0).assertion, platform.verify_key(), clock.now());
  EXPECT_EQ(assertion->expires_at, consent(id).expires_at);
}

TEST_F(MyDataTest, WithoutAValidConsentNothingIsFetched) {
  const ConsentId waiting = request();
  EXPECT_EQ(fetch_error(waiting), "consent_not_granted");
  const ConsentId refused = request();
  ASSERT_TRUE(refuse(refused));
  EXPECT_EQ(fetch_error(refused), "consent_refused");
  const ConsentId withdrawn = granted();
  ASSERT_TRUE(withdraw(withdrawn));
  EXPECT_EQ(fetch_error(withdrawn), "consent_withdrawn");
  const ConsentId expired = granted();
  clock.advance(days(90));
  EXPECT_EQ(fetch_error(expired), "consent_expired");
  EXPECT_TRUE(calls.empty());
}

TEST_F(MyDataTest, ForAnotherRecipientOrPurposeItDoesNotCount) {
  const ConsentId id = granted();
  EXPECT_EQ(mydata.fetch(person, id, {"boca"}, "gold-card-review", query).error().code,
            "other_recipient");
  EXPECT_EQ(mydata.fetch(person, id, wda, "tax-audit", query).error().code, "other_purpose");
  for (const char* bad : {"{}", "[]", R"({"a":"1","b":"2"})", R"({"a":1})", R"({"a":""})"}) {
    EXPECT_EQ(
        mydata.fetch(person, id, wda, "gold-card-review", parse_json(bad).value()).error().code,
        "bad_query")
        << bad;
  }
  EXPECT_TRUE(calls.empty());
}

TEST_F(MyDataTest, ItCanBeUsedAsOftenAsWasAgreed) {
  ConsentRequest twice = asked();
  twice.terms.max_fetches = 2;
  const ConsentId id = try_request(twice).value();
  ASSERT_TRUE(grant(id));
  EXPECT_EQ(fetch_error(id), "");
  EXPECT_EQ(fetch_error(id), "");
  EXPECT_EQ(fetch_error(id), "consent_used_up");
  EXPECT_EQ(consent(id).fetches, 2);
  EXPECT_FALSE(consent(id).allows_fetch());
  EXPECT_EQ(calls.size(), 2u);
}

TEST_F(MyDataTest, AFailedCallUsesUpNothing) {
  const ConsentId id = granted();
  const Gateway good = answer;
  answer = [](const GatewayCall&) -> Result<Json> {
    return fail(Kind::unavailable, "provider_unreachable");
  };
  EXPECT_EQ(fetch_error(id), "provider_unreachable");
  EXPECT_EQ(consent(id).fetches, 0);
  answer = good;
  EXPECT_EQ(fetch_error(id), "");
}

TEST_F(MyDataTest, AProcessThatDiedInAFetchDoesNotBlockTheConsentForEver) {
  const ConsentId id = granted();
  const store::Query left_behind{"test_left_behind", R"(
    insert into mydata.fetch (person_id, id, consent_id, started_at) values ($1, gen_random_uuid(), $2, $3))"};
  ASSERT_TRUE(db->run(left_behind, person, id, clock.now()));
  EXPECT_EQ(fetch_error(id), "consent_used_up");
  clock.advance(minutes(3));
  EXPECT_EQ(fetch_error(id), "");
}

TEST_F(MyDataTest, AnAnswerThatIsNoObjectIsRefused) {
  const ConsentId id = granted();
  answer = [](const GatewayCall&) -> Result<Json> { return Json("everything about everybody"); };
  EXPECT_EQ(fetch_error(id), "register_answer_malformed");
}

TEST_F(MyDataTest, AWithdrawalWhileTheGatewaysWorkLeavesTheCallerWithNothing) {
  const ConsentId id = granted();
  answer = [&, good = answer](const GatewayCall& call) {
    EXPECT_TRUE(withdraw(id));  // the person presses the button right now, and it does not wait
    return good(call);
  };
  EXPECT_EQ(fetch_error(id), "consent_withdrawn");
  EXPECT_EQ(count("select count(*) as n from mydata.fetch where outcome = 'dropped'"), 1);
}

TEST_F(MyDataTest, ExpiryWhileTheGatewaysWorkLeavesTheCallerWithNothing) {
  const ConsentId id = granted();
  clock.set(consent(id).expires_at - seconds(1));
  answer = [&, good = answer](const GatewayCall& call) {
    clock.advance(seconds(2));
    return good(call);
  };
  EXPECT_EQ(fetch_error(id), "consent_expired");
}

TEST_F(MyDataTest, ManyFetchesAtOnceNeverExceedWhatWasAgreed) {
  ConsentRequest three = asked();
  three.terms.max_fetches = 3;
  const ConsentId id = try_request(three).value();
  ASSERT_TRUE(grant(id));
  answer = [good = answer](const GatewayCall& call) {
    std::this_thread::sleep_for(milliseconds(5));  // so that they overlap
    return good(call);
  };
  std::atomic<int> got = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 4; ++i) {
          got += fetch(id).has_value() ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(got, 3);
  EXPECT_EQ(calls.size(), 3u);
  EXPECT_EQ(consent(id).fetches, 3);
}

/// Withdrawals and fetches at the same time, many times over: data handed out after the withdrawal
/// was acknowledged would be a broken promise.
TEST_F(MyDataTest, NothingIsHandedOutAfterTheWithdrawalWasAcknowledged) {
  for (int round = 0; round < 25; ++round) {
    ConsentRequest many = asked();
    many.terms.max_fetches = 1000;
    const ConsentId id = try_request(many).value();
    ASSERT_TRUE(grant(id));
    std::atomic<bool> withdrawn = false;
    std::atomic<int> broken_promises = 0;
    int delivered = 0;
    std::jthread fetching([&] {
      for (int i = 0; i < 30; ++i) {
        const bool before = withdrawn;
        const bool got = fetch(id).has_value();
        delivered += got ? 1 : 0;
        broken_promises += before && got ? 1 : 0;
      }
    });
    std::this_thread::sleep_for(milliseconds(random.below(20)));
    ASSERT_TRUE(withdraw(id));
    withdrawn = true;
    fetching.join();
    EXPECT_EQ(broken_promises, 0);
    EXPECT_EQ(fetch_error(id), "consent_withdrawn");
    EXPECT_GE(consent(id).fetches, delivered);
  }
}

}  // namespace
}  // namespace minben::mydata
