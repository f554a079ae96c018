// Commands and history entries as JSON: what a step's row holds, and what replay reads.
#include "process/engine.hpp"

namespace minben::process {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

JsonObject object_of(const Json& from, std::string_view name) {
  const Json* found = find(from, name);
  return found && found->is_object() ? found->as_object() : JsonObject{};
}

Number number_of(const Json& from, std::string_view name) {
  return get_integer(from, name).value_or(0);
}

constexpr std::array<std::string_view, std::variant_size_v<Command>> command_names{
    "start",
    "complete_user_task",
    "complete_service",
    "fail_service",
    "throw_error",
    "throw_escalation",
    "decision_made",
    "decision_failed",
    "fire_timer",
    "deliver_message",
    "deliver_signal",
    "set_variables",
    "retry",
    "suspend",
    "resume",
    "cancel",
    "modify",
    "migrate"};

JsonObject members(const Command& command) {
  return std::visit(
      Overloaded{
          [](const StartInstance& c) {
            return JsonObject{{"process", c.process},
                              {"start_event", c.start_event},
                              {"key", c.business_key},
                              {"variables", c.variables}};
          },
          [](const CompleteUserTask& c) {
            return JsonObject{{"task", c.task}, {"variables", c.variables}};
          },
          [](const CompleteService& c) {
            return JsonObject{{"call", c.call}, {"variables", c.variables}};
          },
          [](const FailService& c) {
            return JsonObject{{"call", c.call}, {"code", c.code}, {"detail", c.detail}};
          },
          [](const ThrowError& c) {
            return JsonObject{{"token", c.token}, {"code", c.code}, {"variables", c.variables}};
          },
          [](const ThrowEscalation& c) {
            return JsonObject{{"token", c.token}, {"code", c.code}, {"variables", c.variables}};
          },
          [](const DecisionMade& c) { return JsonObject{{"token", c.token}, {"value", c.value}}; },
          [](const DecisionFailed& c) {
            return JsonObject{{"token", c.token}, {"code", c.code}, {"detail", c.detail}};
          },
          [](const FireTimer& c) { return JsonObject{{"subscription", c.subscription}}; },
          [](const DeliverMessage& c) {
            return JsonObject{{"name", c.name}, {"key", c.key}, {"variables", c.variables}};
          },
          [](const DeliverSignal& c) {
            return JsonObject{{"name", c.name}, {"variables", c.variables}};
          },
          [](const SetVariables& c) { return JsonObject{{"variables", c.variables}}; },
          [](const Retry& c) { return JsonObject{{"token", c.token}}; },
          [](const Suspend&) { return JsonObject{}; },
          [](const Resume&) { return JsonObject{}; },
          [](const Cancel& c) { return JsonObject{{"reason", c.reason}}; },
          [](const Migrate& c) {
            JsonObject renames;
            for (const auto& [from, to] : c.renames) renames[from] = to;
            return JsonObject{{"digest", c.digest}, {"renames", std::move(renames)}};
          },
          [](const Modify& c) {
            return JsonObject{
                {"remove", JsonArray(c.remove.begin(), c.remove.end())},
                {"start_before", JsonArray(c.start_before.begin(), c.start_before.end())}};
          },
      },
      command);
}

Renames read_renames(const Json& json) {
  Renames renames;
  for (const auto& [from, to] : object_of(json, "renames")) {
    if (to.is_string()) renames.emplace(from, to.as_string());
  }
  return renames;
}

Modify read_modify(const Json& json) {
  Modify modify;
  if (const Json* list = find(json, "remove"); list && list->is_array()) {
    for (const auto& item : list->as_array())
      modify.remove.push_back(item.is_int64() ? item.as_int64() : 0);
  }
  if (const Json* list = find(json, "start_before"); list && list->is_array()) {
    for (const auto& item : list->as_array()) {
      if (item.is_string()) modify.start_before.emplace_back(item.as_string());
    }
  }
  return modify;
}

}  // namespace

std::string_view name_of(const Command& command) { return command_names[command.index()]; }

Json to_json(const Command& command) {
  JsonObject out = members(command);
  out["do"] = name_of(command);
  return out;
}

Result<Command> command_from_json(const Json& json) {
  const auto name = string_or(json, "do");
  const auto text = [&](std::string_view member) { return string_or(json, member); };
  const auto number = [&](std::string_view member) { return number_of(json, member); };
  const auto variables = [&] { return object_of(json, "variables"); };
  if (name == "start")
    return StartInstance{text("process"), text("start_event"), text("key"), variables()};
  if (name == "complete_user_task") return CompleteUserTask{number("task"), variables()};
  if (name == "complete_service") return CompleteService{number("call"), variables()};
  if (name == "fail_service") return FailService{number("call"), text("code"), text("detail")};
  if (name == "throw_error") return ThrowError{number("token"), text("code"), variables()};
  if (name == "throw_escalation")
    return ThrowEscalation{number("token"), text("code"), variables()};
  if (name == "decision_made") {
    const Json* value = find(json, "value");
    return DecisionMade{number("token"), value ? *value : Json(nullptr)};
  }
  if (name == "decision_failed")
    return DecisionFailed{number("token"), text("code"), text("detail")};
  if (name == "fire_timer") return FireTimer{number("subscription")};
  if (name == "deliver_message") return DeliverMessage{text("name"), text("key"), variables()};
  if (name == "deliver_signal") return DeliverSignal{text("name"), variables()};
  if (name == "set_variables") return SetVariables{variables()};
  if (name == "retry") return Retry{number("token")};
  if (name == "suspend") return Suspend{};
  if (name == "resume") return Resume{};
  if (name == "cancel") return Cancel{text("reason")};
  if (name == "modify") return read_modify(json);
  if (name == "migrate") return Migrate{text("digest"), read_renames(json)};
  return fail(Kind::invalid, "no_such_command", name);
}

Json to_json(const HistoryEntry& entry) {
  JsonObject out{{"n", entry.number}, {"at", minben::to_string(entry.at)}, {"what", entry.what}};
  if (!entry.element.empty()) out["element"] = entry.element;
  if (entry.token != 0) out["token"] = entry.token;
  if (!entry.detail.empty()) out["detail"] = entry.detail;
  return out;
}

Result<HistoryEntry> history_entry_from_json(const Json& json) {
  HistoryEntry entry;
  MINBEN_TRY(number, get_integer(json, "n"));
  MINBEN_TRY(at, get_string(json, "at"));
  MINBEN_TRY(instant, parse_instant(at));
  entry.number = number;
  entry.at = instant;
  entry.what = string_or(json, "what");
  entry.element = string_or(json, "element");
  entry.token = number_of(json, "token");
  entry.detail = string_or(json, "detail");
  return entry;
}

}  // namespace minben::process
