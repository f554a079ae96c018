// Service tasks, decisions, messages, signals and starts by event, run by workers.
#include "fixture.hpp"

namespace minben::process::test {
namespace {

/// Answers as the test says, and counts.
class Decider final : public DecisionPort {
 public:
  Result<Json> decide(const Definition&, std::string_view decision, const JsonObject& input,
                      Instant) const override {
    ++asked;
    EXPECT_EQ(decision, "fee");
    if (broken) return fail(Kind::invalid, "no_such_decision");
    return JsonObject{{"fee_twd", input.at("years").as_int64() * 1000}};
  }
  mutable int asked = 0;
  bool broken = false;
};

class BackgroundTest : public ProcessTest {
 protected:
  /// A registry call that fails the given number of times.
  void handle(std::string topic, int failures,
              ServiceOutcome outcome = ServiceDone{{{"found", true}}}) {
    processes.on_topic(std::move(topic),
                       [this, failures, outcome](
                           store::Transaction&, const ServiceCall& call) -> Result<ServiceOutcome> {
                         keys.push_back(call.idempotency_key);
                         calls.push_back(call);
                         if (static_cast<int>(calls.size()) <= failures)
                           return fail(Kind::unavailable, "registry_down");
                         return outcome;
                       });
  }
  void run_for(hours time) {
    for (int i = 0; i < 400 && clock.now() < monday_morning() + time; ++i) {
      run_jobs();
      clock.advance(minutes(10));
    }
  }
  std::vector<std::string> keys;
  std::vector<ServiceCall> calls;
};

std::string one_service() {
  return bpmn(
      in_row({"fetch", "look"}) +
          R"(<bpmn:serviceTask id="fetch" minben:topic="registry" minben:input="{who: person}" minben:result="record"/>
<bpmn:userTask id="look"/>
<bpmn:boundaryEvent id="unknown" attachedToRef="fetch"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
<bpmn:userTask id="ask"/><bpmn:endEvent id="asked"/>)" +
          flow("f1", "unknown", "ask") + flow("f2", "ask", "asked"),
      R"(<bpmn:error id="e" name="unknown" errorCode="UNKNOWN_PERSON"/>)");
}

TEST_F(BackgroundTest, AServiceIsCalledWithItsInputAndDelivers) {
  handle("registry", 0);
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  EXPECT_TRUE(open_tasks(id).empty());
  EXPECT_EQ(run_jobs(), 1);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].input, (JsonObject{{"who", "p-1"}}));
  EXPECT_EQ(calls[0].variables.at("person"), Json("p-1"));
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"look"});
  EXPECT_EQ(instance(id).state.variables().at("record"), Json(JsonObject{{"found", true}}));
  expect_replays(id);
}

TEST_F(BackgroundTest, AFailingServiceIsTriedAgainUnderOneKey) {
  handle("registry", 3);
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  run_for(hours(2));
  EXPECT_EQ(calls.size(), 4u);
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 1u);
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"look"});
}

TEST_F(BackgroundTest, AServiceThatNeverAnswersBecomesAnIncidentAndCanBeRetried) {
  handle("registry", 8);
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  run_for(hours(10));
  EXPECT_EQ(calls.size(), 8u);
  const auto positions =
      in_transaction([&](store::Transaction& tx) { return processes.positions(tx, id); });
  ASSERT_EQ(positions->size(), 1u);
  ASSERT_TRUE(positions->front().incident.has_value());
  EXPECT_EQ(positions->front().incident->code, "registry_down");
  const Number token = instance(id).state.tokens.front().id;
  ASSERT_TRUE(command(id, Retry{token}).has_value());
  run_jobs();
  EXPECT_EQ(calls.size(), 9u);
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"look"});
  expect_replays(id);
}

TEST_F(BackgroundTest, ABusinessErrorTakesItsBoundaryEvent) {
  handle("registry", 0, ServiceError{"UNKNOWN_PERSON", {}});
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  run_jobs();
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"ask"});
}

TEST_F(BackgroundTest, ABusinessErrorThatNobodyCatchesIsAnIncident) {
  handle("registry", 0, ServiceError{"SOMETHING_ELSE", {}});
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  run_jobs();
  EXPECT_EQ(status(id), Status::running);
  EXPECT_EQ(instance(id).state.tokens.front().incident->code, "uncaught_error");
}

TEST_F(BackgroundTest, AServiceMayAnswerLater) {
  handle("registry", 0, ServiceLater{});
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  EXPECT_EQ(run_jobs(), 1);
  EXPECT_EQ(run_jobs(), 0);
  const auto done = in_transaction([&](store::Transaction& tx) {
    return processes.complete_service(tx, calls[0].id, {{"found", false}}, "registry");
  });
  ASSERT_TRUE(done.has_value()) << describe(done.error());
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"look"});
  const auto twice = in_transaction([&](store::Transaction& tx) {
    return processes.complete_service(tx, calls[0].id, {}, "registry");
  });
  EXPECT_EQ(twice.error().code, "call_not_open");
}

TEST_F(BackgroundTest, ASuspendedCaseCallsNobodyUntilItIsResumed) {
  handle("registry", 0);
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  ASSERT_TRUE(command(id, Suspend{}).has_value());
  run_for(hours(24));
  EXPECT_TRUE(calls.empty());
  ASSERT_TRUE(command(id, Resume{}).has_value());
  run_jobs();
  EXPECT_EQ(calls.size(), 1u);
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"look"});
  expect_replays(id);
}

TEST_F(BackgroundTest, AnUnknownTopicIsAnIncidentAtOnce) {
  deploy(one_service());
  const auto id = start({{"person", "p-1"}});
  run_jobs();
  EXPECT_EQ(instance(id).state.tokens.front().incident->code, "no_handler");
}

TEST_F(BackgroundTest, DecisionsAreRecordedSoThatReplayDoesNotAsk) {
  Decider decider;
  Processes deciding(clock, {.decisions = &decider});
  deploy(
      bpmn(in_row({"decide"}) + R"(<bpmn:businessRuleTask id="decide" minben:decision="fee"/>)"));
  const auto id = InstanceId::make(clock, random);
  const auto done = in_transaction([&](store::Transaction& tx) {
    return deciding.start(tx, {id, "permit", "", "", "", "k", {{"years", 3}}}, "person:1");
  });
  ASSERT_TRUE(done.has_value()) << describe(done.error());
  EXPECT_EQ(instance(id).state.variables().at("fee_twd"), Json(3000));
  EXPECT_EQ(decider.asked, 1);
  expect_replays(id);
  EXPECT_EQ(decider.asked, 1);
}

TEST_F(BackgroundTest, ADecisionThatFailsIsAnIncident) {
  Decider decider;
  decider.broken = true;
  Processes deciding(clock, {.decisions = &decider});
  deploy(
      bpmn(in_row({"decide"}) + R"(<bpmn:businessRuleTask id="decide" minben:decision="fee"/>)"));
  const auto id = InstanceId::make(clock, random);
  ASSERT_TRUE(in_transaction([&](store::Transaction& tx) {
                return deciding.start(tx, {id, "permit", "", "", "", "k", {{"years", 3}}},
                                      "person:1");
              }).has_value());
  EXPECT_EQ(instance(id).state.tokens.front().incident->code, "no_such_decision");
  decider.broken = false;
  const Number token = instance(id).state.tokens.front().id;
  ASSERT_TRUE(in_transaction([&](store::Transaction& tx) {
                return deciding.command(tx, id, Retry{token}, "officer:1");
              }).has_value());
  EXPECT_EQ(status(id), Status::completed);
  expect_replays(id);
}

std::string paid() {
  return bpmn(
      in_row({"wait"}) +
          R"(<bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>)",
      R"(<bpmn:message id="m" name="fee-paid" minben:key="slip"/>)");
}

TEST_F(BackgroundTest, MessagesFindTheirInstanceByKey) {
  deploy(paid());
  const auto first = start({{"slip", "S1"}});
  const auto second = start({{"slip", "S2"}});
  const auto to = [&](std::string_view key) {
    return in_transaction([&](store::Transaction& tx) {
      return processes.correlate(tx, "fee-paid", key, {{"paid", true}}, "bank");
    });
  };
  const auto found = to("S2");
  ASSERT_TRUE(found.has_value()) << describe(found.error());
  EXPECT_EQ(*found, second);
  EXPECT_EQ(status(first), Status::running);
  EXPECT_EQ(status(second), Status::completed);
  EXPECT_EQ(instance(second).state.variables().at("paid"), Json(true));
  EXPECT_EQ(to("S2").error().code, "nobody_waits");
  start({{"slip", "S1"}});
  EXPECT_EQ(to("S1").error().code, "several_wait");
  const auto direct = in_transaction(
      [&](store::Transaction& tx) { return processes.message(tx, first, "fee-paid", {}, "bank"); });
  ASSERT_TRUE(direct.has_value());
  EXPECT_EQ(status(first), Status::completed);
}

TEST_F(BackgroundTest, AMessageSentEarlyWaitsForItsReceiver) {
  deploy(
      bpmn(
          in_row({"tell"}) +
              R"(<bpmn:intermediateThrowEvent id="tell"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateThrowEvent>)",
          R"(<bpmn:message id="m" name="done"/>)"),
      "teller");
  deploy(bpmn(in_row({"hear"}) + R"(<bpmn:receiveTask id="hear" messageRef="m"/>)",
              R"(<bpmn:message id="m" name="done"/>)"),
         "hearer");
  start({}, "teller", "K");
  run_jobs();
  const auto hearer = start({}, "hearer", "K");
  EXPECT_EQ(status(hearer), Status::running);
  clock.advance(minutes(5));
  run_jobs();
  EXPECT_EQ(status(hearer), Status::completed);
  expect_replays(hearer);
}

TEST_F(BackgroundTest, SignalsReachAllThatWaitAndStartNewOnes) {
  const std::string signal = R"(<bpmn:signal id="s" name="rules-changed"/>)";
  deploy(
      bpmn(
          in_row({"wait"}) +
              R"(<bpmn:intermediateCatchEvent id="wait"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent>)",
          signal),
      "waiter");
  deploy(
      bpmn(
          R"(<bpmn:startEvent id="start"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent><bpmn:endEvent id="end"/><bpmn:userTask id="act"/>)" +
              flow("a", "start", "act") + flow("b", "act", "end"),
          signal),
      "starter");
  const auto first = start({}, "waiter");
  const auto second = start({}, "waiter");
  const auto reached = in_transaction([&](store::Transaction& tx) {
    return processes.signal(tx, "rules-changed", {}, "ministry");
  });
  ASSERT_TRUE(reached.has_value()) << describe(reached.error());
  EXPECT_EQ(*reached, 3);
  run_jobs();
  EXPECT_EQ(status(first), Status::completed);
  EXPECT_EQ(status(second), Status::completed);
  const auto opened =
      in_transaction([&](store::Transaction& tx) { return processes.tasks(tx, TaskFilter{}); });
  ASSERT_EQ(opened->size(), 1u);
  EXPECT_EQ(opened->front().element, "act");
}

TEST_F(BackgroundTest, ATimerStartsInstancesUntilItsVersionIsReplaced) {
  const auto nightly = [](std::string_view task) {
    return bpmn(
        fmt::format(
            R"(<bpmn:startEvent id="start"><bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:startEvent>
<bpmn:endEvent id="end"/><bpmn:userTask id="{}"/>)",
            task) +
        flow("a", "start", task) + flow("b", task, "end"));
  };
  deploy(nightly("first"));
  for (int day = 0; day < 3; ++day) {
    clock.advance(hours(24));
    EXPECT_EQ(run_jobs(), 1);
  }
  deploy(nightly("second"));
  clock.advance(hours(24));
  EXPECT_EQ(run_jobs(), 1);
  const auto open =
      in_transaction([&](store::Transaction& tx) { return processes.tasks(tx, TaskFilter{}); });
  ASSERT_EQ(open->size(), 4u);
  EXPECT_EQ(std::count_if(open->begin(), open->end(),
                          [](const UserTask& task) { return task.element == "first"; }),
            3);
}

/// Sees every step, in its transaction.
class Watcher final : public Observer {
 public:
  Result<void> on_step(store::Transaction&, const Step& step) override {
    actors.push_back(step.actor);
    for (const auto& task : step.opened) opened.push_back(task.element);
    if (refuse) return fail(Kind::conflict, "not_now");
    return {};
  }
  std::vector<std::string> actors, opened;
  bool refuse = false;
};

TEST_F(BackgroundTest, AnObserverSeesEveryStepAndMayUndoIt) {
  Watcher watcher;
  Processes watched(clock, {.observer = &watcher});
  watched.on_topic("registry",
                   [](store::Transaction&, const ServiceCall&) -> Result<ServiceOutcome> {
                     return ServiceDone{};
                   });
  store::Workers own(db.database(), clock, 1);
  watched.attach(own);
  deploy(one_service());
  const auto id = InstanceId::make(clock, random);
  const auto begin = [&] {
    return in_transaction([&](store::Transaction& tx) {
      return watched.start(tx, {id, "permit", "", "", "", "k", {{"person", "p"}}}, "person:1");
    });
  };
  watcher.refuse = true;
  EXPECT_EQ(begin().error().code, "not_now");
  watcher.refuse = false;
  ASSERT_TRUE(begin().has_value());
  ASSERT_TRUE(own.run_due().has_value());
  EXPECT_EQ(watcher.actors, (std::vector<std::string>{"person:1", "person:1", "registry"}));
  EXPECT_EQ(watcher.opened, std::vector<std::string>{"look"});
}

}  // namespace
}  // namespace minben::process::test
