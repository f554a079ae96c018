#include "impl.hpp"

namespace minben::process {

namespace {

// Two nodes that deploy at once take turns, by key.
constexpr store::Query lock_key{
    "process_lock_key",
    "select pg_advisory_xact_lock(hashtextextended('process.deploy:' || $1, 0))"};
constexpr store::Query find_latest{"process_find_latest",
                                   "select key, version, digest, at from process.deployment where "
                                   "key = $1 order by version desc limit 1"};
constexpr store::Query find_all{
    "process_find_deployments",
    "select key, version, digest, at from process.deployment where key = $1 order by version"};
constexpr store::Query insert_definition{"process_insert_definition",
                                         "insert into process.definition (digest, file, xml, at) "
                                         "values ($1, $2, $3, $4) on conflict do nothing"};
constexpr store::Query insert_deployment{
    "process_insert_deployment",
    "insert into process.deployment (key, version, digest, at) values ($1, $2, $3, $4)"};
constexpr store::Query read_definition{
    "process_read_definition", "select file, xml from process.definition where digest = $1"};
constexpr store::Query clear_triggers{"process_clear_triggers",
                                      "delete from process.start_trigger where key = $1"};
constexpr store::Query insert_trigger{"process_insert_trigger",
                                      "insert into process.start_trigger (key, kind, name, "
                                      "element, process) values ($1, $2, $3, $4, $5) "
                                      "on conflict do nothing"};

Deployment read(const store::Row& row) {
  return {row.text("key"), static_cast<int>(row.integer("version")), row.text("digest"),
          row.instant("at")};
}

void write_trigger(store::Transaction& tx, std::string_view key, const Definition& def,
                   const Node& node, const EventDefinition& event) {
  if (event.kind != EventKind::message && event.kind != EventKind::signal) return;
  tx.queue(insert_trigger, key, to_string(event.kind), event.name, node.id,
           def.processes[static_cast<std::size_t>(node.process)].id);
}

/// Start events of processes, instantiating receive tasks, and what stands behind instantiating
/// gateways.
void write_triggers(store::Transaction& tx, std::string_view key, const Definition& def) {
  tx.queue(clear_triggers, key);
  for (const Node& node : def.nodes) {
    if (node.parent >= 0) continue;
    if (node.kind == NodeKind::start_event) {
      for (const auto& event : node.events) write_trigger(tx, key, def, node, event);
    }
    if (node.kind == NodeKind::receive_task && node.instantiate)
      write_trigger(tx, key, def, node, node.message);
    if (node.kind != NodeKind::event_gateway || !node.instantiate) continue;
    for (const int flow : node.outgoing) {
      const Node& target = def.node(def.flow(flow).target);
      if (target.kind == NodeKind::receive_task)
        write_trigger(tx, key, def, target, target.message);
      for (const auto& event : target.events) write_trigger(tx, key, def, target, event);
    }
  }
}

}  // namespace

void Processes::Impl::keep(const DefinitionPtr& definition) {
  const std::unique_lock lock(models_mutex);
  models.emplace(hex_encode(definition->digest), definition);
}

Result<DefinitionPtr> Processes::Impl::definition(store::Transaction& tx, std::string_view digest) {
  {
    const std::shared_lock lock(models_mutex);
    if (const auto found = models.find(digest); found != models.end()) return found->second;
  }
  MINBEN_TRY(rows, tx.run(read_definition, digest));
  if (rows.empty()) return fail(Kind::not_found, "no_such_definition", digest);
  auto loaded = load_definition(rows.front().text("xml"), rows.front().text("file"));
  if (!loaded)
    return fail(Kind::internal, "definition_unreadable", describe(loaded.error().front()));
  keep(*loaded);
  return *loaded;
}

Result<Deployment> Processes::deploy(store::Transaction& tx, std::string_view key,
                                     const DefinitionPtr& definition) {
  const auto slash = key.find('/');
  const bool named = slash == key.npos
                         ? is_code(key)
                         : is_code(key.substr(0, slash)) && is_code(key.substr(slash + 1));
  if (!named) return fail(Kind::invalid, "not_a_code", key);
  const std::string digest = hex_encode(definition->digest);
  const auto is_current = [&](const store::Rows& found) {
    return !found.empty() && found.front().text("digest") == digest;
  };
  MINBEN_TRY(current, tx.run(find_latest, key));  // mostly it is there: no lock needed
  if (is_current(current)) return impl_->keep(definition), read(current.front());
  MINBEN_CHECK(tx.run(lock_key, key));
  MINBEN_TRY(rows, tx.run(find_latest, key));
  if (is_current(rows)) return impl_->keep(definition), read(rows.front());
  const int version = rows.empty() ? 1 : static_cast<int>(rows.front().integer("version")) + 1;
  const Deployment made{std::string(key), version, digest, impl_->clock.now()};
  tx.queue(insert_definition, digest, definition->file, definition->xml, made.at);
  MINBEN_CHECK(tx.run(insert_deployment, key, version, digest, made.at));
  write_triggers(tx, key, *definition);
  MINBEN_CHECK(impl_->plan_timer_starts(tx, key, *definition));
  tx.after_commit([impl = impl_.get(), definition] { impl->keep(definition); });
  return made;
}

Result<Deployment> Processes::latest(store::Transaction& tx, std::string_view key) {
  MINBEN_TRY(rows, tx.run(find_latest, key));
  if (rows.empty()) return fail(Kind::not_found, "no_such_process", key);
  return read(rows.front());
}

Result<std::vector<Deployment>> Processes::deployments(store::Transaction& tx,
                                                       std::string_view key) {
  MINBEN_TRY(rows, tx.run(find_all, key));
  std::vector<Deployment> all;
  for (const auto row : rows) all.push_back(read(row));
  return all;
}

Result<DefinitionPtr> Processes::definition(store::Transaction& tx, std::string_view digest) {
  return impl_->definition(tx, digest);
}

}  // namespace minben::process
