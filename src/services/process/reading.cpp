// What people see of an instance: positions on the diagram, the list of steps, the history.
#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query read_instance{
    "process_show_instance",
    "select started_at, ended_at from process.instance where case_id = $1"};
constexpr store::Query read_history{
    "process_read_history", "select history from process.step where case_id = $1 order by number"};

constexpr store::Query find_incidents{
    "process_find_incidents",
    "select case_id from process.instance where incidents > 0 and ($1::text = '' or key = $1) "
    "and ended_at is null order by started_at, case_id limit $2"};

constexpr store::Query next_instances{
    "process_next_instances",
    "select case_id from process.instance where case_id > $1 order by case_id limit $2"};

constexpr store::Query find_instances{
    "process_find_instances",
    "select case_id, key, version, status, business_key, incidents, started_at, ended_at "
    "from process.instance where key = $1 and ($2::text is null or status = $2) "
    "and ($3::text = '' or business_key = $3) and (not $4::boolean or incidents > 0) "
    "and ($5::timestamptz is null or (started_at, case_id) < ($5, $6)) "
    "order by started_at desc, case_id desc limit $7"};

constexpr store::Query count_running{
    "process_count_running",
    "select version, count(*) as n from process.instance where key = $1 and status in ('running', "
    "'suspended') group by version order by version"};

constexpr int most_lines = 500;

bool is_shown(const Node& node) {
  return is_activity(node.kind) || node.kind == NodeKind::catch_event;
}

/// Nodes of a level in the order of the flow: a node comes after those that lead to it, loops
/// aside.
void order_level(const Definition& def, std::span<const int> level, std::vector<int>& ordered) {
  std::set<int> seen;
  std::vector<int> finished;
  const auto walk = [&](int start) {
    std::vector<std::pair<int, std::size_t>> path{{start, 0}};
    while (!path.empty()) {
      auto& [index, next] = path.back();
      const Node& node = def.node(index);
      std::vector<int> targets;
      for (const int boundary : node.boundary) targets.push_back(boundary);
      for (auto flow = node.outgoing.rbegin(); flow != node.outgoing.rend(); ++flow)
        targets.push_back(def.flow(*flow).target);
      if (next >= targets.size()) {
        finished.push_back(index);
        path.pop_back();
        continue;
      }
      const int target = targets[next++];
      if (seen.insert(target).second) path.emplace_back(target, 0);
    }
  };
  std::vector<int> roots;
  for (const int index : level) {
    if (def.node(index).incoming.empty() && def.node(index).attached_to < 0) roots.push_back(index);
  }
  for (auto root = roots.rbegin(); root != roots.rend(); ++root) {
    if (seen.insert(*root).second) walk(*root);
  }
  for (const int index : level) {
    if (seen.insert(index).second) walk(index);
  }
  for (auto index = finished.rbegin(); index != finished.rend(); ++index) {
    ordered.push_back(*index);
    order_level(def, def.node(*index).children, ordered);
  }
}

}  // namespace

Result<Instance> Processes::instance(store::Transaction& tx, const InstanceId& id) {
  MINBEN_TRY(loaded, impl_->load(tx, id, Lock::none));
  MINBEN_TRY(rows, tx.run(read_instance, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_instance", to_string(id));
  Instance instance;
  instance.id = id;
  instance.key = loaded.key;
  instance.version = loaded.version;
  instance.digest = loaded.digest;
  instance.state = std::move(loaded.state);
  instance.started = rows.front().instant("started_at");
  instance.ended = rows.front().optional_instant("ended_at");
  return instance;
}

Result<std::vector<InstanceLine>> Processes::find(store::Transaction& tx,
                                                  const InstanceFilter& filter) {
  if (filter.limit < 1 || filter.limit > most_lines)
    return fail(Kind::invalid, "page_out_of_range", fmt::format("limit is 1 … {}", most_lines));
  std::optional<std::string> status;
  if (filter.status) status = to_string(*filter.status);
  MINBEN_TRY(rows,
             tx.run(find_instances, filter.key, status, filter.business_key, filter.with_incidents,
                    filter.started_before, filter.before, filter.limit));
  std::vector<InstanceLine> lines;
  for (const auto row : rows) {
    MINBEN_TRY(found, parse_status(row.text("status")));
    lines.push_back({row.id<InstanceId>("case_id"), row.text("key"),
                     static_cast<int>(row.integer("version")), found, row.text("business_key"),
                     static_cast<int>(row.integer("incidents")), row.instant("started_at"),
                     row.optional_instant("ended_at")});
  }
  return lines;
}

Result<std::vector<std::pair<int, std::int64_t>>> Processes::running(store::Transaction& tx,
                                                                     std::string_view key) {
  MINBEN_TRY(rows, tx.run(count_running, key));
  std::vector<std::pair<int, std::int64_t>> counts;
  for (const auto row : rows)
    counts.emplace_back(static_cast<int>(row.integer("version")), row.integer("n"));
  return counts;
}

Result<std::vector<IncidentLine>> Processes::incidents(store::Transaction& tx, std::string_view key,
                                                       int limit) {
  MINBEN_TRY(rows, tx.run(find_incidents, key, std::clamp(limit, 1, 1000)));
  std::vector<IncidentLine> lines;
  for (const auto row : rows) {
    MINBEN_TRY(loaded, impl_->load(tx, row.id<InstanceId>("case_id"), Lock::none));
    for (const Token& token : loaded.state.tokens) {
      if (!token.incident) continue;
      lines.push_back({loaded.id, loaded.key, loaded.state.business_key,
                       loaded.definition->node(token.node).id, token.id, *token.incident,
                       loaded.definition});
    }
  }
  return lines;
}

Result<std::vector<HistoryEntry>> Processes::history(store::Transaction& tx, const InstanceId& id) {
  MINBEN_TRY(rows, tx.run(read_history, id));
  std::vector<HistoryEntry> entries;
  for (const auto row : rows) {
    const Json list = row.json("history");
    for (const auto& item : list.as_array()) {
      MINBEN_TRY(entry, history_entry_from_json(item));
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

Result<std::vector<Position>> Processes::positions(store::Transaction& tx, const InstanceId& id) {
  MINBEN_TRY(loaded, impl_->load(tx, id, Lock::none));
  std::map<int, Position> by_node;
  for (const Token& token : loaded.state.tokens) {
    const Node& node = loaded.definition->node(token.node);
    if (node.loop && token.waiting == Waiting::children && token.loop == 0)
      continue;  // its instances show
    auto [at, fresh] = by_node.try_emplace(token.node);
    Position& position = at->second;
    if (fresh) position = {node.id, 0, token.waiting, token.since, {}};
    ++position.tokens;
    position.since = std::min(position.since, token.since);
    if (token.incident) position.incident = token.incident;
  }
  std::vector<Position> positions;
  for (auto& [index, position] : by_node) positions.push_back(std::move(position));
  return positions;
}

Result<Outlook> Processes::outlook(store::Transaction& tx, const InstanceId& id,
                                   const Foresight& foresight) {
  MINBEN_TRY(loaded, impl_->load(tx, id, Lock::none));
  return process::outlook(*loaded.definition, loaded.state, foresight, impl_->clock.now());
}

Result<std::vector<StepLine>> Processes::step_lines(store::Transaction& tx, const InstanceId& id) {
  MINBEN_TRY(loaded, impl_->load(tx, id, Lock::none));
  MINBEN_TRY(entries, history(tx, id));
  const Definition& def = *loaded.definition;
  std::set<int> active;
  for (const Token& token : loaded.state.tokens) active.insert(token.node);
  const Outlook ahead = process::outlook(def, loaded.state, {}, impl_->clock.now());
  std::vector<int> ordered;
  const int process =
      loaded.state.scopes.empty() ? def.main_process() : loaded.state.scopes.front().process;
  order_level(def, def.processes[static_cast<std::size_t>(process)].children, ordered);
  std::map<std::string, StepLine, std::less<>> seen;
  for (const auto& entry : entries) {
    StepLine& line = seen[entry.element];
    if (entry.what == "entered" && !line.entered) line.entered = entry.at;
    const int node = def.find(entry.element);
    const bool caught_here = node >= 0 && def.node(node).kind == NodeKind::catch_event &&
                             entry.what.ends_with("_caught");
    if (entry.what != "left" && !caught_here) continue;
    line.left = entry.at;
    ++line.times;
  }
  std::vector<StepLine> lines;
  for (const int index : ordered) {
    const Node& node = def.node(index);
    if (!is_shown(node)) continue;
    StepLine line = seen[node.id];
    line.element = node.id;
    line.kind = node.kind;
    line.name = node.name;
    line.agency = node.agency;
    if (active.contains(index)) line.state = StepLine::State::active;
    else if (line.times > 0) line.state = StepLine::State::done;
    else if (ahead.certain.contains(node.id) || ahead.possible.contains(node.id))
      line.state = StepLine::State::ahead;
    else line.state = StepLine::State::skipped;
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<InstanceId>> Processes::instances(store::Transaction& tx,
                                                     const InstanceId& after, int limit) {
  MINBEN_TRY(rows, tx.run(next_instances, after, limit));
  std::vector<InstanceId> list;
  for (const auto row : rows) list.push_back(row.id<InstanceId>("case_id"));
  return list;
}

}  // namespace minben::process
