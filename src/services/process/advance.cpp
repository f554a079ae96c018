// One step: lock, apply, write.
#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query read_instance{
    "process_read_instance",
    "select key, version, digest, state from process.instance where case_id = $1"};
constexpr store::Query lock_instance{
    "process_lock_instance",
    "select key, version, digest, state from process.instance where case_id = $1 for update"};
constexpr store::Query try_instance{"process_try_instance",
                                    "select key, version, digest, state from process.instance "
                                    "where case_id = $1 for update skip locked"};
constexpr store::Query insert_instance{
    "process_insert_instance",
    "insert into process.instance (case_id, key, version, digest, status, business_key, state, "
    "incidents, started_at, "
    "ended_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
constexpr store::Query update_instance{"process_update_instance",
                                       "update process.instance set status = $2, state = $3, "
                                       "incidents = $4, ended_at = $5 where case_id = $1"};
constexpr store::Query insert_step{"process_insert_step",
                                   "insert into process.step (case_id, number, at, actor, command, "
                                   "history) values ($1, $2, $3, $4, $5, $6)"};

const store::Query& query_for(Lock lock) {
  if (lock == Lock::none) return read_instance;
  return lock == Lock::wait ? lock_instance : try_instance;
}

Json as_json(const std::vector<HistoryEntry>& entries) {
  JsonArray list;
  for (const auto& entry : entries) list.push_back(to_json(entry));
  return list;
}

}  // namespace

Result<Loaded> Processes::Impl::load(store::Transaction& tx, const InstanceId& id, Lock lock) {
  MINBEN_TRY(rows, tx.run(query_for(lock), id));
  if (rows.empty() && lock == Lock::if_free)
    return fail(Kind::conflict, "instance_busy", "another step is under way");
  if (rows.empty()) return fail(Kind::not_found, "no_such_instance", to_string(id));
  const auto row = rows.front();
  Loaded instance;
  instance.id = id;
  instance.key = row.text("key");
  instance.version = static_cast<int>(row.integer("version"));
  instance.digest = row.text("digest");
  MINBEN_TRY(model, definition(tx, instance.digest));
  instance.definition = std::move(model);
  MINBEN_TRY(state, state_from_json(*instance.definition, row.json("state")));
  instance.state = std::move(state);
  return instance;
}

/// Decisions are asked at once; their answers are commands of their own, so that replay does not
/// ask.
Command Processes::Impl::answer(const Loaded& instance, const Decide& question, Instant now) const {
  if (!ports.decisions)
    return DecisionFailed{question.token, "no_decision_port", "this system decides nothing"};
  auto value =
      ports.decisions->decide(*instance.definition, question.decision, question.input, now);
  if (!value) return DecisionFailed{question.token, value.error().code, value.error().detail};
  return DecisionMade{question.token, std::move(*value)};
}

Result<Step> Processes::Impl::advance(store::Transaction& tx, Loaded instance, Command command,
                                      std::string_view actor) {
  const Instant now = clock.now();
  Step step{instance.id,         instance.key, 0,  now, std::string(actor),
            instance.definition, nullptr,      {}, {},  {}};
  std::vector<Command> commands{std::move(command)};
  while (!commands.empty()) {
    const Command next = std::move(commands.back());
    commands.pop_back();
    MINBEN_TRY(result,
               apply(*instance.definition, std::move(instance.state), next, now, config.limits));
    instance.state = std::move(result.state);
    Json recorded = to_json(next);
    // Replay must know which model it began with.
    if (std::holds_alternative<StartInstance>(next))
      recorded.as_object()["digest"] = instance.digest;
    tx.queue(insert_step, instance.id, instance.state.steps, now, actor, recorded,
             as_json(result.history));
    for (auto& effect : result.effects) {
      if (const auto* question = std::get_if<Decide>(&effect))
        commands.push_back(answer(instance, *question, now));
      step.effects.push_back(std::move(effect));
    }
    for (auto& entry : result.history) step.history.push_back(std::move(entry));
  }
  step.number = instance.state.steps;
  MINBEN_CHECK(carry_out(tx, instance, step));
  save(tx, instance, now);
  step.state = std::make_shared<const State>(std::move(instance.state));
  if (ports.observer) MINBEN_CHECK(ports.observer->on_step(tx, step));
  return step;
}

void Processes::Impl::save(store::Transaction& tx, const Loaded& instance, Instant now) {
  const State& state = instance.state;
  const auto incidents =
      std::count_if(state.tokens.begin(), state.tokens.end(),
                    [](const Token& token) { return token.incident.has_value(); });
  std::optional<Instant> ended;
  if (state.status != Status::running && state.status != Status::suspended) ended = now;
  const Json json = to_json(*instance.definition, state);
  if (instance.fresh) {
    tx.queue(insert_instance, instance.id, instance.key, instance.version, instance.digest,
             to_string(state.status), state.business_key, json, incidents, now, ended);
  } else {
    tx.queue(update_instance, instance.id, to_string(state.status), json, incidents, ended);
  }
}

Result<Step> Processes::Impl::command(store::Transaction& tx, const InstanceId& id, Command command,
                                      std::string_view actor, Lock lock) {
  MINBEN_TRY(instance, load(tx, id, lock));
  return advance(tx, std::move(instance), std::move(command), actor);
}

/// From a job: the observer's locks come first, as they do when a person acts.
Result<Step> Processes::Impl::job_command(store::Transaction& tx, const InstanceId& id,
                                          Command command, std::string_view actor, Lock lock) {
  if (ports.observer) MINBEN_CHECK(ports.observer->before_job(tx, id));
  return this->command(tx, id, std::move(command), actor, lock);
}

}  // namespace minben::process
