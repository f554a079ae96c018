// From endpoints to routes: authentication, scope, and who owns what.
#include <array>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

constexpr std::size_t largest_body = 1u << 20;
constexpr std::size_t largest_model = 4u << 20;
constexpr std::string_view scheme = "Bearer ";

Result<Client> authenticate(const Parts& parts, const net::Request& request, Scope scope) {
  const std::string_view header = request.headers.get("Authorization");
  if (!header.starts_with(scheme))
    return fail(Kind::unauthorised, "token_needed", "send Authorization: Bearer <token>");
  MINBEN_TRY(client, parts.clients.by_token(header.substr(scheme.size())));
  if (!client.scopes.contains(scope))
    return fail(Kind::forbidden, "scope_missing", fmt::format("needs '{}'", to_string(scope)));
  return client;
}

net::Response problem(const Error& error, std::span<const Error> faults = {}) {
  auto response = net::Response::problem(error, faults);
  if (error.kind == Kind::unauthorised)  // RFC 6750 §3
    response.headers.set("WWW-Authenticate", "Bearer realm=\"minben\"");
  return response;
}

net::Response answer(const Parts& parts, const Endpoint& endpoint, net::Request& request) {
  const auto client = authenticate(parts, request, endpoint.scope);
  if (!client) return problem(client.error());
  Call call{parts, *client, request};
  auto response = endpoint.handler(call);
  return response ? std::move(*response) : problem(response.error(), call.faults);
}

}  // namespace

Result<void> Call::sound(Body& body) {
  faults = body.faults();
  if (faults.empty()) return {};
  return fail(faults.front());
}

bool Call::owns(std::string_view key) const {
  return key.starts_with(client.agency.value) && key.size() > client.agency.value.size() &&
         key[client.agency.value.size()] == '/';
}

std::string Call::key_of(std::string_view code) const {
  return fmt::format("{}/{}", client.agency.value, code);
}

Result<process::InstanceId> Call::instance_id() const {
  auto id = process::InstanceId::parse(request.parameter("instance"));
  if (!id) return fail(Kind::not_found, "no_such_instance", "not an id");
  return id;
}

Result<process::TaskId> Call::task_id() const {
  auto id = process::TaskId::parse(request.parameter("task"));
  if (!id) return fail(Kind::not_found, "task_not_open", "not an id");
  return id;
}

Result<int> Call::limit() const {
  if (!request.query.has("limit")) return 50;
  const auto number = parse_integer(request.query.get("limit"), 1);
  if (!number || *number > 500)
    return fail(Kind::invalid, "page_out_of_range", "limit is 1 … 500", "limit");
  return static_cast<int>(*number);
}

std::vector<Endpoint> all_endpoints() {
  using List = std::vector<Endpoint> (*)();
  constexpr std::array<std::pair<std::string_view, List>, 8> parts{
      {{"models", model_endpoints},
       {"instances", instance_endpoints},
       {"tasks", task_endpoints},
       {"service-calls", call_endpoints},
       {"events", event_endpoints},
       {"operations", operation_endpoints},
       {"batches", batch_endpoints},
       {"webhooks", hook_endpoints}}};
  std::vector<Endpoint> all;
  for (const auto& [tag, list] : parts)
    for (Endpoint& endpoint : list()) {
      endpoint.tag = tag;
      all.push_back(std::move(endpoint));
    }
  return all;
}

std::vector<net::Route> routes(const Parts& parts, net::Access access) {
  std::vector<net::Route> list;
  for (Endpoint& endpoint : all_endpoints()) {
    const auto method = endpoint.method;
    const std::size_t room = method == net::Method::get || method == net::Method::del ? 0
                             : endpoint.request == "xml" ? largest_model
                                                         : largest_body;
    const auto pattern = fmt::format("{}{}", base, endpoint.path);
    list.push_back({method, pattern, access, room,
                    [parts, endpoint = std::move(endpoint)](net::Request& request) {
                      return answer(parts, endpoint, request);
                    }});
  }
  list.push_back(
      {net::Method::get, fmt::format("{}/openapi.json", base), access, 0,
       [document = openapi(base)](net::Request&) { return net::Response::json(document); }});
  return list;
}

}  // namespace minben::api
