#include "exchange/access.hpp"

#include <thread>

#include "exchange/message.hpp"
#include "world.hpp"

namespace minben::exchange::test {
namespace {

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() { call.consent = world.signed_assertion(); }

  /// "granted", or code and field.
  std::string decided(const Call& by, Instant now = noon) {
    trace = {};
    const auto grant = decider.decide(*table_of(), by.request(), now, &trace);
    EXPECT_EQ(trace.outcome, grant ? "granted" : grant.error().code);
    if (grant) return "granted";
    return grant.error().field.empty() ? grant.error().code
                                       : grant.error().code + ":" + grant.error().field;
  }
  template <class Change>
  std::string with(Change change) {
    Call other = call;
    change(other);
    return decided(other);
  }
  /// The rules' codes in the trace of the last decision.
  [[nodiscard]] std::vector<std::string> verdicts() const {
    std::vector<std::string> codes;
    for (const auto& verdict : trace.rules) codes.push_back(verdict.code);
    return codes;
  }
  [[nodiscard]] std::shared_ptr<const AccessTable> table_of() const { return world.table(); }
  AccessRule& consent_rule() { return world.configuration.rules[0]; }
  AccessRule& law_rule() { return world.configuration.rules[1]; }

  World world;
  Call call;
  Decider decider;
  DecisionTrace trace;
};

using Codes = std::vector<std::string>;

TEST_F(AccessTest, DeniesByDefault) {
  const auto grant = decider.decide(*table_of(), call.request(), noon);
  ASSERT_TRUE(grant) << describe(grant.error());
  EXPECT_EQ(grant->keep->fields(),
            (std::vector<std::string>{"expiry", "name"}));  // consented and allowed
  EXPECT_EQ(grant->consent, "consent-7");
  EXPECT_EQ(grant->person, minben::to_string(world.person));
  EXPECT_EQ(grant->case_id, "case-9");
  EXPECT_EQ(grant->basis, Basis::consent);
  EXPECT_EQ(grant->rule, rule_id(consent_rule()));

  EXPECT_EQ(with([](Call& c) { c.service.service = "other"; }), "unknown_service");
  EXPECT_EQ(with([](Call& c) { c.consumer = subsystem("boca", "casework"); }), "access_denied");
  EXPECT_EQ(with([](Call& c) { c.consumer = subsystem("wda", "register"); }), "access_denied");
  EXPECT_EQ(with([](Call& c) { c.consumer = subsystem("nobody", "casework"); }), "access_denied");
  EXPECT_TRUE(trace.rules.empty());
  EXPECT_EQ(with([](Call& c) { c.method = net::Method::put; }), "access_denied");
  EXPECT_EQ(verdicts(), Codes{"method_not_allowed"});
  EXPECT_EQ(with([](Call& c) { c.purpose = "curiosity"; }), "purpose_not_allowed:curiosity");
  EXPECT_EQ(verdicts(), Codes{"purpose_not_allowed"});
}

TEST_F(AccessTest, ConsentIsForThisRequestOnly) {
  EXPECT_EQ(with([](Call& c) { c.consent.clear(); }), "consent_missing");
  EXPECT_EQ(with([](Call& c) { c.case_id = "case-8"; }), "consent_mismatch:case");
  EXPECT_EQ(with([](Call& c) { c.segments = {"AC07654321"}; }), "consent_mismatch:subject");
  EXPECT_EQ(with([](Call& c) { c.segments.clear(); }), "consent_mismatch:subject");
  EXPECT_EQ(with([](Call& c) { c.person = "somebody"; }), "consent_mismatch:person");
  EXPECT_EQ(with([&](Call& c) { c.person = minben::to_string(world.person); }), "granted");
  EXPECT_EQ(with([&](Call& c) {
              ConsentAssertion other = world.assertion();
              other.recipient = subsystem("boca", "casework");
              c.consent = sign_assertion(other, world.platform).value();
            }),
            "consent_mismatch:recipient");
  EXPECT_EQ(
      with([&](Call& c) { c.consent = sign_assertion(world.assertion(), key_of(9)).value(); }),
      "consent_forged");
  world.configuration.consent_key.reset();
  EXPECT_EQ(decided(call), "consent_missing");
}

TEST_F(AccessTest, ConsentThatIsRememberedIsStillAskedForItsMinuteAndKey) {
  EXPECT_EQ(decided(call), "granted");
  EXPECT_EQ(decided(call, noon + seconds(59)), "granted");
  EXPECT_EQ(decided(call, noon + seconds(60)), "consent_expired");
  EXPECT_EQ(decided(call, noon - seconds(6)), "consent_expired");
  Call changed = call;
  changed.consent.back() = changed.consent.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(decided(changed), "consent_forged");
  world.configuration.consent_key = key_of(2).verify_key();
  EXPECT_EQ(decided(call), "consent_forged") << "the platform gave that key up";
  world.configuration.other_consent_key = world.platform.verify_key();
  EXPECT_EQ(decided(call), "granted");
}

TEST_F(AccessTest, BothKeysOfThePlatformAreGoodWhileItChangesThem) {
  const auto next = key_of(2);
  Call by_next = call;
  by_next.consent = sign_assertion(world.assertion(), next).value();
  EXPECT_EQ(decided(by_next), "consent_forged");
  world.configuration.other_consent_key = next.verify_key();
  EXPECT_EQ(decided(call), "granted");
  EXPECT_EQ(decided(by_next), "granted");
  std::swap(world.configuration.consent_key, world.configuration.other_consent_key);
  world.configuration.other_consent_key.reset();
  EXPECT_EQ(decided(by_next), "granted");
  EXPECT_EQ(decided(call), "consent_forged") << "the old key is worth nothing";
}

TEST_F(AccessTest, GroupsSpeakForTheirSubsystems) {
  world.configuration.groups = {{GroupCode{"permits"},
                                 {"許可", "Permits"},
                                 {subsystem("wda", "casework"), subsystem("boca", "casework")}}};
  consent_rule().consumer = GroupCode{"permits"};
  EXPECT_EQ(decided(call), "granted");
  EXPECT_EQ(with([](Call& c) { c.consumer = subsystem("wda", "register"); }), "access_denied");
  EXPECT_TRUE(table_of()->has_rule(subsystem("boca", "casework"), residence()));
  EXPECT_FALSE(table_of()->has_rule(subsystem("wda", "register"), residence()));
  EXPECT_EQ(world.configuration.rules_for(subsystem("boca", "casework"), residence()).size(), 1u);
  // Each of them has the quota for itself.
  law_rule().consumer = GroupCode{"permits"};
  law_rule().quotas = {{1, Period::day}};
  Call first = Call::by_law(), second = Call::by_law();
  second.consumer = subsystem("wda", "casework");
  EXPECT_EQ(decided(first), "granted");
  EXPECT_EQ(decided(second), "granted");
  EXPECT_EQ(decided(first).substr(0, 14), "quota_exceeded");
}

TEST_F(AccessTest, EndpointsAreMethodAndDecodedPath) {
  law_rule().methods.clear();
  law_rule().endpoints = {{net::Method::get, "/*"}, {std::nullopt, "/*/photo/**"}};
  call = Call::by_law();
  const auto ask = [&](net::Method method, std::vector<std::string> segments) {
    return with([&](Call& c) {
      c.method = method;
      c.segments = std::move(segments);
    });
  };
  EXPECT_EQ(ask(net::Method::get, {"7"}), "granted");
  EXPECT_EQ(ask(net::Method::put, {"7"}), "endpoint_not_allowed");
  EXPECT_EQ(verdicts(), Codes{"endpoint_not_allowed"});
  EXPECT_EQ(ask(net::Method::get, {}), "endpoint_not_allowed");
  EXPECT_EQ(ask(net::Method::get, {"7", "secret"}), "endpoint_not_allowed");
  EXPECT_EQ(ask(net::Method::put, {"7", "photo"}), "granted");
  EXPECT_EQ(ask(net::Method::del, {"7", "photo", "1", "2"}), "granted");
}

TEST_F(AccessTest, SaysWhatIsOpenToWhom) {
  const auto open = [&](Instant at = noon) {
    std::string text;
    for (const auto& [method, path] :
         table_of()->open_to(subsystem("boca", "casework"), cards(), at))
      text += fmt::format("{} {}, ", method ? net::to_string(*method) : "*", path);
    return text;
  };
  EXPECT_EQ(open(), "GET /**, PUT /**, ");
  AccessRule more = law_rule();
  more.methods.clear();
  more.endpoints = {{std::nullopt, "/*/photo"}};
  more.valid_until = noon + hours(1);
  world.configuration.rules.push_back(more);
  EXPECT_EQ(open(), "GET /**, PUT /**, * /*/photo, ");
  EXPECT_EQ(open(noon + hours(1)), "GET /**, PUT /**, ");
  world.configuration.services[1].endpoints = {{net::Method::get, ""},
                                               {net::Method::post, "/{number}"},
                                               {net::Method::post, "/{number}/photo"}};
  EXPECT_EQ(open(), "GET /, POST /{number}/photo, ");
  EXPECT_TRUE(table_of()->open_to(subsystem("wda", "casework"), cards(), noon).empty());
}

TEST_F(AccessTest, TimesAreTaiwans) {
  call = Call::by_law();
  law_rule().hours = {{0b0011111, hours(8), hours(18)}, {0b0100000, hours(9), hours(12)}};
  const auto at = [&](std::string_view time) { return decided(call, *parse_instant(time)); };
  EXPECT_EQ(at("2026-11-23T07:59:59+08:00"), "outside_hours");
  EXPECT_EQ(verdicts(), Codes{"outside_hours"});
  EXPECT_EQ(at("2026-11-23T08:00:00+08:00"), "granted");
  EXPECT_EQ(at("2026-11-23T17:59:59.999999+08:00"), "granted");
  EXPECT_EQ(at("2026-11-23T18:00:00+08:00"), "outside_hours");
  EXPECT_EQ(at("2026-11-28T10:00:00+08:00"), "granted");  // Saturday
  EXPECT_EQ(at("2026-11-28T08:30:00+08:00"), "outside_hours");
  EXPECT_EQ(at("2026-11-29T10:00:00+08:00"), "outside_hours");  // Sunday
  EXPECT_EQ(at("2026-11-29T23:30:00Z"), "outside_hours");       // Monday, half past seven
  EXPECT_EQ(at("2026-11-30T00:00:00Z"), "granted");
  law_rule().hours.clear();
  law_rule().valid_from = noon;
  law_rule().valid_until = noon + hours(1);
  EXPECT_EQ(decided(call, noon - microseconds(1)), "access_denied");
  EXPECT_EQ(verdicts(), Codes{"not_yet_valid"});
  EXPECT_EQ(decided(call, noon), "granted");
  EXPECT_EQ(decided(call, noon + hours(1)), "access_denied");
  EXPECT_EQ(verdicts(), Codes{"no_longer_valid"});
}

TEST_F(AccessTest, CaseNumbersHaveAForm) {
  call = Call::by_law();
  call.case_id.clear();
  EXPECT_EQ(decided(call), "granted");
  law_rule().case_form = "[0-9]{3}-[A-Z]{2}-[0-9]{6}";
  EXPECT_EQ(decided(call), "granted") << "a form does not ask for a number";
  law_rule().case_required = true;
  EXPECT_EQ(decided(call), "case_required:case");
  for (const char* other : {"115-IM-00001", "x115-IM-000017", "115-IM-000017\n", "115-im-000017"})
    EXPECT_EQ(with([&](Call& c) { c.case_id = other; }), "case_required:case") << other;
  EXPECT_EQ(with([](Call& c) { c.case_id = "115-IM-000017"; }), "granted");
}

TEST_F(AccessTest, LimitsRefuseWithATimeAndCountOnlyGrants) {
  law_rule().quotas = {{2, Period::day}};
  Call by_law = Call::by_law();
  Call wrong = by_law;
  wrong.purpose = "curiosity";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(decided(wrong), "purpose_not_allowed:curiosity");
  EXPECT_EQ(decided(by_law), "granted");
  EXPECT_EQ(decided(by_law), "granted");
  EXPECT_EQ(decided(by_law), "quota_exceeded:retry_after=14400");  // midnight in four hours
  EXPECT_EQ(trace.retry_after, seconds(14400));
  EXPECT_EQ(write_json(to_json(trace)),
            fmt::format(R"({{"outcome":"quota_exceeded","rules":[{{"rule":1,"id":"{}",)"
                        R"("code":"quota_exceeded"}}],"retry_after_s":14400}})",
                        rule_id(law_rule())));
  // A consent that is refused uses nothing either.
  consent_rule().rate = Rate{1, 1};
  Call forged = call;
  forged.consent = sign_assertion(world.assertion(), key_of(9)).value();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(decided(forged), "consent_forged");
  EXPECT_EQ(decided(call), "granted");
  EXPECT_EQ(decided(call), "rate_exceeded:retry_after=1");
  EXPECT_EQ(decided(call, noon + seconds(1)), "granted");
}

TEST_F(AccessTest, ExplainingCountsNothing) {
  law_rule().quotas = {{1, Period::day}};
  const Call by_law = Call::by_law();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(decider.explain(*table_of(), by_law.request(), noon).outcome, "granted");
  EXPECT_EQ(decided(by_law), "granted");
  const DecisionTrace refused = decider.explain(*table_of(), by_law.request(), noon);
  EXPECT_EQ(refused.outcome, "quota_exceeded");
  EXPECT_EQ(refused.retry_after, seconds(14400));
  EXPECT_EQ(decider.explain(*table_of(), call.request(), noon).outcome, "granted");
}

TEST_F(AccessTest, RefusalsByALimitSayWhenToAskAgain) {
  law_rule().quotas = {{1, Period::day}};
  EXPECT_EQ(decided(Call::by_law()), "granted");
  const auto refused = decider.decide(*table_of(), Call::by_law().request(), noon);
  const net::Response response = problem(refused.error());
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.get("Retry-After"), "14400");
  EXPECT_EQ(response.headers.get("X-Road-Error"), "quota_exceeded");
  EXPECT_FALSE(
      problem(Error{Kind::forbidden, "access_denied", "", "", 0, 0}).headers.has("Retry-After"));
}

TEST_F(AccessTest, QuotasOutliveAChangeOfTheRuleThatHasAnId) {
  law_rule().quotas = {{1, Period::day}};
  law_rule().id = "cards-issue";
  EXPECT_EQ(decided(Call::by_law()), "granted");
  law_rule().fields = {"name"};
  EXPECT_EQ(decided(Call::by_law()).substr(0, 14), "quota_exceeded");
  law_rule().id.clear();
  EXPECT_EQ(decided(Call::by_law()), "granted") << "without an id a changed rule is another one";
}

TEST_F(AccessTest, TheRuleOfTheConsentShownComesFirstThenTheLaws) {
  AccessRule by_law = consent_rule();
  by_law.basis = Basis::law;
  by_law.legal_basis = "就業服務法 §48";
  by_law.fields = {"status"};
  world.configuration.rules.push_back(by_law);
  EXPECT_EQ(decided(call), "granted");
  EXPECT_EQ(verdicts(), (Codes{"granted", "not_needed"}));
  EXPECT_EQ(with([](Call& c) { c.consent.clear(); }), "granted");
  EXPECT_EQ(verdicts(), (Codes{"not_needed", "granted"}));
  // Who shows a consent is told that it is not good.
  EXPECT_EQ(with([](Call& c) { c.consent = "x.y"; }), "consent_malformed");
  // A consent where only the law counts changes nothing.
  world.configuration.rules.erase(world.configuration.rules.begin());
  EXPECT_EQ(with([](Call& c) { c.consent = "x.y"; }), "granted");
}

TEST_F(AccessTest, TheNextRuleIsTriedWhenOneIsUsedUp) {
  law_rule().quotas = {{1, Period::day}};
  AccessRule more = law_rule();
  more.quotas = {{1, Period::hour}};
  more.id = "more";
  world.configuration.rules.push_back(more);
  EXPECT_EQ(decided(Call::by_law()), "granted");
  EXPECT_EQ(verdicts(), (Codes{"granted", "not_needed"}));
  EXPECT_EQ(decided(Call::by_law()), "granted");
  EXPECT_EQ(verdicts(), (Codes{"quota_exceeded", "granted"}));
  EXPECT_EQ(decided(Call::by_law()), "quota_exceeded:retry_after=14400") << "the first says why";
}

TEST_F(AccessTest, RulesOfGroupsStandInLineWithOwnOnes) {
  world.configuration.groups = {
      {GroupCode{"visas"}, {"簽證", "Visas"}, {subsystem("boca", "casework")}}};
  AccessRule wide = law_rule();
  wide.consumer = GroupCode{"visas"};
  wide.id = "wide";
  world.configuration.rules.insert(world.configuration.rules.begin(), wide);
  const auto grant = decider.decide(*table_of(), Call::by_law().request(), noon, &trace);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->rule, "wide");
  EXPECT_EQ(verdicts(), (Codes{"granted", "not_needed"}));
}

TEST_F(AccessTest, TheRuleThatGotFurthestSaysWhy) {
  AccessRule other = law_rule();
  other.hours = {{0b0000001, hours(8), hours(9)}};
  other.purposes = {"audit"};
  world.configuration.rules.push_back(other);
  Call audit = Call::by_law();
  audit.purpose = "audit";
  EXPECT_EQ(decided(audit), "outside_hours");
  EXPECT_EQ(verdicts(), (Codes{"purpose_not_allowed", "outside_hours"}));
}

TEST_F(AccessTest, ManyThreadsDecideWhileTheConfigurationChanges) {
  law_rule().id = "cards-issue";
  law_rule().quotas = {{500, Period::day}};
  const auto one = std::make_shared<const Configuration>(world.configuration);
  law_rule().fields = {"name"};
  const auto two = std::make_shared<const Configuration>(world.configuration);
  std::atomic<int> granted = 0, consented = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 400; ++i) {
          const auto& configuration = (i + t) % 50 < 25 ? one : two;
          granted += decider.decide(configuration, Call::by_law().request(), noon).has_value();
          consented += decider.decide(configuration, call.request(), noon).has_value();
        }
      });
  }
  EXPECT_EQ(granted, 500);
  EXPECT_EQ(consented, 1600);
}

}  // namespace
}  // namespace minben::exchange::test
