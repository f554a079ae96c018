#pragma once
// Processes that survive: definitions by version, instances, user tasks, timers, service calls and
// messages in PostgreSQL, advanced inside the caller's transaction.
//
// One command to an instance is one step: new state, one row of history, tasks, timers and jobs,
// all in the store::Transaction that is handed in. The instance's row is locked first, so of two
// officers at once one succeeds and the other gets `conflict` ("task_not_open"). Kill anywhere: a
// step is either whole or not there.
//
// No personal data in clear: variables, message contents and history are stored readably. Put there
// codes, amounts, dates and ids; names, numbers of documents and the like belong to the caller's
// sealed records.
//
// All members are thread-safe; a Transaction belongs to one thread.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/core.hpp"
#include "process/definition.hpp"
#include "process/engine.hpp"
#include "store/store.hpp"

namespace minben::process {

/// The caller chooses it; casework takes the case's id, so that both lie on one shard.
using InstanceId = Id<struct InstanceTag>;

/// A user task or service call: number `number` of an instance. Text form "<uuid>.<number>".
struct TaskId {
  InstanceId instance;
  Number number = 0;
  static Result<TaskId> parse(std::string_view text);
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};
std::string to_string(const TaskId& id);

struct Deployment {
  std::string key;     ///< the service's code; "<area>/<code>" for those who bring their own models
  int version = 0;     ///< 1, 2, … per key
  std::string digest;  ///< SHA-256 of the XML, hex: what instances refer to
  Instant at{};
  friend bool operator==(const Deployment&, const Deployment&) = default;
};

struct Instance {
  InstanceId id;
  std::string key;
  int version = 0;
  std::string digest;
  State state;
  Instant started{};
  std::optional<Instant> ended;
};

struct UserTask {
  TaskId id;
  std::string key;  ///< of the process
  std::string element;
  Bilingual name;
  AgencyCode agency;
  std::string role;
  std::string form;
  bool four_eyes = false;
  int deadline_days = 0;
  Instant opened{};
  std::optional<Instant> due;
  std::string assignee;  ///< actor, or ""
  JsonObject input;      ///< of minben:input
  std::string business_key;
};

struct TaskFilter {
  std::string key{};   ///< "": any process
  std::string area{};  ///< only keys "<area>/…"; "": all
  std::optional<AgencyCode> agency{};
  std::vector<std::string> roles{};  ///< any of these; empty: all
  std::string assignee{};            ///< "" : all
  bool unassigned = false;
  std::optional<Instant> due_before{};
  int limit = 50;  ///< 1 … 500
  int offset = 0;
};

/// What a search finds: an instance without its state.
struct InstanceLine {
  InstanceId id;
  std::string key;
  int version = 0;
  Status status = Status::running;
  std::string business_key;
  int incidents = 0;
  Instant started{};
  std::optional<Instant> ended;
};

struct InstanceFilter {
  std::string key;  ///< of the process
  std::optional<Status> status{};
  std::string business_key{};  ///< "": any
  bool with_incidents = false;
  std::optional<Instant> started_before{};  ///< with `before`: the last line of the page before
  InstanceId before{};
  int limit = 50;  ///< 1 … 500
};

/// A token that is stuck, for operators; Retry{token} goes on.
struct IncidentLine {
  InstanceId instance;
  std::string key;
  std::string business_key;
  std::string element;
  Number token = 0;
  Incident incident;
  DefinitionPtr definition;  ///< the model that it runs
};

/// Where tokens stand, for the diagram.
struct Position {
  std::string element;
  int tokens = 0;
  Waiting waiting = Waiting::nothing;
  Instant since{};
  std::optional<Incident> incident;
};

/// A line of the plain list that stands in for the diagram.
struct StepLine {
  enum class State { done, active, ahead, skipped };
  std::string element;
  NodeKind kind = NodeKind::task;
  Bilingual name;
  AgencyCode agency;
  State state = State::ahead;
  int times = 0;  ///< how often it was finished
  std::optional<Instant> entered;
  std::optional<Instant> left;
};

/// One step as it happened: what observers get.
struct Step {
  InstanceId instance;
  std::string key;
  Number number = 0;
  Instant at{};
  std::string actor;  ///< "officer:<id>", "person:<id>" or a part of the system
  DefinitionPtr definition;
  std::shared_ptr<const State> state;  ///< after it
  std::vector<Effect> effects;
  std::vector<HistoryEntry> history;
  std::vector<UserTask> opened;  ///< user tasks opened by it, with their due dates
};

/// A service task that waits for a worker.
struct ServiceCall {
  TaskId id;
  std::string topic;
  std::string key;  ///< of the process
  std::string element;
  std::string business_key;
  std::string idempotency_key;  ///< the same at every try: hand it to the outside part
  JsonObject input;             ///< of minben:input
  JsonObject variables;         ///< as seen from the task
  int attempt = 1;
};
struct ServiceDone {
  JsonObject variables;
};
struct ServiceError {  ///< a BPMN error: goes to the boundary event of that code
  std::string code;
  JsonObject variables;
};
struct ServiceLater {};  ///< complete_service() comes from elsewhere
using ServiceOutcome = std::variant<ServiceDone, ServiceError, ServiceLater>;
/// Runs outside the instance's lock, in the transaction that then advances the instance. An Error
/// is tried again with growing pauses; after `service_attempts` it becomes an incident. A call is
/// made at least once: again after a retry, and after a suspension, always under the same key.
using ServiceHandler =
    std::function<Result<ServiceOutcome>(store::Transaction&, const ServiceCall&)>;

/// Decisions of business rule tasks. Its answer is recorded, so replay does not ask again.
class DecisionPort {
 public:
  virtual ~DecisionPort() = default;
  virtual Result<Json> decide(const Definition& definition, std::string_view decision,
                              const JsonObject& input, Instant now) const = 0;
};

/// Working days of an agency.
class Calendar {
 public:
  virtual ~Calendar() = default;
  /// The end of the last of `days` working days counted from the day after `from`.
  [[nodiscard]] virtual Instant after_working_days(const AgencyCode& agency, Instant from,
                                                   int days) const = 0;
};

/// Called for every step, whoever caused it (officer, timer, worker), in its transaction, after the
/// tables are written. An error undoes the step. It may not command the same instance; enqueue a
/// job.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Before a job (timer, service, message, signal) locks the instance: the place for locks of the
  /// observer's own that commands from people take before the instance's, too.
  virtual Result<void> before_job(store::Transaction&, const InstanceId&) { return {}; }
  virtual Result<void> on_step(store::Transaction& transaction, const Step& step) = 0;
  /// What stands against moving an instance to another version, beside the model itself. The step
  /// of a migration is told to on_step() like any other, with the new definition.
  virtual Result<void> may_migrate(store::Transaction&, const InstanceId&, const Definition&) {
    return {};
  }
};

struct Ports {
  const DecisionPort* decisions = nullptr;  ///< none: business rule tasks become incidents
  const Calendar* calendar = nullptr;       ///< none: Monday to Friday, Taiwan midnight
  Observer* observer = nullptr;
  Random* random = nullptr;  ///< ids of instances that an event starts; none: the system's
};

struct ProcessesConfig {
  EngineLimits limits;
  int service_attempts = 8;
};

struct NewInstance {
  InstanceId id;
  std::string key;           ///< the latest version of this key …
  std::string digest;        ///< … or exactly this one
  std::string process;       ///< "" = the main process
  std::string start_event;   ///< "" = the none start event
  std::string business_key;  ///< "114000000001"; what messages without minben:key correlate by
  JsonObject variables;
};

struct ReplayReport {
  bool equal = false;
  Number steps = 0;
  Number entries = 0;
  std::string difference;  ///< first path that differs, or which number is missing
};

class Processes {
 public:
  Processes(const Clock& clock, Ports ports, ProcessesConfig config = {});
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // ---- definitions
  /// The same XML again is the same deployment. Old versions keep running.
  Result<Deployment> deploy(store::Transaction& transaction, std::string_view key,
                            const DefinitionPtr& definition);
  Result<Deployment> latest(store::Transaction& transaction, std::string_view key);
  Result<std::vector<Deployment>> deployments(store::Transaction& transaction,
                                              std::string_view key);
  Result<DefinitionPtr> definition(store::Transaction& transaction, std::string_view digest);

  // ---- commands; each is one step (or a few, when decisions are asked)
  Result<Step> start(store::Transaction& transaction, const NewInstance& instance,
                     std::string_view actor);
  Result<Step> complete_task(store::Transaction& transaction, const TaskId& task,
                             const JsonObject& variables, std::string_view actor);
  /// A worker's tries are used up: an incident. Of a call that is not open: conflict
  /// "call_not_open".
  Result<Step> fail_service(store::Transaction& transaction, const TaskId& call,
                            std::string_view code, std::string_view detail, std::string_view actor);
  /// A BPMN error: to the boundary event of that code.
  Result<Step> throw_error(store::Transaction& transaction, const TaskId& call,
                           std::string_view code, const JsonObject& variables,
                           std::string_view actor);
  Result<Step> complete_service(store::Transaction& transaction, const TaskId& call,
                                const JsonObject& variables, std::string_view actor);
  /// Any command of engine.hpp.
  Result<Step> command(store::Transaction& transaction, const InstanceId& instance,
                       const Command& command, std::string_view actor);
  Result<Step> suspend(store::Transaction& transaction, const InstanceId& instance,
                       std::string_view actor);
  Result<Step> resume(store::Transaction& transaction, const InstanceId& instance,
                      std::string_view actor);
  /// Withdrawal, from wherever it stands.
  Result<Step> cancel(store::Transaction& transaction, const InstanceId& instance,
                      std::string_view reason, std::string_view actor);
  Result<Step> set_variables(store::Transaction& transaction, const InstanceId& instance,
                             const JsonObject& variables, std::string_view actor);
  /// What the observer wants locked before a command that nobody gives for this very case.
  Result<void> before_command(store::Transaction& transaction, const InstanceId& instance);
  /// To one instance: not_found "nobody_waits" when it does not wait for that message now.
  Result<Step> message(store::Transaction& transaction, const InstanceId& instance,
                       std::string_view name, const JsonObject& variables, std::string_view actor);
  /// By key, to the one instance that waits, or a new one when a message start event of a latest
  /// version has that name. not_found "nobody_waits"; conflict "several_wait".
  /// `area`: as in TaskFilter, who may hear it.
  Result<InstanceId> correlate(store::Transaction& transaction, std::string_view name,
                               std::string_view key, const JsonObject& variables,
                               std::string_view actor, std::string_view area = {});
  /// To all that wait, each in a job of its own, and to signal start events of latest versions.
  Result<int> signal(store::Transaction& transaction, std::string_view name,
                     const JsonObject& variables, std::string_view actor,
                     std::string_view area = {});

  /// Moves a running instance to another deployed version; check_migration lists what stands
  /// against it without changing anything (empty: it can move). Timers, due dates and claims stay.
  Result<Step> migrate(store::Transaction& transaction, const InstanceId& instance,
                       std::string_view digest, const Renames& renames, std::string_view actor);
  Result<Errors> check_migration(store::Transaction& transaction, const InstanceId& instance,
                                 std::string_view digest, const Renames& renames = {});

  // ---- user tasks
  Result<UserTask> task(store::Transaction& transaction, const TaskId& task);  ///< open ones only
  Result<std::vector<UserTask>> tasks(store::Transaction& transaction, const InstanceId& instance);
  Result<std::vector<UserTask>> tasks(store::Transaction& transaction, const TaskFilter& filter);
  /// conflict "already_claimed". `area`, here and below, as in TaskFilter: what lies outside of it
  /// is not open.
  Result<void> claim(store::Transaction& transaction, const TaskId& task, std::string_view actor,
                     std::string_view area = {});
  /// forbidden "not_claimed_by_you" unless held by actor.
  Result<void> release(store::Transaction& transaction, const TaskId& task, std::string_view actor,
                       std::string_view area = {});
  Result<void> assign(store::Transaction& transaction, const TaskId& task,
                      std::string_view actor);  ///< by a supervisor; "" takes it away
  Result<void> set_due(store::Transaction& transaction, const TaskId& task,
                       std::optional<Instant> due);

  // ---- reading
  Result<Instance> instance(store::Transaction& transaction, const InstanceId& instance);
  /// The latest started first.
  Result<std::vector<InstanceLine>> find(store::Transaction& transaction,
                                         const InstanceFilter& filter);
  /// How many run of each version, in the order of the versions.
  Result<std::vector<std::pair<int, std::int64_t>>> running(store::Transaction& transaction,
                                                            std::string_view key);
  /// Running instances with incidents, oldest first, of one key or ("") of all.
  Result<std::vector<IncidentLine>> incidents(store::Transaction& transaction, std::string_view key,
                                              int limit = 100);
  Result<std::vector<HistoryEntry>> history(store::Transaction& transaction,
                                            const InstanceId& instance);
  Result<std::vector<Position>> positions(store::Transaction& transaction,
                                          const InstanceId& instance);
  Result<Outlook> outlook(store::Transaction& transaction, const InstanceId& instance,
                          const Foresight& foresight);
  Result<std::vector<StepLine>> step_lines(store::Transaction& transaction,
                                           const InstanceId& instance);
  /// In the order of their ids, from the first one after `after`; for walking through all of them.
  Result<std::vector<InstanceId>> instances(store::Transaction& transaction,
                                            const InstanceId& after, int limit = 100);
  /// Rebuilds the state from the recorded commands and compares it, and the history, with what is
  /// stored.
  Result<ReplayReport> replay(store::Transaction& transaction, const InstanceId& instance);

  // ---- work in the background
  /// Before attach(). One handler per topic.
  void on_topic(std::string topic, ServiceHandler handler);
  /// Before attach(). For every topic of processes with a key "<area>/<code>": their services are
  /// worked on outside.
  void on_outside(ServiceHandler handler);
  /// Registers timers, service calls, messages and signals as jobs; before workers.start().
  void attach(store::Workers& workers);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

std::span<const store::Migration> migrations();

}  // namespace minben::process
