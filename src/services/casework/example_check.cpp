// examples/*.json: can each be played? What comes of it, `service test` finds out.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

struct Verb {
  std::string_view name;
  std::array<std::string_view, 6> keys;  ///< beside do, expect, fails
};
constexpr std::array<Verb, 10> verbs{
    {{"submit", {}},
     {"consent", {"item", "grant"}},
     {"pay", {}},
     {"decide", {"step", "outcome", "grounds", "text", "officer"}},
     {"confirm", {"agree", "text", "officer"}},
     {"supplement", {"step", "reason", "fields", "text", "working_days", "officer"}},
     {"answer", {"values"}},
     {"wait", {"working_days", "days", "until"}},
     {"withdraw", {"reason"}},
     {"message", {"text", "from"}}}};
constexpr std::array<std::string_view, 16> expectations{
    "state",  "fee_twd",    "ministry",     "held_by",        "grounds",           "steps",
    "due",    "decided_on", "appeal_until", "valid_until",    "used_working_days", "documents",
    "events", "stopped",    "overdue",      "grounds_by_rule"};
constexpr std::array<std::string_view, 8> head{"title",     "start",     "eligibility", "answers",
                                               "documents", "registers", "script",      "expect"};

/// One example while it is checked. JSON values have no lines of their own: a fault is put where
/// the wrong word stands first.
class ExampleCheck {
 public:
  ExampleCheck(Building& building, const std::string& file)
      : building_(building), file_(file), text_(building.files.at(file)) {}

  void run() {
    const auto json = parse_json(text_);
    if (!json)
      return building_.fault(file_, json.error().line, json.error().code, json.error().detail);
    if (!json->is_object()) return fault("", "wrong_type", "an example is an object");
    const auto& root = json->as_object();
    check_keys(root, head);
    if (string_or(*json, "title").empty()) fault("", "missing", "title is missing");
    if (root.contains("script") || root.contains("answers")) {
      if (!parse_instant(string_or(*json, "start")))
        fault("start", "bad_date", "start must be an RFC 3339 instant");
      check_script(root);
    } else if (!root.contains("eligibility")) {
      fault("", "missing", "neither eligibility nor script");
    }
    check_registers(root);
    if (const auto* expect = root.if_contains("expect")) check_expect(*expect);
  }

 private:
  void fault(std::string_view word, std::string_view code, std::string_view detail) {
    int line = 1;
    if (const auto at = text_.find(fmt::format("\"{}\"", word));
        !word.empty() && at != text_.npos) {
      line += static_cast<int>(
          std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    }
    building_.fault(file_, line, code, detail);
  }

  void check_keys(const JsonObject& object, std::span<const std::string_view> known) {
    for (const auto& [key, value] : object) {
      if (std::ranges::find(known, std::string_view(key)) == known.end()) {
        fault(std::string_view(key), "unknown_key",
              fmt::format("{} is not described in docs/packages.md", std::string_view(key)));
      }
    }
  }

  void check_expect(const Json& expect) {
    if (expect.is_object()) check_keys(expect.as_object(), expectations);
    else fault("expect", "wrong_type", "expect is an object");
  }

  void check_script(const JsonObject& root) {
    const auto* script = root.if_contains("script");
    if (!script || !script->is_array())
      return fault("script", "missing", "script is a list of steps");
    for (const auto& action : script->as_array()) check_action(action);
  }

  void check_action(const Json& action) {
    const auto name = string_or(action, "do");
    const auto* verb = std::ranges::find(verbs, name, &Verb::name);
    if (verb == verbs.end())
      return fault(name, "unknown_action", fmt::format("no action \"{}\"", name));
    std::vector<std::string_view> known{"do", "expect", "fails"};
    known.insert(known.end(), verb->keys.begin(), verb->keys.end());
    check_keys(action.as_object(), known);
    if (const auto* expect = action.as_object().if_contains("expect")) check_expect(*expect);
    if (action.as_object().contains("fails")) return;  // may name what is not there
    check_names(name, action);
  }

  void check_names(std::string_view verb, const Json& action) {
    const auto& package = building_.package;
    if (verb == "decide" || verb == "supplement") {
      const auto id = string_or(action, "step");
      const auto* step = package.step(id);
      if (!step)
        return fault(id, "unknown_step", fmt::format("service.toml has no [steps.{}]", id));
      if (verb == "decide") check_outcome(*step, action);
    }
    if (verb == "consent" && !package.item(string_or(action, "item"))) {
      fault(string_or(action, "item"), "unknown_item", "data.toml has no such item");
    }
  }

  void check_outcome(const Step& step, const Json& action) {
    const auto code = string_or(action, "outcome");
    if (std::ranges::find(step.outcomes, code, &Outcome::code) == step.outcomes.end()) {
      fault(code, "unknown_outcome", fmt::format("{} has no outcome \"{}\"", step.id, code));
    }
  }

  void check_registers(const JsonObject& root) {
    const auto* registers = root.if_contains("registers");
    if (!registers || !registers->is_object()) return;
    for (const auto& [name, answer] : registers->as_object()) {
      if (!building_.package.item(std::string_view(name))) {
        fault(std::string_view(name), "unknown_item", "data.toml has no such item");
      }
    }
  }

  Building& building_;
  std::string file_;
  const std::string& text_;
};

}  // namespace

void check_examples(Building& building) {
  for (const auto& file : files_in(building.files, "examples/", ".json"))
    ExampleCheck(building, file).run();
}

}  // namespace minben::casework
