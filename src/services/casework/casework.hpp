#pragma once
// Applications from the first question to the decision: drafts, submission, tasks, supplements,
// decisions, deadlines, messages, figures.
//
// Every function checks its actor and answers not_found for what the actor may not know of. Every
// change is one transaction: state, history row, outbox event (topic "case", key = case id, payload
// {"case","number","service","state","event","sequence"}), ledger commitment, jobs. Thread-safe.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "casework/calendar.hpp"
#include "casework/case.hpp"
#include "casework/package.hpp"
#include "core/core.hpp"
#include "store/store.hpp"

namespace minben::process {
class Processes;
class Batches;
class Observer;
}  // namespace minben::process

namespace minben::ledger {
class Commitments;
class Logs;
}  // namespace minben::ledger
namespace minben::mydata {
class MyData;
}
namespace minben::payments {
class Payments;
}

namespace minben::casework {

/// What casework is built on; all outlive it.
struct Parts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  identity::Identity& identity;
  ledger::Commitments& commitments;
  mydata::MyData& mydata;
  payments::Payments& payments;
  documents::Documents& documents;
  Packages& packages;
  const Calendar& calendar;
  const ledger::Logs* logs = nullptr;  ///< for receipts of history entries; none: "no_log"
};

struct Config {
  std::string portal_url;  ///< "http://localhost:8080", for links in mails
};

class Casework {
 public:
  Casework(const Parts& parts, Config config);
  ~Casework();

  [[nodiscard]] const Packages& packages() const;
  [[nodiscard]] const Calendar& calendar() const;
  /// The engine under the services' processes; agencies run models of their own on it, too. What
  /// belongs to a case is commanded through casework only.
  process::Processes& processes();
  /// Is told the steps of processes that are no service's. Before work_in(); outlives this.
  void observe_others(process::Observer& observer);
  process::Batches& batches();  ///< operations on many of its instances
  /// Jobs of this room (reminders, lapses, expiry, fetching, mails), before workers.start().
  void work_in(store::Workers& workers, identity::Mailer mailer);
  /// Counts the last days of all open cases anew, by a job, if the calendar is not the one by which
  /// they were counted; work_in() does so, too.
  Result<void> follow_calendar();

  // --- anybody -----------------------------------------------------------------------------

  /// Before sign-in; nothing is stored. not_found "unknown_service".
  Result<Eligibility> check_eligibility(const ServiceCode& service,
                                        const JsonObject& answers) const;

  // --- applicants: drafts ------------------------------------------------------------------
  // All need the service's assurance level (unauthorised "assurance_too_low") unless said
  // otherwise.

  /// `answers` of the eligibility form that the application form also asks for are taken over. A
  /// person has at most 20 drafts (too_many "too_many_drafts").
  Result<Draft> start_draft(const Applicant& applicant, const ServiceCode& service,
                            const JsonObject& answers = {});
  Result<std::vector<DraftSummary>> drafts(const Applicant& applicant);  ///< any assurance
  Result<Draft> draft(const Applicant& applicant, DraftId id);
  /// Decodes, merges and stores one page's inputs as the browser sent them; problems do not hinder
  /// keeping what could be read. conflict "draft_changed" when `version` is not the stored one.
  /// File fields hold the id of a document the applicant uploaded before
  /// (documents::Documents::add, purpose = property name). not_found "unknown_page".
  Result<Saved> save_page(const Applicant& applicant, DraftId id, int version,
                          std::string_view page, std::span<const forms::Input> inputs);
  Result<void> discard_draft(const Applicant& applicant, DraftId id);
  Result<Preview> check_answers(const Applicant& applicant, DraftId id);

  /// Turns the draft into a case: numbers, routes, prices and pins it to the newest package version
  /// (if the answers do not fit that version: invalid "answers_incomplete", field = pointer).
  /// `token` is chosen by the client per intention to submit (1..64 characters): the same person
  /// and token give the same case again, and so does a draft that was submitted before. Further
  /// codes: conflict draft_changed, invalid "not_eligible", "declaration_missing"; conflict
  /// "case_open" when the person has an open case of the service.
  Result<CaseSummary> submit(const Applicant& applicant, DraftId id, int version,
                             std::string_view token, bool declared);

  // --- applicants: cases -------------------------------------------------------------------
  // Seeing needs any assurance; changing needs the service's.

  Result<std::vector<CaseSummary>> my_cases(const Applicant& applicant);  ///< newest first
  Result<CaseView> my_case(const Applicant& applicant, CaseId id);
  /// Which rules fired with which values when the application was submitted, and when it was
  /// refused; oldest first. Empty for a case from before such records were kept.
  Result<std::vector<Explanation>> why(const Applicant& applicant, CaseId id);
  /// The ledger's receipt of one line of the history: proves what happened, and when. not_found
  /// "entry_not_found"; unavailable "not_yet_sequenced" (a second later it is).
  Result<std::string> history_receipt(const Applicant& applicant, CaseId id, int sequence);
  /// Grants or refuses one of CaseView::consents_wanted (mydata's ConsentId as text), and lets a
  /// waiting fetch go on. Codes of MyData::grant. Withdrawing later is MyData::withdraw.
  Result<void> answer_consent(const Applicant& applicant, CaseId id, std::string_view consent,
                              bool grant);
  /// `values`: an object with the marked properties only (others: invalid "not_asked_for"); each
  /// asked one must be there ("missing_answer"). Twice the same answer: no error. conflict
  /// "supplement_not_open".
  Result<void> answer_supplement(const Applicant& applicant, CaseId id, SupplementId supplement,
                                 const JsonObject& values);
  /// Until the case is final. conflict "case_is_final". Paid fees stay paid.
  Result<void> withdraw(const Applicant& applicant, CaseId id, std::string_view reason);

  // --- both sides --------------------------------------------------------------------------

  /// For guards of routes: is the actor the applicant, or of an agency that takes part (has or had
  /// a task in the case)? not_found "case_not_found" otherwise.
  Result<void> may_see(const Actor& actor, CaseId id);

  /// Text of 1..4000 characters. An applicant writes to an agency of the case (nil code: the one
  /// that holds it); an officer writes as their agency, which must take part.
  Result<MessageId> send_message(const Actor& actor, CaseId id, const AgencyCode& agency,
                                 std::string_view text);
  /// Oldest first. An officer sees those of their agency. Reading marks the other side's as read.
  Result<std::vector<Message>> messages(const Actor& actor, CaseId id);
  /// The clear bytes of a file of the case; for officers recorded as a usage.
  Result<std::string> document_content(const Actor& actor, CaseId id, std::string_view document_id);

  // --- officers: tasks ---------------------------------------------------------------------

  /// Open tasks of the officer's agency that one of their roles may do.
  Result<Queue> queue(const Officer& officer, const QueueFilter& filter);
  /// How many of them are near or past their last day; not those that wait for the applicant.
  Result<Urgent> urgent(const Officer& officer);
  /// conflict "task_changed" when `version` is not the stored one, "task_claimed" when a colleague
  /// holds it. A confirmation cannot be claimed by who proposed the refusal ("own_proposal").
  Result<TaskRow> claim(const Officer& officer, TaskId task, int version);
  Result<TaskRow> release(const Officer& officer, TaskId task, int version);  ///< own; leads: any
  /// By a team_lead, to an officer of the same agency with a fitting role.
  Result<TaskRow> assign(const Officer& officer, TaskId task, int version, const Officer& to);

  /// Recorded as a usage of the person's data, with the case as its purpose, in the same
  /// transaction.
  Result<OfficerCaseView> open_case(const Officer& officer, CaseId id);
  Result<CaseId> find_by_number(const Officer& officer, std::string_view number);  ///< "bad_number"
  /// Exact, after normalising case, width and spaces; at most 50, newest first.
  Result<std::vector<CaseSummary>> find_by_name(const Officer& officer, std::string_view name);

  /// The task must be claimed by the officer. A second mark of a field replaces the first; history
  /// keeps that it was changed. `field` is a JSON pointer of an answer that the case has.
  Result<void> mark(const Officer& officer, TaskId task, std::string_view field, MarkValue value,
                    std::string_view note);
  /// Review tasks claimed by the officer. Stops the statutory clock. conflict "supplement_open".
  Result<SupplementId> request_supplement(const Officer& officer, TaskId task, int version,
                                          const SupplementRequest& request);
  /// Takes back an open request; the clock runs on.
  Result<void> cancel_supplement(const Officer& officer, TaskId task, SupplementId supplement);
  /// Completes the task (reviews, opinions). A refusing outcome becomes a proposal: the task waits
  /// and a confirmation task appears for approvers. conflict task_changed, "supplement_open",
  /// "refusal_proposed"; invalid "unknown_outcome", "grounds_missing", "unknown_ground",
  /// "text_missing".
  Result<void> decide(const Officer& officer, TaskId task, int version, const Decision& decision);
  /// The second pair of eyes: role approver of the same agency and not the proposer (forbidden
  /// "own_proposal"). `agree` false sends the case back to the reviewer with the note.
  Result<void> confirm_refusal(const Officer& officer, TaskId task, int version, bool agree,
                               std::string_view note);

  /// By agency and step: team_lead sees the own agency's, service_owner all of the owned services.
  Result<std::vector<StepFigures>> figures(const Officer& officer);

  struct Impl;

 private:
  friend class Operations;  // operations.hpp: what owners of a service do by hand
  std::unique_ptr<Impl> impl_;
};

/// Twelve digits: year of the Republic (3), serial (8), check digit (ISO/IEC 7064 MOD 11,10).
bool is_application_number(std::string_view number);

/// Of this room; after those of the rooms it uses.
std::span<const store::Migration> migrations();
/// Of all that this room uses and its own, in the order to run them.
std::vector<store::Migration> all_migrations();

}  // namespace minben::casework
