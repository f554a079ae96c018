// Operations on many instances at once, each with its own result.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

Json as_json(const process::Batch& batch) {
  return JsonObject{
      {"id", to_string(batch.id)},
      {"key", batch.key},
      {"operation", process::to_json(batch.operation)},
      {"by", batch.actor},
      {"begunAt", to_string(batch.at)},
      {"finishedAt", batch.finished ? Json(to_string(*batch.finished)) : Json(nullptr)},
      {"waiting", batch.waiting},
      {"done", batch.done},
      {"failed", batch.failed}};
}

Result<process::Operation> operation_in(Body& body) {
  process::Operation operation;
  const std::string named = body.text("operation", 20);
  const auto kind = process::parse_operation(named);
  if (kind) operation.kind = *kind;
  else if (!named.empty()) body.fault("operation", kind.error().code, kind.error().detail);
  operation.version = static_cast<int>(body.integer("version").value_or(0));
  operation.to_version = static_cast<int>(body.integer("toVersion").value_or(0));
  operation.incident = body.optional_text("incident", 64);
  operation.reason = body.optional_text("reason", 64);
  operation.dry_run = body.flag("dryRun");
  MINBEN_TRY(renames, renames_of(body.object("renames")));
  operation.renames = std::move(renames);
  if (kind && *kind == process::Operation::Kind::migrate && operation.to_version == 0)
    body.fault("toVersion", "missing", "is required to migrate");
  if (kind && *kind == process::Operation::Kind::cancel && operation.reason.empty())
    body.fault("reason", "missing", "is required to cancel");
  return operation;
}

Result<net::Response> begin(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string code = body.text("model", 64);
  MINBEN_TRY(operation, operation_in(body));
  MINBEN_CHECK(call.sound(body));
  MINBEN_TRY(batch, call.transact([&](store::Transaction& tx) {
    return call.parts.batches.begin(tx, call.key_of(code), operation, call.actor());
  }));
  auto response = net::Response::json(as_json(batch), 202);
  response.headers.set("Location", fmt::format("{}/batches/{}", base, to_string(batch.id)));
  return response;
}

/// Of this client, or not found.
Result<process::Batch> read(const Call& call, store::Transaction& tx) {
  const auto id = process::BatchId::parse(call.request.parameter("batch"));
  if (!id) return fail(Kind::not_found, "no_such_batch", "not an id");
  MINBEN_TRY(batch, call.parts.batches.find(tx, *id));
  if (!call.owns(batch.key)) return fail(Kind::not_found, "no_such_batch", to_string(*id));
  return batch;
}

Result<net::Response> show(Call& call) {
  return call.read([&](store::Transaction& tx) -> Result<net::Response> {
    MINBEN_TRY(batch, read(call, tx));
    MINBEN_TRY(causes, call.parts.batches.causes(tx, batch.id));
    JsonArray items;
    for (const auto& cause : causes)
      items.push_back(JsonObject{
          {"code", cause.code}, {"detail", cause.detail}, {"instances", cause.instances}});
    Json json = as_json(batch);
    json.as_object()["causes"] = std::move(items);
    return net::Response::json(json);
  });
}

Result<net::Response> list(Call& call) {
  const auto& query = call.request.query;
  if (!query.has("model")) return fail(Kind::invalid, "missing", "is required", "model");
  MINBEN_TRY(limit, call.limit());
  MINBEN_TRY(all, call.read([&](store::Transaction& tx) {
    return call.parts.batches.list(tx, call.key_of(query.get("model")), limit);
  }));
  JsonArray items;
  for (const auto& batch : all) items.push_back(as_json(batch));
  return net::Response::json(list_of("batches", std::move(items)));
}

Result<net::Response> results(Call& call) {
  const auto& query = call.request.query;
  MINBEN_TRY(limit, call.limit());
  process::InstanceId after;
  if (query.has("after")) {
    const auto id = process::InstanceId::parse(query.get("after"));
    if (!id) return fail(Kind::invalid, "not_an_id", "expected a UUID", "after");
    after = *id;
  }
  return call.read([&](store::Transaction& tx) -> Result<net::Response> {
    MINBEN_TRY(batch, read(call, tx));
    MINBEN_TRY(found, call.parts.batches.items(tx, batch.id, query.get("status"), after, limit));
    JsonArray items;
    for (const auto& item : found)
      items.push_back(JsonObject{{"instance", to_string(item.instance)},
                                 {"status", item.status},
                                 {"code", item.code},
                                 {"detail", item.detail}});
    return net::Response::json(list_of("items", std::move(items)));
  });
}

}  // namespace

Result<process::Renames> renames_of(const JsonObject& object) {
  process::Renames renames;
  for (const auto& [from, to] : object) {
    if (!to.is_string())
      return fail(Kind::invalid, "wrong_type", "element id → element id",
                  fmt::format("/renames/{}", std::string_view(from)));
    renames.emplace(from, std::string(to.as_string()));
  }
  return renames;
}

std::vector<Endpoint> batch_endpoints() {
  using net::Method;
  return {
      {Method::post,
       "/batches",
       "beginBatch",
       Scope::operate,
       "Migrates, retries, suspends, resumes or cancels all running instances of a model, or of "
       "one version; goes on in the background, also after a crash. A migration may be a dry run",
       "NewBatch",
       "Batch",
       202,
       {},
       begin},
      {Method::get,
       "/batches",
       "listBatches",
       Scope::read,
       "What was begun, the latest first",
       "",
       "Batches",
       200,
       {{"model", "Code of the model", "string", true},
        {"limit", "1 to 500; default 50", "integer"}},
       list},
      {Method::get,
       "/batches/{batch}",
       "readBatch",
       Scope::read,
       "How far it is, and what stood against it how often",
       "",
       "BatchDetails",
       200,
       {},
       show},
      {Method::get,
       "/batches/{batch}/items",
       "listBatchItems",
       Scope::read,
       "The result for each instance",
       "",
       "BatchItems",
       200,
       {{"status", "waiting, done or failed"},
        {"after", "Id of the last instance of the page before"},
        {"limit", "1 to 500; default 50", "integer"}},
       results},
  };
}

}  // namespace minben::api
