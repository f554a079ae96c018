// For those who look after running instances: what is stuck, and what to do about it.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

/// One command to an instance of this client; undone when it is another's.
template <class Command>
Result<net::Response> command(const Call& call, Command&& give) {
  MINBEN_TRY(id, call.instance_id());
  MINBEN_TRY(step, call.transact([&](store::Transaction& tx) -> Result<process::Step> {
    MINBEN_TRY(done, give(tx, id));
    if (!call.owns(done.key)) return fail(Kind::not_found, "no_such_instance", to_string(id));
    return done;
  }));
  return net::Response::json(as_json(step));
}

Result<net::Response> cancel(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string reason = body.text("reason", 64);
  MINBEN_CHECK(call.sound(body));
  return command(call, [&](store::Transaction& tx, const process::InstanceId& id) {
    return call.parts.processes.cancel(tx, id, reason, call.actor());
  });
}

Result<net::Response> suspend(Call& call) {
  return command(call, [&](store::Transaction& tx, const process::InstanceId& id) {
    return call.parts.processes.suspend(tx, id, call.actor());
  });
}

Result<net::Response> resume(Call& call) {
  return command(call, [&](store::Transaction& tx, const process::InstanceId& id) {
    return call.parts.processes.resume(tx, id, call.actor());
  });
}

Result<net::Response> set_variables(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const JsonObject variables = body.object("variables");
  MINBEN_CHECK(call.sound(body));
  return command(call, [&](store::Transaction& tx, const process::InstanceId& id) {
    return call.parts.processes.set_variables(tx, id, variables, call.actor());
  });
}

Result<net::Response> incidents(Call& call) {
  const auto& query = call.request.query;
  if (!query.has("model")) return fail(Kind::invalid, "missing", "is required", "model");
  const std::string key = call.key_of(query.get("model"));
  MINBEN_TRY(limit, call.limit());
  MINBEN_TRY(lines, call.transact([&](store::Transaction& tx) {
    return call.parts.processes.incidents(tx, key, limit);
  }));
  JsonArray items;
  for (const auto& line : lines) items.push_back(as_json(line));
  return net::Response::json(list_of("incidents", std::move(items)));
}

Result<net::Response> retry(Call& call) {
  const auto token = parse_integer(call.request.parameter("token"), 1);
  if (!token) return fail(Kind::not_found, "no_incident", "not a token");
  return command(call, [&](store::Transaction& tx, const process::InstanceId& id) {
    return call.parts.processes.command(tx, id, process::Retry{*token}, call.actor());
  });
}

Result<net::Response> modify(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  process::Modify change;
  change.remove = body.integers("remove");
  change.start_before = body.texts("startBefore");
  if (change.remove.empty() && change.start_before.empty())
    body.fault("startBefore", "missing", "say what to remove, or where to start, or both");
  MINBEN_CHECK(call.sound(body));
  return command(call, [&](store::Transaction& tx, const process::InstanceId& id) {
    return call.parts.processes.command(tx, id, change, call.actor());
  });
}

Result<std::string> digest_of(const Call& call, store::Transaction& tx, std::string_view key,
                              std::int64_t version) {
  MINBEN_TRY(all, call.parts.processes.deployments(tx, key));
  for (const auto& each : all)
    if (each.version == version) return each.digest;
  return fail(Kind::not_found, "no_such_definition", fmt::format("{} version {}", key, version),
              "/version");
}

Result<net::Response> migrate(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const bool dry = body.flag("dryRun");
  const auto version = body.integer("version");
  const JsonObject named = body.object("renames");
  if (!version) body.fault("version", "missing", "is required");
  MINBEN_CHECK(call.sound(body));
  MINBEN_TRY(renames, renames_of(named));
  MINBEN_TRY(id, call.instance_id());
  return call.transact([&](store::Transaction& tx) -> Result<net::Response> {
    MINBEN_TRY(found, call.parts.processes.instance(tx, id));
    if (!call.owns(found.key)) return fail(Kind::not_found, "no_such_instance", to_string(id));
    MINBEN_TRY(digest, digest_of(call, tx, found.key, *version));
    MINBEN_TRY(against, call.parts.processes.check_migration(tx, id, digest, renames));
    if (dry || !against.empty()) {
      JsonArray obstacles;
      for (const Error& error : against)
        obstacles.push_back(JsonObject{{"code", error.code}, {"detail", error.detail}});
      return net::Response::json(
          JsonObject{{"moves", against.empty()}, {"obstacles", std::move(obstacles)}},
          dry ? 200 : 409);
    }
    MINBEN_CHECK(call.parts.processes.migrate(tx, id, digest, renames, call.actor()));
    return net::Response::json(JsonObject{{"moves", true}, {"obstacles", JsonArray()}});
  });
}

std::vector<Endpoint> instance_operations() {
  using net::Method;
  return {{Method::post,
           "/instances/{instance}/cancel",
           "cancelInstance",
           Scope::operate,
           "Ends an instance wherever it stands, without compensation",
           "Cancellation",
           "Step",
           200,
           {},
           cancel},
          {Method::post,
           "/instances/{instance}/suspend",
           "suspendInstance",
           Scope::operate,
           "Takes no commands until it is resumed; timers and messages wait",
           "",
           "Step",
           200,
           {},
           suspend},
          {Method::post,
           "/instances/{instance}/resume",
           "resumeInstance",
           Scope::operate,
           "Goes on after a suspension",
           "",
           "Step",
           200,
           {},
           resume},
          {Method::patch,
           "/instances/{instance}/variables",
           "setVariables",
           Scope::operate,
           "Sets variables and wakes conditional events",
           "Variables",
           "Step",
           200,
           {},
           set_variables}};
}

std::vector<Endpoint> repairs() {
  using net::Method;
  return {
      {Method::get,
       "/incidents",
       "findIncidents",
       Scope::read,
       "What is stuck, the oldest first",
       "",
       "Incidents",
       200,
       {{"model", "Code of the model", "string", true},
        {"limit", "Instances, 1 to 500; default 50", "integer"}},
       incidents},
      {Method::post,
       "/instances/{instance}/incidents/{token}/retry",
       "retryIncident",
       Scope::operate,
       "Tries again where a token is stuck",
       "",
       "Step",
       200,
       {},
       retry},
      {Method::post,
       "/instances/{instance}/modify",
       "modifyInstance",
       Scope::operate,
       "Moves a stuck instance: takes tokens away and starts before elements",
       "Modification",
       "Step",
       200,
       {},
       modify},
      {Method::post,
       "/instances/{instance}/migrate",
       "migrateInstance",
       Scope::operate,
       "Moves a running instance to another version, or says what stands against it",
       "Migration",
       "MigrationResult",
       200,
       {},
       migrate},
  };
}

}  // namespace

std::vector<Endpoint> operation_endpoints() {
  auto all = instance_operations();
  std::ranges::move(repairs(), std::back_inserter(all));
  return all;
}

}  // namespace minben::api
