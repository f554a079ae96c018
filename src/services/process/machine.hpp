#pragma once
// One command applied to one state: tokens move until all of them wait. Private to the engine; used
// once and thrown away. Tokens and scopes are looked up by number, because vectors move.
#include <deque>

#include "formula.hpp"
#include "process/engine.hpp"

namespace minben::process {

class Machine {
 public:
  Machine(const Definition& definition, State& state, Instant now, const EngineLimits& limits)
      : def_(definition), state_(state), now_(now), limits_(limits) {}

  Result<void> execute(const Command& command);
  std::vector<Effect> effects;
  std::vector<HistoryEntry> history;

 private:
  // machine.cpp: commands and the main loop
  Result<void> on(const StartInstance& command);
  Result<void> on(const CompleteUserTask& command);
  Result<void> on(const CompleteService& command);
  Result<void> on(const FailService& command);
  Result<void> on(const ThrowError& command);
  Result<void> on(const ThrowEscalation& command);
  Result<void> on(const DecisionMade& command);
  Result<void> on(const DecisionFailed& command);
  Result<void> on(const FireTimer& command);
  Result<void> on(const DeliverMessage& command);
  Result<void> on(const DeliverSignal& command);
  Result<void> on(const SetVariables& command);
  Result<void> on(const Retry& command);
  Result<void> on(const Suspend& command);
  Result<void> on(const Resume& command);
  Result<void> on(const Cancel& command);
  Result<void> on(const Modify& command);
  Result<void> on(const Migrate& command);
  Result<void> check_start_condition(const Node& start, const JsonObject& variables) const;
  Result<Number> waiting_token(Number id, Waiting waiting, std::string_view code);
  Result<void> check_status(const Command& command) const;
  void call_services_again();
  void run();
  void step(Number token);
  void out_of_moves();
  void finish_instance(Status status, std::string_view error);
  void drop_opposites();

  // tokens.cpp
  Token* find(Number id);
  Token& token(Number id);
  Scope* find_scope(Number id);
  Scope& scope(Number id);
  const Node& node_of(Number token_id) { return def_.node(token(token_id).node); }
  Number enter(int node, Number scope_id, int via, Number loop = 0, int iteration = 0);
  void erase(Number token_id);
  void leave(Number token_id);
  void leave_by(Number token_id, std::span<const int> flows, int quantity);
  Result<std::vector<int>> activity_ways(const Node& node, Number scope_id);
  void kill(Number token_id);
  void kill_scope(Number scope_id);
  void clear_scope(Number scope_id);  ///< all inside it, but not the scope itself
  void incident(Number token_id, const Error& error, Waiting waiting);
  void note(std::string_view what, int node, Number token_id, std::string_view detail = {});

  // variables.cpp
  Formula::Lookup lookup(Number scope_id);
  const Json* variable(Number scope_id, std::string_view name);
  void set_variable(Number scope_id, std::string_view name, const Json& value);
  void set_variables(Number scope_id, const JsonObject& values);
  JsonObject visible(Number scope_id);
  Result<Json> evaluate(const Expression& expression, Number scope_id);
  Result<bool> holds(const Expression& expression, Number scope_id);
  Result<JsonObject> input_of(const Node& node, Number scope_id);
  void deliver(Number token_id, const JsonObject& values);
  void take_result(Number token_id, const Json& value);

  // activities.cpp
  void arrive_activity(Number token_id);
  bool gathered(Number token_id);
  bool must_wait_for_others(Number token_id);
  void activate(Number token_id);
  void open_user_task(Number token_id);
  void call_service(Number token_id);
  void send(Number token_id);
  void receive(Number token_id);
  void run_script(Number token_id);
  void ask_decision(Number token_id);
  void open_container(Number token_id);
  void call(Number token_id);
  void complete(Number token_id, std::vector<Compensable> inside = {}, JsonObject variables = {});
  void finish(Number token_id);
  void remember(const Node& node, Number scope_id, std::vector<Compensable> inside,
                JsonObject variables);

  // scopes.cpp
  Number open_scope(Scope::Kind kind, Number parent, int node, int process, Number token_id);
  void start_inside(Number scope_id, std::span<const int> nodes, int only = -1);
  void arm_event_subprocesses(Number scope_id, std::span<const int> nodes);
  void check_scope(Number scope_id);
  bool is_empty(Number scope_id) const;
  void scope_done(Number scope_id);
  void container_done(Number scope_id);
  void call_done(Number scope_id);
  bool ad_hoc_goes_on(Number scope_id);
  void start_event_subprocess(Number scope_id, int start_event, const JsonObject& variables);
  void terminate(Number scope_id);

  // loops.cpp
  void start_loop(Number token_id);
  void start_standard(Number token_id);
  void start_multiple(Number token_id);
  Result<JsonArray> plan_instances(const Loop& loop, Number scope_id);
  void spawn(Number loop_scope);
  void instance_done(Number token_id);
  void round_done(Number loop_scope);
  void one_of_many_done(Number loop_scope);
  void count_instances(Number loop_scope);
  void collect_output(Number loop_scope, Number instance_scope, int iteration);
  bool throw_behavior(Number loop_scope);
  bool behave(Number outer, int event, bool may_stop);
  void loop_done(Number loop_scope);

  // gateways.cpp
  void arrive_gateway(Number token_id);
  void split(Number token_id);
  Result<std::vector<int>> exclusive_way(const Node& node, Number scope_id);
  Result<std::vector<int>> inclusive_ways(const Node& node, Number scope_id);
  void try_parallel(Number token_id);
  void try_complex(Number token_id);
  std::map<int, Number> waiting_by_flow(int node, Number scope_id);
  void merge(const std::map<int, Number>& tokens, Number survivor);
  bool settle_joins();
  bool settle_inclusive(int node, Number scope_id);
  bool settle_reset(int node, Number scope_id);
  bool still_coming(int node, Number scope_id, const std::set<int>& empty,
                    const std::set<int>& occupied);
  std::set<int> reachable_inputs(int from, int gateway) const;

  // events.cpp
  void arrive_event(Number token_id);
  void throw_all(Number token_id);
  bool throw_one(Number token_id, const EventDefinition& event);
  void jump(Number token_id, const EventDefinition& link);
  void end(Number token_id);
  Result<void> arm(Number token_id, Number scope_id, int node, int event);
  Result<void> arm_all(Number token_id, Number scope_id, int node);
  bool arm_boundary(Number token_id);
  Result<void> set_timer(Subscription& subscription, const TimerSpec& timer, Number scope_id);
  void announce(const Subscription& subscription);
  void disarm(Number token_id);
  void disarm_scope(Number scope_id);
  void drop(Number subscription_id);
  Subscription* subscription(Number id);
  void trigger(Number subscription_id, const JsonObject& variables);
  void rearm(Number subscription_id);
  void trigger_boundary(Number host, int boundary, const JsonObject& variables);
  void caught(Number token_id, int node, const JsonObject& variables);
  void check_conditions();
  void deliver_signal(std::string_view name, const JsonObject& variables);
  void arm_arrived();
  void throw_signal(Number token_id, const EventDefinition& event);
  void throw_message(Number token_id, const EventDefinition& event);

  // errors.cpp: errors, escalations, cancellation
  struct Catcher {
    Number host = 0;   ///< token with the boundary event, or 0
    Number scope = 0;  ///< scope with the event subprocess, or 0
    int node = -1;
  };
  std::optional<Catcher> find_catcher(Number token_id, EventKind kind, std::string_view code);
  int handler_inside(Number scope_id, EventKind kind, std::string_view code);
  int handler_on(Number token_id, EventKind kind, std::string_view code);
  int best_handler(std::span<const int> nodes, EventKind kind, std::string_view code) const;
  bool raise(Number token_id, EventKind kind, std::string_view code, const JsonObject& variables);
  void cancel_transaction(Number token_id);
  void transaction_cancelled(Number token_id);

  // compensation.cpp
  bool compensate(Number token_id, const EventDefinition& event);
  Number compensation_scope(Number token_id, const EventDefinition& event);
  std::vector<Compensable> take_compensables(Number scope_id, int activity);
  void plan(std::vector<Compensable>& queue, std::vector<Compensable> done);
  void start_compensation(Number thrower, Number parent, std::vector<Compensable> queue, bool wait);
  bool next_compensation(Number scope_id);
  void compensation_done(Number thrower);
  int compensation_subprocess(int container) const;

  const Definition& def_;
  State& state_;
  Instant now_;
  const EngineLimits& limits_;
  std::deque<Number> ready_;
  bool dirty_ =
      false;  ///< variables changed, or conditions were armed, since conditions were last checked
  int moves_ = 0;
  Number complex_count_ = -1;  ///< activationCount while a complex gateway decides; -1 elsewhere
  bool complex_start_ = true;  ///< waitingForStart
};

}  // namespace minben::process
