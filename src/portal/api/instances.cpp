// Instances: start, look, search.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

Result<process::NewInstance> new_instance(const Call& call, Body& body) {
  process::NewInstance instance;
  const std::string code = body.text("model", 64);
  instance.key = call.key_of(code);
  instance.business_key = body.optional_text("businessKey");
  instance.variables = body.object("variables");
  const std::string id = body.optional_text("id", 36);
  instance.id = process::InstanceId::make(call.parts.clock, call.parts.random);
  if (!id.empty()) {
    const auto chosen = process::InstanceId::parse(id);
    if (chosen) instance.id = *chosen;
    else body.fault("id", "not_an_id", "expected a UUID");
  }
  return instance;
}

/// A client that got no answer sends the same id again and gets what it began.
Result<net::Response> started_before(const Call& call, const process::NewInstance& wanted,
                                     const Error& error) {
  if (error.kind != Kind::conflict) return std::unexpected(error);
  MINBEN_TRY(found, call.read([&](store::Transaction& tx) {
    return call.parts.processes.instance(tx, wanted.id);
  }));
  if (found.key != wanted.key || found.state.business_key != wanted.business_key)
    return fail(Kind::conflict, "id_taken", "another instance has this id", "/id");
  MINBEN_TRY(tasks, call.read([&](store::Transaction& tx) {
    return call.parts.processes.tasks(tx, wanted.id);
  }));
  JsonArray open;
  for (const auto& task : tasks) open.push_back(as_json(task));
  return net::Response::json(JsonObject{{"instance", to_string(found.id)},
                                        {"step", found.state.steps},
                                        {"status", to_string(found.state.status)},
                                        {"openedTasks", std::move(open)}});
}

Result<net::Response> start(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  MINBEN_TRY(wanted, new_instance(call, body));
  MINBEN_CHECK(call.sound(body));
  const auto step = call.transact(
      [&](store::Transaction& tx) { return call.parts.processes.start(tx, wanted, call.actor()); });
  if (!step) return started_before(call, wanted, step.error());
  return created(as_json(*step), fmt::format("{}/instances/{}", base, to_string(wanted.id)));
}

Result<net::Response> search(Call& call) {
  const auto& query = call.request.query;
  process::InstanceFilter filter;
  if (!query.has("model")) return fail(Kind::invalid, "missing", "is required", "model");
  filter.key = call.key_of(query.get("model"));
  filter.business_key = query.get("businessKey");
  filter.with_incidents = query.get("incidents") == "true";
  MINBEN_TRY(limit, call.limit());
  filter.limit = limit;
  if (query.has("status")) {
    const auto status = process::parse_status(query.get("status"));
    if (!status) return fail(Kind::invalid, "unknown_status", "see the schema", "status");
    filter.status = *status;
  }
  if (const auto after = query.get("after"); !after.empty()) {  // "<startedAt>,<id>"
    const auto comma = after.find(',');
    const auto at = parse_instant(after.substr(0, comma));
    const auto id = process::InstanceId::parse(comma == after.npos ? std::string_view()
                                                                   : after.substr(comma + 1));
    if (!at || !id) return fail(Kind::invalid, "bad_cursor", "take `next` of a page", "after");
    filter.started_before = *at;
    filter.before = *id;
  }
  MINBEN_TRY(lines, call.read([&](store::Transaction& tx) {
    return call.parts.processes.find(tx, filter);
  }));
  JsonArray items;
  for (const auto& line : lines) items.push_back(as_json(line));
  JsonObject page{{"instances", std::move(items)}, {"next", nullptr}};
  if (lines.size() == static_cast<std::size_t>(limit))
    page["next"] =
        fmt::format("{},{}", to_string(lines.back().started), to_string(lines.back().id));
  return net::Response::json(page);
}

/// Of this client, or not found.
Result<process::Instance> read(const Call& call, store::Transaction& tx) {
  MINBEN_TRY(id, call.instance_id());
  MINBEN_TRY(found, call.parts.processes.instance(tx, id));
  if (!call.owns(found.key)) return fail(Kind::not_found, "no_such_instance", to_string(id));
  return found;
}

Result<net::Response> show(Call& call) {
  MINBEN_TRY(shown, call.read([&](store::Transaction& tx) -> Result<Json> {
    MINBEN_TRY(found, read(call, tx));
    MINBEN_TRY(tasks, call.parts.processes.tasks(tx, found.id));
    MINBEN_TRY(positions, call.parts.processes.positions(tx, found.id));
    JsonArray open, stands;
    for (const auto& task : tasks) open.push_back(as_json(task));
    for (const auto& position : positions) stands.push_back(as_json(position));
    const auto incidents = std::ranges::count_if(
        found.state.tokens, [](const process::Token& token) { return token.incident.has_value(); });
    Json json = as_json(process::InstanceLine{
        found.id, found.key, found.version, found.state.status, found.state.business_key,
        static_cast<int>(incidents), found.started, found.ended});
    json.as_object()["variables"] = found.state.variables();
    json.as_object()["tasks"] = std::move(open);
    json.as_object()["positions"] = std::move(stands);
    return json;
  }));
  return net::Response::json(shown);
}

Result<net::Response> history(Call& call) {
  MINBEN_TRY(entries,
             call.read([&](store::Transaction& tx) -> Result<std::vector<process::HistoryEntry>> {
               MINBEN_TRY(found, read(call, tx));
               return call.parts.processes.history(tx, found.id);
             }));
  JsonArray items;
  for (const auto& entry : entries) items.push_back(as_json(entry));
  return net::Response::json(list_of("entries", std::move(items)));
}

}  // namespace

std::vector<Endpoint> instance_endpoints() {
  using net::Method;
  return {
      {Method::post,
       "/instances",
       "startInstance",
       Scope::work,
       "Starts an instance of a model's latest version. With an id of your own it is safe to send "
       "again",
       "NewInstance",
       "Step",
       201,
       {},
       start},
      {Method::get,
       "/instances",
       "findInstances",
       Scope::read,
       "Instances of a model, the latest first",
       "",
       "InstancePage",
       200,
       {{"model", "Code of the model", "string", true},
        {"status", "running, suspended, completed, terminated or cancelled"},
        {"businessKey", "Exactly this one"},
        {"incidents", "true: only those that are stuck", "boolean"},
        {"limit", "1 to 500; default 50", "integer"},
        {"after", "`next` of the page before"}},
       search},
      {Method::get,
       "/instances/{instance}",
       "readInstance",
       Scope::read,
       "An instance with its variables, open tasks and where it stands",
       "",
       "InstanceDetails",
       200,
       {},
       show},
      {Method::get,
       "/instances/{instance}/history",
       "readHistory",
       Scope::read,
       "Everything that happened, without gaps",
       "",
       "History",
       200,
       {},
       history},
  };
}

}  // namespace minben::api
