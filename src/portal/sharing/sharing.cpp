#include "sharing/sharing.hpp"

#include "page/page.hpp"

namespace minben::sharing {

namespace {

using mydata::Arrived;

net::Response without_store(net::Response response) {
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");  // the address holds pid
  return response;
}

/// Ids in base64 may contain "/", so what is between the client and tx_id is one thing.
net::Response arrive(const Parts& parts, const net::Request& request) {
  const std::string_view rest = request.parameter("rest");
  const auto slash = rest.rfind('/');
  const bool split = slash != std::string_view::npos;
  const auto arrived = parts.requests.arrive({.client_id = request.parameter("client"),
                                              .resources = split ? rest.substr(0, slash) : "",
                                              .tx_id = split ? rest.substr(slash + 1) : rest,
                                              .return_url = request.query.get("returnUrl"),
                                              .pid = request.query.get("pid")});
  if (!arrived) return net::Response::problem(arrived.error());
  const Language language = page::visitor(request).language;
  if (!arrived->id.is_nil())
    return without_store(net::Response::see_other(
        page::Url::page(language, {"data-requests", to_string(arrived->id)}).text()));
  if (arrived->return_url.empty())
    return without_store(
        net::Response::see_other(page::Url::page(language, {"data-requests", "refused"})
                                     .with("code", std::to_string(arrived->code))
                                     .text()));
  return without_store(net::Response::see_other(mydata::return_address(
      arrived->return_url, arrived->code, split ? rest.substr(slash + 1) : rest)));
}

std::string_view bearer(const net::Request& request) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view given = request.headers.get("Authorization");
  return given.starts_with(scheme) ? given.substr(scheme.size()) : std::string_view();
}

net::Response give(const Parts& parts, const net::Request& request) {
  const auto taken = parts.requests.take({.ticket = request.headers.get("permission_ticket"),
                                          .token = bearer(request),
                                          .address = request.remote_address});
  if (!taken) return without_store(net::Response::problem(taken.error()));
  net::Response response =
      taken->status == 200
          ? net::Response::bytes(taken->jwe, "application/jose")
          : net::Response::json(JsonObject{{"code", taken->status}}, taken->status);
  if (taken->status == 429)
    response.headers.set("Retry-After", std::to_string(taken->retry_after.count()));
  return without_store(std::move(response));
}

net::Response resources(const Parts& parts) {
  const auto health = parts.requests.health();
  if (!health) return net::Response::problem(health.error());
  JsonArray list;
  for (const mydata::ResourceHealth& one : *health)
    list.push_back(JsonObject{{"resource_id", one.resource->id},
                              {"dep", parts.agency_name(one.resource->provider)},
                              {"name", one.resource->title.zh_hant},
                              {"link", one.resource->link},
                              {"cate", one.resource->category},
                              {"status", one.status}});
  return net::Response::json(list);
}

net::Response health(const Parts& parts) {
  const auto health = parts.requests.health();
  if (!health) return net::Response::problem(health.error());
  JsonArray list;
  for (const mydata::ResourceHealth& one : *health) {
    JsonObject item{{"resource_id", one.resource->id},
                    {"provider", one.resource->provider.value},
                    {"status", one.status}};
    if (one.failing_since) item["failing_since"] = to_string(*one.failing_since);
    if (one.succeeded_at) item["succeeded_at"] = to_string(*one.succeeded_at);
    list.push_back(std::move(item));
  }
  return net::Response::json(JsonObject{{"resources", std::move(list)}});
}

}  // namespace

std::vector<net::Route> routes(Parts parts) {
  const auto shared = std::make_shared<const Parts>(std::move(parts));
  using net::Method;
  using net::Request;
  return {
      {Method::get, "/service/data", page::access::machine, 0,
       [shared](Request& request) { return give(*shared, request); }},
      {Method::get, "/service/{client}/{rest...}", page::access::anyone, 0,
       [shared](Request& request) { return arrive(*shared, request); }},
      {Method::get, "/find_all_resources", page::access::anyone, 0,
       [shared](Request&) { return resources(*shared); }},
      {Method::get, "/mydata/health", page::access::anyone, 0,
       [shared](Request&) { return health(*shared); }},
  };
}

}  // namespace minben::sharing
