#include "fixture.hpp"
#include "player.hpp"

namespace minben::process::test {
namespace {

std::string version_one() {
  return bpmn(in_row({"check", "review"}) + user("check") +
              R"(<bpmn:userTask id="review" minben:role="clerk"/>
<bpmn:boundaryEvent id="late" attachedToRef="check" cancelActivity="false"><bpmn:timerEventDefinition>
<bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>)" +
              user("remind") + flow("f1", "late", "remind") + flow("f2", "remind", "end"));
}

/// `check` is called `inspect`, and review comes with a second pair of eyes.
std::string version_two() {
  std::string xml = version_one();
  for (std::size_t at = 0; (at = xml.find("\"check\"", at)) != std::string::npos;) {
    xml.replace(at, 7, "\"inspect\"");
  }
  xml.replace(xml.find("minben:role=\"clerk\""), 19, "minben:role=\"senior\"");
  return xml;
}

TEST_F(ProcessTest, ARunningCaseMovesToANewVersionAndStillReplays) {
  deploy(version_one());
  const auto id = start();
  deploy(version_two());
  const auto newest =
      in_transaction([&](store::Transaction& tx) { return processes.latest(tx, "permit"); });
  const auto faults = in_transaction(
      [&](store::Transaction& tx) { return processes.check_migration(tx, id, newest->digest); });
  ASSERT_TRUE(faults.has_value());
  ASSERT_FALSE(faults->empty());
  EXPECT_EQ(faults->front().code, "element_gone");
  EXPECT_TRUE(faults->front().detail.starts_with("check: "));

  const Renames renames{{"check", "inspect"}};
  const auto moved = in_transaction([&](store::Transaction& tx) {
    return processes.migrate(tx, id, newest->digest, renames, "operator:1");
  });
  ASSERT_TRUE(moved.has_value()) << describe(moved.error());
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"inspect"});
  EXPECT_EQ(instance(id).version, 2);
  clock.advance(hours(25));
  EXPECT_EQ(run_jobs(), 1);  // the timer came along
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"inspect", "remind"}));
  ASSERT_TRUE(complete(id, "inspect").has_value());
  const auto open = in_transaction([&](store::Transaction& tx) { return processes.tasks(tx, id); });
  const auto review = std::find_if(open->begin(), open->end(),
                                   [](const UserTask& task) { return task.element == "review"; });
  ASSERT_NE(review, open->end());
  EXPECT_EQ(review->role, "senior");
  expect_replays(id);
}

TEST_F(ProcessTest, WhatCannotMoveStaysAsItWas) {
  deploy(version_one());
  const auto id = start();
  deploy(bpmn(in_row({"check"}) + R"(<bpmn:receiveTask id="check" messageRef="m"/>)",
              R"(<bpmn:message id="m" name="M"/>)"));
  const auto newest =
      in_transaction([&](store::Transaction& tx) { return processes.latest(tx, "permit"); });
  const auto moved = in_transaction([&](store::Transaction& tx) {
    return processes.migrate(tx, id, newest->digest, {}, "operator:1");
  });
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().kind, Kind::conflict);
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"check"});
  EXPECT_EQ(instance(id).version, 1);
  expect_replays(id);
}

TEST_F(ProcessTest, IncidentsAreListedForOperators) {
  deploy(bpmn(in_row({"fetch"}) + R"(<bpmn:serviceTask id="fetch" minben:topic="nowhere"/>)"));
  const auto id = start();
  run_jobs();
  const auto lines =
      in_transaction([&](store::Transaction& tx) { return processes.incidents(tx, "permit"); });
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 1u);
  EXPECT_EQ(lines->front().instance, id);
  EXPECT_EQ(lines->front().element, "fetch");
  EXPECT_EQ(lines->front().incident.code, "no_handler");
  ASSERT_TRUE(command(id, Cancel{"withdrawn"}).has_value());
  EXPECT_TRUE(
      in_transaction([&](store::Transaction& tx) { return processes.incidents(tx, ""); })->empty());
}

}  // namespace
}  // namespace minben::process::test
