#pragma once
// What the sources of this room share: the parts, one case's row, and the few ways to change it.
//
// Order of locks: draft, then case, then process instance. So whoever changes a case locks its row
// first, and the process is moved last: its observer reads the row anew.
#include "casework/casework.hpp"
#include "documents/documents.hpp"
#include "identity/identity.hpp"
#include "ledger/commitments.hpp"
#include "mydata/mydata.hpp"
#include "package_parts.hpp"
#include "payments/payments.hpp"
#include "process/batches.hpp"
#include "process/process.hpp"

namespace minben::casework {

using store::Query;
using store::Transaction;

/// casework.application: one row, without the sealed answers unless asked for.
struct CaseRow {
  CaseId id;
  PersonId person;
  std::string number;
  ServiceCode service;
  std::string package_digest;
  State state{};
  int version = 0;
  Bytes answers;  ///< sealed
  std::optional<AgencyCode> ministry;
  std::int64_t fee_twd = 0;
  std::string payment_id;
  std::optional<std::int64_t> payment_call;  ///< of the waiting payment step
  bool paid = false;
  std::optional<Date> pay_until;
  int statutory_days = 0;
  Instant submitted{};
  std::optional<Date> clock_from;
  std::optional<Date> stopped_from;
  int stopped_days = 0;
  std::optional<Date> due;
  std::optional<Instant> ended;
};

struct TaskRecord {
  TaskRow row;
  std::int64_t process_task = 0;
  TaskId parent;  ///< of a confirmation: the review it is about
  std::string role;
  std::string status;    ///< open, proposed, done, cancelled
  int stopped_days = 0;  ///< working days in which its clock stood still
};

constexpr int confirmation_working_days = 3;  ///< for the second pair of eyes

/// What goes into the history, and so to the ledger and the outbox.
struct Entry {
  std::string_view event;
  std::optional<AgencyCode> agency = {};
  OfficerId officer = {};
  bool by_applicant = false;
  std::string step = {};
  JsonObject detail = {};
  std::optional<identity::Act> act = {};  ///< who acted for the applicant
};

/// Working days for process timers, from the calendar of the lane's agency.
class ProcessCalendar final : public process::Calendar {
 public:
  explicit ProcessCalendar(const casework::Calendar& calendar) : calendar_(calendar) {}
  [[nodiscard]] Instant after_working_days(const AgencyCode& agency, Instant from,
                                           int days) const override;

 private:
  const casework::Calendar& calendar_;
};

struct Casework::Impl final : process::Observer {
  Impl(const Parts& given, Config options);

  Parts parts;
  Config config;
  ProcessCalendar process_calendar;
  process::Processes processes;
  process::Batches batches;
  process::Observer* others = nullptr;
  identity::Mailer mailer;

  [[nodiscard]] Instant now() const { return parts.clock.now(); }
  [[nodiscard]] Date today() const { return taiwan_date(now()); }
  [[nodiscard]] Result<PackagePtr> package_of(const CaseRow& row) const {
    return parts.packages.by_digest(row.package_digest);
  }

  // --- rows (records.cpp)
  Result<CaseRow> find_case(Transaction& tx, CaseId id) const;
  /// Their own case: "case_not_found" for others'.
  Result<CaseRow> find_case_of(Transaction& tx, CaseId id, const Applicant& applicant) const;
  Result<CaseRow> lock_case(Transaction& tx, CaseId id) const;
  Result<CaseRow> lock_case_of(Transaction& tx, CaseId id, const Applicant& applicant) const;
  /// Writes state, clock and payment of the row; version and history belong to record().
  Result<void> save_case(Transaction& tx, const CaseRow& row) const;
  /// History row, outbox event, ledger commitment; the row's state is the one after the event.
  Result<void> record(Transaction& tx, CaseRow& row, const Entry& entry) const;

  // --- sealing (records.cpp); `what` is authenticated together with the row's id
  Result<Bytes> seal(Transaction& tx, PersonId person, std::string_view what, const std::string& id,
                     const Json& value) const;
  Result<Json> open(Transaction& tx, PersonId person, std::string_view what, const std::string& id,
                    const Bytes& sealed) const;
  Result<JsonObject> answers_of(Transaction& tx, const CaseRow& row) const;
  Result<void> save_answers(Transaction& tx, const CaseRow& row, const Package& package,
                            const JsonObject& answers) const;

  // --- who may (access.cpp)
  /// The sign-in is strong enough, and a mandate covers the service.
  Result<void> require_assurance(const Applicant& applicant, const Package& package) const;
  /// What each change by an applicant begins with: their own case, locked, with a sign-in as strong
  /// as its service asks for.
  Result<std::pair<CaseRow, PackagePtr>> begin_change(Transaction& tx, const Applicant& applicant,
                                                      CaseId id) const;
  Result<void> require_part(Transaction& tx, const Officer& officer, CaseId id) const;

  // --- rules (rules_use.cpp, explanations.cpp)
  Result<Preview> preview(const Package& package, const JsonObject& answers) const;
  /// What the rules about refusal grounds look at, as far as it is known.
  struct KnownFacts {
    const JsonObject& answers;
    const std::vector<FetchedData>& fetched;
    const std::vector<Opinion>& opinions;
    const std::vector<SupplementView>& supplements;
  };
  /// Which refusal grounds the rules find in it now; none without rules.
  [[nodiscard]] Result<std::optional<Explanation>> grounds_in(const Package& package,
                                                              const KnownFacts& known) const;
  /// The same in what is stored of the case.
  Result<std::optional<Explanation>> find_grounds(Transaction& tx, const CaseRow& row,
                                                  const Package& package) const;
  /// Seals them with the case; `moment` is "submission" or "decision", and a later one replaces it.
  Result<void> keep_explanations(Transaction& tx, const CaseRow& row, std::string_view moment,
                                 std::span<const Explanation> list) const;

  // --- tasks (tasks.cpp)
  Result<TaskRecord> find_task(Transaction& tx, TaskId id, const Officer& officer) const;
  /// Locks the case, then reads the task: open, of this version, claimed by the officer.
  Result<std::pair<CaseRow, TaskRecord>> begin_work(Transaction& tx, const Officer& officer,
                                                    TaskId id, std::optional<int> version) const;
  /// As it is, for the platform itself; nullopt when there is no such task.
  Result<std::optional<TaskRecord>> task_of(Transaction& tx, TaskId id) const;
  /// The case's open reviews and opinions, and those whose refusal waits for the second pair of
  /// eyes.
  Result<std::vector<TaskRecord>> tasks_of(Transaction& tx, CaseId id) const;
  Result<void> finish_task(Transaction& tx, const TaskRecord& task, std::optional<OfficerId> by,
                           std::string_view outcome) const;
  Result<void> touch_task(Transaction& tx, const TaskRecord& task) const;
  Result<TaskId> add_task(Transaction& tx, const CaseRow& row, const TaskRecord& task) const;

  // --- the clock (deadlines.cpp); change the row, which the caller saves
  Result<void> start_clock(Transaction& tx, CaseRow& row) const;
  void stop_clock(CaseRow& row) const;
  Result<void> resume_clock(Transaction& tx, CaseRow& row) const;
  [[nodiscard]] ClockView clock_view(const CaseRow& row, const Package& package) const;
  /// The case's last day while its clock runs, by the calendar as it is now.
  [[nodiscard]] Date due_of(const CaseRow& row, const Package& package) const;
  [[nodiscard]] Date due_of(const TaskRecord& task, const Package& package) const;
  /// Sets the last days of the case and its tasks anew, and plans what happens on them. True when
  /// the case's own has moved.
  Result<bool> recount(Transaction& tx, CaseRow& row, const Package& package) const;

  // --- what happens on last days (breaches.cpp)
  Result<void> plan_case(Transaction& tx, const CaseRow& row, const Package& package) const;
  Result<void> plan_task(Transaction& tx, const CaseRow& row, const Package& package,
                         const TaskRecord& task) const;
  /// A reminder or the end of a period, of the case or of one task.
  Result<void> on_deadline(Transaction& tx, const store::Job& job);
  /// Counts all open cases anew when the calendar has changed since it was counted last.
  Result<void> follow_calendar() const;
  Result<void> count_on(Transaction& tx, const store::Job& job) const;

  // --- endings (endings.cpp)
  struct Verdict {
    bool approved = false;
    AgencyCode agency;
    std::vector<std::string> grounds;
    std::string words;
    bool deemed = false;  ///< nobody decided; the period ended
  };
  Result<void> store_decision(Transaction& tx, const CaseRow& row, const Verdict& verdict) const;
  /// Sets the final state, records `entry`, cancels what waits, issues the ending's documents.
  Result<void> end_case(Transaction& tx, CaseRow& row, State state, const Entry& entry,
                        const Ending* ending);
  /// For ends that the process did not reach by itself: end_case, and the process is cancelled.
  Result<void> break_off(Transaction& tx, CaseRow& row, State state, const Entry& entry);
  Result<void> issue(Transaction& tx, const CaseRow& row, const Package& package,
                     const OutputDocument& output) const;

  /// The task is done with this outcome because its period ended and the package says so.
  Result<void> take_as_given(Transaction& tx, CaseRow& row, const TaskRecord& task,
                             const std::string& outcome);

  // --- supplements (supplements.cpp)
  Result<std::optional<SupplementView>> open_supplement(Transaction& tx, const CaseRow& row) const;
  Result<std::vector<SupplementView>> supplements_of(Transaction& tx, const CaseRow& row) const;
  Result<void> move_supplement(Transaction& tx, CaseRow& row, SupplementId id, Date due) const;
  Result<void> close_supplement(Transaction& tx, const CaseRow& row, SupplementId id,
                                std::string_view status) const;

  // --- views (views.cpp)
  Result<CaseView> view_of(Transaction& tx, const CaseRow& row, bool for_applicant);
  Result<CaseSummary> summary_of(Transaction& tx, const CaseRow& row, bool for_applicant) const;
  /// BPMN ids that the case went through, in order.
  Result<std::vector<std::string>> passed_elements(Transaction& tx, const CaseRow& row);

  // --- messages (messages.cpp)
  /// A message from the applicant to whoever holds the case; nothing when `text` is empty.
  Result<void> keep_words(Transaction& tx, const CaseRow& row, std::string_view text) const;

  // --- what officers know (officer_view.cpp)
  Result<std::vector<Opinion>> opinions_of(Transaction& tx, const CaseRow& row) const;
  Result<std::vector<FetchedData>> fetched_of(Transaction& tx, const CaseRow& row,
                                              const Package& package) const;
  /// Writes down that the officer's agency looked at these answers, named by JSON pointer.
  Result<void> record_usage(Transaction& tx, const CaseRow& row, const Officer& officer,
                            const Package& package, const std::vector<std::string>& pointers) const;

  // --- the process (process_link.cpp)
  Result<void> start_process(Transaction& tx, const CaseRow& row, const Package& package,
                             const JsonObject& answers);
  Result<void> before_job(Transaction& tx, const process::InstanceId& instance) override;
  Result<void> on_step(Transaction& tx, const process::Step& step) override;
  Result<void> may_migrate(Transaction& tx, const process::InstanceId& instance,
                           const process::Definition& target) override;
  Result<PackagePtr> package_to_move_to(Transaction& tx, const CaseRow& row,
                                        const process::Definition& target);
  Result<void> move_case(Transaction& tx, CaseRow& row, const Package& package);
  Result<process::ServiceOutcome> payment_step(Transaction& tx, const process::ServiceCall& call);
  Result<process::ServiceOutcome> fetch_step(Transaction& tx, const process::ServiceCall& call);
  Result<void> on_payment(Transaction& tx, const payments::Payment& payment);

  // --- consents and fetching (fetching.cpp)
  Result<void> ask_consents(Transaction& tx, const CaseRow& row, const Package& package) const;
  Result<void> fetch_again(Transaction& tx, const store::Job& job);

  // --- jobs (jobs.cpp)
  void register_jobs(store::Workers& workers);
  Result<void> notify(Transaction& tx, const CaseRow& row, std::string_view what) const;
};

/// What is committed of a history entry, and published: codes and numbers, nothing personal.
JsonObject ledger_content(const CaseRow& row, std::int64_t sequence, std::string_view event,
                          std::string_view state, const std::optional<identity::Act>& act);
/// Of a row of the history.
std::optional<identity::Act> act_of(const store::Row& row);
/// Theirs, or of whom their mandate lets them act for in this service.
bool is_own(const CaseRow& row, const Applicant& applicant);

/// "officer:<id>" and "person:<id>", as the process room writes actors down.
std::string actor_name(OfficerId id);
std::string actor_name(PersonId id);
inline process::InstanceId instance_of(CaseId id) { return {id.value}; }
inline CaseId case_of(const process::InstanceId& id) { return {id.value}; }

/// Answers as FEEL sees them: dates as dates, `today` from the clock.
rules::Context rule_context(const forms::Form& form, const JsonObject& answers, Instant now);

}  // namespace minben::casework
