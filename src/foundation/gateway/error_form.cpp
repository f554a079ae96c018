#include "error_form.hpp"

#include <sstream>

#include <pugixml.hpp>

namespace minben::gateway {

namespace {

constexpr std::string_view client = "client.", client_proxy = "server.clientproxy.",
                           server_proxy = "server.serverproxy.";

struct Spelling {
  std::string_view code;
  std::string_view place;  ///< "" = the gateway that refuses
  std::string_view name;   ///< X-Road's, in ErrorCode.java of 7.8
};

// Systems look for these. What X-Road has no name for keeps ours.
constexpr std::array spellings{
    Spelling{"bad_path", client, "bad_request"},
    Spelling{"not_a_service", client, "bad_request"},
    Spelling{"bad_field", client, "bad_request"},
    Spelling{"missing", client, "bad_request"},
    Spelling{"not_a_subsystem", client, "invalid_client_identifier"},
    Spelling{"duplicate_field", client, "duplicate_header_field"},
    Spelling{"client_not_known", client_proxy, "ssl_authentication_failed"},
    Spelling{"unknown_member", client_proxy, "unknown_member"},
    Spelling{"provider_unreachable", client_proxy, "network_error"},
    Spelling{"provider_not_authentic", client_proxy, "ssl_authentication_failed"},
    Spelling{"configuration_expired", "", "outdated_global_conf"},
    Spelling{"journal_busy", "", "logging_failed"},
    Spelling{"timestamp_overdue", "", "logging_failed"},
    Spelling{"unknown_service", server_proxy, "unknown_service"},
    Spelling{"access_denied", server_proxy, "access_denied"},
    Spelling{"endpoint_not_allowed", server_proxy, "access_denied"},
    Spelling{"purpose_not_allowed", server_proxy, "access_denied"},
    Spelling{"outside_hours", server_proxy, "access_denied"},
    Spelling{"case_required", server_proxy, "access_denied"},
    Spelling{"consent_missing", server_proxy, "access_denied"},
    Spelling{"consent_malformed", server_proxy, "access_denied"},
    Spelling{"consent_forged", server_proxy, "access_denied"},
    Spelling{"consent_expired", server_proxy, "access_denied"},
    Spelling{"consent_mismatch", server_proxy, "access_denied"},
    Spelling{"register_unreachable", server_proxy, "network_error"},
    Spelling{"register_timeout", server_proxy, "network_error"},
    Spelling{"register_not_configured", server_proxy, "service_missing_url"},
    Spelling{"register_answer_too_large", server_proxy, "service_failed"},
    Spelling{"answer_not_minimisable", server_proxy, "service_failed"},
    Spelling{"signature_invalid", server_proxy, "signature_verification"},
    Spelling{"certificate_unknown", server_proxy, "incorrect_certificate"},
    Spelling{"certificate_expired", server_proxy, "cert_validity_time"},
    Spelling{"certificate_not_yet_valid", server_proxy, "cert_validity_time"},
};

std::string type_of(const Error& error, Refuser refuser) {
  const std::string_view here = refuser == Refuser::own ? client_proxy : server_proxy;
  const auto known = std::ranges::find(spellings, error.code, &Spelling::code);
  if (known != spellings.end())
    return std::string(known->place.empty() ? here : known->place).append(known->name);
  const bool clients_fault =
      refuser == Refuser::own && (error.kind == Kind::invalid || error.kind == Kind::too_large);
  return std::string(clients_fault ? client : here).append(error.code);
}

/// Which type of XML is wanted; "" = JSON.
std::string_view xml_type(const net::Headers& asked) {
  constexpr std::array application{std::string_view("application/xml")};
  constexpr std::array text{std::string_view("text/xml"), std::string_view("text/*")};
  if (accepts(asked, text)) return "text/xml; charset=utf-8";
  return accepts(asked, application) ? "application/xml; charset=utf-8" : "";
}

/// XML 1.0 has no control characters, not even escaped.
std::string without_controls(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

std::string write_xml(std::span<const std::pair<const char*, std::string>> members) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("error");
  for (const auto& [name, value] : members)
    root.append_child(name).text().set(without_controls(value).c_str());
  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return std::move(out).str();
}

void rewrite(net::Response& refusal, const std::string& type, const std::string& message,
             std::string_view id, const net::Headers& asked) {
  const std::array<std::pair<const char*, std::string>, 3> members{
      {{"type", type}, {"message", message}, {"detail", std::string(id)}}};
  const std::string_view xml = xml_type(asked);
  JsonObject json;
  for (const auto& [name, value] : members) json.emplace(name, value);
  refusal.body = xml.empty() ? write_json(json) : write_xml(members);
  refusal.status = type.starts_with("server.") ? 500 : 400;
  refusal.headers.set("Content-Type", xml.empty() ? "application/json; charset=utf-8" : xml);
  refusal.headers.set("X-Road-Error", type);
}

}  // namespace

bool accepts(const net::Headers& fields, std::span<const std::string_view> types) {
  for (const auto& [name, value] : fields.all()) {
    if (to_lower_ascii(name) != "accept") continue;
    for (const std::string_view range : split(value, ',')) {
      const std::string type = to_lower_ascii(trim(range.substr(0, range.find(';'))));
      if (std::ranges::find(types, type) != types.end()) return true;
    }
  }
  return false;
}

ErrorForm error_form(const GatewayConfig& config, const net::Headers& asked) {
  constexpr std::array problems{std::string_view("application/problem+json")};
  return accepts(asked, problems) ? ErrorForm::problem : config.errors;
}

void tell_as_x_road(net::Response& refusal, const Error& error, Refuser refuser,
                    std::string_view id, const net::Headers& asked) {
  rewrite(refusal, type_of(error, refuser),
          error.kind == Kind::internal ? error.code : describe(error), id, asked);
}

void retell_as_x_road(net::Response& refusal, std::string_view id, const net::Headers& asked) {
  const auto details = parse_json(refusal.body);
  const std::string_view code = refusal.headers.get("X-Road-Error");
  Error error{
      Kind::unavailable, is_code(code) ? std::string(code) : "internal_error", {}, {}, 0, 0};
  if (details) error.detail = string_or(*details, "detail");
  if (details) error.field = string_or(*details, "field");
  tell_as_x_road(refusal, error, Refuser::provider, id, asked);
}

}  // namespace minben::gateway
