// Migration of running instances in the database, with a dry run.
#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query find_version{
    "process_find_version",
    "select version from process.deployment where key = $1 and digest = $2 order by version desc "
    "limit 1"};
constexpr store::Query move_instance{
    "process_move_instance",
    "update process.instance set version = $2, digest = $3 where case_id = $1"};
constexpr store::Query move_task{
    "process_move_task",
    "update process.user_task set digest = $3, element = $4, agency = $5, role = $6 "
    "where case_id = $1 and number = $2"};

/// Open tasks show what the new model says of them; when they opened, are due and who has them
/// stays.
void move_tasks(store::Transaction& tx, const Loaded& instance) {
  for (const Token& token : instance.state.tokens) {
    if (token.waiting != Waiting::user) continue;
    const Node& node = instance.definition->node(token.node);
    tx.queue(move_task, instance.id, token.id, instance.digest, node.id, node.agency, node.role);
  }
}

}  // namespace

Result<Errors> Processes::check_migration(store::Transaction& tx, const InstanceId& id,
                                          std::string_view digest, const Renames& renames) {
  MINBEN_TRY(instance, impl_->load(tx, id, Lock::none));
  MINBEN_TRY(target, impl_->definition(tx, digest));
  auto moved = transfer(*instance.definition, *target, std::move(instance.state), renames);
  Errors against = moved ? Errors{} : std::move(moved).error();
  if (!impl_->ports.observer) return against;
  const auto allowed = impl_->ports.observer->may_migrate(tx, id, *target);
  if (!allowed) against.push_back(allowed.error());
  return against;
}

Result<Step> Processes::migrate(store::Transaction& tx, const InstanceId& id,
                                std::string_view digest, const Renames& renames,
                                std::string_view actor) {
  MINBEN_TRY(instance, impl_->load(tx, id, Lock::wait));
  MINBEN_TRY(rows, tx.run(find_version, instance.key, digest));
  if (rows.empty()) return fail(Kind::not_found, "no_such_definition", digest);
  MINBEN_TRY(target, impl_->definition(tx, digest));
  auto moved = transfer(*instance.definition, *target, std::move(instance.state), renames);
  if (!moved) return fail(moved.error().front());
  instance.state = std::move(*moved);
  instance.definition = std::move(target);
  instance.digest = digest;
  instance.version = static_cast<int>(rows.front().integer("version"));
  tx.queue(move_instance, id, instance.version, digest);
  move_tasks(tx, instance);
  return impl_->advance(tx, std::move(instance), Migrate{std::string(digest), renames}, actor);
}

}  // namespace minben::process
