// Tasks of people, worked on in the agency's own system.
#include <boost/json/array.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

Result<net::Response> list(Call& call) {
  const auto& query = call.request.query;
  process::TaskFilter filter;
  filter.area = call.client.agency.value;
  if (query.has("model")) filter.key = call.key_of(query.get("model"));
  if (query.has("agency")) filter.agency = AgencyCode{std::string(query.get("agency"))};
  for (const auto role : query.all("role")) filter.roles.emplace_back(role);
  filter.assignee = query.get("assignee");
  filter.unassigned = query.get("unassigned") == "true";
  if (query.has("dueBefore")) {
    const auto due = parse_instant(query.get("dueBefore"));
    if (!due) return fail(Kind::invalid, "not_an_instant", "expected RFC 3339", "dueBefore");
    filter.due_before = *due;
  }
  MINBEN_TRY(limit, call.limit());
  filter.limit = limit;
  MINBEN_TRY(tasks, call.read([&](store::Transaction& tx) {
    return call.parts.processes.tasks(tx, filter);
  }));
  JsonArray items;
  for (const auto& task : tasks) items.push_back(as_json(task));
  return net::Response::json(list_of("tasks", std::move(items)));
}

Result<net::Response> show(Call& call) {
  MINBEN_TRY(id, call.task_id());
  MINBEN_TRY(task,
             call.read([&](store::Transaction& tx) { return call.parts.processes.task(tx, id); }));
  if (!call.owns(task.key)) return fail(Kind::not_found, "task_not_open", to_string(id));
  return net::Response::json(as_json(task));
}

Result<net::Response> claim(Call& call) {
  MINBEN_TRY(id, call.task_id());
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string who = body.text("assignee", 200);
  MINBEN_CHECK(call.sound(body));
  MINBEN_CHECK(call.read([&](store::Transaction& tx) {
    return call.parts.processes.claim(tx, id, who, call.client.agency.value);
  }));
  return no_content();
}

Result<net::Response> release(Call& call) {
  MINBEN_TRY(id, call.task_id());
  MINBEN_TRY(body, Body::read(call.request.body));
  const std::string who = body.text("assignee", 200);
  MINBEN_CHECK(call.sound(body));
  MINBEN_CHECK(call.read([&](store::Transaction& tx) {
    return call.parts.processes.release(tx, id, who, call.client.agency.value);
  }));
  return no_content();
}

Result<net::Response> complete(Call& call) {
  MINBEN_TRY(id, call.task_id());
  MINBEN_TRY(body, Body::read(call.request.body));
  const JsonObject variables = body.object("variables");
  MINBEN_CHECK(call.sound(body));
  MINBEN_TRY(step, call.transact([&](store::Transaction& tx) -> Result<process::Step> {
    MINBEN_TRY(done, call.parts.processes.complete_task(tx, id, variables, call.actor()));
    if (!call.owns(done.key))  // undone with the transaction
      return fail(Kind::not_found, "no_such_instance", to_string(id.instance));
    return done;
  }));
  return net::Response::json(as_json(step));
}

}  // namespace

std::vector<Endpoint> task_endpoints() {
  using net::Method;
  return {
      {Method::get,
       "/tasks",
       "findTasks",
       Scope::read,
       "Open tasks, the next due first",
       "",
       "Tasks",
       200,
       {{"model", "Code of a model"},
        {"agency", "Code of the lane's agency"},
        {"role", "Role of officers; may be repeated"},
        {"assignee", "Held by this one"},
        {"unassigned", "true: held by nobody", "boolean"},
        {"dueBefore", "RFC 3339"},
        {"limit", "1 to 500; default 50", "integer"}},
       list},
      {Method::get,
       "/tasks/{task}",
       "readTask",
       Scope::read,
       "An open task",
       "",
       "Task",
       200,
       {},
       show},
      {Method::post,
       "/tasks/{task}/claim",
       "claimTask",
       Scope::work,
       "Gives the task to somebody; of two at once one gets a conflict",
       "Claim",
       "",
       204,
       {},
       claim},
      {Method::post,
       "/tasks/{task}/release",
       "releaseTask",
       Scope::work,
       "The one who holds the task gives it back",
       "Claim",
       "",
       204,
       {},
       release},
      {Method::post,
       "/tasks/{task}/complete",
       "completeTask",
       Scope::work,
       "Finishes the task with its results; a second time is a conflict",
       "Completion",
       "Step",
       200,
       {},
       complete},
  };
}

}  // namespace minben::api
