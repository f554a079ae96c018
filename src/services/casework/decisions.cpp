// Deciding with reasons; a refusal needs a second pair of eyes.
#include <algorithm>

#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr std::size_t max_words = 4000;

constexpr Query insert_opinion{
    "casework_insert_opinion",
    "insert into casework.opinion (case_id, task_id, agency, step, outcome, words, at, deemed)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr Query insert_proposal{"casework_insert_proposal",
                                "insert into casework.proposal (case_id, task_id, number, "
                                "officer_id, outcome, grounds, words, at, status)"
                                " values ($1, $2, (select count(*) + 1 from casework.proposal "
                                "where case_id = $1 and task_id = $2),"
                                " $3, $4, $5, $6, $7, 'open')"};
constexpr Query select_proposal{
    "casework_open_proposal",
    "select * from casework.proposal where case_id = $1 and task_id = $2 and status = 'open'"};
constexpr Query answer_proposal{"casework_answer_proposal",
                                "update casework.proposal set status = $3, answered_by = $4 where "
                                "case_id = $1 and task_id = $2 and status = 'open'"};
constexpr Query set_task_status{"casework_set_task_status",
                                "update casework.task set status = $3, version = version + 1 where "
                                "case_id = $1 and task_id = $2"};
constexpr Query select_review{
    "casework_review_of_confirmation",
    "select process_task from casework.task where case_id = $1 and task_id = $2"};
constexpr Query insert_note{
    "casework_insert_note",
    "insert into casework.opinion (case_id, task_id, agency, step, outcome, words, at)"
    " values ($1, $2, $3, $4, 'sent_back', $5, $6)"};

Result<const Outcome*> outcome_of(const Package& package, std::string_view step_id,
                                  std::string_view code) {
  const auto* step = package.step(step_id);
  MINBEN_ASSERT(step);
  const auto found = std::ranges::find(step->outcomes, code, &Outcome::code);
  if (found == step->outcomes.end()) return fail(Kind::invalid, "unknown_outcome", code, "outcome");
  return &*found;
}

Result<void> check_refusal(const Package& package, const Decision& decision) {
  if (decision.grounds.empty()) return fail(Kind::invalid, "grounds_missing", "", "grounds");
  for (const auto& code : decision.grounds) {
    const auto* ground = package.ground(code);
    if (!ground || !ground->officer_may_use)
      return fail(Kind::invalid, "unknown_ground", code, "grounds");
  }
  if (trim(decision.text).empty()) return fail(Kind::invalid, "text_missing", "", "text");
  return {};
}

Result<void> check_words(std::string_view text) {
  if (!is_utf8(text)) return fail(Kind::invalid, "not_text", "", "text");
  if (length_in_characters(text) > max_words)
    return fail(Kind::invalid, "text_too_long", "", "text");
  return {};
}

Result<void> complete(Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                      const TaskRecord& task, std::int64_t process_task, std::string_view outcome,
                      const std::string& by) {
  const JsonObject variables{{task.row.step + "_outcome", outcome}};
  MINBEN_CHECK(
      impl.processes.complete_task(tx, {instance_of(row.id), process_task}, variables, by));
  return {};
}

Result<void> propose(Casework::Impl& impl, Transaction& tx, CaseRow& row, const TaskRecord& task,
                     const Officer& officer, const Decision& decision) {
  MINBEN_TRY(words,
             impl.seal(tx, row.person, "proposal", to_string(task.row.id), Json(decision.text)));
  MINBEN_CHECK(tx.run(insert_proposal, row.id, task.row.id, officer.id, decision.outcome,
                      decision.grounds, words, impl.now()));
  MINBEN_CHECK(tx.run(set_task_status, row.id, task.row.id, "proposed"));
  TaskRecord confirmation;
  confirmation.row.kind = TaskKind::confirmation;
  confirmation.row.step = task.row.step;
  confirmation.row.agency = task.row.agency;
  confirmation.row.due = impl.parts.calendar.of(task.row.agency)
                             .add_working_days(impl.today(), confirmation_working_days);
  confirmation.process_task = task.process_task;
  confirmation.parent = task.row.id;
  confirmation.role = identity::role::approver;
  MINBEN_CHECK(impl.add_task(tx, row, confirmation));
  return impl.record(tx, row,
                     {.event = "refusal_proposed",
                      .agency = officer.agency,
                      .officer = officer.id,
                      .step = task.row.step});
}

/// An opinion is given, a review moves on.
Result<void> conclude(Casework::Impl& impl, Transaction& tx, CaseRow& row, const TaskRecord& task,
                      const Officer& officer, const Decision& decision) {
  const bool opinion = task.row.kind == TaskKind::opinion;
  if (opinion || !trim(decision.text).empty()) {
    MINBEN_TRY(words,
               impl.seal(tx, row.person, "opinion", to_string(task.row.id), Json(decision.text)));
    MINBEN_CHECK(tx.run(insert_opinion, row.id, task.row.id, task.row.agency, task.row.step,
                        decision.outcome, words, impl.now(), false));
  }
  MINBEN_CHECK(impl.finish_task(tx, task, officer.id, decision.outcome));
  if (opinion) {
    MINBEN_CHECK(impl.record(tx, row,
                             {.event = "opinion_given",
                              .agency = officer.agency,
                              .officer = officer.id,
                              .step = task.row.step}));
  }
  MINBEN_CHECK(impl.record(tx, row,
                           {.event = "step_done",
                            .agency = officer.agency,
                            .officer = officer.id,
                            .step = task.row.step,
                            .detail = {{"outcome", decision.outcome}}}));
  return complete(impl, tx, row, task, task.process_task, decision.outcome, actor_name(officer.id));
}

}  // namespace

Result<void> Casework::decide(const Officer& officer, TaskId id, int version,
                              const Decision& decision) {
  MINBEN_CHECK(check_words(decision.text));
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(work, impl.begin_work(tx, officer, id, version));
    auto& [row, task] = work;
    if (task.row.kind == TaskKind::confirmation) return fail(Kind::invalid, "unknown_outcome");
    if (row.state == State::awaiting_applicant) return fail(Kind::conflict, "supplement_open");
    MINBEN_TRY(package, impl.package_of(row));
    MINBEN_TRY(outcome, outcome_of(*package, task.row.step, decision.outcome));
    if (!outcome->refuses) {
      if (!decision.grounds.empty())
        return fail(Kind::invalid, "grounds_not_expected", "", "grounds");
      return conclude(impl, tx, row, task, officer, decision);
    }
    MINBEN_CHECK(check_refusal(*package, decision));
    return propose(impl, tx, row, task, officer, decision);
  });
}

Result<void> Casework::Impl::take_as_given(Transaction& tx, CaseRow& row, const TaskRecord& task,
                                           const std::string& outcome) {
  if (task.row.kind == TaskKind::opinion) {
    MINBEN_TRY(words, seal(tx, row.person, "opinion", to_string(task.row.id), Json("")));
    MINBEN_CHECK(tx.run(insert_opinion, row.id, task.row.id, task.row.agency, task.row.step,
                        outcome, words, now(), true));
  }
  MINBEN_CHECK(finish_task(tx, task, std::nullopt, outcome));
  MINBEN_CHECK(record(tx, row,
                      {.event = "step_done",
                       .agency = task.row.agency,
                       .step = task.row.step,
                       .detail = {{"outcome", outcome}, {"deemed", true}}}));
  return complete(*this, tx, row, task, task.process_task, outcome, "deadline");
}

namespace {

struct Confirmation {
  CaseRow row;
  TaskRecord task;
  std::string outcome;
  std::vector<std::string> grounds;
  std::string words;
};

Result<Confirmation> begin_confirmation(Casework::Impl& impl, Transaction& tx,
                                        const Officer& officer, TaskId id, int version) {
  MINBEN_TRY(work, impl.begin_work(tx, officer, id, version));
  auto& [row, task] = work;
  if (task.row.kind != TaskKind::confirmation) return fail(Kind::invalid, "no_confirmation");
  MINBEN_TRY(rows, tx.run(select_proposal, row.id, task.parent));
  if (rows.empty()) return fail(Kind::conflict, "task_changed");
  const auto proposal = rows.front();
  if (proposal.id<OfficerId>("officer_id") == officer.id)
    return fail(Kind::forbidden, "own_proposal");
  MINBEN_TRY(words, impl.open(tx, row.person, "proposal", to_string(task.parent),
                              proposal.bytes("words")));
  return Confirmation{std::move(row), std::move(task), proposal.text("outcome"),
                      proposal.texts("grounds"), std::string(words.as_string())};
}

Result<void> send_back(Casework::Impl& impl, Transaction& tx, Confirmation& work,
                       const Officer& officer, std::string_view note) {
  if (trim(note).empty()) return fail(Kind::invalid, "text_missing", "", "note");
  const auto& task = work.task;
  MINBEN_CHECK(tx.run(answer_proposal, work.row.id, task.parent, "sent_back", officer.id));
  MINBEN_CHECK(tx.run(set_task_status, work.row.id, task.parent, "open"));
  MINBEN_TRY(words, impl.seal(tx, work.row.person, "opinion", to_string(task.row.id), Json(note)));
  MINBEN_CHECK(tx.run(insert_note, work.row.id, task.row.id, task.row.agency, task.row.step, words,
                      impl.now()));
  MINBEN_CHECK(impl.finish_task(tx, task, officer.id, "sent_back"));
  return impl.record(tx, work.row,
                     {.event = "refusal_sent_back",
                      .agency = officer.agency,
                      .officer = officer.id,
                      .step = task.row.step});
}

Result<void> agree_to(Casework::Impl& impl, Transaction& tx, Confirmation& work,
                      const Officer& officer) {
  const auto& task = work.task;
  MINBEN_CHECK(tx.run(answer_proposal, work.row.id, task.parent, "confirmed", officer.id));
  MINBEN_TRY(review, tx.run(select_review, work.row.id, task.parent));
  TaskRecord parent = task;
  parent.row.id = task.parent;
  MINBEN_CHECK(impl.finish_task(tx, task, officer.id, "confirmed"));
  MINBEN_CHECK(impl.finish_task(tx, parent, officer.id, work.outcome));
  MINBEN_CHECK(
      impl.store_decision(tx, work.row, {false, task.row.agency, work.grounds, work.words}));
  MINBEN_CHECK(impl.record(tx, work.row,
                           {.event = "step_done",
                            .agency = officer.agency,
                            .officer = officer.id,
                            .step = task.row.step,
                            .detail = {{"outcome", work.outcome}}}));
  return complete(impl, tx, work.row, task, review.front().integer("process_task"), work.outcome,
                  actor_name(officer.id));
}

}  // namespace

Result<void> Casework::confirm_refusal(const Officer& officer, TaskId id, int version, bool agree,
                                       std::string_view note) {
  MINBEN_CHECK(check_words(note));
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(work, begin_confirmation(impl, tx, officer, id, version));
    return agree ? agree_to(impl, tx, work, officer) : send_back(impl, tx, work, officer, note);
  });
}

}  // namespace minben::casework
