#include "rows.hpp"

#include <array>

namespace minben::harvest {

namespace {
RunState run_state(std::string_view text) {
  for (const RunState each : {RunState::waiting, RunState::running, RunState::held, RunState::done,
                              RunState::failed, RunState::stopped})
    if (to_string(each) == text) return each;
  return RunState::failed;
}
}  // namespace

std::string_view to_string(RunState state) {
  constexpr std::array<std::string_view, 6> words{"waiting", "running", "held",
                                                  "done",    "failed",  "stopped"};
  return words.at(static_cast<std::size_t>(state));
}

std::string_view to_string(ObjectState state) {
  constexpr std::array<std::string_view, 6> words{"waiting",   "created", "changed",
                                                  "unchanged", "failed",  "withdrawn"};
  return words.at(static_cast<std::size_t>(state));
}

RunRow run_of(const store::Row& row) {
  RunRow out;
  Run& run = out.run;
  run.id = row.id<RunId>("run_id");
  run.source = SourceCode{row.text("source")};
  run.state = run_state(row.text("state"));
  run.dry = row.boolean("dry");
  run.since = row.optional_instant("since");
  run.asked_by = row.text("asked_by");
  run.asked_at = row.instant("asked_at");
  run.started_at = row.optional_instant("started_at");
  run.ended_at = row.optional_instant("ended_at");
  run.progress_at = row.instant("progress_at");
  run.not_before = row.instant("not_before");
  run.attempt = static_cast<int>(row.integer("attempt"));
  if (!row.is_null("expected")) run.expected = row.integer("expected");
  run.counts = {row.integer("seen"),      row.integer("hidden"),    row.integer("created"),
                row.integer("changed"),   row.integer("unchanged"), row.integer("failed"),
                row.integer("withdrawn"), row.integer("requests"),  row.integer("bytes")};
  run.code = row.text("code");
  run.detail = row.text("detail");
  run.stopping = row.boolean("stopping");
  out.cursor = row.json("cursor");
  out.local = row.boolean("local");
  out.accepted = row.boolean("accepted");
  return out;
}

Result<Source> source_of(const store::Row& row) {
  auto source = source_from_json(row.json("document"));
  if (!source)
    return fail(Kind::internal, "broken_source", describe(source.error().front()),
                "harvest.source");
  source->active = row.boolean("active");
  source->next_run_at = row.optional_instant("next_run_at");
  return std::move(*source);
}

std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  return to_lower_ascii(rest.substr(rest.rfind('@') + 1));
}

Result<void> announce(store::Transaction& tx, const Run& run) {
  const Counts& c = run.counts;
  return store::publish(tx, topic, run.source.value,
                        JsonObject{{"run", to_string(run.id)},
                                   {"state", to_string(run.state)},
                                   {"dry", run.dry},
                                   {"seen", c.seen},
                                   {"created", c.created},
                                   {"changed", c.changed},
                                   {"unchanged", c.unchanged},
                                   {"failed", c.failed},
                                   {"withdrawn", c.withdrawn},
                                   {"code", run.code}});
}

}  // namespace minben::harvest
