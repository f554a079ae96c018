// Service tasks that workers of the agency do: fetched with a lock that runs out, done at least
// once, under a key by which the worker can make it once.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

constexpr store::Query insert_call{
    "api_insert_call",
    "insert into api.service_call (case_id, number, key, topic, element, business_key, input, "
    "variables, free_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (case_id, number) "
    "do update set free_at = excluded.free_at, worker = '', attempt = 0"};
constexpr store::Query fetch_calls{
    "api_fetch_calls",
    "update api.service_call c set worker = $4, free_at = $5, attempt = attempt + 1 from (select "
    "case_id, number from api.service_call where starts_with(key, $1 || '/') and topic = any($2) "
    "and free_at <= $3 order by free_at limit $6 for update skip locked) due where c.case_id = "
    "due.case_id and c.number = due.number returning c.*"};
constexpr store::Query drop_call{"api_drop_call",
                                 "delete from api.service_call where case_id = $1 and number = $2"};
constexpr store::Query put_off{
    "api_put_off_call",
    "update api.service_call set free_at = $3, worker = '' where case_id = $1 and number = $2 and "
    "starts_with(key, $4 || '/') returning attempt"};

constexpr int most_attempts = 8;
constexpr std::int64_t longest_lock = 3600;  ///< seconds

Json call_in(const store::Row& row) {
  const process::TaskId id{row.id<process::InstanceId>("case_id"), row.integer("number")};
  return JsonObject{{"id", process::to_string(id)},
                    {"instance", to_string(id.instance)},
                    {"key", row.text("key")},
                    {"topic", row.text("topic")},
                    {"element", row.text("element")},
                    {"businessKey", row.text("business_key")},
                    {"idempotencyKey", process::to_string(id)},
                    {"attempt", row.integer("attempt")},
                    {"input", row.json("input")},
                    {"variables", row.json("variables")}};
}

/// An event may have taken the task away meanwhile: then it is not handed out.
Result<bool> still_wanted(const Call& call, store::Transaction& tx, const store::Row& row) {
  const auto id = row.id<process::InstanceId>("case_id");
  const auto found = call.parts.processes.instance(tx, id);
  if (!found && found.error().kind != Kind::not_found) return std::unexpected(found.error());
  const auto* token = found ? found->state.token(row.integer("number")) : nullptr;
  if (token && token->waiting == process::Waiting::service && !token->incident) return true;
  MINBEN_CHECK(tx.run(drop_call, id, row.integer("number")));
  return false;
}

Result<net::Response> fetch(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const auto topics = body.texts("topics");
  const std::string worker = body.text("worker", 200);
  const auto limit = body.integer("limit").value_or(10);
  const auto lock = body.integer("lockSeconds").value_or(60);
  if (topics.empty()) body.fault("topics", "missing", "at least one");
  if (limit < 1 || limit > 100) body.fault("limit", "out_of_range", "1 to 100");
  if (lock < 1 || lock > longest_lock) body.fault("lockSeconds", "out_of_range", "1 to 3600");
  MINBEN_CHECK(call.sound(body));
  const Instant now = call.parts.clock.now();
  return call.transact([&](store::Transaction& tx) -> Result<net::Response> {
    MINBEN_TRY(rows, tx.run(fetch_calls, call.client.agency, topics, now, worker,
                            now + seconds(lock), limit));
    JsonArray items;
    for (const auto row : rows) {
      MINBEN_TRY(wanted, still_wanted(call, tx, row));
      if (wanted) items.push_back(call_in(row));
    }
    return net::Response::json(list_of("calls", std::move(items)));
  });
}

/// What a worker answers: `give` commands the instance; the row goes with it.
template <class Give>
Result<net::Response> answer(Call& call, Give&& give) {
  MINBEN_TRY(id, call.task_id());
  MINBEN_TRY(step, call.transact([&](store::Transaction& tx) -> Result<process::Step> {
    MINBEN_TRY(done, give(tx, id));
    if (!call.owns(done.key))
      return fail(Kind::not_found, "no_such_instance", to_string(id.instance));
    MINBEN_CHECK(tx.run(drop_call, id.instance, id.number));
    return done;
  }));
  return net::Response::json(as_json(step));
}

Result<net::Response> complete(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const JsonObject variables = body.object("variables");
  MINBEN_CHECK(call.sound(body));
  return answer(call, [&](store::Transaction& tx, const process::TaskId& id) {
    return call.parts.processes.complete_service(tx, id, variables, call.actor());
  });
}

Result<net::Response> error(Call& call) {
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string code = body.text("code", 64);
  const JsonObject variables = body.object("variables");
  MINBEN_CHECK(call.sound(body));
  return answer(call, [&](store::Transaction& tx, const process::TaskId& id) {
    return call.parts.processes.throw_error(tx, id, code, variables, call.actor());
  });
}

/// Tried again later, with growing pauses, or at last an incident.
Result<net::Response> failed(Call& call) {
  MINBEN_TRY(id, call.task_id());
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string code = body.text("code", 64);
  const std::string detail = body.optional_text("detail", 1000);
  MINBEN_CHECK(call.sound(body));
  return call.transact([&](store::Transaction& tx) -> Result<net::Response> {
    const Instant now = call.parts.clock.now();
    MINBEN_TRY(rows, tx.run(put_off, id.instance, id.number, now, call.client.agency));
    if (rows.empty()) return fail(Kind::conflict, "call_not_open", to_string(id.instance));
    const auto attempt = rows.front().integer("attempt");
    if (attempt < most_attempts) {
      MINBEN_CHECK(tx.run(put_off, id.instance, id.number, now + seconds(1LL << attempt),
                          call.client.agency));
      return net::Response::json(JsonObject{{"attempt", attempt}, {"incident", false}});
    }
    MINBEN_CHECK(call.parts.processes.fail_service(tx, id, code, detail, call.actor()));
    MINBEN_CHECK(tx.run(drop_call, id.instance, id.number));
    return net::Response::json(JsonObject{{"attempt", attempt}, {"incident", true}});
  });
}

}  // namespace

process::ServiceHandler outside_calls(const Clock& clock) {
  return [&clock](store::Transaction& tx,
                  const process::ServiceCall& call) -> Result<process::ServiceOutcome> {
    MINBEN_CHECK(tx.run(insert_call, call.id.instance, call.id.number, call.key, call.topic,
                        call.element, call.business_key, Json(call.input), Json(call.variables),
                        clock.now()));
    return process::ServiceLater{};
  };
}

std::vector<Endpoint> call_endpoints() {
  using net::Method;
  return {
      {Method::post,
       "/service-calls/fetch",
       "fetchServiceCalls",
       Scope::work,
       "Takes service tasks of some topics; they come back when the lock runs out unanswered",
       "Fetch",
       "Calls",
       200,
       {},
       fetch},
      {Method::post,
       "/service-calls/{task}/complete",
       "completeServiceCall",
       Scope::work,
       "The service is done; a second time is a conflict",
       "Completion",
       "Step",
       200,
       {},
       complete},
      {Method::post,
       "/service-calls/{task}/error",
       "throwServiceError",
       Scope::work,
       "A BPMN error: to the boundary event of that code",
       "ServiceError",
       "Step",
       200,
       {},
       error},
      {Method::post,
       "/service-calls/{task}/fail",
       "failServiceCall",
       Scope::work,
       "It did not work; it is handed out again later, eight times in all, then it is an incident",
       "ServiceFailure",
       "ServiceFailed",
       200,
       {},
       failed},
  };
}

}  // namespace minben::api
