#include "fixture.hpp"

namespace minben::process::test {
namespace {

using testing::Test;

std::string two_reviews() {
  return bpmn(in_row({"split", "join"}) + R"(
<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>
<bpmn:userTask id="check" name="查驗" minben:nameEn="Check" minben:role="clerk" minben:form="check" minben:deadlineDays="5"/>
<bpmn:userTask id="review" minben:role="reviewer"/>)" +
              flow("a", "split", "check") + flow("b", "split", "review") +
              flow("c", "check", "join") + flow("d", "review", "join"));
}

/// `in_row` would connect split and join directly; here the branches do.
std::string parallel_reviews() {
  std::string xml = two_reviews();
  const std::string direct = flow("row1", "split", "join");
  xml.erase(xml.find(direct), direct.size());
  return xml;
}

TEST_F(ProcessTest, RunsAnInstanceFromStartToEnd) {
  deploy(parallel_reviews());
  const auto id = start({{"amount", 100}});
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"check", "review"}));
  ASSERT_TRUE(complete(id, "check", {{"ok", true}}).has_value());
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"review"}));
  EXPECT_EQ(status(id), Status::running);
  ASSERT_TRUE(complete(id, "review").has_value());
  const auto ended = instance(id);
  EXPECT_EQ(ended.state.status, Status::completed);
  EXPECT_TRUE(ended.ended.has_value());
  EXPECT_EQ(ended.state.variables().at("ok"), Json(true));
  EXPECT_EQ(ended.state.variables().at("amount"), Json(100));
  expect_replays(id);
}

TEST_F(ProcessTest, ShowsATaskAsTheModelDescribesIt) {
  deploy(parallel_reviews());
  const auto id = start();
  const auto tasks = in_transaction(
      [&](store::Transaction& tx) { return processes.tasks(tx, TaskFilter{.roles = {"clerk"}}); });
  ASSERT_TRUE(tasks.has_value()) << describe(tasks.error());
  ASSERT_EQ(tasks->size(), 1u);
  const UserTask& task = tasks->front();
  EXPECT_EQ(task.id.instance, id);
  EXPECT_EQ(task.name, (Bilingual{"查驗", "Check"}));
  EXPECT_EQ(task.form, "check");
  EXPECT_EQ(task.business_key, "114000000001");
  ASSERT_TRUE(task.due.has_value());  // Monday + 5 working days, up to midnight: the next Tuesday
                                      // 00:00 in Taiwan
  EXPECT_EQ(to_string(*task.due), "2026-11-30T16:00:00Z");
}

TEST_F(ProcessTest, OneOfTwoOfficersAtOnceSucceedsTheOtherConflicts) {
  deploy(parallel_reviews());
  for (int round = 0; round < 20; ++round) {
    const auto id = start();
    const auto open =
        in_transaction([&](store::Transaction& tx) { return processes.tasks(tx, id); });
    const TaskId task = open->front().id;
    std::array<Result<Step>, 2> outcomes{fail(Kind::internal, "not_run"),
                                         fail(Kind::internal, "not_run")};
    std::array<std::thread, 2> officers;
    for (std::size_t i = 0; i < 2; ++i) {
      officers[i] = std::thread([&, i] {
        outcomes[i] = in_transaction([&](store::Transaction& tx) {
          return processes.complete_task(tx, task, {}, fmt::format("officer:{}", i));
        });
      });
    }
    for (auto& officer : officers) officer.join();
    ASSERT_NE(outcomes[0].has_value(), outcomes[1].has_value());
    const auto& loser = outcomes[0] ? outcomes[1] : outcomes[0];
    EXPECT_EQ(loser.error().kind, Kind::conflict);
    EXPECT_EQ(loser.error().code, "task_not_open");
    expect_replays(id);
  }
}

TEST_F(ProcessTest, AStepIsPartOfTheCallersTransaction) {
  deploy(parallel_reviews());
  const auto id = start();
  const auto undone = in_transaction([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(open, processes.tasks(tx, id));
    MINBEN_CHECK(processes.complete_task(tx, open.front().id, {}, "officer:1"));
    return fail(Kind::conflict, "changed_my_mind");
  });
  EXPECT_EQ(undone.error().code, "changed_my_mind");
  EXPECT_EQ(open_tasks(id).size(), 2u);
  expect_replays(id);
}

TEST_F(ProcessTest, ClaimsAreExclusive) {
  deploy(parallel_reviews());
  const auto id = start();
  const auto task =
      in_transaction([&](store::Transaction& tx) { return processes.tasks(tx, id); })->front().id;
  const auto claim = [&](std::string_view who, std::string_view area = {}) {
    return in_transaction(
        [&](store::Transaction& tx) { return processes.claim(tx, task, who, area); });
  };
  const auto release = [&](std::string_view who) {
    return in_transaction([&](store::Transaction& tx) { return processes.release(tx, task, who); });
  };
  const auto assign = [&](std::string_view who) {
    return in_transaction([&](store::Transaction& tx) { return processes.assign(tx, task, who); });
  };
  EXPECT_EQ(claim("officer:1", "nia").error().code, "task_not_open") << "not in their area";
  EXPECT_TRUE(claim("officer:1").has_value());
  EXPECT_TRUE(claim("officer:1").has_value());  // again: still theirs
  EXPECT_EQ(claim("officer:2").error().code, "already_claimed");
  EXPECT_EQ(release("officer:2").error().code, "not_claimed_by_you");
  EXPECT_TRUE(assign("officer:2").has_value());
  EXPECT_TRUE(release("officer:2").has_value());
  ASSERT_TRUE(complete(id, "check").has_value());
  ASSERT_TRUE(complete(id, "review").has_value());
  EXPECT_EQ(claim("officer:1").error().code, "task_not_open");
}

TEST_F(ProcessTest, AnOldVersionKeepsRunningBesideANewOne) {
  deploy(bpmn(in_row({"old"}) + R"(<bpmn:userTask id="old"/>)"));
  const auto first = start();
  deploy(bpmn(in_row({"new"}) + R"(<bpmn:userTask id="new"/>)"));
  const auto second = start();
  EXPECT_EQ(open_tasks(first), std::vector<std::string>{"old"});
  EXPECT_EQ(open_tasks(second), std::vector<std::string>{"new"});
  EXPECT_EQ(instance(first).version, 1);
  EXPECT_EQ(instance(second).version, 2);
  Processes other(clock, {});  // another node, which has seen neither
  const auto done = in_transaction([&](store::Transaction& tx) -> Result<Step> {
    MINBEN_TRY(open, other.tasks(tx, first));
    return other.complete_task(tx, open.front().id, {}, "officer:1");
  });
  ASSERT_TRUE(done.has_value()) << describe(done.error());
  EXPECT_EQ(status(first), Status::completed);
}

TEST_F(ProcessTest, TheSameModelAgainIsTheSameDeployment) {
  deploy(parallel_reviews());
  deploy(parallel_reviews());
  const auto all =
      in_transaction([&](store::Transaction& tx) { return processes.deployments(tx, "permit"); });
  EXPECT_EQ(all->size(), 1u);
}

std::string reminded() {
  return bpmn(in_row({"work"}) + R"(
<bpmn:userTask id="work"/>
<bpmn:boundaryEvent id="late" attachedToRef="work" cancelActivity="false">
  <bpmn:timerEventDefinition><bpmn:timeCycle>R2/P1D</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
<bpmn:userTask id="remind"/><bpmn:endEvent id="reminded"/>
<bpmn:boundaryEvent id="lapsed" attachedToRef="work"><bpmn:timerEventDefinition minben:workingDays="3"/></bpmn:boundaryEvent>
<bpmn:endEvent id="refused"/>)" +
              flow("f1", "late", "remind") + flow("f2", "remind", "reminded") +
              flow("f3", "lapsed", "refused"));
}

TEST_F(ProcessTest, TimersFireOnTheVirtualClock) {
  deploy(reminded());
  const auto id = start();
  EXPECT_EQ(run_jobs(), 0);
  clock.advance(hours(24));
  EXPECT_EQ(run_jobs(), 1);
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"remind", "work"}));
  clock.advance(hours(24));
  EXPECT_EQ(run_jobs(), 1);
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"remind", "remind", "work"}));
  clock.advance(hours(48));  // R2 is used up; three working days end on Thursday night
  EXPECT_EQ(run_jobs(), 1);
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"remind", "remind"}));
  ASSERT_TRUE(complete(id, "remind").has_value());
  ASSERT_TRUE(complete(id, "remind").has_value());
  EXPECT_EQ(status(id), Status::completed);
  expect_replays(id);
}

TEST_F(ProcessTest, TimersOfFinishedWorkAreGone) {
  deploy(reminded());
  const auto id = start();
  ASSERT_TRUE(complete(id, "work").has_value());
  clock.advance(hours(24 * 30));
  EXPECT_EQ(run_jobs(), 0);
  EXPECT_EQ(status(id), Status::completed);
}

TEST_F(ProcessTest, SuspensionHoldsEverythingAndResumeCatchesUp) {
  deploy(reminded());
  const auto id = start();
  ASSERT_TRUE(command(id, Suspend{}).has_value());
  EXPECT_EQ(complete(id, "work").error().code, "suspended");
  clock.advance(hours(25));
  EXPECT_EQ(run_jobs(), 1);  // noted, without effect
  EXPECT_EQ(open_tasks(id), std::vector<std::string>{"work"});
  ASSERT_TRUE(command(id, Resume{}).has_value());
  EXPECT_EQ(open_tasks(id), (std::vector<std::string>{"remind", "work"}));
  EXPECT_EQ(command(id, Resume{}).error().code, "not_suspended");
  expect_replays(id);
}

TEST_F(ProcessTest, AWithdrawalEndsItFromAnywhere) {
  deploy(reminded());
  const auto id = start();
  const auto step = command(id, Cancel{"withdrawn"});
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(status(id), Status::cancelled);
  EXPECT_TRUE(open_tasks(id).empty());
  EXPECT_EQ(command(id, Cancel{"again"}).error().code, "already_ended");
  clock.advance(hours(24 * 30));
  EXPECT_EQ(run_jobs(), 0);
  expect_replays(id);
}

TEST_F(ProcessTest, StepsAreShownInOrderWithTheirState) {
  deploy(bpmn(in_row({"one", "way", "two"}) +
              R"(<bpmn:userTask id="one"/><bpmn:userTask id="two"/><bpmn:userTask id="extra"/>
<bpmn:exclusiveGateway id="way" default="row2"/><bpmn:endEvent id="other"/>)" +
              flow("x", "way", "extra", "big = true") + flow("y", "extra", "other")));
  const auto id = start({{"big", false}});
  const auto states = [&] {
    std::map<std::string, StepLine::State> found;
    for (const auto& line :
         *in_transaction([&](store::Transaction& tx) { return processes.step_lines(tx, id); })) {
      found[line.element] = line.state;
    }
    return found;
  };
  auto now = states();
  EXPECT_EQ(now["one"], StepLine::State::active);
  EXPECT_EQ(now["two"], StepLine::State::ahead);
  EXPECT_EQ(now["extra"], StepLine::State::ahead);
  ASSERT_TRUE(complete(id, "one").has_value());
  now = states();
  EXPECT_EQ(now["one"], StepLine::State::done);
  EXPECT_EQ(now["two"], StepLine::State::active);
  EXPECT_EQ(now["extra"], StepLine::State::skipped);
  const auto positions =
      in_transaction([&](store::Transaction& tx) { return processes.positions(tx, id); });
  ASSERT_EQ(positions->size(), 1u);
  EXPECT_EQ(positions->front().element, "two");
}

TEST_F(ProcessTest, HistoryHasNoGaps) {
  deploy(parallel_reviews());
  const auto id = start();
  ASSERT_TRUE(complete(id, "check").has_value());
  ASSERT_TRUE(complete(id, "review").has_value());
  const auto entries =
      in_transaction([&](store::Transaction& tx) { return processes.history(tx, id); });
  ASSERT_TRUE(entries.has_value());
  ASSERT_GT(entries->size(), 8u);
  for (std::size_t i = 0; i < entries->size(); ++i)
    EXPECT_EQ((*entries)[i].number, static_cast<Number>(i + 1));
  EXPECT_EQ(entries->front().what, "started");
  EXPECT_EQ(entries->back().what, "ended");
}

TEST_F(ProcessTest, ReplayNoticesAChangedOrMissingStep) {
  deploy(parallel_reviews());
  const auto id = start();
  ASSERT_TRUE(complete(id, "check", {{"fee", 100}}).has_value());
  ASSERT_TRUE(complete(id, "review").has_value());
  const auto replay = [&] {
    return *in_transaction([&](store::Transaction& tx) { return processes.replay(tx, id); });
  };
  EXPECT_TRUE(replay().equal);
  static constexpr store::Query forge{"test_forge",
                                      "update process.step set command = jsonb_set(command, "
                                      "'{variables,fee}', '5') where number = 2"};
  ASSERT_TRUE(db->run(forge).has_value());
  EXPECT_FALSE(replay().equal);
  EXPECT_NE(replay().difference.find("fee"), std::string::npos) << replay().difference;
  static constexpr store::Query remove{"test_remove", "delete from process.step where number = 2"};
  ASSERT_TRUE(db->run(remove).has_value());
  EXPECT_EQ(replay().difference, "step 2 is missing");
}

}  // namespace
}  // namespace minben::process::test
