// What owners of a service do with all its running cases.
#include "casework/operations.hpp"

#include "world.hpp"

namespace minben::casework {

class OperationsTest : public CaseworkTest {
 protected:
  Operations operations() { return {world_->database(), casework()}; }
  Officer owner() { return officer("nia"); }
  void reload() {
    for (const auto& fault : world_->packages().reload()) ADD_FAILURE() << describe(fault);
  }
  OperationsBatch finished(const process::Batch& batch) {
    must(world_->run_due());
    return must(operations().batch(owner(), permit(), batch.id));
  }
};

TEST_F(OperationsTest, RunningCasesMoveToTheVersionThatIsServedNow) {
  const auto id = in_review();
  replace_in(package_folder() / "process.bpmn", "name=\"查核\"", "name=\"初查\"");
  reload();
  const auto before = must(operations().look(owner(), permit()));
  ASSERT_EQ(before.versions.size(), 2u);
  EXPECT_EQ(before.versions.front().running, 1);
  EXPECT_TRUE(before.versions.back().newest);

  const auto rehearsed =
      finished(must(operations().move(owner(), permit(), before.versions.front().number, true)));
  EXPECT_EQ(rehearsed.batch.done, 1);
  EXPECT_EQ(must(operations().look(owner(), permit())).versions.front().running, 1)
      << "a rehearsal moves nothing";

  const auto moved =
      finished(must(operations().move(owner(), permit(), before.versions.front().number, false)));
  EXPECT_EQ(moved.batch.done, 1);
  EXPECT_TRUE(moved.batch.finished.has_value());
  const auto after = must(operations().look(owner(), permit()));
  EXPECT_EQ(after.versions.front().running, 0);
  EXPECT_EQ(after.versions.back().running, 1);
  EXPECT_EQ(after.batches.size(), 2u) << "what was done is kept";
  EXPECT_TRUE(std::ranges::count(events(view(id)), "moved"));

  decide("nia", id, "pass");
  decide("moda", id, "qualified");
  decide("wda", id, "approve");
  EXPECT_EQ(view(id).summary.state, State::approved) << "and goes on to its end";
}

TEST_F(OperationsTest, ACaseWhoseStepIsGoneStaysAndTheReasonIsKept) {
  const auto stays = in_review();
  const auto moves = in_review_of(must(world_->new_applicant("ROE, RICHARD")));
  decide("nia", moves, "pass");
  for (const char* file : {"process.bpmn", "service.toml"}) {
    std::string text = read_text(package_folder() / file);
    for (const auto& [from, to] : {std::pair{"id=\"check\"", "id=\"inspect\""},
                                   {"targetRef=\"check\"", "targetRef=\"inspect\""},
                                   {"sourceRef=\"check\"", "sourceRef=\"inspect\""},
                                   {"check_outcome", "inspect_outcome"},
                                   {"[steps.check]", "[steps.inspect]"}})
      for (auto at = text.find(from); at != text.npos; at = text.find(from, at + 1))
        text.replace(at, std::string_view(from).size(), to);
    write_text(package_folder() / file, text);
  }
  for (const char* file : {"examples/approved.json", "examples/lapsed.json"}) {
    std::string text = read_text(package_folder() / file);
    const std::string_view old = "\"check\"";
    for (auto at = text.find(old); at != text.npos; at = text.find(old))
      text.replace(at, old.size(), "\"inspect\"");
    write_text(package_folder() / file, text);
  }
  reload();
  const auto rehearsed = finished(must(operations().move(owner(), permit(), 1, true)));
  const auto moved = finished(must(operations().move(owner(), permit(), 1, false)));
  for (const auto& result : {rehearsed, moved}) {
    EXPECT_EQ(result.batch.done, 1);
    ASSERT_EQ(result.failed.size(), 1u);
    EXPECT_EQ(result.failed.front().id, stays);
    EXPECT_EQ(result.failed.front().number, view(stays).summary.number);
    EXPECT_EQ(result.failed.front().code, "element_gone");
    ASSERT_EQ(result.causes.size(), 1u);
    EXPECT_EQ(result.causes.front().instances, 1);
  }
  decide("nia", stays, "pass");  // the old version serves it on
  EXPECT_EQ(must(operations().move(owner(), permit(), 1, true)).waiting, 1);
}

TEST_F(OperationsTest, WhatIsStuckIsTriedAgain) {
  replace_in(package_folder() / "process.bpmn", "check_outcome = \"refuse\"", "check_outcome > 3");
  reload();
  const auto id = in_review();
  decide("nia", id, "pass");  // a text is neither above nor below three
  const auto found = must(operations().look(owner(), permit()));
  ASSERT_EQ(found.stuck.size(), 1u);
  EXPECT_EQ(found.stuck.front().id, id);
  EXPECT_EQ(found.stuck.front().number, view(id).summary.number);
  EXPECT_EQ(found.stuck.front().step, "checked");
  EXPECT_EQ(found.stuck.front().code, "expression_failed");

  const auto again = finished(must(operations().retry(owner(), permit())));
  EXPECT_EQ(again.batch.failed, 1) << "nothing has changed";
  EXPECT_EQ(again.failed.front().code, "expression_failed");

  replace_in(package_folder() / "process.bpmn", "check_outcome > 3", "check_outcome = \"refuse\"");
  reload();
  const auto version = must(operations().look(owner(), permit())).versions.front().number;
  EXPECT_EQ(finished(must(operations().move(owner(), permit(), version, false))).batch.done, 1);
  EXPECT_EQ(finished(must(operations().retry(owner(), permit()))).batch.done, 1);
  EXPECT_TRUE(must(operations().look(owner(), permit())).stuck.empty());
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
}

TEST_F(OperationsTest, OnlyOwnersOfTheService) {
  in_review();
  EXPECT_EQ(operations().look(officer("wda"), permit()).error().code, "role_missing");
  EXPECT_EQ(operations().retry(officer("wda"), permit()).error().code, "role_missing");
  EXPECT_EQ(operations().move(officer("wda"), permit(), 1, true).error().code, "role_missing");
  EXPECT_EQ(operations().services(owner()).size(), 1u);
  EXPECT_TRUE(operations().services(officer("wda")).empty());
  EXPECT_EQ(operations().move(owner(), permit(), 1, false).error().code, "already_newest");
}

}  // namespace minben::casework
