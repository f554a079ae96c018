// CKAN's Action API: finding the action, reading what it is given, and writing its answer.
#include "ckan.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minben::interop {

namespace {

using net::operator""_MiB;

constexpr std::string_view not_an_object =
    "Request data JSON decoded to %r but it needs to be a dictionary.";

std::string help_url(const Parts& parts, std::string_view action) {
  return fmt::format("{}/api/3/action/help_show?name={}", parts.config.origin, action);
}

/// CKAN says these as a bare JSON string.
net::Response bad_request(std::string_view words) {
  return net::Response::json(Json(fmt::format("Bad request - {}", words)), 400);
}

/// A pointer into a dataset in CKAN's words: "/distributions/0/download_url" → resources, 0, url.
struct Place {
  std::string name;
  std::optional<std::size_t> resource{};
  std::string member{};
};

std::string ckan_member(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> names{
      {{"description", "notes"},
       {"publisher", "owner_org"},
       {"licence", "license_id"},
       {"keywords", "tags"},
       {"service_category", "groups"},
       {"distributions", "resources"},
       {"download_url", "url"},
       {"access_url", "url"},
       {"landing_page", "url"},
       {"media_type", "mimetype"}}};
  for (const auto& [ours, theirs] : names)
    if (ours == name) return std::string(theirs);
  return std::string(name);
}

Place place_of(std::string_view field) {
  if (!field.starts_with('/')) return {std::string(field)};
  const auto parts = split(field.substr(1), '/');
  Place place{ckan_member(parts[0])};
  if (place.name != "resources" || parts.size() < 3) return place;
  if (const auto index = parse_integer(parts[1], 0, 10'000))
    place.resource = static_cast<std::size_t>(*index);
  place.member = ckan_member(parts[2]);
  return place;
}

JsonObject validation_error(const Error& error) {
  const JsonArray words{Json(error.detail.empty() ? error.code : error.detail)};
  const Place place = place_of(error.field.empty() ? "message" : error.field);
  JsonObject out;
  if (place.resource) {
    JsonArray list(*place.resource + 1, JsonObject{});
    list.back().as_object()[place.member] = words;
    out[place.name] = std::move(list);
  } else {
    out[place.name] = words;
  }
  out["__type"] = "Validation Error";
  return out;
}

struct Failure {
  int status;
  JsonObject error;
};

Failure failure_of(const Error& error) {
  const auto typed = [](std::string_view type, std::string_view message) {
    return JsonObject{{"__type", type}, {"message", message}};
  };
  if (error.code == "query_syntax" || error.code == "query_too_large" || error.code == "bad_sort")
    return {400,
            typed("Search Query Error", fmt::format("Search Query is invalid: {}", error.detail))};
  if (error.code == "undefined_field") return {409, typed("Search Error", error.detail)};
  if (error.code == "index_failed" || error.code == "index_busy")
    return {500, typed("Search Index Error", "The search index does not answer")};
  switch (error.kind) {
    case Kind::not_found:
      return {404, typed("Not Found Error", error.detail.empty()
                                                ? "Not found"
                                                : fmt::format("Not found: {}", error.detail))};
    case Kind::unauthorised:
    case Kind::forbidden:
      return {403, typed("Authorization Error", fmt::format("Access denied: {}", error.detail))};
    case Kind::invalid:
    case Kind::conflict:
    case Kind::too_large:
      return {409, validation_error(error)};
    case Kind::too_many:
      return {429, typed("Too Many Requests", error.detail)};
    case Kind::unavailable:
      return {503, typed("Service Unavailable", error.detail)};
    case Kind::internal:
      break;
  }
  return {500, typed("Internal Server Error", "Internal Server Error")};
}

/// What the action answers, as JSON text.
Result<std::string> text_of(const Action& action, const Call& call) {
  if (action.run_text) return action.run_text(call);
  MINBEN_TRY(json, action.run(call));
  return write_json(json);
}

net::Response act(const Parts& parts, net::Request& request) {
  const std::string_view name = request.parameter("action");
  const Action* action = find_action(name);
  if (!action) return bad_request(fmt::format("Action name not known: {}", name));
  const bool by_address = request.method != net::Method::post;
  if (by_address && !action->reads_only)
    return bad_request("JSON Error: Invalid request. Please use POST method for your request");
  const auto given = Given::read(request, by_address);
  if (!given) return bad_request(fmt::format("JSON Error: {}", given.error().detail));
  auto result = text_of(*action, {parts, *given, request});
  if (!result) return failed(parts, name, result.error());
  const std::string begin = fmt::format("{{\"help\":{},\"success\":true,\"result\":",
                                        write_json(Json(help_url(parts, name))));
  result->insert(0, begin);  // moves a large text in its place: no second one beside it
  *result += '}';
  return net::Response::bytes(std::move(*result), "application/json; charset=utf-8");
}

}  // namespace

const Action* find_action(std::string_view name) {
  for (const auto& list : all_actions())
    for (const Action& each : list)
      if (each.name == name) return &each;
  return nullptr;
}

std::array<std::span<const Action>, 8> all_actions() {
  return {search_actions(),   resource_actions(), list_actions(),  site_actions(),
          activity_actions(), people_actions(),   write_actions(), datastore_actions()};
}

std::unexpected<Error> invalid_value(std::string_view name, std::string_view words) {
  return fail(Kind::invalid, "invalid_value", words, name);
}

net::Response failed(const Parts& parts, std::string_view action, const Error& error) {
  Failure failure = failure_of(error);
  return net::Response::json(JsonObject{{"help", help_url(parts, action)},
                                        {"success", false},
                                        {"error", std::move(failure.error)}},
                             failure.status);
}

std::string group_name(std::string_view category) { return to_lower_ascii(category); }

std::string category_of(std::string_view group) {
  std::string out(group);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// --------------------------------------------------------------------------------------- given

Result<Given> Given::read(const net::Request& request, bool by_address) {
  JsonObject values;
  const auto take = [&](const net::Form& form) {
    for (const auto& [name, value] : form.fields()) {
      Json* before = values.if_contains(name);
      if (!before) values[name] = value;
      else if (before->is_array()) before->as_array().push_back(Json(value));
      else *before = JsonArray{*before, Json(value)};
    }
  };
  if (by_address) {
    take(request.query);
    return Given(std::move(values));
  }
  if (!trim(request.body).empty()) {
    auto body = parse_json(request.body, {.max_bytes = 20u << 20});
    if (!body)
      return fail(Kind::invalid, "not_json",
                  "Error decoding JSON data. Error: " + body.error().detail);
    if (!body->is_object()) return fail(Kind::invalid, "not_json", not_an_object);
    values = std::move(body->as_object());
  }
  take(request.form);
  return Given(std::move(values));
}

bool Given::has(std::string_view name) const {
  const Json* found = values_.if_contains(name);
  return found && !found->is_null() && !(found->is_string() && found->get_string().empty());
}

Result<std::string> Given::text(std::string_view name) const {
  const Json* found = values_.if_contains(name);
  if (!found || found->is_null()) return std::string();
  if (const auto* text = found->if_string()) return std::string(*text);
  if (const auto* number = found->if_int64()) return std::to_string(*number);
  if (const auto* truth = found->if_bool()) return std::string(*truth ? "true" : "false");
  return invalid_value(name, "Must be a Unicode string value");
}

Result<std::string> Given::required(std::string_view name) const {
  if (!has(name)) return invalid_value(name, "Missing value");
  return text(name);
}

Result<std::int64_t> Given::natural(std::string_view name, std::int64_t otherwise) const {
  if (!has(name)) return otherwise;
  MINBEN_TRY(written, text(name));
  const auto value = parse_integer(trim(written));
  if (!value) return invalid_value(name, "Invalid integer");
  if (*value < 0) return invalid_value(name, "Must be a natural number");
  return *value;
}

Result<bool> Given::boolean(std::string_view name, bool otherwise) const {
  if (!has(name)) return otherwise;
  MINBEN_TRY(written, text(name));
  const std::string lower = to_lower_ascii(trim(written));
  return lower == "true" || lower == "yes" || lower == "t" || lower == "y" || lower == "1" ||
         lower == "on";
}

Json Given::json(std::string_view name) const {
  const Json* found = values_.if_contains(name);
  if (!found) return nullptr;
  const auto* text = found->if_string();
  if (!text || text->empty()) return *found;
  if (auto parsed = parse_json(*text)) return std::move(*parsed);
  return *found;
}

Result<std::vector<std::string>> Given::list(std::string_view name) const {
  std::vector<std::string> out;
  if (!has(name)) return out;
  const Json value = json(name);
  const auto* array = value.if_array();
  if (!array) {
    MINBEN_TRY(one, text(name));
    out.push_back(std::move(one));
    return out;
  }
  for (const Json& each : *array) {
    const auto* text = each.if_string();
    if (!text) return invalid_value(name, "Not a list of strings");
    out.emplace_back(*text);
  }
  return out;
}

Result<std::vector<std::string>> names_in(const Given& given, std::string_view name) {
  MINBEN_TRY(list, given.list(name));
  if (list.size() != 1) return list;
  std::vector<std::string> out;
  for (const std::string_view each : split(list.front(), ','))
    if (const auto plain = trim(each); !plain.empty()) out.emplace_back(plain);
  return out;
}

std::string with_member(const JsonObject& object, std::string_view name, std::string_view value) {
  std::string out = write_json(object);
  out.pop_back();
  out += fmt::format("{}\"{}\":", object.empty() ? "" : ",", name);
  out += value;
  out += '}';
  return out;
}

void add_ckan(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  for (const char* pattern : {"/api/3/action/{action}", "/api/action/{action}"}) {
    const auto handler = [parts](net::Request& request) { return act(*parts, request); };
    routes.push_back({net::Method::get, pattern, access, 0, [handler](net::Request& request) {
                        net::Response response = handler(request);
                        // Pages of others may read what anybody may read.
                        response.headers.set("Access-Control-Allow-Origin", "*");
                        return response;
                      }});
    routes.push_back({net::Method::post, pattern, access, 20_MiB, handler});
  }
}

}  // namespace minben::interop
