#include "process/batches.hpp"

#include "impl.hpp"

namespace minben::process {

namespace {

constexpr std::string_view job_batch = "process.batch";
constexpr int most_at_once = 50;  ///< in a transaction; people who wait for one of them wait little

constexpr store::Query insert_batch{
    "process_insert_batch",
    "insert into process.batch (batch_id, key, operation, actor, at) values ($1, $2, $3, $4, $5)"};
constexpr store::Query choose{
    "process_choose_batch",
    "insert into process.batch_item (batch_id, case_id) select $1, case_id from process.instance "
    "where key = $2 and status in ('running', 'suspended') and ($3::int = 0 or version = $3) "
    "and (not $4::boolean or incidents > 0)"};
#define MINBEN_BATCHES_COUNTED(which)                                                             \
  "select b.*, n.waiting, n.done, n.failed from process.batch b cross join lateral (select "      \
  "count(*) filter (where status = 'waiting') as waiting, count(*) filter (where status = "       \
  "'done') as done, count(*) filter (where status = 'failed') as failed from process.batch_item " \
  "i where i.batch_id = b.batch_id) n where " which
constexpr store::Query find_batch{"process_find_batch", MINBEN_BATCHES_COUNTED("b.batch_id = $1")};
constexpr store::Query list_batches{
    "process_list_batches",
    MINBEN_BATCHES_COUNTED("b.key = $1 order by b.at desc, b.batch_id limit $2")};
#undef MINBEN_BATCHES_COUNTED
/// For the job, which comes back for every few items: counting them all each time is not its work.
constexpr store::Query take_batch{
    "process_take_batch",
    "select *, 0 as waiting, 0 as done, 0 as failed from process.batch where batch_id = $1"};
constexpr store::Query list_items{
    "process_batch_items",
    "select case_id, status, code, detail from process.batch_item where batch_id = $1 and ($2 = '' "
    "or status = $2) and case_id > $3 order by case_id limit $4"};
constexpr store::Query list_causes{
    "process_batch_causes",
    "select code, detail, count(*) as instances from process.batch_item where batch_id = $1 and "
    "status = 'failed' group by code, detail order by 3 desc, 1, 2 limit 100"};
constexpr store::Query next_items{
    "process_next_batch_items",
    "select case_id from process.batch_item where batch_id = $1 and status = 'waiting' "
    "order by case_id limit $2"};
constexpr store::Query settle_item{
    "process_settle_batch_item",
    "update process.batch_item set status = $3, code = $4, detail = $5 where batch_id = $1 and "
    "case_id = $2"};
constexpr store::Query finish_batch{
    "process_finish_batch",
    "update process.batch set finished_at = $2 where batch_id = $1 and finished_at is null"};
constexpr std::array<std::pair<Operation::Kind, std::string_view>, 5> kinds{
    {{Operation::Kind::migrate, "migrate"},
     {Operation::Kind::retry, "retry"},
     {Operation::Kind::suspend, "suspend"},
     {Operation::Kind::resume, "resume"},
     {Operation::Kind::cancel, "cancel"}}};

Result<Batch> read_batch(const store::Row& row) {
  Batch batch;
  batch.id = row.id<BatchId>("batch_id");
  batch.key = row.text("key");
  MINBEN_TRY(operation, operation_from_json(row.json("operation")));
  batch.operation = std::move(operation);
  batch.actor = row.text("actor");
  batch.at = row.instant("at");
  batch.finished = row.optional_instant("finished_at");
  batch.waiting = row.integer("waiting");
  batch.done = row.integer("done");
  batch.failed = row.integer("failed");
  return batch;
}

}  // namespace

std::string_view to_string(Operation::Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<Operation::Kind, std::string_view>::first)
      ->second;
}

Result<Operation::Kind> parse_operation(std::string_view text) {
  const auto found =
      std::ranges::find(kinds, text, &std::pair<Operation::Kind, std::string_view>::second);
  if (found == kinds.end())
    return fail(Kind::invalid, "unknown_operation", "migrate, retry, suspend, resume or cancel",
                "/operation");
  return found->first;
}

Json to_json(const Operation& operation) {
  JsonObject renames;
  for (const auto& [from, to] : operation.renames) renames[from] = to;
  return JsonObject{{"operation", to_string(operation.kind)},
                    {"version", operation.version},
                    {"incident", operation.incident},
                    {"toVersion", operation.to_version},
                    {"renames", std::move(renames)},
                    {"dryRun", operation.dry_run},
                    {"reason", operation.reason}};
}

Result<Operation> operation_from_json(const Json& json) {
  Operation operation;
  MINBEN_TRY(kind, parse_operation(string_or(json, "operation")));
  operation.kind = kind;
  operation.version = static_cast<int>(get_integer(json, "version").value_or(0));
  operation.incident = string_or(json, "incident");
  operation.to_version = static_cast<int>(get_integer(json, "toVersion").value_or(0));
  if (const Json* renames = find(json, "renames"); renames && renames->is_object())
    for (const auto& [from, to] : renames->as_object())
      if (to.is_string()) operation.renames.emplace(from, std::string(to.as_string()));
  operation.dry_run = get_bool(json, "dryRun").value_or(false);
  operation.reason = string_or(json, "reason");
  return operation;
}

struct Batches::Impl {
  Processes& processes;
  const Clock& clock;
  Random& random;

  /// Digest of the version that a migration goes to; "" for other operations.
  Result<std::string> target(store::Transaction& tx, std::string_view key,
                             const Operation& operation);
  Result<void> run(store::Transaction& tx, const store::Job& job);
  Result<void> treat(store::Transaction& tx, const Batch& batch, const std::string& digest,
                     const InstanceId& id);
  Result<void> operate(store::Transaction& tx, const Batch& batch, const std::string& digest,
                       const InstanceId& id);
  Result<void> retry(store::Transaction& tx, const Batch& batch, const InstanceId& id);
};

Result<std::string> Batches::Impl::target(store::Transaction& tx, std::string_view key,
                                          const Operation& operation) {
  if (operation.kind != Operation::Kind::migrate) return std::string();
  MINBEN_TRY(all, processes.deployments(tx, key));
  for (const Deployment& each : all)
    if (each.version == operation.to_version) return each.digest;
  return fail(Kind::invalid, "unknown_version", fmt::format("{} has no such version", key),
              "/toVersion");
}

Result<void> Batches::Impl::retry(store::Transaction& tx, const Batch& batch,
                                  const InstanceId& id) {
  MINBEN_TRY(found, processes.instance(tx, id));
  for (const Token& token : found.state.tokens) {
    if (!token.incident) continue;
    if (!batch.operation.incident.empty() && token.incident->code != batch.operation.incident)
      continue;
    MINBEN_TRY(step, processes.command(tx, id, Retry{token.id}, batch.actor));
    const Token* after = step.state->token(token.id);
    if (after && after->incident)
      return fail(Kind::conflict, after->incident->code, after->incident->detail);
  }
  return {};
}

Result<void> Batches::Impl::operate(store::Transaction& tx, const Batch& batch,
                                    const std::string& digest, const InstanceId& id) {
  const Operation& operation = batch.operation;
  if (!operation.dry_run) MINBEN_CHECK(processes.before_command(tx, id));
  switch (operation.kind) {
    case Operation::Kind::migrate: {
      if (operation.dry_run) {
        MINBEN_TRY(against, processes.check_migration(tx, id, digest, operation.renames));
        return against.empty() ? Result<void>{} : fail(against.front());
      }
      MINBEN_CHECK(processes.migrate(tx, id, digest, operation.renames, batch.actor));
      return {};
    }
    case Operation::Kind::retry:
      return retry(tx, batch, id);
    case Operation::Kind::suspend:
      MINBEN_CHECK(processes.suspend(tx, id, batch.actor));
      return {};
    case Operation::Kind::resume:
      MINBEN_CHECK(processes.resume(tx, id, batch.actor));
      return {};
    case Operation::Kind::cancel:
      MINBEN_CHECK(processes.cancel(tx, id, operation.reason, batch.actor));
      return {};
  }
  return {};
}

/// Errors are this instance's result, unless the database itself fails.
Result<void> Batches::Impl::treat(store::Transaction& tx, const Batch& batch,
                                  const std::string& digest, const InstanceId& id) {
  MINBEN_CHECK(tx.run(savepoint::set));
  const auto outcome = operate(tx, batch, digest, id);
  if (outcome) {
    tx.queue(savepoint::keep);
    tx.queue(settle_item, batch.id, id, "done", "", "");
    return {};
  }
  const bool systemic =
      outcome.error().kind == Kind::unavailable || outcome.error().code == "retry";
  if (systemic) return outcome;
  MINBEN_CHECK(tx.run(savepoint::undo));
  tx.queue(settle_item, batch.id, id, "failed", outcome.error().code, outcome.error().detail);
  return {};
}

Result<void> Batches::Impl::run(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, BatchId::parse(job.key));
  MINBEN_TRY(rows, tx.run(take_batch, id));
  if (rows.empty()) return {};
  MINBEN_TRY(batch, read_batch(rows.front()));
  MINBEN_TRY(digest, target(tx, batch.key, batch.operation));
  MINBEN_TRY(items, tx.run(next_items, id, most_at_once));
  for (const auto row : items)
    MINBEN_CHECK(treat(tx, batch, digest, row.id<InstanceId>("case_id")));
  if (items.size() < most_at_once) {
    MINBEN_CHECK(tx.run(finish_batch, id, clock.now()));
    return {};
  }
  return enqueue(tx, {std::string(job_batch), job.key, JsonObject{}, clock.now()});
}

Batches::Batches(Processes& processes, const Clock& clock, Random& random)
    : impl_(new Impl{processes, clock, random}) {}
Batches::~Batches() = default;

Result<Batch> Batches::begin(store::Transaction& tx, std::string_view key,
                             const Operation& operation, std::string_view actor) {
  MINBEN_CHECK(impl_->processes.latest(tx, key));
  MINBEN_CHECK(impl_->target(tx, key, operation));
  const auto id = BatchId::make(impl_->clock, impl_->random);
  MINBEN_CHECK(tx.run(insert_batch, id, key, to_json(operation), actor, impl_->clock.now()));
  const bool stuck = operation.kind == Operation::Kind::retry;
  MINBEN_CHECK(tx.run(choose, id, key, operation.version, stuck));
  MINBEN_CHECK(
      enqueue(tx, {std::string(job_batch), to_string(id), JsonObject{}, impl_->clock.now()}));
  return find(tx, id);
}

Result<Batch> Batches::find(store::Transaction& tx, BatchId id) {
  MINBEN_TRY(rows, tx.run(find_batch, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_batch", to_string(id));
  return read_batch(rows.front());
}

Result<std::vector<Batch>> Batches::list(store::Transaction& tx, std::string_view key, int limit) {
  MINBEN_TRY(rows, tx.run(list_batches, key, std::clamp(limit, 1, 500)));
  std::vector<Batch> all;
  for (const auto row : rows) {
    MINBEN_TRY(batch, read_batch(row));
    all.push_back(std::move(batch));
  }
  return all;
}

Result<std::vector<BatchItem>> Batches::items(store::Transaction& tx, BatchId id,
                                              std::string_view status, const InstanceId& after,
                                              int limit) {
  MINBEN_TRY(rows, tx.run(list_items, id, status, after, std::clamp(limit, 1, 500)));
  std::vector<BatchItem> all;
  for (const auto row : rows)
    all.push_back(
        {row.id<InstanceId>("case_id"), row.text("status"), row.text("code"), row.text("detail")});
  return all;
}

Result<std::vector<BatchCause>> Batches::causes(store::Transaction& tx, BatchId id) {
  MINBEN_TRY(rows, tx.run(list_causes, id));
  std::vector<BatchCause> all;
  for (const auto row : rows)
    all.push_back({row.text("code"), row.text("detail"), row.integer("instances")});
  return all;
}

void Batches::attach(store::Workers& workers) {
  workers.on(std::string(job_batch),
             [impl = impl_.get()](store::Transaction& tx, const store::Job& job) {
               return impl->run(tx, job);
             });
}

}  // namespace minben::process
