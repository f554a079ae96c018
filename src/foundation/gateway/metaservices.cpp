#include "metaservices.hpp"

#include <sstream>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "error_form.hpp"
#include "files.hpp"

namespace minben::gateway {

namespace {

constexpr std::size_t max_file = 1u << 20;  ///< as the registry takes

// ------------------------------------------------------------------------------------ listClients

struct Client {
  const Member& member;
  const std::string* subsystem;  ///< nullptr: the member itself
};

std::vector<Client> clients_of(const Configuration& configuration) {
  std::vector<Client> clients;
  for (const Member& member : configuration.members) {
    clients.push_back({member, nullptr});
    for (const std::string& subsystem : member.subsystems) clients.push_back({member, &subsystem});
  }
  return clients;
}

std::string clients_as_json(const Configuration& configuration) {
  JsonArray list;
  for (const auto& [member, subsystem] : clients_of(configuration)) {
    JsonObject id{{"object_type", subsystem ? "SUBSYSTEM" : "MEMBER"},
                  {"xroad_instance", configuration.instance},
                  {"member_class", member.member_class},
                  {"member_code", member.code.value}};
    if (subsystem) id["subsystem_code"] = *subsystem;
    list.push_back(JsonObject{{"id", std::move(id)}, {"name", member.name.zh_hant}});
  }
  return write_json(JsonObject{{"member", std::move(list)}});
}

// PR-META Annex A; prefixes as in its example, for readers that look for them.
std::string clients_as_xml(const Configuration& configuration) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("ns2:clientList");
  root.append_attribute("xmlns:ns1") = "http://x-road.eu/xsd/identifiers";
  root.append_attribute("xmlns:ns2") = "http://x-road.eu/xsd/xroad.xsd";
  for (const auto& [member, subsystem] : clients_of(configuration)) {
    pugi::xml_node entry = root.append_child("ns2:member");
    pugi::xml_node id = entry.append_child("ns2:id");
    id.append_attribute("ns1:objectType") = subsystem ? "SUBSYSTEM" : "MEMBER";
    id.append_child("ns1:xRoadInstance").text().set(configuration.instance.c_str());
    id.append_child("ns1:memberClass").text().set(member.member_class.c_str());
    id.append_child("ns1:memberCode").text().set(member.code.value.c_str());
    if (subsystem) id.append_child("ns1:subsystemCode").text().set(subsystem->c_str());
    entry.append_child("ns2:name").text().set(member.name.zh_hant.c_str());
  }
  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return std::move(out).str();
}

// ------------------------------------------------------------------- listMethods, allowedMethods

std::vector<EndpointGlob> endpoints_of(const Service& service) {
  std::vector<EndpointGlob> all;
  for (const auto& [method, path] : service.endpoints) all.push_back({method, path});
  return all;
}

JsonObject describe_service(const Service& service, const std::vector<EndpointGlob>& endpoints) {
  JsonArray list;
  for (const auto& [method, path] : endpoints)
    list.push_back(JsonObject{{"method", method ? net::to_string(*method) : "*"},
                              {"path", template_glob(path)}});
  const SubsystemId& provider = service.id.provider;
  const bool described = !service.openapi_sha256.empty() || !service.endpoints.empty();
  return {{"object_type", "SERVICE"},
          {"xroad_instance", provider.instance},
          {"member_class", provider.member_class},
          {"member_code", provider.member},
          {"subsystem_code", provider.subsystem},
          {"service_code", service.id.service},
          {"service_type", described ? "OPENAPI" : "REST"},
          {"endpoint_list", std::move(list)}};
}

/// `client` nullptr: all of them.
std::string list_methods(const View& view, const SubsystemId& provider, const SubsystemId* client,
                         Instant now) {
  JsonArray list;
  for (const Service& service : view.configuration.services) {
    if (service.id.provider != provider) continue;
    const auto endpoints =
        client ? view.access.open_to(*client, service.id, now) : endpoints_of(service);
    if (client && endpoints.empty()) continue;
    list.push_back(describe_service(service, endpoints));
  }
  return write_json(JsonObject{{"service", std::move(list)}});
}

// -------------------------------------------------------------------------------------- OpenAPI

std::string_view type_of(const std::filesystem::path& file) {
  const std::string extension = to_lower_ascii(file.extension().string());
  if (extension == ".json") return "application/json";
  return extension == ".yaml" || extension == ".yml" ? "application/yaml" : "text/plain";
}

Result<std::string> read_openapi(const std::filesystem::path& path) {
  auto text = read_file(path, max_file);
  if (!text || text->empty())
    return fail(Kind::invalid, "openapi_file", "cannot be read, is empty or larger than 1 MiB",
                path.string());
  return text;
}

std::unexpected<Error> unknown(std::string_view why, std::string_view name) {
  return fail(Kind::not_found, "unknown_service", why, name);
}

}  // namespace

Result<net::Response> list_clients(const Configuration& configuration,
                                   const net::Request& request) {
  const std::string_view instance = request.query.get("xRoadInstance");
  if (!instance.empty() && instance != configuration.instance)
    return fail(Kind::not_found, "unknown_instance", "this exchange has one instance only",
                "xRoadInstance");
  constexpr std::array json{std::string_view("application/json")};
  if (accepts(request.headers, json))
    return net::Response::bytes(clients_as_json(configuration), "application/json; charset=utf-8");
  return net::Response::bytes(clients_as_xml(configuration), "text/xml; charset=utf-8");
}

Result<void> check_provider(const Configuration& configuration, const SubsystemId& provider) {
  const Member* member = configuration.member(provider.member);
  if (!member || provider.instance != configuration.instance ||
      provider.member_class != member->member_class ||
      std::ranges::find(member->subsystems, provider.subsystem) == member->subsystems.end())
    return fail(Kind::not_found, "unknown_member", "no such member or subsystem",
                to_string(provider));
  return {};
}

Result<Metaservices> Metaservices::read(const GatewayConfig& config) {
  Metaservices out;
  for (const auto& [service, path] : config.openapi) {
    MINBEN_TRY(text, read_openapi(path));
    std::string digest = hex_encode(sha256(text));
    out.files_.emplace(service, File{std::move(text), std::move(digest), type_of(path)});
  }
  return out;
}

Result<Metaservices::Answer> Metaservices::answer(const View& view, const SubsystemId& client,
                                                  net::Method method, const ServicePath& path,
                                                  Instant now) const {
  const SubsystemId& provider = path.service.provider;
  MINBEN_CHECK(check_provider(view.configuration, provider));
  if (method != net::Method::get || !path.segments.empty())
    return unknown("metaservices have GET and no path", to_string(path.service));
  switch (*metaservice(path.service.service)) {
    case Metaservice::list_methods:
      return Answer{list_methods(view, provider, nullptr, now)};
    case Metaservice::allowed_methods:
      return Answer{list_methods(view, provider, &client, now)};
    case Metaservice::get_openapi:
      return openapi(view, path);
    case Metaservice::get_wsdl:
      break;
  }
  return unknown("no service here has a WSDL file: use getOpenAPI", to_string(path.service));
}

Result<Metaservices::Answer> Metaservices::openapi(const View& view,
                                                   const ServicePath& path) const {
  MINBEN_TRY(code, query_value(path, "serviceCode"));
  if (code.empty()) return fail(Kind::invalid, "missing", "which service", "serviceCode");
  const Service* service = view.access.service({path.service.provider, code});
  if (!service) return unknown("no such service", "serviceCode");
  const auto file = files_.find(fmt::format("{}/{}", path.service.provider.subsystem, code));
  if (file == files_.end())
    return fail(Kind::not_found, "no_openapi_file", "the provider's gateway has none for it",
                "serviceCode");
  if (!service->openapi_sha256.empty() && file->second.sha256 != service->openapi_sha256)
    return fail(Kind::not_found, "openapi_file_differs",
                "the provider's file is not the one that was registered", "serviceCode");
  return Answer{file->second.text, file->second.content_type};
}

}  // namespace minben::gateway
