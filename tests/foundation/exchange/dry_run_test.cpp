#include "exchange/dry_run.hpp"

#include "world.hpp"

namespace minben::exchange::test {
namespace {

class DryRunTest : public ::testing::Test {
 protected:
  DryRunTest() {
    world.configuration.rules[0].id = "residence";
    world.configuration.rules[1].id = "cards";
    after = world.configuration;
  }

  /// boca reads a card.
  static PastDecision by_law(Instant at = noon) {
    return {.at = at,
            .consumer = subsystem("boca", "casework"),
            .service = cards(),
            .method = net::Method::get,
            .segments = {"7"},
            .purpose = "issue",
            .case_id = "case-9",
            .consent_fields = {},
            .outcome = "granted"};
  }
  /// wda reads somebody's residence with consent to these fields.
  static PastDecision by_consent(std::vector<std::string> fields = {"name", "expiry"}) {
    PastDecision out = by_law();
    out.consumer = subsystem("wda", "casework");
    out.service = residence();
    out.segments = {std::string(resident)};
    out.purpose = "work-permit";
    out.consent_fields = std::move(fields);
    return out;
  }
  DryRun run(const std::vector<PastDecision>& records, std::size_t max_changes = 1000) {
    EXPECT_TRUE(check_rules(after));
    return dry_run(records, std::make_shared<const Configuration>(world.configuration),
                   std::make_shared<const Configuration>(after), max_changes);
  }

  World world;
  Configuration after;
};

TEST_F(DryRunTest, SaysNothingWhenNothingChanges) {
  PastDecision refused = by_law();
  refused.purpose = "curiosity";
  refused.outcome = "purpose_not_allowed";
  PastDecision forged = by_consent();
  forged.outcome = "consent_forged";
  PastDecision without = by_consent();
  without.consent_fields.reset();
  without.outcome = "consent_missing";
  const DryRun result = run({by_law(), by_consent(), refused, forged, without});
  EXPECT_TRUE(result.changes.empty());
  EXPECT_EQ(result.not_reproduced, 0u);
  EXPECT_EQ(result.all, (DryRunCounts{2, 2, 0, 0, 0}));
  EXPECT_EQ(result.rules.at("cards"), (DryRunCounts{1, 1, 0, 0, 0}));
  EXPECT_EQ(result.consumers.at("MINBEN/GOV/wda/casework"), (DryRunCounts{1, 1, 0, 0, 0}));
}

TEST_F(DryRunTest, SaysWhatWouldBeRefusedAndGranted) {
  after.rules[1].case_required = true;
  after.rules[1].case_form = "[0-9]+";
  after.rules[1].purposes = {"issue", "audit"};
  PastDecision audit = by_law();
  audit.purpose = "audit";
  audit.case_id = "17";
  audit.outcome = "purpose_not_allowed";
  const DryRun result = run({by_law(), audit, by_consent()});
  ASSERT_EQ(result.changes.size(), 2u);
  EXPECT_EQ(result.changes[0],
            (ChangedDecision{0, "granted", "case_required", "cards", "", {}, {}}));
  EXPECT_EQ(result.changes[1],
            (ChangedDecision{1, "purpose_not_allowed", "granted", "", "cards", {}, {}}));
  EXPECT_EQ(result.all, (DryRunCounts{2, 2, 1, 1, 0}));
  EXPECT_EQ(result.rules.at("cards"), (DryRunCounts{1, 1, 1, 1, 0}));
  EXPECT_EQ(result.rules.at("residence"), (DryRunCounts{1, 1, 0, 0, 0}));
  EXPECT_EQ(result.new_refusals, (std::map<std::string, std::size_t>{{"case_required", 1}}));
}

TEST_F(DryRunTest, SaysWhichFieldsWouldNotLeaveAnyMore) {
  after.rules[0].fields = {"name", "status"};
  const DryRun result = run({by_consent({"name", "expiry", "status"})});
  ASSERT_EQ(result.changes.size(), 1u);
  EXPECT_EQ(result.changes[0].fields_lost, std::vector<std::string>{"expiry"});
  EXPECT_TRUE(result.changes[0].fields_won.empty());
  EXPECT_EQ(result.all.other_fields, 1u);
  EXPECT_EQ(result.all.newly_refused, 0u);
}

TEST_F(DryRunTest, CountsQuotasInOrderOfTime) {
  after.rules[1].quotas = {{2, Period::day}};
  std::vector<PastDecision> records;  // the last came first
  for (int hour = 3; hour >= 0; --hour) records.push_back(by_law(noon + hours(hour)));
  records.push_back(by_law(noon + days(1)));
  const DryRun result = run(records);
  ASSERT_EQ(result.changes.size(), 2u);
  EXPECT_EQ(result.changes[0].record, 1u);
  EXPECT_EQ(result.changes[1].record, 0u);
  EXPECT_EQ(result.changes[0].after, "quota_exceeded");
  EXPECT_EQ(run(records, 1).changes.size(), 1u);
  EXPECT_EQ(run(records, 1).all, result.all);
}

TEST_F(DryRunTest, TellsARuleFromItsSuccessor) {
  AccessRule successor = after.rules[1];
  successor.id = "cards-2027";
  successor.fields = {"stored"};
  after.rules[1].valid_until = noon + days(1);
  successor.valid_from = noon + days(1);
  after.rules.push_back(successor);
  const DryRun result = run({by_law(), by_law(noon + days(1))});
  EXPECT_EQ(result.rules.at("cards"), (DryRunCounts{2, 1, 0, 0, 0}));
  EXPECT_EQ(result.rules.at("cards-2027"), (DryRunCounts{0, 1, 0, 0, 1}));
  ASSERT_EQ(result.changes.size(), 1u);
  EXPECT_EQ(result.changes[0].fields_lost, std::vector<std::string>{"name"});
}

TEST_F(DryRunTest, SaysWhenTheOldRulesDoNotExplainTheRecords) {
  PastDecision odd = by_law();
  odd.outcome = "quota_exceeded";
  EXPECT_EQ(run({by_law(), odd}).not_reproduced, 1u);
}

TEST_F(DryRunTest, RecordsAreReadAsTheyAreWritten) {
  for (const PastDecision& record : {by_law(), by_consent()})
    EXPECT_EQ(past_decision_from_json(to_json(record)).value(), record);
  const auto complaint = [](std::string_view member, const Json& value) {
    Json json = to_json(by_consent());
    json.as_object()[member] = value;
    const auto record = past_decision_from_json(json);
    return record ? "none" : record.error().field;
  };
  EXPECT_EQ(complaint("at", "noon"), "at");
  EXPECT_EQ(complaint("consumer", "x"), "consumer");
  EXPECT_EQ(complaint("service", "x"), "service");
  EXPECT_EQ(complaint("method", "HEAD"), "method");
  EXPECT_EQ(complaint("path", "/7"), "path");
  EXPECT_EQ(complaint("consent_fields", JsonArray{1}), "consent_fields/0");
  EXPECT_FALSE(past_decision_from_json(JsonArray{}));
}

}  // namespace
}  // namespace minben::exchange::test
