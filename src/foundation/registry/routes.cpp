// The registry as gateways see it.
#include <fmt/format.h>

#include "impl.hpp"

namespace minben::registry {

namespace {

using net::Request;
using net::Response;

Response configuration_answer(const Registry& registry, const Request& request) {
  const auto now = registry.published();
  if (!now) return Response::problem(now.error());
  const bool known = request.headers.get("If-None-Match") == (*now)->etag;
  Response response =
      known ? Response::text("", 304) : Response::bytes((*now)->text, "application/json");
  response.headers.set("ETag", (*now)->etag);
  response.headers.set("Cache-Control", "public, max-age=10");
  return response;
}

Response earlier_answer(const Registry& registry, const Request& request) {
  const auto version = parse_integer(request.parameter("version"), 1);
  auto text = version ? registry.publication(*version)
                      : Result<std::string>(fail(Kind::not_found, "unknown_version"));
  if (!text) return Response::problem(text.error());
  Response response = Response::bytes(std::move(*text), "application/json");
  response.headers.set("Cache-Control", "public, max-age=86400, immutable");
  return response;
}

Response revocation_answer(const Registry& registry) {
  const auto now = registry.published();
  if (!now) return Response::problem(now.error());
  std::string all;
  for (const std::string& list : (*now)->configuration->revocation_lists) all += list;
  Response response = Response::bytes(std::move(all), "application/x-pem-file");
  response.headers.set("Cache-Control", "public, max-age=10");
  return response;
}

Response openapi_answer(Registry& registry, const Request& request) {
  const exchange::ServiceId id{
      {std::string(request.parameter("instance")), std::string(request.parameter("class")),
       std::string(request.parameter("member")), std::string(request.parameter("subsystem"))},
      std::string(request.parameter("service"))};
  auto file = registry.openapi(id);
  if (!file) return Response::problem(file.error());
  Response response = Response::bytes(std::move(*file), "application/json");
  response.headers.set("Cache-Control", "public, max-age=60");
  return response;
}

Json to_json(const JoinCase& one) {
  return JsonObject{{"id", one.id},
                    {"state", to_string(one.state)},
                    {"reason", one.reason},
                    {"received_at", to_string(one.received_at)}};
}

Response case_answer(Registry& registry, const Request& request) {
  const auto one = registry.request(request.parameter("id"));
  if (!one) return Response::problem(one.error());
  Json json = to_json(*one);
  const auto issued = registry.certificates_of(one->id);
  if (!issued) return Response::problem(issued.error());
  for (const IssuedCertificate& each : *issued)
    json.as_object()[each.usage == trust::Usage::seal ? "seal_certificate" : "tls_certificate"] =
        each.pem;
  Response response = Response::json(json);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::vector<net::Route> Registry::routes(net::Access access) {
  using net::Method;
  std::vector<net::Route> routes;
  routes.push_back({Method::get, "/exchange/configuration", access, 0,
                    [this](Request& request) { return configuration_answer(*this, request); }});
  routes.push_back({Method::get, "/exchange/configurations/{version}", access, 0,
                    [this](Request& request) { return earlier_answer(*this, request); }});
  routes.push_back({Method::get, "/exchange/revocation-list", access, 0,
                    [this](Request&) { return revocation_answer(*this); }});
  routes.push_back(
      {Method::get, "/exchange/registry", access, 0, [this](Request&) {
         const auto now = published();
         Response response = Response::json(JsonObject{
             {"instance", now ? (*now)->configuration->instance : impl_->config.instance},
             {"key", key().pem()},
             {"fingerprint", hex_encode(key().fingerprint())},
             {"authority", authority().pem},
             {"time", to_string(impl_->clock.now())}});
         response.headers.set("Cache-Control", "no-store");
         return response;
       }});
  routes.push_back({Method::get,
                    "/exchange/openapi/{instance}/{class}/{member}/{subsystem}/{service}", access,
                    0, [this](Request& request) { return openapi_answer(*this, request); }});
  routes.push_back(
      {Method::post, "/exchange/requests", access, max_join_request, [this](Request& request) {
         if (!impl_->visitors.admit(request.remote_address, impl_->clock.now()))
           return Response::problem(
               {Kind::too_many, "too_many_requests", "10 requests to join an hour", {}, 0, 0});
         const auto one = receive(request.body);
         return one ? Response::json(to_json(*one), 202) : Response::problem(one.error());
       }});
  routes.push_back({Method::get, "/exchange/requests/{id}", access, 0,
                    [this](Request& request) { return case_answer(*this, request); }});
  return routes;
}

}  // namespace minben::registry
