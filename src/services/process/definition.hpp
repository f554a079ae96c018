#pragma once
// A process model: BPMN 2.0.2 XML (ISO/IEC 19510) read into an immutable value.
//
// Loading refuses every shape that the standard forbids, with the line, the element and the rule.
// Extension attributes are in the namespace https://minben.tw/bpmn/1, so a model opens unchanged
// in bpmn-js and other modellers:
//
//   on any element     minben:nameEn            English name (the BPMN name is the zh-Hant one)
//   lane               minben:agency            agency code; default: the lane's id
//   userTask           minben:form              form code          minben:role  officers' role
//                      minben:deadlineDays      working days, 1 … 3650
//                      minben:fourEyes="true"   the work of one officer is checked by another
//   serviceTask        minben:topic             which handler runs it (also sendTask)
//   businessRuleTask   minben:decision          decision to evaluate
//   scriptTask, businessRuleTask, serviceTask
//                      minben:result            variable that takes the value; without it the
//                                               entries of a context become variables
//   timerEventDefinition minben:workingDays     a duration in working days of the lane's agency
//   message            minben:key               FEEL: the correlation key; default: the case itself
//   callActivity       minben:input, minben:output   FEEL contexts: what goes in and comes back
//   userTask, serviceTask, sendTask, businessRuleTask
//                      minben:input             FEEL context handed to the worker
//
// Conditions, scripts, loop conditions and mappings are FEEL (a leading "=" is allowed). Timer
// texts are ISO 8601 (PT5S, P3D, R4/PT10S, 2026-11-23T04:05:06Z) or FEEL after "=".
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::process {

using minben::to_string;

enum class NodeKind : std::uint8_t {
  start_event,
  catch_event,  ///< intermediateCatchEvent
  throw_event,  ///< intermediateThrowEvent
  boundary_event,
  end_event,
  task,
  user_task,
  service_task,
  send_task,
  receive_task,
  script_task,
  manual_task,
  business_rule_task,
  call_activity,
  subprocess,
  event_subprocess,
  transaction,
  ad_hoc,
  exclusive_gateway,
  inclusive_gateway,
  parallel_gateway,
  event_gateway,
  complex_gateway,
};
std::string_view to_string(NodeKind kind);  ///< BPMN's element name, "userTask"
bool is_event(NodeKind kind);
bool is_task(NodeKind kind);
bool is_gateway(NodeKind kind);
bool is_activity(NodeKind kind);   ///< tasks, call activities and containers
bool is_container(NodeKind kind);  ///< the subprocess family

enum class EventKind : std::uint8_t {
  message,
  timer,
  signal,
  error,
  escalation,
  conditional,
  compensation,
  link,
  cancel,
  terminate,
};
std::string_view to_string(EventKind kind);

class Loader;
class Formula;  ///< a compiled FEEL expression; private to this room

/// FEEL text with its place. `compiled` is null when `text` is empty.
struct Expression {
  std::string text;
  int line = 0;
  std::shared_ptr<const Formula> compiled;
  [[nodiscard]] bool empty() const { return text.empty(); }
};

enum class TimerKind : std::uint8_t { date, duration, cycle, working_days };

struct TimerSpec {
  TimerKind kind = TimerKind::duration;
  std::string literal;    ///< ISO 8601, when it is not an expression
  Expression expression;  ///< gives such a text
  int working_days = 0;   ///< for working_days
};

struct EventDefinition {
  EventKind kind = EventKind::message;
  std::string
      name;        ///< message, signal or link name; error or escalation code; "" catches any code
  Expression key;  ///< of a message: correlation key
  Expression condition;  ///< conditional
  TimerSpec timer;
  int activity = -1;                ///< compensation: node to compensate; -1 = the whole scope
  bool wait_for_completion = true;  ///< compensation
};

enum class MultiBehavior : std::uint8_t { all, none, one, complex };  ///< BPMN 2.0.2 table 10.31

struct Loop {
  bool multi_instance = false;
  // standard loop
  bool test_before = false;
  std::int64_t maximum = 0;  ///< 0: no bound but the engine's
  Expression condition;  ///< standard: goes on while true; multi-instance: complete early when true
  // multi-instance
  bool sequential = false;
  Expression cardinality;
  Expression collection;      ///< minben:collection: FEEL list; one instance per entry
  std::string element;        ///< minben:element: variable that takes the entry
  Expression output_element;  ///< minben:outputElement, collected into …
  std::string output;         ///< minben:output
  MultiBehavior behavior = MultiBehavior::all;
  int none_event = -1;  ///< index into Definition::throws: thrown for each completion
  int one_event = -1;   ///< thrown for the first completion
  struct Complex {
    Expression condition;
    int event = -1;
  };
  std::vector<Complex> complex;
};

struct Flow {
  std::string id;
  int line = 0;
  Bilingual name;
  int source = -1;
  int target = -1;
  Expression condition;
};

struct Node {
  std::string id;
  int line = 0;
  NodeKind kind = NodeKind::task;
  Bilingual name;  ///< falls back to the other language, then to the id
  int process = -1;
  int parent = -1;  ///< container node; -1 at the level of the process
  std::vector<int> incoming;
  std::vector<int> outgoing;
  int default_flow = -1;
  std::string lane;   ///< lane id, or ""
  AgencyCode agency;  ///< of the lane; empty without lanes

  // events
  std::vector<EventDefinition> events;
  bool parallel_multiple = false;
  bool interrupting = true;  ///< boundary and start events
  int attached_to = -1;      ///< boundary events

  // activities
  std::vector<int> boundary;           ///< boundary events attached here
  std::vector<int> children;           ///< of containers
  std::vector<std::string> variables;  ///< of containers: data objects and properties declared
  std::optional<Loop> loop;
  bool for_compensation = false;
  int compensation_handler = -1;  ///< activity reached by the association of a boundary event
  int start_quantity = 1;
  int completion_quantity = 1;
  std::string form;
  std::string role;
  int deadline_days = 0;  ///< 0: none
  bool four_eyes = false;
  std::string topic;
  std::string decision;
  std::string result;
  Expression script;
  Expression input;
  Expression output;
  std::string called;  ///< call activity: id of the process or global task
  int called_process = -1;
  EventDefinition message;   ///< of send and receive tasks
  bool instantiate = false;  ///< receive tasks and event-based gateways that start a process
  bool ordering_sequential = false;  ///< ad hoc
  bool cancel_remaining = true;      ///< ad hoc
  Expression completion_condition;   ///< ad hoc
  Expression activation_condition;   ///< complex gateway
};

struct Process {
  std::string id;
  int line = 0;
  Bilingual name;
  bool executable = false;
  std::vector<int> children;           ///< top-level nodes
  std::vector<std::string> variables;  ///< data objects and properties declared
};

struct LaneInfo {
  std::string id;
  int line = 0;
  Bilingual name;
  AgencyCode agency;
};

/// An immutable model; share it by pointer. Thread-safe.
class Definition {
 public:
  std::string file;
  std::string xml;  ///< as loaded
  Sha256 digest{};  ///< of xml: names the version for ever
  std::vector<Process> processes;
  std::vector<Node> nodes;
  std::vector<Flow> flows;
  std::vector<EventDefinition> throws;  ///< of multi-instance behaviours
  std::vector<LaneInfo> lanes;
  std::vector<Error> warnings;  ///< unreachable nodes and the like; kind invalid, file, line

  [[nodiscard]] int find(std::string_view id) const;          ///< node index, or -1
  [[nodiscard]] int find_process(std::string_view id) const;  ///< or -1
  [[nodiscard]] const Node& node(int index) const { return nodes[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const Flow& flow(int index) const { return flows[static_cast<std::size_t>(index)]; }
  /// The one a case runs: the first executable process that is not only called by others.
  [[nodiscard]] int main_process() const { return main_process_; }

 private:
  friend class Loader;
  int main_process_ = -1;
  std::map<std::string, int, std::less<>> index_;  ///< nodes by id
};
using DefinitionPtr = std::shared_ptr<const Definition>;

struct LoadLimits {
  std::size_t max_bytes = 4u << 20;
  std::size_t max_elements = 20'000;  ///< flow nodes and flows
  int max_depth = 32;                 ///< nested subprocesses
};

/// All faults, not the first. Error.code is the rule that is broken ("end_event_outgoing",
/// "boundary_event_incoming", "flow_across_pools", "dangling_reference", "condition_not_feel" …),
/// field is `file`, line the element's, detail begins with the element's id. Never throws; safe for
/// files from outside.
std::expected<DefinitionPtr, Errors> load_definition(std::string_view xml, std::string_view file,
                                                     LoadLimits limits = {});

/// What a package must supply for this model; for `minben service check`.
struct Needs {
  struct Need {
    std::string name;
    std::string element;
    int line = 0;
  };
  std::vector<Need> forms;
  std::vector<Need> topics;
  std::vector<Need> decisions;
  std::vector<Need> agencies;  ///< element is the lane
  std::vector<Need> roles;
  std::vector<Need> messages;  ///< names that are caught
};
Needs needs_of(const Definition& definition);

}  // namespace minben::process
