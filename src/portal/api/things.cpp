// What the interface says of models, instances, tasks and incidents.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

Json or_null(const std::optional<Instant>& instant) {
  return instant ? Json(to_string(*instant)) : Json(nullptr);
}
Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Json as_json(const process::Deployment& deployment) {
  return JsonObject{{"key", deployment.key},
                    {"version", deployment.version},
                    {"digest", deployment.digest},
                    {"deployedAt", to_string(deployment.at)}};
}

Json as_json(const process::InstanceLine& line) {
  return JsonObject{{"id", to_string(line.id)},
                    {"key", line.key},
                    {"version", line.version},
                    {"status", to_string(line.status)},
                    {"businessKey", or_null(line.business_key)},
                    {"incidents", line.incidents},
                    {"startedAt", to_string(line.started)},
                    {"endedAt", or_null(line.ended)}};
}

Json as_json(const process::UserTask& task) {
  return JsonObject{{"id", to_string(task.id)},
                    {"instance", to_string(task.id.instance)},
                    {"key", task.key},
                    {"element", task.element},
                    {"name", JsonObject{{"zh-Hant", task.name.zh_hant}, {"en", task.name.en}}},
                    {"agency", or_null(task.agency.value)},
                    {"role", or_null(task.role)},
                    {"assignee", or_null(task.assignee)},
                    {"businessKey", or_null(task.business_key)},
                    {"openedAt", to_string(task.opened)},
                    {"dueAt", or_null(task.due)},
                    {"input", task.input}};
}

Json as_json(const process::IncidentLine& line) {
  return JsonObject{{"instance", to_string(line.instance)},
                    {"key", line.key},
                    {"businessKey", or_null(line.business_key)},
                    {"element", line.element},
                    {"token", line.token},
                    {"code", line.incident.code},
                    {"detail", line.incident.detail},
                    {"at", to_string(line.incident.at)}};
}

Json as_json(const process::Position& position) {
  return JsonObject{{"element", position.element},
                    {"tokens", position.tokens},
                    {"waiting", to_string(position.waiting)},
                    {"since", to_string(position.since)}};
}

Json as_json(const process::HistoryEntry& entry) {
  return JsonObject{{"number", entry.number}, {"at", to_string(entry.at)},
                    {"what", entry.what},     {"element", or_null(entry.element)},
                    {"token", entry.token},   {"detail", or_null(entry.detail)}};
}

Json as_json(const process::Step& step) {
  JsonArray tasks;
  for (const process::UserTask& task : step.opened) tasks.push_back(as_json(task));
  return JsonObject{{"instance", to_string(step.instance)},
                    {"step", step.number},
                    {"status", to_string(step.state->status)},
                    {"openedTasks", std::move(tasks)}};
}

Json list_of(std::string_view name, JsonArray items) {
  return JsonObject{{name, std::move(items)}};
}

net::Response created(const Json& value, std::string_view location) {
  auto response = net::Response::json(value, 201);
  response.headers.set("Location", location);
  return response;
}

net::Response no_content() {
  net::Response response;
  response.status = 204;
  return response;
}

}  // namespace minben::api
