// What applicants and officers see of a case.
#include <algorithm>
#include <set>

#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query list_history{"casework_list_history",
                             "select * from casework.history where case_id = $1 order by sequence"};
constexpr Query open_holders{"casework_open_holders",
                             "select distinct agency from casework.task where case_id = $1 and "
                             "status = 'open' order by agency"};
constexpr Query select_decision{"casework_find_decision",
                                "select * from casework.decision where case_id = $1"};
constexpr Query list_documents{
    "casework_list_documents",
    "select * from casework.document where case_id = $1 order by kind, document_id"};
constexpr Query count_unread{"casework_count_unread",
                             "select count(*) as unread from casework.message where case_id = $1 "
                             "and not read and from_applicant = $2"};

HistoryEntry read_entry(const store::Row& row) {
  HistoryEntry entry;
  entry.sequence = static_cast<int>(row.integer("sequence"));
  entry.at = row.instant("at");
  entry.event = row.text("event");
  if (!row.is_null("agency")) entry.agency = row.id<AgencyCode>("agency");
  entry.by_applicant = row.boolean("by_applicant");
  entry.act = act_of(row);
  entry.step = row.text("step");
  entry.detail = row.json("detail");
  return entry;
}

/// Both sides see who acted for the applicant.
Result<void> name_actors(const Casework::Impl& impl, Transaction& tx,
                         std::vector<HistoryEntry>& history) {
  std::map<PersonId, std::string> names;
  for (HistoryEntry& entry : history) {
    if (!entry.act) continue;
    const auto [name, is_new] = names.try_emplace(entry.act->actor);
    if (is_new) {
      const auto person = impl.parts.identity.person(tx, entry.act->actor);
      if (!person && person.error().code != "erased") return std::unexpected(person.error());
      if (person) name->second = person->profile.name;
    }
    entry.actor_name = name->second;
  }
  return {};
}

Result<std::vector<HistoryEntry>> read_history(Transaction& tx, CaseId id) {
  MINBEN_TRY(rows, tx.run(list_history, id));
  std::vector<HistoryEntry> history;
  for (const auto row : rows) history.push_back(read_entry(row));
  return history;
}

/// Deliberations inside an agency are not the applicant's to see before the decision stands.
bool is_internal(const HistoryEntry& entry) {
  return entry.event == "refusal_proposed" || entry.event == "refusal_sent_back" ||
         entry.event == "field_marked" || entry.event == "deadline_reminded";
}

class Timeline {
 public:
  Timeline(const Casework::Impl& impl, const CaseRow& row, const Package& package)
      : impl_(impl), row_(row), package_(package) {}

  /// `outlook`: of the process; empty when it is over. `tasks`: what is open now.
  std::vector<TimelineStep> build(const std::vector<HistoryEntry>& history,
                                  const process::Outlook& outlook,
                                  const std::vector<TaskRecord>& tasks) {
    for (const auto& step : package_.steps) steps_.push_back(ahead(step));
    for (const auto& entry : history) apply(entry);
    for (const auto& task : tasks) {
      if (task.row.kind == TaskKind::confirmation) continue;
      const auto found = std::ranges::find(steps_, task.row.step, &TimelineStep::step);
      if (found != steps_.end()) found->due = task.row.due;
    }
    std::erase_if(steps_, [&](auto& step) {
      if (step.progress != TimelineStep::Progress::ahead) return false;
      step.perhaps = outlook.possible.contains(step.step);
      return !step.perhaps && !outlook.certain.contains(step.step);
    });
    return std::move(steps_);
  }

 private:
  TimelineStep ahead(const Step& step) const {
    TimelineStep line;
    line.step = step.id;
    if (step.agency) line.agency = *step.agency;
    else if (row_.ministry) line.agency = *row_.ministry;
    return line;
  }

  void apply(const HistoryEntry& entry) {
    const auto found = std::ranges::find(steps_, entry.step, &TimelineStep::step);
    if (found == steps_.end()) return;
    if (entry.event == "step_started") {
      found->progress = TimelineStep::Progress::current;
      found->started = entry.at;
      found->finished = std::nullopt;
      const auto* step = package_.step(entry.step);
      found->due = impl_.parts.calendar.of(entry.agency.value_or(found->agency))
                       .add_working_days(taiwan_date(entry.at), step->working_days);
    } else if (entry.event == "step_done") {
      found->progress = TimelineStep::Progress::done;
      found->finished = entry.at;
    } else if (entry.event == "modified") {  // left by hand, unfinished
      *found = ahead(*package_.step(entry.step));
    }
  }

  const Casework::Impl& impl_;
  const CaseRow& row_;
  const Package& package_;
  std::vector<TimelineStep> steps_;
};

/// What the answers and the rules settled on submitting stays; outcomes of steps are still open. A
/// refusal is not what the timeline counts on.
process::Foresight foresight_of(const Package& package) {
  process::Foresight foresight;
  foresight.settled = {"ministry", "fee_twd"};
  foresight.settled.insert(package.compiled->process_answers.begin(),
                           package.compiled->process_answers.end());
  const bool approves =
      std::ranges::find(package.endings, State::approved, &Ending::state) != package.endings.end();
  for (const auto& ending : package.endings) {
    if (approves && ending.state != State::approved) foresight.early_ends.insert(ending.id);
  }
  return foresight;
}

Result<process::Outlook> outlook_of(Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                                    const Package& package) {
  if (is_final(row.state)) return process::Outlook{};
  return impl.processes.outlook(tx, instance_of(row.id), foresight_of(package));
}

Result<std::vector<AgencyCode>> holders(Transaction& tx, const CaseRow& row) {
  std::vector<AgencyCode> list;
  if (row.state != State::in_review) return list;
  MINBEN_TRY(rows, tx.run(open_holders, row.id));
  for (const auto found : rows) list.push_back(found.id<AgencyCode>("agency"));
  if (!list.empty()) return list;
  // No officer's task: a step of the platform itself is on its way, e.g. a fetch.
  MINBEN_TRY(history, read_history(tx, row.id));
  std::string last;
  for (const auto& entry : history) {
    if (entry.event == "step_started" && entry.agency) {
      last = entry.step;
      list = {*entry.agency};
    } else if (entry.event == "step_done" && entry.step == last) {
      list.clear();
    }
  }
  return list;
}

Result<std::optional<DecisionView>> read_decision(const Casework::Impl& impl, Transaction& tx,
                                                  const CaseRow& row) {
  const bool told =
      row.state == State::approved || row.state == State::refused || row.state == State::expired;
  if (!told) return std::nullopt;
  MINBEN_TRY(rows, tx.run(select_decision, row.id));
  if (rows.empty()) return std::nullopt;
  const auto found = rows.front();
  DecisionView view;
  view.approved = found.boolean("approved");
  view.deemed = found.boolean("deemed");
  view.agency = found.id<AgencyCode>("agency");
  view.grounds = found.texts("grounds");
  view.decided = found.instant("decided");
  view.appeal_until = found.optional_date("appeal_until");
  MINBEN_TRY(words, impl.open(tx, row.person, "decision", to_string(row.id), found.bytes("words")));
  view.text = std::string(words.as_string());
  return view;
}

Result<std::vector<CaseDocument>> read_documents(Transaction& tx, CaseId id) {
  MINBEN_TRY(rows, tx.run(list_documents, id));
  std::vector<CaseDocument> list;
  for (const auto row : rows) {
    list.push_back({row.text("document_id"), row.text("field"), row.text("kind"),
                    row.optional_date("valid_until")});
  }
  return list;
}

Result<void> add_positions(Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                           CaseView& view) {
  const auto instance = instance_of(row.id);
  if (!is_final(row.state)) {
    MINBEN_TRY(positions, impl.processes.positions(tx, instance));
    for (const auto& position : positions) view.active_elements.push_back(position.element);
  }
  MINBEN_TRY(passed, impl.passed_elements(tx, row));
  view.passed_elements = std::move(passed);
  return {};
}

Result<std::vector<std::string>> wanted_consents(const Casework::Impl& impl, Transaction& tx,
                                                 const CaseRow& row) {
  std::vector<std::string> list;
  if (is_final(row.state)) return list;
  MINBEN_TRY(consents, impl.parts.mydata.consents_of(tx, row.person, row.id));
  for (const auto& consent : consents) {
    if (consent.state == mydata::ConsentState::requested) list.push_back(to_string(consent.id));
  }
  return list;
}

}  // namespace

Result<std::vector<std::string>> Casework::Impl::passed_elements(Transaction& tx,
                                                                 const CaseRow& row) {
  std::vector<std::string> passed;
  MINBEN_TRY(entries, processes.history(tx, instance_of(row.id)));
  for (const auto& entry : entries) {
    const bool behind = entry.what == "left" || entry.what == "passed";
    const bool known = std::ranges::find(passed, entry.element) != passed.end();
    if (behind && !known) passed.push_back(entry.element);
  }
  return passed;
}

Result<CaseSummary> Casework::Impl::summary_of(Transaction& tx, const CaseRow& row,
                                               bool for_applicant) const {
  CaseSummary summary;
  summary.id = row.id;
  summary.number = row.number;
  summary.service = row.service;
  summary.state = row.state;
  summary.submitted = row.submitted;
  summary.due = row.due;
  MINBEN_TRY(held_by, holders(tx, row));
  summary.held_by = std::move(held_by);
  MINBEN_TRY(unread, tx.run(count_unread, row.id, !for_applicant));
  summary.unread_messages = static_cast<int>(unread.front().integer("unread"));
  return summary;
}

Result<CaseView> Casework::Impl::view_of(Transaction& tx, const CaseRow& row, bool for_applicant) {
  MINBEN_TRY(package, package_of(row));
  CaseView view;
  MINBEN_TRY(summary, summary_of(tx, row, for_applicant));
  view.summary = std::move(summary);
  view.package_digest = row.package_digest;
  view.version = row.version;
  MINBEN_TRY(answers, answers_of(tx, row));
  view.answers = std::move(answers);
  view.ministry = row.ministry;
  view.fee = {row.fee_twd, row.payment_id, row.paid, row.pay_until};
  view.clock = clock_view(row, *package);
  MINBEN_TRY(history, read_history(tx, row.id));
  MINBEN_TRY(outlook, outlook_of(*this, tx, row, *package));
  MINBEN_TRY(tasks, tasks_of(tx, row.id));
  view.timeline = Timeline(*this, row, *package).build(history, outlook, tasks);
  MINBEN_CHECK(name_actors(*this, tx, history));
  view.history = std::move(history);
  if (for_applicant) std::erase_if(view.history, is_internal);
  MINBEN_CHECK(add_positions(*this, tx, row, view));
  MINBEN_TRY(supplement, open_supplement(tx, row));
  view.supplement = std::move(supplement);
  MINBEN_TRY(decision, read_decision(*this, tx, row));
  view.decision = std::move(decision);
  MINBEN_TRY(documents, read_documents(tx, row.id));
  view.documents = std::move(documents);
  if (for_applicant) {
    MINBEN_TRY(consents, wanted_consents(*this, tx, row));
    view.consents_wanted = std::move(consents);
  }
  return view;
}

}  // namespace minben::casework
