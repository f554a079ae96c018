#pragma once
// The deterministic core: (Definition, State, Command, now) → State' + effects. No clock, no
// database, no randomness: the same commands at the same instants give the same state, which is
// what replay checks. Semantics are those of BPMN 2.0.2 chapter 13.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/core.hpp"
#include "process/definition.hpp"

namespace minben::process {

/// Numbers within one instance, given out from 1 and never again.
using Number = std::int64_t;

enum class Status : std::uint8_t {
  running,
  suspended,   ///< takes no command but resume and cancel; timers and messages wait
  completed,   ///< every token reached an end
  terminated,  ///< a terminate end event, or an error that nobody caught
  cancelled,   ///< withdrawn from outside
};
std::string_view to_string(Status status);
Result<Status> parse_status(std::string_view text);

/// Why a token stands still.
enum class Waiting : std::uint8_t {
  nothing,       ///< moves in this step
  user,          ///< an open user task
  service,       ///< a service or send task handed to a worker
  decision,      ///< a business rule handed to the decision port
  event,         ///< catch event, receive task, event-based gateway
  join,          ///< parallel, inclusive or complex gateway, or start quantity not yet reached
  children,      ///< subprocess, call activity, loop: its inside is running
  compensation,  ///< a compensation that was asked to wait
  ad_hoc,        ///< ready inside a sequential ad hoc subprocess
  leaving,       ///< done, but no way out was found (incident)
};
std::string_view to_string(Waiting waiting);

struct Incident {
  std::string
      code;  ///< "no_flow_chosen", "expression_failed", "service_failed", "uncaught_error" …
  std::string detail;  ///< English, no personal data
  Instant at{};
};

/// One path through the process. A token that waits is also the activity instance: its number
/// names the user task, the service call and so on.
struct Token {
  Number id = 0;
  int node = -1;
  Number scope = 0;
  Waiting waiting = Waiting::nothing;
  int via = -1;  ///< flow it came by; -1 none
  Instant since{};
  Number inside = 0;  ///< the scope it waits for, when waiting == children or a loop body
  int iteration = 0;  ///< of a standard loop, or index in a multi-instance
  Number loop = 0;    ///< scope of the loop this is one instance of; 0 none
  std::optional<Incident> incident;
};

/// A completed activity that could be compensated, in order of completion.
struct Compensable {
  Number scope = 0;  ///< where it ran
  int node = -1;
  JsonObject variables;  ///< snapshot of the inside of a subprocess
  std::vector<Compensable> inside;
};

/// Where variables live and tokens run: the process, a subprocess, a called process, a loop.
struct Scope {
  Number id = 0;
  Number parent = 0;  ///< 0: none
  Number token = 0;   ///< the token outside that waits for this scope; 0 for the process
  int process = -1;   ///< set for the process and called processes
  int node = -1;      ///< set for containers, and for loops the looped activity
  enum class Kind : std::uint8_t {
    process,
    container,
    called,
    loop,
    event_subprocess,
    instance,
    compensation
  };
  Kind kind = Kind::process;
  JsonObject variables;  ///< no personal data in clear
  // loops
  std::int64_t total = 0;  ///< instances planned
  std::int64_t started = 0;
  std::int64_t finished = 0;
  JsonArray items;    ///< of a collection
  JsonArray outputs;  ///< of minben:outputElement, by instance
  /// Complex gateways that wait for their reset, with the incoming flows already used.
  std::map<int, std::vector<int>> resets;
  std::vector<Compensable>
      queue;  ///< of a compensation: what is still to be undone, next one first
};

/// What the instance listens for.
struct Subscription {
  Number id = 0;
  Number token = 0;  ///< the waiting token; 0 for boundary events of a scope and event subprocesses
  Number scope = 0;  ///< the scope in which the event's handler would run
  int node = -1;     ///< the event
  int event = 0;     ///< index in node.events
  EventKind kind = EventKind::message;
  std::string name;
  std::string key;             ///< messages: correlation key, "" = any within this instance
  std::optional<Instant> due;  ///< timers; not for working days: those are fixed by the calendar
  std::int64_t repeats = 0;    ///< timers: further firings; -1 endless
  bool missed = false;         ///< became due while suspended
};

/// Everything about an instance. Comparable and serialisable; written as jsonb.
struct State {
  Status status = Status::running;
  Number steps = 0;    ///< commands applied
  Number entries = 0;  ///< history entries written
  Number next = 1;     ///< next number to give out
  std::string business_key;
  std::vector<Token> tokens;
  std::vector<Scope> scopes;
  std::vector<Subscription> subscriptions;
  std::vector<Compensable> compensables;
  [[nodiscard]] const Token* token(Number id) const;
  [[nodiscard]] const Scope* scope(Number id) const;
  /// Of the process itself, for callers and pages.
  [[nodiscard]] const JsonObject& variables() const;
};
/// All variables that a token in `scope` sees; the inner ones hide the outer ones.
JsonObject visible_variables(const State& state, Number scope);
Json to_json(const Definition& definition, const State& state);
Result<State> state_from_json(const Definition& definition, const Json& json);

// --------------------------------------------------------------------------------- commands

struct StartInstance {
  std::string process;      ///< process id; "" = the main one
  std::string start_event;  ///< "" = the none start event
  std::string business_key;
  JsonObject variables;
};
struct CompleteUserTask {
  Number task = 0;
  JsonObject variables;
};
struct CompleteService {
  Number call = 0;
  JsonObject variables;  ///< the outcome
};
struct FailService {  ///< tries are used up: an incident
  Number call = 0;
  std::string code;
  std::string detail;
};
struct ThrowError {  ///< a BPMN error raised by the worker of a task
  Number token = 0;
  std::string code;
  JsonObject variables;
};
struct ThrowEscalation {
  Number token = 0;
  std::string code;
  JsonObject variables;
};
struct DecisionMade {
  Number token = 0;
  Json value;
};
struct DecisionFailed {
  Number token = 0;
  std::string code;
  std::string detail;
};
struct FireTimer {
  Number subscription = 0;
};
struct DeliverMessage {
  std::string name;
  std::string key;  ///< "" matches any
  JsonObject variables;
};
struct DeliverSignal {
  std::string name;
  JsonObject variables;
};
struct SetVariables {  ///< also wakes conditional events
  JsonObject variables;
};
struct Retry {  ///< of a token with an incident
  Number token = 0;
};
struct Suspend {};
struct Resume {};
struct Cancel {        ///< withdrawal: everything stops, no compensation
  std::string reason;  ///< code
};
/// Operators move a stuck case: the tokens named are removed, new ones start before the nodes.
struct Modify {
  std::vector<Number> remove;
  std::vector<std::string> start_before;
};

/// Element ids of the old model → ids of the new one; what is not named keeps its id.
using Renames = std::map<std::string, std::string, std::less<>>;
/// Recorded when the state has been moved to another version by transfer(); changes nothing itself.
struct Migrate {
  std::string digest;  ///< of the new model
  Renames renames;
};

using Command =
    std::variant<StartInstance, CompleteUserTask, CompleteService, FailService, ThrowError,
                 ThrowEscalation, DecisionMade, DecisionFailed, FireTimer, DeliverMessage,
                 DeliverSignal, SetVariables, Retry, Suspend, Resume, Cancel, Modify, Migrate>;
std::string_view name_of(const Command& command);
Json to_json(const Command& command);
Result<Command> command_from_json(const Json& json);

/// The same state under another version of its model. Errors, all of them, when an element that it
/// stands at is gone ("element_gone"), of another kind ("element_changed"), at another level
/// ("element_moved"), or waits differently ("event_changed", "flow_gone").
std::expected<State, Errors> transfer(const Definition& from, const Definition& to, State state,
                                      const Renames& renames = {});

// ---------------------------------------------------------------------------------- effects

struct OpenUserTask {
  Number task = 0;
  int node = -1;
  JsonObject input;  ///< of minben:input
};
struct CloseUserTask {
  Number task = 0;
  int node = -1;
  bool completed = false;  ///< false: taken away by an event or a cancellation
};
struct RunService {
  Number call = 0;
  int node = -1;
  std::string topic;
  JsonObject input;
};
struct StopService {
  Number call = 0;
};
struct Decide {
  Number token = 0;
  int node = -1;
  std::string decision;
  JsonObject input;
};
struct ArmTimer {
  Number subscription = 0;
  int node = -1;
  std::optional<Instant> due;  ///< not set: `working_days` of `agency` from now
  int working_days = 0;
  AgencyCode agency;
};
struct CancelTimer {
  Number subscription = 0;
};
struct AwaitMessage {
  Number subscription = 0;
  std::string name;
  std::string key;
};
struct AwaitSignal {
  Number subscription = 0;
  std::string name;
};
struct StopAwaiting {  ///< message or signal
  Number subscription = 0;
};
struct SendMessage {
  std::string name;
  std::string key;
  int node = -1;
  JsonObject variables;
};
struct BroadcastSignal {  ///< to other instances; this one has heard it already
  std::string name;
  int node = -1;
  JsonObject variables;
};
struct RaiseIncident {
  Number token = 0;
  int node = -1;
  Incident incident;
};
struct ClearIncident {
  Number token = 0;
};
struct Ended {
  Status status = Status::completed;
  std::string error;  ///< code of an error that nobody caught, or the reason of a cancellation
};

using Effect = std::variant<OpenUserTask, CloseUserTask, RunService, StopService, Decide, ArmTimer,
                            CancelTimer, AwaitMessage, AwaitSignal, StopAwaiting, SendMessage,
                            BroadcastSignal, RaiseIncident, ClearIncident, Ended>;

// ---------------------------------------------------------------------------------- history

/// What happened, in order, without gaps. `what` is a stable code: "started", "entered", "left",
/// "flow", "task_opened", "task_completed", "timer_fired", "message_caught", "error_thrown",
/// "incident", "ended" …
struct HistoryEntry {
  Number number = 0;  ///< from 1 within the instance
  Instant at{};
  std::string what;
  std::string element;  ///< BPMN id, or ""
  Number token = 0;
  std::string detail;  ///< code or name; no personal data
};
Json to_json(const HistoryEntry& entry);
Result<HistoryEntry> history_entry_from_json(const Json& json);

struct StepResult {
  State state;
  std::vector<Effect> effects;
  std::vector<HistoryEntry> history;
};

struct EngineLimits {
  int max_moves = 20'000;          ///< per command; more: incident "endless_loop"
  std::int64_t max_loop = 10'000;  ///< instances of a multi-instance, rounds of a loop
  std::size_t max_tokens = 50'000;
};

/// Errors leave `state` meaningless for the caller, who keeps the old one: conflict
/// "task_not_open", "not_running", "already_ended" …; not_found "no_such_element"; invalid
/// "no_none_start". A failing expression or a gateway without a way out is no error but an incident
/// in the state.
Result<StepResult> apply(const Definition& definition, State state, const Command& command,
                         Instant now, const EngineLimits& limits = {});

// ---------------------------------------------------------------------------------- outlook

/// What an outlook takes for granted.
struct Foresight {
  /// Variables of the process that nothing will change any more. A condition that reads no others
  /// is decided now; of the others each way stays open.
  std::set<std::string, std::less<>> settled;
  /// End events that cut the regular course short, e.g. a refusal. A step is not in doubt only
  /// because the case may end there before.
  std::set<std::string, std::less<>> early_ends;
};
/// Nodes that tokens can still enter, by id.
struct Outlook {
  std::set<std::string, std::less<>> certain;   ///< on every way to a regular end
  std::set<std::string, std::less<>> possible;  ///< on some
};
/// Where the instance can still come from where it stands. Events that may interrupt, and what is
/// called, count as possible.
Outlook outlook(const Definition& definition, const State& state, const Foresight& foresight,
                Instant now);

}  // namespace minben::process
