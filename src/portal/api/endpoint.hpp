#pragma once
// Endpoints are data: the routes and the OpenAPI document come from the same list.
#include <functional>
#include <optional>

#include "api.hpp"
#include "body.hpp"

namespace minben::api {

/// One call by an authenticated client.
struct Call {
  const Parts& parts;
  const Client& client;
  net::Request& request;
  Errors faults{};  ///< of the body; the answer names them all

  /// After all members were asked for: the first of the body's faults, if there are any.
  Result<void> sound(Body& body);
  /// What the history names as the one who acted.
  [[nodiscard]] std::string actor() const { return "client:" + to_string(client.id); }
  [[nodiscard]] bool owns(std::string_view key) const;
  /// Of a model of this client's agency.
  [[nodiscard]] std::string key_of(std::string_view code) const;
  /// A process of this client's agency; not_found "no_such_instance" for others', too.
  Result<process::InstanceId> instance_id() const;
  Result<process::TaskId> task_id() const;
  /// From the query; the default when it is not there.
  Result<int> limit() const;

  /// For what only reads, and for single writes.
  template <class Work>
  auto read(Work&& work) const {
    return parts.database.separately(std::forward<Work>(work));
  }
  template <class Work>
  auto transact(Work&& work) const {
    return parts.database.transact(std::forward<Work>(work));
  }
};

struct QueryParameter {
  std::string_view name, description;
  std::string_view type = "string";
  bool required = false;
};

/// One of the answers that say no. A code "" stands for several, which `when` describes.
struct Problem {
  Kind kind;
  std::string_view code;
  std::string_view when;
  std::string_view schema = {};  ///< of the answer, where it is no problem details
};

struct Endpoint {
  net::Method method;
  std::string_view path;  ///< below /api/process/v1
  std::string_view id;    ///< operationId
  Scope scope;
  std::string_view summary;
  std::string_view request;   ///< schema of the body, "" for none; "xml": a model
  std::string_view response;  ///< schema of the answer, "" for none
  int success;
  std::vector<QueryParameter> query;
  std::function<Result<net::Response>(Call&)> handler;
  std::string_view tag = {};  ///< the group that it is listed in; given by all_endpoints()
};

std::vector<Endpoint> model_endpoints();
std::vector<Endpoint> instance_endpoints();
std::vector<Endpoint> task_endpoints();
std::vector<Endpoint> event_endpoints();
std::vector<Endpoint> operation_endpoints();
std::vector<Endpoint> batch_endpoints();
std::vector<Endpoint> call_endpoints();
std::vector<Endpoint> hook_endpoints();
std::vector<Endpoint> all_endpoints();
/// What an endpoint may answer instead of success, beside what the server says to anybody (413,
/// 429).
std::vector<Problem> problems_of(const Endpoint& endpoint);

// ---- what is said of things
Json as_json(const process::Deployment& deployment);
Json as_json(const process::InstanceLine& line);
Json as_json(const process::UserTask& task);
Json as_json(const process::IncidentLine& line);
Json as_json(const process::Position& position);
Json as_json(const process::HistoryEntry& entry);
/// After a step: where the instance stands, and the tasks that it opened.
Json as_json(const process::Step& step);
Json list_of(std::string_view name, JsonArray items);

/// Element ids of one version → those of another, as a body brings them.
Result<process::Renames> renames_of(const JsonObject& object);

net::Response created(const Json& value, std::string_view location);
net::Response no_content();

}  // namespace minben::api
