// Models and their versions.
#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "endpoint.hpp"

namespace minben::api {

namespace {

Result<net::Response> deploy(Call& call) {
  const std::string_view code = call.request.parameter("code");
  if (!is_code(code))
    return fail(Kind::invalid, "not_a_code", "lower case letters, digits", "code");
  const auto model = process::load_definition(call.request.body, fmt::format("{}.bpmn", code));
  if (!model) return net::Response::problem(model.error().front(), model.error());
  MINBEN_TRY(made, call.transact([&](store::Transaction& tx) {
    return call.parts.processes.deploy(tx, call.key_of(code), *model);
  }));
  return created(as_json(made), fmt::format("{}/models/{}", base, code));
}

Result<net::Response> versions(Call& call) {
  const std::string key = call.key_of(call.request.parameter("code"));
  MINBEN_TRY(all, call.read([&](store::Transaction& tx) {
    return call.parts.processes.deployments(tx, key);
  }));
  if (all.empty()) return fail(Kind::not_found, "no_such_process", key);
  JsonArray items;
  for (const auto& each : all) items.push_back(as_json(each));
  return net::Response::json(list_of("versions", std::move(items)));
}

Result<net::Response> source(Call& call) {
  const std::string key = call.key_of(call.request.parameter("code"));
  const auto number = parse_integer(call.request.parameter("version"), 1);
  MINBEN_TRY(model, call.read([&](store::Transaction& tx) -> Result<process::DefinitionPtr> {
    MINBEN_TRY(all, call.parts.processes.deployments(tx, key));
    const auto found = std::ranges::find_if(
        all, [&](const auto& each) { return number && each.version == *number; });
    if (found == all.end()) return fail(Kind::not_found, "no_such_definition", key);
    return call.parts.processes.definition(tx, found->digest);
  }));
  return net::Response::bytes(std::string(model->xml), "application/xml");
}

}  // namespace

std::vector<Endpoint> model_endpoints() {
  using net::Method;
  return {
      {Method::put,
       "/models/{code}",
       "deployModel",
       Scope::deploy,
       "Deploys a BPMN 2.0 model as the latest version; the same content again changes nothing",
       "xml",
       "Version",
       201,
       {},
       deploy},
      {Method::get,
       "/models/{code}",
       "listVersions",
       Scope::read,
       "Versions of a model",
       "",
       "Versions",
       200,
       {},
       versions},
      {Method::get,
       "/models/{code}/versions/{version}",
       "readModel",
       Scope::read,
       "The BPMN XML of a version",
       "",
       "xml",
       200,
       {},
       source},
  };
}

}  // namespace minben::api
