// What the engine does, element by element, beyond the public cases.
#include "player.hpp"

namespace minben::process::test {
namespace {

const std::string exclusive =
    R"(<bpmn:exclusiveGateway id="way" default="other"/>)" +
    flow("big", "way", "a", "amount > 10") + flow("other", "way", "b") + user("a") + user("b") +
    flow("x", "a", "end") + flow("y", "b", "end") +
    R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>)" + flow("s", "start", "way");

TEST(EngineTest, AnExclusiveGatewayTakesTheFirstThatHolds) {
  EXPECT_EQ(Player(bpmn(exclusive), {{"amount", 11}}).open(), "a");
  EXPECT_EQ(Player(bpmn(exclusive), {{"amount", 10}}).open(), "b");
}

TEST(EngineTest, AConditionOverAMissingVariableIsAnIncidentThatCanBeRepaired) {
  Player player(bpmn(exclusive));
  EXPECT_EQ(player.open(), "way!");
  EXPECT_EQ(player.incident(), "expression_failed");
  EXPECT_EQ(player.give(SetVariables{{{"amount", 12}}}), "");
  EXPECT_EQ(player.give(Retry{player.waiting("way")}), "");
  EXPECT_EQ(player.open(), "a");
  EXPECT_EQ(player.give(Retry{player.waiting("a")}), "no_incident");
}

TEST(EngineTest, AnInclusiveJoinWaitsOnlyForWhatCanStillCome) {
  const std::string model = bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>
<bpmn:inclusiveGateway id="split" default="f1"/><bpmn:inclusiveGateway id="join"/>)" +
      user("a") + user("b") + user("c") + user("after") + flow("f0", "start", "split") +
      flow("f1", "split", "a") + flow("f2", "split", "b", "b = true") +
      flow("f3", "split", "c", "c = true") + flow("f4", "a", "join") + flow("f5", "b", "join") +
      flow("f6", "c", "join") + flow("f7", "join", "after") + flow("f8", "after", "end"));
  Player player(model, {{"b", true}, {"c", true}});
  EXPECT_EQ(player.open(), "b c");
  EXPECT_EQ(player.done("b"), "");
  EXPECT_EQ(player.open(), "c join");
  EXPECT_EQ(player.done("c"), "");
  EXPECT_EQ(player.open(), "after");
  Player alone(model, {{"b", false}, {"c", false}});
  EXPECT_EQ(alone.done("a"), "");
  EXPECT_EQ(alone.open(), "after");
}

TEST(EngineTest, AnInclusiveJoinInALoopDoesNotWaitForItself) {
  Player player(bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/><bpmn:inclusiveGateway id="again"/>
<bpmn:exclusiveGateway id="way" default="f3"/>)" +
      user("work") + flow("f0", "start", "again") + flow("f1", "again", "work") +
      flow("f2", "work", "way") + flow("f3", "way", "end") +
      flow("f4", "way", "again", "more = true")));
  EXPECT_EQ(player.done("work", {{"more", true}}), "");
  EXPECT_EQ(player.open(), "work");
  EXPECT_EQ(player.done("work", {{"more", false}}), "");
  EXPECT_EQ(player.status(), "completed");
}

const std::string waits =
    R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/><bpmn:eventBasedGateway id="gate"/>
<bpmn:intermediateCatchEvent id="answer"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
<bpmn:intermediateCatchEvent id="late"><bpmn:timerEventDefinition><bpmn:timeDuration>P30D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>)" +
    user("read") + user("close") + flow("f0", "start", "gate") + flow("f1", "gate", "answer") +
    flow("f2", "gate", "late") + flow("f3", "answer", "read") + flow("f4", "late", "close") +
    flow("f5", "read", "end") + flow("f6", "close", "end");
const std::string m = R"(<bpmn:message id="m" name="supplement"/>)";

TEST(EngineTest, AnEventGatewayFollowsTheFirstEvent) {
  Player answered(bpmn(waits, m));
  EXPECT_EQ(answered.effects<ArmTimer>().front().due, answered.now() + hours(24 * 30));
  EXPECT_EQ(answered.message("supplement"), "");
  EXPECT_EQ(answered.open(), "read");
  EXPECT_EQ(answered.effects<CancelTimer>().size(), 1u);
  EXPECT_EQ(answered.message("supplement"), "nobody_waits");
  Player silent(bpmn(waits, m));
  EXPECT_EQ(silent.timer("late"), "");
  EXPECT_EQ(silent.open(), "close");
}

std::string multi(std::string_view characteristics, std::string_view after = {}) {
  return bpmn(
      in_row({"vote", "then"}) +
      user(
          "vote",
          fmt::format(
              R"(<bpmn:multiInstanceLoopCharacteristics {}>{}</bpmn:multiInstanceLoopCharacteristics>)",
              characteristics, after)) +
      user("then"));
}

TEST(EngineTest, MultiInstanceOverAListCollectsItsOutputsInOrder) {
  Player player(
      multi(
          R"(minben:collection="ministries" minben:element="ministry" minben:outputElement="opinion" minben:output="opinions")"),
      {{"ministries", JsonArray{"nstc", "moda", "wda"}}});
  EXPECT_EQ(player.open(), "vote vote vote");
  std::vector<Number> votes;
  for (const Token& token : player.state().tokens) {
    if (token.waiting == Waiting::user) votes.push_back(token.id);
  }
  EXPECT_EQ(*player.state()
                 .scope(player.state().token(votes[1])->scope)
                 ->variables.if_contains("ministry"),
            Json("moda"));
  EXPECT_EQ(player.give(CompleteUserTask{votes[2], {{"opinion", "yes"}}}), "");
  EXPECT_EQ(player.give(CompleteUserTask{votes[0], {{"opinion", "no"}}}), "");
  EXPECT_EQ(player.give(CompleteUserTask{votes[1], {{"opinion", "abstains"}}}), "");
  EXPECT_EQ(player.open(), "then");
  EXPECT_EQ(player.variable("opinions"), Json(JsonArray{"no", "abstains", "yes"}));
  EXPECT_EQ(player.variable("opinion"), Json(nullptr));  // stayed with its instance
}

TEST(EngineTest, MultiInstanceStopsEarlyWhenEnoughIsDone) {
  Player player(multi(
      "",
      R"(<bpmn:loopCardinality>5</bpmn:loopCardinality><bpmn:completionCondition>numberOfCompletedInstances >= 2</bpmn:completionCondition>)"));
  EXPECT_EQ(player.done("vote"), "");
  EXPECT_EQ(player.open(), "vote vote vote vote");
  EXPECT_EQ(player.done("vote"), "");
  EXPECT_EQ(player.open(), "then");
  EXPECT_EQ(player.effects<CloseUserTask>().size(), 4u);  // one done, three taken away
}

TEST(EngineTest, SequentialMultiInstanceGoesOneByOne) {
  Player player(multi(R"(isSequential="true")", "<bpmn:loopCardinality>n</bpmn:loopCardinality>"),
                {{"n", 2}});
  EXPECT_EQ(player.open(), "vote");
  EXPECT_EQ(player.done("vote"), "");
  EXPECT_EQ(player.open(), "vote");
  EXPECT_EQ(player.done("vote"), "");
  EXPECT_EQ(player.open(), "then");
}

TEST(EngineTest, NoInstancesMeansGoingOn) {
  EXPECT_EQ(Player(multi("", "<bpmn:loopCardinality>n</bpmn:loopCardinality>"), {{"n", 0}}).open(),
            "then");
  EXPECT_EQ(
      Player(multi("", "<bpmn:loopCardinality>n</bpmn:loopCardinality>"), {{"n", -1}}).incident(),
      "expression_failed");
}

TEST(EngineTest, ALoopGoesOnWhileItsConditionHolds) {
  Player player(bpmn(
      in_row({"edit"}) +
      user(
          "edit",
          R"(<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>ready = false</bpmn:loopCondition></bpmn:standardLoopCharacteristics>)")));
  EXPECT_EQ(player.done("edit", {{"ready", false}}), "");
  EXPECT_EQ(player.done("edit", {{"ready", false}}), "");
  EXPECT_EQ(player.open(), "edit");
  EXPECT_EQ(player.done("edit", {{"ready", false}}), "");  // the third round is the last
  EXPECT_EQ(player.status(), "completed");
}

const std::string sub =
    R"(<bpmn:subProcess id="sub"><bpmn:startEvent id="s1"/>)" + user("inner") + user("beside") +
    R"(<bpmn:parallelGateway id="s2"/><bpmn:endEvent id="s3"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent><bpmn:endEvent id="s4"/>)" +
    flow("s5", "s1", "s2") + flow("s6", "s2", "inner") + flow("s7", "s2", "beside") +
    flow("s8", "inner", "s3") + flow("s9", "beside", "s4") + "</bpmn:subProcess>";
const std::string e = R"(<bpmn:error id="e" errorCode="E1"/><bpmn:error id="f" errorCode="E2"/>)";

TEST(EngineTest, AnErrorEndsItsSubprocessAndTakesTheBoundaryOfItsCode) {
  const auto boundary = [](std::string_view id, std::string_view attributes,
                           std::string_view next) {
    return fmt::format(
               R"(<bpmn:boundaryEvent id="{}" attachedToRef="sub"><bpmn:errorEventDefinition {}/></bpmn:boundaryEvent>)",
               id, attributes) +
           user(next) + flow(fmt::format("{}f", id), id, next) +
           flow(fmt::format("{}g", id), next, "end");
  };
  Player player(bpmn(in_row({"sub"}) + sub + boundary("any", "", "generic") +
                         boundary("one", "errorRef=\"e\"", "special") +
                         boundary("two", "errorRef=\"f\"", "wrong"),
                     e));
  EXPECT_EQ(player.open(), "beside inner");
  EXPECT_EQ(player.done("inner"), "");
  EXPECT_EQ(player.open(), "special");
}

TEST(EngineTest, AnErrorNobodyCatchesTerminatesAModelledEnd) {
  Player player(bpmn(in_row({"sub"}) + sub, e));
  EXPECT_EQ(player.done("inner"), "");
  EXPECT_EQ(player.status(), "terminated");
  EXPECT_EQ(player.effects<Ended>().front().error, "E1");
}

TEST(EngineTest, AnEscalationMayLeaveItsSourceRunning) {
  Player player(bpmn(
      in_row({"work"}) + user("work") +
          R"(<bpmn:boundaryEvent id="up" attachedToRef="work" cancelActivity="false"><bpmn:escalationEventDefinition escalationRef="x"/></bpmn:boundaryEvent>)" +
          user("boss") + flow("a", "up", "boss") + flow("b", "boss", "end"),
      R"(<bpmn:escalation id="x" escalationCode="LATE"/>)"));
  EXPECT_EQ(player.give(ThrowEscalation{player.waiting("work"), "LATE", {}}), "");
  EXPECT_EQ(player.open(), "boss work");
  EXPECT_EQ(player.give(ThrowEscalation{player.waiting("work"), "OTHER", {}}), "");
  EXPECT_EQ(player.open(), "boss work");
}

TEST(EngineTest, AnInterruptingEventSubprocessTakesOver) {
  Player player(bpmn(
      in_row({"work"}) + user("work") +
          R"(<bpmn:subProcess id="es" triggeredByEvent="true"><bpmn:startEvent id="es1"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>)" +
          user("withdraw") + R"(<bpmn:endEvent id="es2"/>)" + flow("a", "es1", "withdraw") +
          flow("b", "withdraw", "es2") + "</bpmn:subProcess>",
      m));
  EXPECT_EQ(player.message("supplement"), "");
  EXPECT_EQ(player.open(), "withdraw");
  EXPECT_EQ(player.done("withdraw"), "");
  EXPECT_EQ(player.status(), "completed");
}

TEST(EngineTest, ANonInterruptingOneRunsBesideAndMoreThanOnce) {
  Player player(bpmn(
      in_row({"work"}) + user("work") +
          R"(<bpmn:subProcess id="es" triggeredByEvent="true"><bpmn:startEvent id="es1" isInterrupting="false"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>)" +
          user("file") + R"(<bpmn:endEvent id="es2"/>)" + flow("a", "es1", "file") +
          flow("b", "file", "es2") + "</bpmn:subProcess>",
      m));
  EXPECT_EQ(player.message("supplement"), "");
  EXPECT_EQ(player.message("supplement"), "");
  EXPECT_EQ(player.open(), "file file work");
  EXPECT_EQ(player.done("work"), "");
  EXPECT_EQ(player.status(), "running");  // the filing is not done
  EXPECT_EQ(player.done("file"), "");
  EXPECT_EQ(player.done("file"), "");
  EXPECT_EQ(player.status(), "completed");
}

TEST(EngineTest, ATerminateEndStopsItsOwnSubprocessOnly) {
  Player player(bpmn(
      in_row({"sub", "after"}) + user("after") +
      R"(<bpmn:subProcess id="sub"><bpmn:startEvent id="s1"/><bpmn:parallelGateway id="s2"/>)" +
      user("a") + user("b") +
      R"(<bpmn:endEvent id="s3"><bpmn:terminateEventDefinition/></bpmn:endEvent><bpmn:endEvent id="s4"/>)" +
      flow("s5", "s1", "s2") + flow("s6", "s2", "a") + flow("s7", "s2", "b") +
      flow("s8", "a", "s3") + flow("s9", "b", "s4") + "</bpmn:subProcess>"));
  EXPECT_EQ(player.done("a"), "");
  EXPECT_EQ(player.open(), "after");
}

TEST(EngineTest, AConditionalEventFiresEachTimeItsConditionTurnsTrue) {
  Player player(bpmn(
      in_row({"work"}) + user("work") +
      R"(<bpmn:boundaryEvent id="hot" attachedToRef="work" cancelActivity="false"><bpmn:conditionalEventDefinition><bpmn:condition>heat > 30</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>)" +
      user("cool") + flow("a", "hot", "cool") + flow("b", "cool", "end")));
  const auto heat = [&](int degrees) { return player.give(SetVariables{{{"heat", degrees}}}); };
  EXPECT_EQ(heat(31), "");
  EXPECT_EQ(player.open(), "cool work");
  EXPECT_EQ(heat(35), "");
  EXPECT_EQ(player.open(), "cool work");
  EXPECT_EQ(heat(20), "");
  EXPECT_EQ(heat(40), "");
  EXPECT_EQ(player.open(), "cool cool work");
}

std::string booking(std::string_view last) {
  const auto booked = [](std::string_view id) {
    return fmt::format(
        R"(<bpmn:userTask id="{0}"/><bpmn:boundaryEvent id="{0}_c" attachedToRef="{0}"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
<bpmn:userTask id="undo_{0}" isForCompensation="true"/><bpmn:association id="{0}_a" sourceRef="{0}_c" targetRef="undo_{0}"/>)",
        id);
  };
  return bpmn(in_row({"hotel", "train", "back", "after"}) + booked("hotel") + booked("train") +
              user("after") + std::string(last));
}

TEST(EngineTest, CompensationUndoesInReverseOrderAndWaits) {
  Player player(booking(
      R"(<bpmn:intermediateThrowEvent id="back"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>)"));
  EXPECT_EQ(player.done("hotel"), "");
  EXPECT_EQ(player.done("train"), "");
  EXPECT_EQ(player.open(), "back undo_train");
  EXPECT_EQ(player.done("undo_train"), "");
  EXPECT_EQ(player.open(), "back undo_hotel");
  EXPECT_EQ(player.done("undo_hotel"), "");
  EXPECT_EQ(player.open(), "after");
}

TEST(EngineTest, CompensationOfOneActivityLeavesTheOthers) {
  Player player(booking(
      R"(<bpmn:intermediateThrowEvent id="back"><bpmn:compensateEventDefinition activityRef="hotel"/></bpmn:intermediateThrowEvent>)"));
  EXPECT_EQ(player.done("hotel"), "");
  EXPECT_EQ(player.done("train"), "");
  EXPECT_EQ(player.open(), "back undo_hotel");
  EXPECT_EQ(player.done("undo_hotel"), "");
  EXPECT_EQ(player.open(), "after");
}

TEST(EngineTest, ACalledProcessSeesItsInputOnly) {
  Player player(
      definitions(
          R"(<bpmn:process id="p" isExecutable="true">)" + in_row({"call", "after"}) +
          R"(<bpmn:callActivity id="call" calledElement="q" minben:input="{years: term}" minben:output="{fee: price}"/>)" +
          user("after") +
          R"(</bpmn:process><bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="q1"/><bpmn:scriptTask id="q2" minben:result="price"><bpmn:script>if term = null then years * 100 else 0</bpmn:script></bpmn:scriptTask><bpmn:endEvent id="q3"/>)" +
          flow("q4", "q1", "q2") + flow("q5", "q2", "q3") + "</bpmn:process>"),
      {{"term", 3}});
  EXPECT_EQ(player.open(), "after");
  EXPECT_EQ(player.variable("fee"), Json(300));
  EXPECT_EQ(player.variable("price"), Json(nullptr));
}

TEST(EngineTest, AMessageGoesToTheSubscriptionOfItsKey) {
  Player player(multi(R"(minben:collection="slips" minben:element="slip")"),
                {{"slips", JsonArray{"S1"}}});
  Player keyed(
      bpmn(
          in_row({"pay", "then"}) +
              R"(<bpmn:receiveTask id="pay" messageRef="k"><bpmn:multiInstanceLoopCharacteristics minben:collection="slips" minben:element="slip"/></bpmn:receiveTask>)" +
              user("then"),
          R"(<bpmn:message id="k" name="paid" minben:key="slip"/>)"),
      {{"slips", JsonArray{"S1", "S2"}}});
  EXPECT_EQ(keyed.message("paid", "S3"), "nobody_waits");
  EXPECT_EQ(keyed.message("paid", "S2"), "");
  EXPECT_EQ(keyed.message("paid", "S2"), "nobody_waits");
  EXPECT_EQ(keyed.message("paid", "S1"), "");
  EXPECT_EQ(keyed.open(), "then");
}

TEST(EngineTest, AnEndlessRoundBecomesAnIncident) {
  Player player(bpmn(
      R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/><bpmn:exclusiveGateway id="way" default="out"/><bpmn:exclusiveGateway id="in"/>
<bpmn:scriptTask id="spin"><bpmn:script>null</bpmn:script></bpmn:scriptTask>)" +
      flow("a", "start", "in") + flow("b", "in", "spin") + flow("c", "spin", "way") +
      flow("d", "way", "in", "true") + flow("out", "way", "end")));
  EXPECT_EQ(player.incident(), "endless_loop");
  EXPECT_EQ(player.status(), "running");
}

TEST(EngineTest, TimersTakeDatesDurationsAndExpressions) {
  const auto due = [](std::string_view timer) {
    Player player(
        bpmn(
            in_row({"wait"}) +
            fmt::format(
                R"(<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>{}</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>)",
                timer)),
        {{"until", "2027-01-31T00:00:00Z"}, {"span", "P1M"}});
    const auto armed = player.effects<ArmTimer>();
    return armed.empty() || !armed[0].due ? player.incident() : to_string(*armed[0].due);
  };
  EXPECT_EQ(due("<bpmn:timeDuration>P1Y2M3DT4H5M6.5S</bpmn:timeDuration>"),
            "2028-01-26T05:05:06.500000Z");
  EXPECT_EQ(due("<bpmn:timeDuration>P2W</bpmn:timeDuration>"), "2026-12-07T01:00:00Z");
  EXPECT_EQ(due("<bpmn:timeDate>2026-12-24T00:00:00+08:00</bpmn:timeDate>"),
            "2026-12-23T16:00:00Z");
  EXPECT_EQ(due("<bpmn:timeDate>= until</bpmn:timeDate>"), "2027-01-31T00:00:00Z");
  EXPECT_EQ(due("<bpmn:timeDuration>= span</bpmn:timeDuration>"), "2026-12-23T01:00:00Z");
  EXPECT_EQ(due("<bpmn:timeDuration>= missing</bpmn:timeDuration>"), "expression_failed");
}

TEST(EngineTest, AnOperatorMovesAStuckCase) {
  Player player(bpmn(in_row({"a", "b"}) + user("a") + user("b")));
  EXPECT_EQ(player.give(Modify{{player.waiting("a")}, {"b"}}), "");
  EXPECT_EQ(player.open(), "b");
  EXPECT_EQ(player.give(Modify{{99}, {}}), "no_such_token");
  EXPECT_EQ(player.give(Modify{{}, {"nowhere"}}), "no_such_element");
}

TEST(EngineTest, WrongCommandsAreConflicts) {
  Player player(bpmn(in_row({"a"}) + user("a")));
  EXPECT_EQ(player.give(CompleteUserTask{99, {}}), "task_not_open");
  EXPECT_EQ(player.give(CompleteService{player.waiting("a"), {}}), "call_not_open");
  EXPECT_EQ(player.give(FireTimer{1}), "timer_gone");
  EXPECT_EQ(player.give(StartInstance{}), "already_started");
  EXPECT_EQ(player.done("a"), "");
  EXPECT_EQ(player.done("a"), "already_ended");
}

}  // namespace
}  // namespace minben::process::test
