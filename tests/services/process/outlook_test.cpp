// What an instance can still reach.
#include "player.hpp"

namespace minben::process::test {
namespace {

/// "a b? c": what lies ahead of user tasks, those that may come with "?".
std::string ahead(const Player& player, const Foresight& foresight = {}) {
  const auto found = outlook(player.model(), player.state(), foresight, player.now());
  std::set<std::string> names;
  for (const Node& node : player.model().nodes) {
    if (node.kind != NodeKind::user_task) continue;
    if (found.certain.contains(node.id)) names.insert(node.id);
    if (found.possible.contains(node.id)) names.insert(node.id + "?");
  }
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

/// check → refused, or → way → a or b, depending on `amount` → last.
const std::string review = bpmn(
    R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="issued"/><bpmn:endEvent id="refused"/>
<bpmn:exclusiveGateway id="checked" default="pass"/><bpmn:exclusiveGateway id="way" default="other"/>)" +
    user("check") + user("a") + user("b") + user("last") + flow("f0", "start", "check") +
    flow("f1", "check", "checked") + flow("f2", "checked", "refused", "outcome = \"refuse\"") +
    flow("pass", "checked", "way") + flow("f3", "way", "a", "amount > 10") +
    flow("other", "way", "b") + flow("f4", "a", "last") + flow("f5", "b", "last") +
    flow("f6", "last", "issued"));

TEST(Outlook, ADecidedGatewayLeavesOneWay) {
  const Player player(review, {{"amount", 11}, {"outcome", nullptr}});
  EXPECT_EQ(ahead(player, {{"amount"}, {"refused"}}), "a last");
  const Player small(review, {{"amount", 10}, {"outcome", nullptr}});
  EXPECT_EQ(ahead(small, {{"amount"}, {"refused"}}), "b last");
}

TEST(Outlook, WhatMayChangeLeavesEachWayOpen) {
  const Player player(review, {{"amount", 11}, {"outcome", nullptr}});
  EXPECT_EQ(ahead(player, {{}, {"refused"}}), "a? b? last");
}

TEST(Outlook, WithoutEarlyEndsNothingAfterAChoiceIsCertain) {
  const Player player(review, {{"amount", 11}, {"outcome", nullptr}});
  EXPECT_EQ(ahead(player, {{"amount"}, {}}), "a? last?");
}

TEST(Outlook, WhatIsBehindIsNotAhead) {
  Player player(review, {{"amount", 11}, {"outcome", nullptr}});
  EXPECT_EQ(player.done("check", {{"outcome", "pass"}}), "");
  EXPECT_EQ(ahead(player, {{"amount"}, {"refused"}}), "last");
  EXPECT_EQ(player.done("a"), "");
  EXPECT_EQ(ahead(player), "");
}

TEST(Outlook, AConditionThatFailsIsNotDecided) {
  const Player player(review, {{"amount", "much"}, {"outcome", nullptr}});
  EXPECT_EQ(ahead(player, {{"amount"}, {"refused"}}), "a? b? last");
}

TEST(Outlook, EachBranchOfAParallelGatewayIsCertain) {
  Player player(bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>
<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>)" +
      user("first") + user("a") + user("b") + user("last") + flow("f0", "start", "first") +
      flow("f1", "first", "split") + flow("f2", "split", "a") + flow("f3", "split", "b") +
      flow("f4", "a", "join") + flow("f5", "b", "join") + flow("f6", "join", "last") +
      flow("f7", "last", "end")));
  EXPECT_EQ(ahead(player), "a b last");
  EXPECT_EQ(player.done("first"), "");
  EXPECT_EQ(player.done("a"), "");
  EXPECT_EQ(ahead(player), "last");
}

TEST(Outlook, AnInclusiveGatewayTakesAllThatAreKnownToHold) {
  const std::string model = bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>
<bpmn:inclusiveGateway id="split" default="f3"/><bpmn:inclusiveGateway id="join"/>)" +
      user("first") + user("a") + user("b") + user("c") + flow("f0", "start", "first") +
      flow("f1", "first", "split") + flow("f2", "split", "a", "x = 1") + flow("f3", "split", "b") +
      flow("f4", "split", "c", "y = 1") + flow("f5", "a", "join") + flow("f6", "b", "join") +
      flow("f7", "c", "join") + flow("f8", "join", "end"));
  const Player player(model, {{"x", 1}, {"y", 1}});
  EXPECT_EQ(ahead(player, {{"x", "y"}, {}}), "a c");
  EXPECT_EQ(ahead(player, {{"x"}, {}}), "a c?");
  EXPECT_EQ(ahead(player), "a? b? c?");
  EXPECT_EQ(ahead(Player(model, {{"x", 2}, {"y", 2}}), {{"x", "y"}, {}}), "b");
}

TEST(Outlook, ALoopIsNoWayOutAndWhatItRepeatsMayComeAgain) {
  Player player(bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/><bpmn:exclusiveGateway id="again"/>
<bpmn:exclusiveGateway id="way" default="f4"/>)" +
      user("work") + user("mend") + user("last") + flow("f0", "start", "again") +
      flow("f1", "again", "work") + flow("f2", "work", "way") + flow("f4", "way", "last") +
      flow("f5", "way", "mend", "more = true") + flow("f6", "mend", "again") +
      flow("f7", "last", "end")));
  EXPECT_EQ(ahead(player), "last mend? work?");
}

TEST(Outlook, ASubprocessIsGoneThroughAndItsBoundaryIsOnlyPossible) {
  Player player(bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/><bpmn:endEvent id="late_end"/>)" +
      user("first") + flow("f0", "start", "first") + flow("f1", "first", "sub") +
      R"(<bpmn:subProcess id="sub"><bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>)" +
      user("inner") + user("inner_last") + flow("i0", "s", "inner") +
      flow("i1", "inner", "inner_last") + flow("i2", "inner_last", "e") +
      R"(</bpmn:subProcess><bpmn:boundaryEvent id="late" attachedToRef="sub"><bpmn:timerEventDefinition>
<bpmn:timeDuration>P3D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>)" +
      user("reminder") + user("after") + flow("f2", "sub", "after") + flow("f3", "after", "end") +
      flow("f4", "late", "reminder") + flow("f5", "reminder", "late_end")));
  EXPECT_EQ(ahead(player), "after inner inner_last reminder?");
  EXPECT_EQ(player.done("first"), "");
  EXPECT_EQ(ahead(player), "after inner_last reminder?");
}

}  // namespace
}  // namespace minben::process::test
