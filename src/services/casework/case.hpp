#pragma once
// What callers see of applications: people (actors) and views. Plain values, no I/O.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/core.hpp"
#include "forms/forms.hpp"
#include "identity/identity.hpp"

namespace minben::casework {

using DraftId = Id<struct DraftTag>;
using TaskId = Id<struct TaskTag>;
using SupplementId = Id<struct SupplementTag>;
using MessageId = Id<struct MessageTag>;

// ------------------------------------------------------------------------------------ actors

/// Whose matter it is, and who signed in: the same person, or one who acts for them under a
/// mandate. To whom its powers do not reach, there is no such case.
struct Applicant {
  PersonId person;
  identity::Assurance assurance = identity::Assurance::none;  ///< of who signed in
  std::optional<identity::Act> act = {};
  identity::Powers powers = {true, true, {}};
};
/// A session of a person.
Applicant applicant(const identity::Session& session);

/// An officer with agency and roles (identity::role): a `caseworker` reviews, a `consultant` gives
/// opinions, an `approver` confirms refusals, a `team_lead` assigns tasks and sees the agency's
/// figures, a `service_owner` sees the figures of all agencies in the services their agency owns.
using Officer = identity::Officer;

using Actor = std::variant<Applicant, Officer>;

// ------------------------------------------------------------------------------------- state

/// Where an application stands as a whole. The last five are final.
enum class State {
  awaiting_payment,    ///< submitted; nothing is reviewed before the fee has arrived
  in_review,           ///< an agency holds it; the statutory clock runs
  awaiting_applicant,  ///< a supplement was asked for; the statutory clock stands still
  approved,
  refused,
  withdrawn,  ///< by the applicant
  closed,     ///< ended without a decision, e.g. a supplement deadline or the payment lapsed
  expired,    ///< approved once; its outcome document is no longer valid
};
std::string_view to_string(State state);  ///< also the text key "state.<name>"
std::optional<State> parse_state(std::string_view text);
bool is_final(State state);

enum class MarkValue { ok, wrong, unclear };
std::string_view to_string(MarkValue value);
std::optional<MarkValue> parse_mark(std::string_view text);

// ------------------------------------------------------------------------------------ drafts

struct Draft {
  DraftId id;
  ServiceCode service;
  std::string package_digest;  ///< the version it was started with; submit moves on to the newest
  int version = 0;             ///< hand it back when saving; another one means "changed elsewhere"
  JsonObject answers;          ///< property name → value
  std::vector<std::string> pages_done;  ///< ids of pages whose last save had no errors
  Instant started{};
  Instant saved{};
  Instant kept_until{};  ///< then it is deleted
};

struct DraftSummary {
  DraftId id;
  ServiceCode service;
  Instant saved{};
  Instant kept_until{};
};

/// What could be read is kept even when there are problems; `inputs` repeats what was typed, so
/// nothing is lost when the page is shown again.
struct Saved {
  Draft draft;
  forms::Problems problems;  ///< empty: the page is done
  std::vector<forms::Input> inputs;
  std::string next_page;  ///< first visible page that is not complete; "" = go to check answers
};

/// Why the rules of the package gave what they gave: each decision table's rules that fired, in
/// words, as they were when they were applied.
struct Explanation {
  enum class About { eligibility, routing, fee, grounds };
  struct Fact {  ///< an answer, a datum from a register, or the day
    Bilingual name, value;
  };
  struct Test {
    Bilingual what, asked, found;  ///< what the rule looks at, wants to see, and saw
    std::vector<Fact> facts;       ///< from which that follows, when it is computed
  };
  struct Rule {
    Bilingual decision;  ///< whose table it is
    int number = 0;      ///< 1-based row of the decision's table
    std::string code;    ///< what came out: a reason, an agency, an amount, a ground
    Bilingual result;    ///< the same in words
    Bilingual text;      ///< the table's annotations "zh-Hant" and "en"; may be empty
    std::vector<Test> tests;
  };
  About about{};
  Instant at{};
  std::vector<Rule> rules;  ///< none: no rule speaks against it
  Json record;              ///< {"about","at","decision","inputs","evaluation"}: for machines
};
std::string_view to_string(Explanation::About about);

/// What "check answers" shows before submitting.
struct Preview {
  forms::Problems problems;                      ///< must be empty to submit
  std::vector<std::string> eligibility_reasons;  ///< codes; not empty: submit refuses
  std::int64_t fee_twd = 0;
  std::optional<AgencyCode> ministry;  ///< to which the case will be routed; none: no routing
  int statutory_working_days = 0;
  std::optional<Date> expected_by;  ///< if it were paid today
  std::vector<Explanation> why;     ///< of eligibility, routing and fee, as far as there are rules
};

struct Eligibility {
  bool eligible = false;
  std::vector<std::string> reasons;  ///< codes; texts under "eligibility.<code>" of the package
  forms::Problems problems;  ///< the answers themselves are incomplete; reasons are then empty
  std::optional<Explanation> why;  ///< none while there are problems
};

// ------------------------------------------------------------------------------------- cases

/// One line of the gapless history. `sequence` counts 1, 2, 3 … within the case.
struct HistoryEntry {
  int sequence = 0;
  Instant at{};
  /// submitted, paid, step_started, step_done, opinion_given, data_fetched, data_unavailable,
  /// deadline_reminded, deadline_passed, due_moved,
  /// supplement_requested, supplement_reminded, supplement_answered, supplement_cancelled,
  /// supplement_lapsed, field_marked, refusal_proposed, refusal_sent_back, approved, refused,
  /// withdrawn, closed, expired, document_issued, message_sent, moved (to a newer version), retried
  /// and modified (by hand, by the service's owner). Text key "history.<event>".
  std::string event;
  std::optional<AgencyCode> agency;  ///< who did it; none: the applicant or the platform
  bool by_applicant = false;
  std::optional<identity::Act> act;  ///< who acted for the applicant
  std::string actor_name;            ///< theirs; "" when the account was erased
  std::string step;                  ///< id of the process element it concerns, or ""
  Json detail;                       ///< small, no personal data, e.g. {"outcome":"pass"}
};

/// What the history adds up to, step by step, for a timeline with what is still to come. Steps that
/// the case cannot reach any more are left out.
struct TimelineStep {
  std::string step;
  AgencyCode agency;
  enum class Progress { done, current, ahead } progress = Progress::ahead;
  bool perhaps = false;  ///< ahead, but only if something that is not known yet asks for it
  std::optional<Instant> started;
  std::optional<Instant> finished;
  std::optional<Date> due;  ///< last working day allowed for the step
};

/// The statutory period in working days of Taiwan's calendar.
struct ClockView {
  int allowed = 0;          ///< statutory working days of the service
  int used = 0;             ///< complete working days counted so far
  bool stopped = false;     ///< the applicant owes an answer or the fee, or the case is final
  std::optional<Date> due;  ///< last day in time if the clock runs on from now; none when stopped
  bool overdue = false;
};

struct SupplementField {
  std::string field;  ///< JSON pointer of the answer ("/passport_copy")
  std::string note;   ///< the officer's remark about this field
};

struct SupplementView {
  SupplementId id;
  CaseId case_id;
  AgencyCode agency;   ///< who asks
  std::string reason;  ///< code; text "supplement.<code>"
  std::string text;    ///< the officer's own words; may be empty
  std::vector<SupplementField> fields;
  Instant requested{};
  Date due{};
  enum class Status { open, answered, lapsed, cancelled } status = Status::open;
  std::optional<Instant> answered;
  Json old_values;  ///< pointer → value before; set once answered
};

struct DecisionView {
  bool approved = false;
  bool deemed = false;  ///< nobody decided in time; [deadline] of the package says what that means
  AgencyCode agency;
  std::vector<std::string> grounds;  ///< codes; texts "refusal.<code>" with their legal basis
  std::string text;                  ///< the officer's own words
  Instant decided{};
  std::optional<Date> appeal_until;  ///< refusals: last day for an administrative appeal (訴願)
};

/// A file of the case: uploaded by the applicant, or issued by an agency.
struct CaseDocument {
  std::string id;     ///< documents::DocumentId in text
  std::string field;  ///< JSON pointer of the answer it belongs to; "" when issued
  std::string kind;   ///< of an issued document: name of documents/<kind>.toml; else ""
  std::optional<Date> valid_until;  ///< of an issued document
};

struct Fee {
  std::int64_t amount_twd = 0;
  std::string payment_id;  ///< payments' id in text; "" when nothing is to be paid
  bool paid = false;
  std::optional<Date> pay_until;
};

struct CaseSummary {
  CaseId id;
  std::string number;  ///< 12 digits, the last one a check digit (ISO/IEC 7064, MOD 11,10)
  ServiceCode service;
  State state{};
  std::vector<AgencyCode> held_by;  ///< empty: the applicant's turn, or final
  Instant submitted{};
  std::optional<Date> due;
  int unread_messages = 0;  ///< for whoever asks
};

/// Everything the applicant may see.
struct CaseView {
  CaseSummary summary;
  std::string package_digest;  ///< Packages::by_digest gives forms and texts of that version
  int version = 0;             ///< grows with each change
  JsonObject answers;
  std::optional<AgencyCode> ministry;
  Fee fee;
  ClockView clock;
  std::vector<TimelineStep> timeline;
  std::vector<HistoryEntry> history;
  std::vector<std::string> active_elements;  ///< BPMN ids where the case stands now
  std::vector<std::string> passed_elements;  ///< BPMN ids it went through, in order
  std::optional<SupplementView> supplement;  ///< the open one
  std::optional<DecisionView> decision;      ///< confirmed only
  std::vector<CaseDocument> documents;
  std::vector<std::string> consents_wanted;  ///< mydata request ids in text that wait for an answer
};

struct Message {
  MessageId id;
  Instant at{};
  bool from_applicant = false;
  AgencyCode agency;  ///< the sending or the addressed agency
  std::string text;
  bool read = false;  ///< by the other side
};

// ----------------------------------------------------------------------------- officers' side

/// A piece of work for an agency. `confirmation` is the second pair of eyes on a refusal.
enum class TaskKind { review, opinion, confirmation };
std::string_view to_string(TaskKind kind);
std::optional<TaskKind> parse_task_kind(std::string_view text);

struct TaskRow {
  TaskId id;
  int version = 0;  ///< hand it back with claim, decide …; another one means somebody was faster
  TaskKind kind{};
  CaseId case_id;
  std::string number;
  ServiceCode service;
  std::string step;
  AgencyCode agency;
  Instant created{};
  Date due{};
  bool overdue = false;
  bool waiting_for_applicant = false;
  std::optional<Instant> reminded;   ///< its last day is near, as the package understands it
  std::optional<Instant> escalated;  ///< its last day passed, and the package tells team leads
  std::optional<OfficerId> claimed_by;
  JsonObject choices;  ///< pointer → value of the answers by which the package lets officers filter
};

struct QueueFilter {
  std::optional<ServiceCode> service = {};
  std::optional<std::string> step = {};
  enum class Claim { any, mine, nobody, others } claim = Claim::any;
  bool overdue_only = false;
  bool urgent_only = false;                         ///< reminded, escalated or overdue
  bool hide_waiting = false;                        ///< leave out those that wait for the applicant
  std::optional<Date> due_before = {};              ///< due earlier than that day
  std::optional<std::string> role = {};             ///< tasks for that role only
  std::map<std::string, std::string> choices = {};  ///< pointer of Package::queue_filters → value
  int offset = 0;
  int limit = 50;  ///< 1..200
};

struct Queue {
  std::vector<TaskRow> tasks;  ///< earliest due date first
  int total = 0;               ///< without offset and limit
};

/// Tasks of the officer's agency that are near or past their last day, by who should act.
struct Urgent {
  int mine = 0;
  int unclaimed = 0;
  int escalated = 0;  ///< of all; only for team leads
};

struct FieldMark {
  std::string field;  ///< JSON pointer of the answer
  MarkValue value{};
  std::string note;
  OfficerId by;
  AgencyCode agency;  ///< of that officer; agencies mark apart from each other
  Instant at{};
};

struct Opinion {
  AgencyCode agency;
  std::string step;
  std::string outcome;
  std::string text;
  Instant at{};
  bool deemed = false;  ///< nobody answered in time; the package takes the outcome as given
};

/// Data that an agency fetched from a register under the applicant's consent.
struct FetchedData {
  std::string item;  ///< name in data.toml
  AgencyCode from;
  enum class Status { fetched, no_consent, unavailable } status{};
  Json values;  ///< field → value; null unless fetched
  std::optional<Instant> at;
};

struct ProposedRefusal {
  OfficerId by;
  std::vector<std::string> grounds;
  std::string text;
  Instant at{};
};

/// Everything an officer of an agency that takes part in the case may see.
struct OfficerCaseView {
  CaseView view;
  PersonId person;
  std::optional<TaskRow> task;  ///< the open task of the officer's agency
  std::vector<FieldMark> marks;
  std::vector<Opinion> opinions;
  std::vector<FetchedData> data;
  std::vector<SupplementView> supplements;  ///< all, oldest first, with old values
  std::optional<ProposedRefusal> proposed;  ///< waits for the second pair of eyes
  bool may_confirm = false;                 ///< this officer may be that second pair
  /// Which refusal grounds the rules find today; none when the package has no such rules, or the
  /// case is over.
  std::optional<Explanation> grounds;
};

struct SupplementRequest {
  std::string reason;  ///< code from the package
  std::string text;
  std::vector<SupplementField> fields;  ///< at least one
  int working_days = 0;                 ///< 0: the package's number; at most the package's maximum
};

struct Decision {
  std::string outcome;               ///< one of the step's outcomes in service.toml
  std::vector<std::string> grounds;  ///< refusing: at least one code of the package; else empty
  std::string text;                  ///< refusing: required; shown to the applicant
};

/// Figures of one agency and step.
struct StepFigures {
  ServiceCode service;
  AgencyCode agency;
  std::string step;
  int open = 0;
  int unclaimed = 0;
  int overdue = 0;
  int waiting_for_applicant = 0;
  int finished = 0;                ///< in the last 90 days
  double median_working_days = 0;  ///< of those, from start to end without stopped time
  double median_stopped_days = 0;  ///< of those, working days in which the clock stood still
};

}  // namespace minben::casework
