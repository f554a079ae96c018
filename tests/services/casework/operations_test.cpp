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
  EXPECT_EQ(found.stuck.front().place.en, "checked") << "an element without a name";
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

// ------------------------------------------------------------------------------- a single case

class SingleCase : public OperationsTest {
 protected:
  CaseAtHand at_hand(CaseId id) { return must(operations().case_at_hand(owner(), permit(), id)); }
  /// Stuck behind its first check, at a gateway whose condition compares a text with a number.
  CaseId stuck() {
    replace_in(package_folder() / "process.bpmn", "check_outcome = \"refuse\"",
               "check_outcome > 3");
    reload();
    const auto id = in_review();
    decide("nia", id, "pass");
    return id;
  }
  Modification to(const CaseAtHand& view, std::string_view step) {
    return {view.version, view.places.front().token, std::string(step),
            "Mr. SECRETWORD waits in the lobby"};
  }
  static std::vector<std::string> steps(std::span<const Foreseen::Work> work) {
    std::vector<std::string> list;
    for (const auto& one : work) list.push_back(one.step);
    return list;
  }
  /// Rows that hold what nobody may read there.
  std::int64_t found_in(std::string_view table) {
    const std::string name = "test_secret_" + std::string(table);
    const std::string sql = "select count(*) as n from " + std::string(table) +
                            " t where t::text ~* 'SECRETWORD|" + hex_of("SECRETWORD") + "'";
    return must(world_->database().run(store::Query{name, sql})).front().integer("n");
  }
};

TEST_F(SingleCase, StandsSomewhereForAReason) {
  const auto id = stuck();
  const auto view = at_hand(id);
  EXPECT_EQ(view.state, State::in_review);
  EXPECT_EQ(view.number, this->view(id).summary.number);
  ASSERT_EQ(view.places.size(), 1u);
  EXPECT_EQ(view.places.front().element, "checked");
  ASSERT_TRUE(view.places.front().incident.has_value());
  EXPECT_EQ(view.places.front().incident->code, "expression_failed");
  EXPECT_EQ(view.places.front().targets,
            (std::vector<std::string>{"fetch_residence", "check", "opinion", "decision"}))
      << "every step but the payment";
  EXPECT_FALSE(view.unmovable);
  EXPECT_TRUE(std::ranges::count(view.passed_elements, "check"));
}

TEST_F(SingleCase, IsTriedAgainAlone) {
  const auto id = stuck();
  const auto again = must(operations().retry_case(owner(), permit(), id));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->code, "expression_failed");
  EXPECT_FALSE(std::ranges::count(events(view(id)), "retried")) << "nothing came of it";
  ASSERT_EQ(at_hand(id).operations.size(), 1u);
  EXPECT_EQ(at_hand(id).operations.front().still_stuck, "expression_failed");

  replace_in(package_folder() / "process.bpmn", "check_outcome > 3", "check_outcome = \"refuse\"");
  reload();
  const auto version = must(operations().look(owner(), permit())).versions.front().number;
  finished(must(operations().move(owner(), permit(), version, false)));
  world_->clock().advance(seconds{1});
  EXPECT_FALSE(must(operations().retry_case(owner(), permit(), id)).has_value());
  EXPECT_TRUE(std::ranges::count(events(view(id)), "retried"));
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
  EXPECT_EQ(code_of(operations().retry_case(owner(), permit(), id)), "not_stuck");

  const auto log = must(operations().by_hand(owner(), permit(), 0, 1));
  EXPECT_EQ(log.total, 2);
  ASSERT_EQ(log.list.size(), 1u) << "the newest first, a page at a time";
  EXPECT_EQ(log.list.front().still_stuck, "");
  EXPECT_EQ(log.list.front().officer, owner().id);
}

TEST_F(SingleCase, GoesOnAtAnotherStep) {
  const auto id = stuck();
  const auto change = to(at_hand(id), "decision");
  const auto foreseen = must(operations().rehearse(owner(), permit(), id, change));
  EXPECT_EQ(foreseen.left.element, "checked");
  EXPECT_TRUE(foreseen.cancelled.empty());
  EXPECT_EQ(steps(foreseen.opened), (std::vector<std::string>{"decision"}));
  EXPECT_EQ(foreseen.opened.front().agency, agency("wda"));
  EXPECT_EQ(at_hand(id).version, change.version) << "a rehearsal changes nothing";
  EXPECT_TRUE(at_hand(id).operations.empty());

  EXPECT_EQ(steps(must(operations().modify(owner(), permit(), id, change)).opened),
            (std::vector<std::string>{"decision"}));
  EXPECT_EQ(code_of(operations().modify(owner(), permit(), id, change)), "case_changed")
      << "of two at once, one wins";
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("wda")});
  EXPECT_TRUE(must(operations().look(owner(), permit())).stuck.empty());
  const auto history = view(id).history;
  const auto entry = std::ranges::find(history, "modified", &HistoryEntry::event);
  ASSERT_NE(entry, history.end()) << "the applicant sees it, too";
  EXPECT_EQ(entry->agency, agency("nia"));

  const auto done = must(operations().by_hand(owner(), permit(), 0, 20)).list.at(0);
  EXPECT_EQ(done.kind, HandOperation::Kind::modify);
  EXPECT_EQ(done.from.en, "checked");
  EXPECT_EQ(done.to.en, "Decision");
  EXPECT_EQ(done.reason, "Mr. SECRETWORD waits in the lobby");
  EXPECT_EQ(done.number, view(id).summary.number);
  for (const char* table : {"casework.operation", "casework.history", "store.event", "ledger.entry",
                            "process.step", "store.job"})
    EXPECT_EQ(found_in(table), 0) << table;
}

TEST_F(SingleCase, WorkInHandIsTakenAwayAndTheTimelineSaysSo) {
  const auto id = in_review();
  const auto who = officer("nia");
  const auto task = claimed(who, id);
  must(casework().decide(who, task.id, task.version, {"refuse", {"not_qualified"}, "no"}));
  const auto change = to(at_hand(id), "decision");
  const auto done = must(operations().modify(owner(), permit(), id, change));
  ASSERT_EQ(steps(done.cancelled), (std::vector<std::string>{"check"}));
  EXPECT_TRUE(done.cancelled.front().taken);
  EXPECT_TRUE(must(casework().queue(who, {})).tasks.empty());
  EXPECT_TRUE(must(casework().queue(officer("nia", 2), {})).tasks.empty())
      << "nor is a refusal left to be confirmed";
  EXPECT_FALSE(must(casework().open_case(officer("nia", 2), id)).proposed.has_value());
  for (const auto& step : view(id).timeline)
    if (step.step == "check") ADD_FAILURE() << "it will not come by there again";
}

TEST_F(SingleCase, AFetchThatIsLeftIsForgotten) {
  const auto id = submitted("digital", false);  // waits for the answer about consent
  must(world_->pay(id));
  must(world_->run_due());
  ASSERT_EQ(at_hand(id).places.front().element, "fetch_residence");
  const auto done = must(operations().modify(owner(), permit(), id, to(at_hand(id), "check")));
  EXPECT_EQ(steps(done.cancelled), (std::vector<std::string>{"fetch_residence"}));
  answer_consents(applicant_, id, true);
  must(world_->run_due());
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("nia")});
  EXPECT_FALSE(std::ranges::count(events(view(id)), "data_fetched"));
  decide("nia", id, "pass");
}

TEST_F(SingleCase, IsNotMovedAgainstTheRules) {
  const auto unpaid = submitted();
  EXPECT_EQ(at_hand(unpaid).unmovable->code, "fee_not_paid");
  EXPECT_TRUE(at_hand(unpaid).places.front().targets.empty());
  EXPECT_EQ(code_of(operations().modify(owner(), permit(), unpaid, to(at_hand(unpaid), "check"))),
            "fee_not_paid");

  const auto id = in_review_of(must(world_->new_applicant("ROE, RICHARD")));
  const auto with = [&](auto&& change) {
    auto wanted = to(at_hand(id), "decision");
    change(wanted);
    const auto result = operations().rehearse(owner(), permit(), id, wanted);
    return result ? std::string("none") : result.error().field + "|" + result.error().code;
  };
  EXPECT_EQ(with([](auto& c) { c.reason = " "; }), "note|reason_missing");
  EXPECT_EQ(with([](auto& c) { c.reason.assign(1001, 'x'); }), "note|text_too_long");
  EXPECT_EQ(with([](auto& c) { c.leave = 999; }), "leave|unknown_place");
  for (const char* step : {"pay_fee", "issued", "split", "nowhere"})
    EXPECT_EQ(with([&](auto& c) { c.go_on_at = step; }), "go_on_at|unknown_target") << step;
  EXPECT_EQ(with([](auto& c) { --c.version; }), "|case_changed");
  EXPECT_EQ(with([](auto&) {}), "none");

  const auto asked = ask(id);
  EXPECT_EQ(with([](auto&) {}), "|supplement_open");
  const auto who = officer("nia");
  must(casework().cancel_supplement(who, task_of(who, id).id, asked));

  EXPECT_EQ(code_of(operations().case_at_hand(owner(), ServiceCode{"other"}, id)),
            "unknown_service");
  EXPECT_EQ(code_of(operations().case_at_hand(owner(), permit(), CaseId{})), "case_not_found");
  for (const auto& other : {officer("wda"), officer("moda")}) {
    EXPECT_EQ(code_of(operations().case_at_hand(other, permit(), id)), "role_missing");
    EXPECT_EQ(code_of(operations().retry_case(other, permit(), id)), "role_missing");
    EXPECT_EQ(code_of(operations().modify(other, permit(), id, to(at_hand(id), "decision"))),
              "role_missing");
    EXPECT_EQ(code_of(operations().by_hand(other, permit(), 0, 20)), "role_missing");
  }
  must(casework().withdraw(applicant_, unpaid, ""));
  EXPECT_EQ(at_hand(unpaid).unmovable->code, "case_is_final");
  EXPECT_EQ(code_of(operations().modify(owner(), permit(), unpaid,
                                        {at_hand(unpaid).version, 1, "check", "why not"})),
            "case_is_final");
}

TEST_F(SingleCase, AnErasedPersonTakesTheReasonAlong) {
  const auto id = in_review();
  must(operations().modify(owner(), permit(), id, to(at_hand(id), "decision")));
  must(world_->database().transact([&](store::Transaction& tx) {
    return world_->identity().erase_person(tx, applicant_.person);
  }));
  const auto log = must(operations().by_hand(owner(), permit(), 0, 20));
  ASSERT_EQ(log.list.size(), 1u) << "that it was done stays";
  EXPECT_TRUE(log.list.front().reason_erased);
  EXPECT_EQ(log.list.front().reason, "");
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
