// Services, groups and rules as JSON.
#include <array>
#include <fmt/format.h>

#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu",
                                                    "fri", "sat", "sun"};
constexpr std::array<std::string_view, 3> period_names{"hour", "day", "month"};

template <class T>
Result<T> at(std::string_view place, Result<T> result) {
  if (!result) return fail(within(place, std::move(result).error()));
  return result;
}

auto wrong(std::string_view member, std::string_view expected) {
  return fail(Kind::invalid, "wrong_type", expected, member);
}

// ------------------------------------------------------------------------------------ writing

std::string clock_text(minutes time) {
  return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
}

JsonObject window_to_json(const TimeWindow& window) {
  JsonArray names;
  for (std::size_t day = 0; day < day_names.size(); ++day)
    if ((window.days >> day & 1) != 0) names.emplace_back(day_names[day]);
  return {{"days", std::move(names)},
          {"from", clock_text(window.from)},
          {"until", clock_text(window.until)}};
}

JsonObject quota_to_json(const Quota& quota) {
  return {{"count", quota.count}, {"per", period_names[static_cast<std::size_t>(quota.per)]}};
}

JsonObject glob_to_json(const EndpointGlob& glob) {
  return {{"method", glob.method ? net::to_string(*glob.method) : "*"}, {"path", glob.path}};
}

template <class T, class Write>
JsonArray list(const std::vector<T>& values, Write write) {
  JsonArray array;
  for (const T& value : values) array.emplace_back(write(value));
  return array;
}

void write_operations(const AccessRule& rule, JsonObject& out) {
  if (!rule.endpoints.empty()) out["endpoints"] = list(rule.endpoints, glob_to_json);
  if (!rule.methods.empty() || rule.endpoints.empty())
    out["methods"] = list(rule.methods, net::to_string);
}

void write_limits(const AccessRule& rule, JsonObject& out) {
  if (!rule.quotas.empty()) out["quotas"] = list(rule.quotas, quota_to_json);
  if (rule.rate)
    out["rate"] = JsonObject{{"per_second", rule.rate->per_second}, {"burst", rule.rate->burst}};
  if (!rule.hours.empty()) out["hours"] = list(rule.hours, window_to_json);
  if (rule.valid_from) out["valid_from"] = minben::to_string(*rule.valid_from);
  if (rule.valid_until) out["valid_until"] = minben::to_string(*rule.valid_until);
  if (rule.delay) out["delay"] = JsonObject{{"law", rule.delay->law}, {"days", rule.delay->days}};
}

// ------------------------------------------------------------------------------------ reading

/// A member that may be missing: then empty.
template <class T, class Read>
Result<std::vector<T>> read_list(const Json& json, std::string_view name, Read read) {
  std::vector<T> values;
  if (find(json, name) == nullptr) return values;
  MINBEN_CHECK(for_each(json, name, [&](const Json& element) -> Result<void> {
    MINBEN_TRY(value, read(element));
    values.push_back(std::move(value));
    return {};
  }));
  return values;
}

Result<std::optional<Instant>> read_time(const Json& json, std::string_view name) {
  if (find(json, name) == nullptr) return std::optional<Instant>{};
  MINBEN_TRY(time, at(name, get_instant(json, name)));
  return std::optional<Instant>{time};
}

Result<std::string> read_optional_text(const Json& json, std::string_view name) {
  if (find(json, name) == nullptr) return std::string{};
  return get_string(json, name);
}

Result<int> read_small(const Json& json, std::string_view name) {
  MINBEN_TRY(number, get_integer(json, name));
  if (number < 1 || number > 1'000'000) return wrong(name, "1 to 1,000,000");
  return static_cast<int>(number);
}

Result<net::Method> read_method(const Json& json) {
  if (!json.is_string()) return wrong("", "a method");
  return parse_method(json.as_string());
}

Result<EndpointGlob> read_glob(const Json& json) {
  static constexpr std::array<std::string_view, 2> known{"method", "path"};
  MINBEN_CHECK(check_members(json, known));
  EndpointGlob glob;
  MINBEN_TRY(method, get_string(json, "method"));
  if (method != "*") {
    MINBEN_TRY(one, at("method", parse_method(method)));
    glob.method = one;
  }
  MINBEN_TRY(path, get_string(json, "path"));
  glob.path = std::move(path);
  return glob;
}

Result<Endpoint> read_endpoint(const Json& json) {
  MINBEN_TRY(method_text, get_string(json, "method"));
  MINBEN_TRY(method, at("method", parse_method(method_text)));
  MINBEN_TRY(path, get_string(json, "path"));
  return Endpoint{method, std::move(path)};
}

Result<Quota> read_quota(const Json& json) {
  static constexpr std::array<std::string_view, 2> known{"count", "per"};
  MINBEN_CHECK(check_members(json, known));
  MINBEN_TRY(count, get_integer(json, "count"));
  MINBEN_TRY(per, get_string(json, "per"));
  const auto* const found = std::ranges::find(period_names, per);
  if (found == period_names.end()) return wrong("per", "hour, day or month");
  return Quota{count, static_cast<Period>(found - period_names.begin())};
}

Result<Rate> read_rate(const Json& json) {
  static constexpr std::array<std::string_view, 2> known{"per_second", "burst"};
  MINBEN_CHECK(check_members(json, known));
  MINBEN_TRY(per_second, read_small(json, "per_second"));
  MINBEN_TRY(burst, read_small(json, "burst"));
  return Rate{per_second, burst};
}

Result<minutes> read_clock(const Json& json, std::string_view name) {
  MINBEN_TRY(text, get_string(json, name));
  const bool formed = text.size() == 5 && text[2] == ':';
  const auto hour = formed ? parse_integer(text.substr(0, 2), 0, 24) : std::nullopt;
  const auto minute = formed ? parse_integer(text.substr(3), 0, 59) : std::nullopt;
  if (!hour || !minute || *hour * 60 + *minute > 24 * 60) return wrong(name, "00:00 to 24:00");
  return minutes(*hour * 60 + *minute);
}

Result<TimeWindow> read_window(const Json& json) {
  static constexpr std::array<std::string_view, 3> known{"days", "from", "until"};
  MINBEN_CHECK(check_members(json, known));
  TimeWindow window{0};
  MINBEN_TRY(names, get_strings(json, "days"));
  for (const std::string& name : names) {
    const auto* const day = std::ranges::find(day_names, name);
    if (day == day_names.end()) return wrong("days", "mon, tue, wed, thu, fri, sat, sun");
    window.days |= static_cast<std::uint8_t>(1 << (day - day_names.begin()));
  }
  MINBEN_TRY(from, read_clock(json, "from"));
  MINBEN_TRY(until, read_clock(json, "until"));
  window.from = from;
  window.until = until;
  return window;
}

Result<void> read_subject(const Json& json, AccessRule& rule) {
  const bool by_group = find(json, "group") != nullptr;
  if (by_group == (find(json, "consumer") != nullptr))
    return wrong("consumer", "either a consumer or a group");
  if (by_group) {
    MINBEN_TRY(text, get_string(json, "group"));
    MINBEN_TRY(code, at("group", GroupCode::parse(text)));
    rule.consumer = std::move(code);
  } else {
    MINBEN_TRY(text, get_string(json, "consumer"));
    MINBEN_TRY(id, at("consumer", SubsystemId::parse(text)));
    rule.consumer = std::move(id);
  }
  return {};
}

Result<void> read_object(const Json& json, AccessRule& rule) {
  MINBEN_TRY(service, get_string(json, "service"));
  MINBEN_TRY(service_id, at("service", ServiceId::parse(service)));
  rule.service = std::move(service_id);
  MINBEN_TRY(methods, read_list<net::Method>(json, "methods", read_method));
  rule.methods = std::move(methods);
  MINBEN_TRY(endpoints, read_list<EndpointGlob>(json, "endpoints", read_glob));
  rule.endpoints = std::move(endpoints);
  MINBEN_TRY(fields, get_strings(json, "fields"));
  rule.fields = std::move(fields);
  return {};
}

Result<void> read_grounds(const Json& json, AccessRule& rule) {
  MINBEN_TRY(purposes, get_strings(json, "purposes"));
  rule.purposes = std::move(purposes);
  MINBEN_TRY(basis_text, get_string(json, "basis"));
  MINBEN_TRY(basis, parse_basis(basis_text));
  rule.basis = basis;
  MINBEN_TRY(legal_basis, read_optional_text(json, "legal_basis"));
  rule.legal_basis = std::move(legal_basis);
  const Json* about_case = find(json, "case");
  if (about_case == nullptr) return {};
  static constexpr std::array<std::string_view, 2> known{"required", "form"};
  MINBEN_CHECK(at("case", check_members(*about_case, known)));
  MINBEN_TRY(required, at("case", get_bool(*about_case, "required")));
  MINBEN_TRY(form, at("case", read_optional_text(*about_case, "form")));
  rule.case_required = required;
  rule.case_form = std::move(form);
  return {};
}

Result<Delay> read_delay(const Json& json) {
  static constexpr std::array<std::string_view, 2> known{"law", "days"};
  MINBEN_CHECK(check_members(json, known));
  MINBEN_TRY(law, get_string(json, "law"));
  MINBEN_TRY(days, read_small(json, "days"));
  return Delay{std::move(law), days};
}

Result<void> read_limits(const Json& json, AccessRule& rule) {
  MINBEN_TRY(quotas, read_list<Quota>(json, "quotas", read_quota));
  rule.quotas = std::move(quotas);
  if (const Json* rate_json = find(json, "rate")) {
    MINBEN_TRY(rate, at("rate", read_rate(*rate_json)));
    rule.rate = rate;
  }
  MINBEN_TRY(windows, read_list<TimeWindow>(json, "hours", read_window));
  rule.hours = std::move(windows);
  MINBEN_TRY(from, read_time(json, "valid_from"));
  rule.valid_from = from;
  MINBEN_TRY(until, read_time(json, "valid_until"));
  rule.valid_until = until;
  if (const Json* delay_json = find(json, "delay")) {
    MINBEN_TRY(delay, at("delay", read_delay(*delay_json)));
    rule.delay = std::move(delay);
  }
  return {};
}

}  // namespace

JsonObject rule_to_json(const AccessRule& rule) {
  JsonObject out;
  if (!rule.id.empty()) out["id"] = rule.id;
  if (const auto* one = std::get_if<SubsystemId>(&rule.consumer)) out["consumer"] = to_string(*one);
  else out["group"] = std::get<GroupCode>(rule.consumer).value;
  out["service"] = to_string(rule.service);
  write_operations(rule, out);
  out["purposes"] = json_list(rule.purposes);
  out["basis"] = to_string(rule.basis);
  if (!rule.legal_basis.empty()) out["legal_basis"] = rule.legal_basis;
  if (rule.case_required || !rule.case_form.empty()) {
    JsonObject about_case{{"required", rule.case_required}};
    if (!rule.case_form.empty()) about_case["form"] = rule.case_form;
    out["case"] = std::move(about_case);
  }
  out["fields"] = json_list(rule.fields);
  write_limits(rule, out);
  return out;
}

Result<AccessRule> rule_from_json(const Json& json) {
  static constexpr std::array<std::string_view, 17> known{
      "id",       "consumer", "group",       "service",     "methods", "endpoints",
      "purposes", "basis",    "legal_basis", "case",        "fields",  "quotas",
      "rate",     "hours",    "valid_from",  "valid_until", "delay"};
  MINBEN_CHECK(check_members(json, known));
  AccessRule rule;
  MINBEN_TRY(id, read_optional_text(json, "id"));
  rule.id = std::move(id);
  MINBEN_CHECK(read_subject(json, rule));
  MINBEN_CHECK(read_object(json, rule));
  MINBEN_CHECK(read_grounds(json, rule));
  MINBEN_CHECK(read_limits(json, rule));
  return rule;
}

std::string to_string(const Subject& subject) {
  if (const auto* group = std::get_if<GroupCode>(&subject)) return group->value;
  return to_string(std::get<SubsystemId>(subject));
}

std::string rule_id(const AccessRule& rule) {
  if (!rule.id.empty()) return rule.id;
  return "~" + hex_encode(sha256(write_json(rule_to_json(rule)))).substr(0, 16);
}

JsonObject group_to_json(const Group& group) {
  return JsonObject{
      {"code", group.code.value},
      {"name", to_json(group.name)},
      {"subsystems", list(group.subsystems, [](const SubsystemId& id) { return to_string(id); })}};
}

Result<Group> group_from_json(const Json& json) {
  static constexpr std::array<std::string_view, 3> known{"code", "name", "subsystems"};
  MINBEN_CHECK(check_members(json, known));
  MINBEN_TRY(code_text, get_string(json, "code"));
  MINBEN_TRY(code, at("code", GroupCode::parse(code_text)));
  MINBEN_TRY(name, get_bilingual(json, "name"));
  MINBEN_TRY(texts, get_strings(json, "subsystems"));
  Group group{std::move(code), std::move(name), {}};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    MINBEN_TRY(id, at(fmt::format("subsystems/{}", i), SubsystemId::parse(texts[i])));
    group.subsystems.push_back(std::move(id));
  }
  return group;
}

JsonObject service_to_json(const Service& service) {
  JsonObject out{{"id", to_string(service.id)},
                 {"title", to_json(service.title)},
                 {"about_a_person", service.about_a_person},
                 {"fields", json_list(service.fields)}};
  if (!service.endpoints.empty())
    out["endpoints"] = list(service.endpoints, [](const Endpoint& each) {
      return JsonObject{{"method", net::to_string(each.method)}, {"path", each.path}};
    });
  if (!service.openapi_sha256.empty()) out["openapi_sha256"] = service.openapi_sha256;
  return out;
}

Result<Service> service_from_json(const Json& json) {
  static constexpr std::array<std::string_view, 6> known{"id",     "title",     "about_a_person",
                                                         "fields", "endpoints", "openapi_sha256"};
  MINBEN_CHECK(check_members(json, known));
  MINBEN_TRY(id_text, get_string(json, "id"));
  MINBEN_TRY(id, at("id", ServiceId::parse(id_text)));
  MINBEN_TRY(title, get_bilingual(json, "title"));
  MINBEN_TRY(about_a_person, get_bool(json, "about_a_person"));
  MINBEN_TRY(fields, get_strings(json, "fields"));
  MINBEN_TRY(endpoints, read_list<Endpoint>(json, "endpoints", read_endpoint));
  MINBEN_TRY(openapi, read_optional_text(json, "openapi_sha256"));
  return Service{std::move(id),     std::move(title),     about_a_person,
                 std::move(fields), std::move(endpoints), std::move(openapi)};
}

}  // namespace minben::exchange
