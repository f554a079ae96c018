// Rebuilding an instance from its recorded commands, to prove that nothing is missing or changed.
#include <cmath>

#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query read_steps{
    "process_read_steps",
    "select number, at, command, history from process.step where case_id = $1 order by number"};

bool is_number(const Json& json) { return json.is_int64() || json.is_uint64() || json.is_double(); }

/// jsonb writes 3.0 as 3, and parsers round the last bit of a double in their own ways.
bool same_number(const Json& a, const Json& b) {
  if (a.is_int64() && b.is_int64()) return a.as_int64() == b.as_int64();
  const double x = a.to_number<double>(), y = b.to_number<double>();
  return std::abs(x - y) <= 1e-12 * std::max(std::abs(x), std::abs(y));
}

std::optional<std::string> array_difference(const JsonArray& a, const JsonArray& b,
                                            const std::string& path) {
  if (a.size() != b.size()) return fmt::format("{}: {} items, not {}", path, a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (auto found = difference(a[i], b[i], fmt::format("{}/{}", path, i))) return found;
  }
  return std::nullopt;
}

std::optional<std::string> object_difference(const JsonObject& a, const JsonObject& b,
                                             const std::string& path) {
  for (const auto& [name, value] : a) {
    const std::string at = fmt::format("{}/{}", path, std::string_view(name));
    const Json* other = b.if_contains(name);
    if (!other) return fmt::format("{}: missing", at);
    if (auto found = difference(value, *other, at)) return found;
  }
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) return fmt::format("{}/{}: too many", path, std::string_view(name));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> difference(const Json& a, const Json& b, const std::string& path) {
  if (is_number(a) && is_number(b)) return same_number(a, b) ? std::nullopt : std::optional(path);
  if (a.kind() != b.kind()) return path;
  if (a.is_array()) return array_difference(a.as_array(), b.as_array(), path);
  if (a.is_object()) return object_difference(a.as_object(), b.as_object(), path);
  return a == b ? std::nullopt : std::optional(path);
}

namespace {

/// Applies recorded steps to an empty state; each step's model is the one it ran under.
class Replayer {
 public:
  Replayer(Processes::Impl& impl, store::Transaction& tx) : impl_(impl), tx_(tx) {}

  ReplayReport report;
  State state;
  DefinitionPtr model;

  Result<void> step(const store::Row& row) {
    const std::string name = fmt::format("step {}", ++report.steps);
    if (row.integer("number") != report.steps) return differs(name + " is missing");
    const Json json = row.json("command");
    MINBEN_TRY(command, command_from_json(json));
    MINBEN_CHECK(choose_model(command, json));
    if (!report.difference.empty()) return {};
    auto result = apply(*model, std::move(state), command, row.instant("at"), impl_.config.limits);
    if (!result) return differs(fmt::format("{}: {}", name, describe(result.error())));
    state = std::move(result->state);
    JsonArray history;
    for (const auto& entry : result->history) {
      if (entry.number != ++report.entries) return differs(name + ": history has a gap");
      history.push_back(to_json(entry));
    }
    if (auto found = difference(Json(history), row.json("history"), name)) return differs(*found);
    return {};
  }

 private:
  Result<void> differs(std::string what) {
    report.difference = std::move(what);
    return {};
  }

  Result<void> choose_model(const Command& command, const Json& json) {
    if (!model) {
      MINBEN_TRY(first, impl_.definition(tx_, string_or(json, "digest")));
      model = std::move(first);
    }
    const auto* migrate = std::get_if<Migrate>(&command);
    if (!migrate) return {};
    MINBEN_TRY(next, impl_.definition(tx_, migrate->digest));
    auto moved = transfer(*model, *next, std::move(state), migrate->renames);
    if (!moved) return differs(describe(moved.error().front()));
    state = std::move(*moved);
    model = std::move(next);
    return {};
  }

  Processes::Impl& impl_;
  store::Transaction& tx_;
};

}  // namespace

Result<ReplayReport> Processes::replay(store::Transaction& tx, const InstanceId& id) {
  MINBEN_TRY(stored, impl_->load(tx, id, Lock::none));
  MINBEN_TRY(rows, tx.run(read_steps, id));
  Replayer replayer(*impl_, tx);
  ReplayReport& report = replayer.report;
  for (const auto row : rows) {
    MINBEN_CHECK(replayer.step(row));
    if (!report.difference.empty()) return report;
  }
  if (!replayer.model) {
    report.difference = "step 1 is missing";
    return report;
  }
  const auto found = difference(to_json(*replayer.model, replayer.state),
                                to_json(*stored.definition, stored.state), "state");
  report.equal = !found;
  report.difference = found.value_or("");
  return report;
}

}  // namespace minben::process
