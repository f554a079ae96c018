// State as JSON. Elements are written by their ids, so a state survives a new version of its model
// as long as the ids stay. Zero and empty members are left out.
#include "process/engine.hpp"

namespace minben::process {

namespace {

constexpr std::array<std::string_view, 7> scope_kinds{
    "process", "container", "called", "loop", "event_subprocess", "instance", "compensation"};
constexpr std::array<std::string_view, 10> waitings{"nothing", "user",   "service",  "decision",
                                                    "event",   "join",   "children", "compensation",
                                                    "ad_hoc",  "leaving"};
constexpr std::array<std::string_view, 10> event_kinds{
    "message",     "timer",        "signal", "error",  "escalation",
    "conditional", "compensation", "link",   "cancel", "terminate"};

class Writer {
 public:
  explicit Writer(const Definition& definition) : def_(definition) {}

  [[nodiscard]] std::string_view element(int node) const {
    return node < 0 ? std::string_view{} : def_.node(node).id;
  }
  [[nodiscard]] std::string_view flow(int index) const {
    return index < 0 ? std::string_view{} : def_.flow(index).id;
  }

  static void number(JsonObject& into, std::string_view name, std::int64_t value) {
    if (value != 0) into[name] = value;
  }
  static void text(JsonObject& into, std::string_view name, std::string_view value) {
    if (!value.empty()) into[name] = value;
  }

  [[nodiscard]] JsonObject token(const Token& token) const {
    JsonObject out{{"id", token.id},
                   {"node", element(token.node)},
                   {"scope", token.scope},
                   {"waiting", to_string(token.waiting)},
                   {"since", minben::to_string(token.since)}};
    text(out, "via", flow(token.via));
    number(out, "inside", token.inside);
    number(out, "iteration", token.iteration);
    number(out, "loop", token.loop);
    if (token.incident) {
      out["incident"] = JsonObject{{"code", token.incident->code},
                                   {"detail", token.incident->detail},
                                   {"at", minben::to_string(token.incident->at)}};
    }
    return out;
  }

  [[nodiscard]] JsonObject compensable(const Compensable& item) const {
    JsonObject out{{"node", element(item.node)}};
    number(out, "scope", item.scope);
    if (!item.variables.empty()) out["variables"] = item.variables;
    if (!item.inside.empty()) out["inside"] = compensables(item.inside);
    return out;
  }

  [[nodiscard]] JsonArray compensables(const std::vector<Compensable>& items) const {
    JsonArray out;
    for (const auto& item : items) out.push_back(compensable(item));
    return out;
  }

  [[nodiscard]] JsonObject scope(const Scope& scope) const {
    JsonObject out{{"id", scope.id}, {"kind", scope_kinds[static_cast<std::size_t>(scope.kind)]}};
    number(out, "parent", scope.parent);
    number(out, "token", scope.token);
    text(out, "node", element(scope.node));
    if (scope.process >= 0)
      out["process"] = def_.processes[static_cast<std::size_t>(scope.process)].id;
    if (!scope.variables.empty()) out["variables"] = scope.variables;
    number(out, "total", scope.total);
    number(out, "started", scope.started);
    number(out, "finished", scope.finished);
    if (!scope.items.empty()) out["items"] = scope.items;
    if (!scope.outputs.empty()) out["outputs"] = scope.outputs;
    if (!scope.queue.empty()) out["queue"] = compensables(scope.queue);
    if (!scope.resets.empty()) out["resets"] = resets(scope.resets);
    return out;
  }

  [[nodiscard]] JsonObject resets(const std::map<int, std::vector<int>>& all) const {
    JsonObject out;
    for (const auto& [node, flows] : all) {
      JsonArray list;
      for (const int index : flows) list.emplace_back(flow(index));
      out[element(node)] = std::move(list);
    }
    return out;
  }

  [[nodiscard]] JsonObject subscription(const Subscription& item) const {
    JsonObject out{{"id", item.id},
                   {"scope", item.scope},
                   {"node", element(item.node)},
                   {"kind", to_string(item.kind)}};
    number(out, "token", item.token);
    number(out, "event", item.event);
    text(out, "name", item.name);
    text(out, "key", item.key);
    if (item.due) out["due"] = minben::to_string(*item.due);
    number(out, "repeats", item.repeats);
    if (item.missed) out["missed"] = true;
    return out;
  }

 private:
  const Definition& def_;
};

/// Missing members are zero; a member that cannot be read, or an element that the definition does
/// not have, makes the whole state unreadable.
class Reader {
 public:
  explicit Reader(const Definition& definition) : def_(definition) {}
  std::string problem;

  std::int64_t number(const Json& from, std::string_view name) {
    const Json* found = find(from, name);
    if (!found) return 0;
    if (found->is_int64()) return found->as_int64();
    bad(name);
    return 0;
  }
  std::string text(const Json& from, std::string_view name) { return string_or(from, name); }
  JsonObject object(const Json& from, std::string_view name) {
    const Json* found = find(from, name);
    return found && found->is_object() ? found->as_object() : JsonObject{};
  }
  JsonArray array(const Json& from, std::string_view name) {
    const Json* found = find(from, name);
    return found && found->is_array() ? found->as_array() : JsonArray{};
  }
  Instant instant(const Json& from, std::string_view name) {
    const auto parsed = parse_instant(text(from, name));
    if (!parsed) bad(name);
    return parsed.value_or(Instant{});
  }
  template <std::size_t N>
  std::size_t choice(const Json& from, std::string_view name,
                     const std::array<std::string_view, N>& names) {
    const auto value = text(from, name);
    const auto at = std::find(names.begin(), names.end(), value);
    if (at == names.end()) return bad(name), 0;
    return static_cast<std::size_t>(at - names.begin());
  }
  int element(std::string_view id) {
    if (id.empty()) return -1;
    const int index = def_.find(id);
    if (index < 0) bad(fmt::format("element '{}'", id));
    return index;
  }
  int flow(std::string_view id) {
    if (id.empty()) return -1;
    for (std::size_t i = 0; i < def_.flows.size(); ++i) {
      if (def_.flows[i].id == id) return static_cast<int>(i);
    }
    bad(fmt::format("flow '{}'", id));
    return -1;
  }
  void bad(std::string_view what) {
    if (problem.empty()) problem = what;
  }

  Token token(const Json& from) {
    Token out;
    out.id = number(from, "id");
    out.node = element(text(from, "node"));
    out.scope = number(from, "scope");
    out.waiting = static_cast<Waiting>(choice(from, "waiting", waitings));
    out.via = flow(text(from, "via"));
    out.since = instant(from, "since");
    out.inside = number(from, "inside");
    out.iteration = static_cast<int>(number(from, "iteration"));
    out.loop = number(from, "loop");
    if (const Json* incident = find(from, "incident")) {
      out.incident =
          Incident{text(*incident, "code"), text(*incident, "detail"), instant(*incident, "at")};
    }
    if (out.node < 0) bad("node");
    return out;
  }

  std::vector<Compensable> compensables(const Json& from, std::string_view name, int depth = 0) {
    std::vector<Compensable> out;
    if (depth > 64) return bad(name), out;
    for (const auto& item : array(from, name)) {
      Compensable one;
      one.scope = number(item, "scope");
      one.node = element(text(item, "node"));
      one.variables = object(item, "variables");
      one.inside = compensables(item, "inside", depth + 1);
      if (one.node < 0) bad("node");
      out.push_back(std::move(one));
    }
    return out;
  }

  Scope scope(const Json& from) {
    Scope out;
    out.id = number(from, "id");
    out.kind = static_cast<Scope::Kind>(choice(from, "kind", scope_kinds));
    out.parent = number(from, "parent");
    out.token = number(from, "token");
    out.node = element(text(from, "node"));
    if (const auto process = text(from, "process"); !process.empty()) {
      out.process = def_.find_process(process);
      if (out.process < 0) bad(fmt::format("process '{}'", process));
    }
    out.variables = object(from, "variables");
    out.total = number(from, "total");
    out.started = number(from, "started");
    out.finished = number(from, "finished");
    out.items = array(from, "items");
    out.outputs = array(from, "outputs");
    out.queue = compensables(from, "queue");
    for (const auto& [id, flows] : object(from, "resets")) {
      auto& list = out.resets[element(id)];
      if (!flows.is_array()) continue;
      for (const auto& each : flows.as_array())
        list.push_back(each.is_string() ? flow(std::string_view(each.as_string())) : -1);
    }
    return out;
  }

  Subscription subscription(const Json& from) {
    Subscription out;
    out.id = number(from, "id");
    out.token = number(from, "token");
    out.scope = number(from, "scope");
    out.node = element(text(from, "node"));
    out.event = static_cast<int>(number(from, "event"));
    out.kind = static_cast<EventKind>(choice(from, "kind", event_kinds));
    out.name = text(from, "name");
    out.key = text(from, "key");
    if (find(from, "due")) out.due = instant(from, "due");
    out.repeats = number(from, "repeats");
    out.missed = find(from, "missed") != nullptr;
    const bool has_event =
        out.node >= 0 && (out.event == -1 ||
                          static_cast<std::size_t>(out.event) < def_.node(out.node).events.size());
    if (!has_event) bad("event");
    return out;
  }

 private:
  const Definition& def_;
};

}  // namespace

const Token* State::token(Number id) const {
  const auto found =
      std::find_if(tokens.begin(), tokens.end(), [&](const Token& item) { return item.id == id; });
  return found == tokens.end() ? nullptr : &*found;
}

const Scope* State::scope(Number id) const {
  const auto found =
      std::find_if(scopes.begin(), scopes.end(), [&](const Scope& item) { return item.id == id; });
  return found == scopes.end() ? nullptr : &*found;
}

const JsonObject& State::variables() const {
  static const JsonObject none;
  return scopes.empty() ? none : scopes.front().variables;
}

Json to_json(const Definition& definition, const State& state) {
  const Writer writer(definition);
  JsonObject out{{"status", to_string(state.status)},
                 {"steps", state.steps},
                 {"entries", state.entries},
                 {"next", state.next}};
  Writer::text(out, "key", state.business_key);
  JsonArray tokens, scopes, subscriptions;
  for (const auto& item : state.tokens) tokens.push_back(writer.token(item));
  for (const auto& item : state.scopes) scopes.push_back(writer.scope(item));
  for (const auto& item : state.subscriptions) subscriptions.push_back(writer.subscription(item));
  out["tokens"] = std::move(tokens);
  out["scopes"] = std::move(scopes);
  if (!subscriptions.empty()) out["subscriptions"] = std::move(subscriptions);
  if (!state.compensables.empty()) out["compensables"] = writer.compensables(state.compensables);
  return out;
}

Result<State> state_from_json(const Definition& definition, const Json& json) {
  Reader reader(definition);
  State state;
  MINBEN_TRY(status, parse_status(string_or(json, "status")));
  state.status = status;
  state.steps = reader.number(json, "steps");
  state.entries = reader.number(json, "entries");
  state.next = reader.number(json, "next");
  state.business_key = reader.text(json, "key");
  for (const auto& item : reader.array(json, "tokens")) state.tokens.push_back(reader.token(item));
  for (const auto& item : reader.array(json, "scopes")) state.scopes.push_back(reader.scope(item));
  for (const auto& item : reader.array(json, "subscriptions"))
    state.subscriptions.push_back(reader.subscription(item));
  state.compensables = reader.compensables(json, "compensables");
  if (reader.problem.empty()) return state;
  return fail(Kind::internal, "state_unreadable",
              fmt::format("the stored state does not fit the model: {}", reader.problem));
}

}  // namespace minben::process
