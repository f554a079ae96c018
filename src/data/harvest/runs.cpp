// What stewards do and see: sources, runs, objects.
#include <fmt/format.h>

#include "impl.hpp"

namespace minben::harvest {

using store::Query;

namespace {

constexpr Query find_source{
    "harvest_source", "select document, active, next_run_at from harvest.source where code = $1"};
constexpr Query lock_source{"harvest_lock_source",
                            "select document, active, next_run_at, whole_at from harvest.source "
                            "where code = $1 for update"};
constexpr Query find_sources{
    "harvest_sources",
    "select code, document, active, next_run_at from harvest.source order by code"};
constexpr Query write_source{"harvest_save_source", R"(
  insert into harvest.source (code, document, active, changed_at) values ($1, $2, false, $3)
  on conflict (code) do update set document = $2,
    active = source.active and not $4,
    changed_at = case when $4 then $3 else source.changed_at end,
    whole_at = case when $4 then null else source.whole_at end)"};
constexpr Query find_dry_run{"harvest_find_dry_run", R"(
  select 1 from harvest.run r join harvest.source s on s.code = r.source
  where r.source = $1 and r.dry and r.state = 'done' and r.asked_at >= s.changed_at limit 1)"};
constexpr Query set_active{"harvest_set_active", R"(
  update harvest.source set active = $2, next_run_at = $3 where code = $1)"};
constexpr Query plan_next{"harvest_plan_next",
                          "update harvest.source set next_run_at = $2 where code = $1"};
constexpr Query insert_run{"harvest_begin", R"(
  insert into harvest.run (run_id, source, host, state, dry, since, local, asked_by, asked_at,
    progress_at, not_before, cursor)
  values ($1, $2, $3, 'waiting', $4, $5, $6, $7, $8, $8, $8, '{}') on conflict do nothing)"};
constexpr Query find_one{"harvest_run",
                         "select " MINBEN_RUN_COLUMNS " from harvest.run where run_id = $1"};
constexpr Query find_of_source{
    "harvest_runs", "select " MINBEN_RUN_COLUMNS
                    " from harvest.run where source = $1 order by asked_at desc, run_id desc "
                    "limit $2 offset $3"};
constexpr Query ask_to_stop{"harvest_stop", R"(
  update harvest.run set stopping = true,
    state = case when state = 'waiting' then 'stopped' else state end,
    ended_at = case when state = 'waiting' then $2::timestamptz else ended_at end
  where run_id = $1 and state in ('waiting', 'running'))"};
constexpr Query accept_held{"harvest_accept", R"(
  update harvest.run set state = 'waiting', accepted = true, ended_at = null, code = '', detail = '',
    progress_at = $2, not_before = $2, started_at = null
  where run_id = $1 and state = 'held' and not exists (select 1 from harvest.run newer
    where newer.source = run.source and not newer.dry and newer.asked_at > run.asked_at))"};
constexpr Query find_objects{"harvest_objects", R"(
  select identifier, state, url, dataset_id, version, code, detail, diff, at from harvest.object
  where run_id = $1 and ($2::text is null or state = $2) and identifier > $3
  order by identifier limit $4)"};

/// What a dry run has shown is no longer what would happen.
bool means_other_data(const Source& before, const Source& after) {
  return before.kind != after.kind || before.url != after.url ||
         before.organizations != after.organizations || before.publisher != after.publisher ||
         before.publishers != after.publishers || before.trusted != after.trusted ||
         before.portal != after.portal || before.government != after.government;
}

Result<store::Rows> some(Result<store::Rows> rows, std::string_view code) {
  if (rows && rows->empty()) return fail(Kind::not_found, code);
  return rows;
}

Object object_of(const store::Row& row) {
  ObjectState state = ObjectState::waiting;
  for (const ObjectState each : {ObjectState::created, ObjectState::changed, ObjectState::unchanged,
                                 ObjectState::failed, ObjectState::withdrawn})
    if (to_string(each) == row.text("state")) state = each;
  return {row.text("identifier"),
          state,
          row.text("url"),
          row.id<catalogue::DatasetId>("dataset_id"),
          static_cast<int>(row.integer("version")),
          row.text("code"),
          row.text("detail"),
          row.json("diff"),
          row.instant("at")};
}

}  // namespace

Result<RunRow> find_run(store::Transaction& tx, RunId id) {
  MINBEN_TRY(rows, some(tx.run(find_one, id), "no_such_run"));
  return run_of(rows.front());
}

Result<Run> begin_run(store::Transaction& tx, const Clock& clock, Random& random,
                      const SourceCode& code, bool dry, bool local, std::string_view asked_by) {
  MINBEN_TRY(rows, some(tx.run(lock_source, code), "no_such_source"));
  MINBEN_TRY(source, source_of(rows.front()));
  if (!dry && !local && !source.active)
    return fail(Kind::conflict, "not_active", "look at a dry run first, then switch it on");
  if (!local && source.url.empty())
    return fail(Kind::conflict, "no_address", "files are imported for this source by hand only");
  std::optional<Instant> since;
  const auto whole_at = rows.front().optional_instant("whole_at");
  if (source.kind == SourceKind::ckan && !dry && !local && whole_at &&
      tx.now() < *whole_at + days{source.whole_every_days})
    since = *whole_at - hours{1};  // clocks differ
  const RunId id = RunId::make(clock, random);
  MINBEN_TRY(made, tx.run(insert_run, id, code, local ? "" : host_of(source.url), dry, since, local,
                          asked_by, tx.now()));
  if (made.affected() == 0)
    return fail(Kind::conflict, "runs_already", "one run of a source at a time");
  if (source.active && source.every_hours > 0)
    MINBEN_CHECK(tx.run(plan_next, code, tx.now() + hours{source.every_hours}));
  MINBEN_TRY(row, find_run(tx, id));
  MINBEN_CHECK(announce(tx, row.run));
  return row.run;
}

Result<void> Harvester::save(store::Transaction& tx, const Source& source) const {
  if (Errors faults = check(source); !faults.empty()) return fail(std::move(faults.front()));
  MINBEN_TRY(rows, tx.run(lock_source, source.code));
  bool other = false;
  if (!rows.empty()) {
    MINBEN_TRY(before, source_of(rows.front()));
    other = means_other_data(before, source);
  }
  MINBEN_CHECK(tx.run(write_source, source.code, Json(source_json(source)), tx.now(), other));
  return {};
}

Result<void> Harvester::activate(store::Transaction& tx, const SourceCode& code) const {
  MINBEN_TRY(rows, some(tx.run(lock_source, code), "no_such_source"));
  MINBEN_TRY(source, source_of(rows.front()));
  MINBEN_TRY(seen, tx.run(find_dry_run, code));
  if (seen.empty())
    return fail(Kind::conflict, "no_dry_run", "a dry run shows what would change; do that first");
  std::optional<Instant> next;
  if (source.every_hours > 0) next = tx.now();
  MINBEN_CHECK(tx.run(set_active, code, true, next));
  return {};
}

Result<void> Harvester::deactivate(store::Transaction& tx, const SourceCode& code) const {
  MINBEN_TRY(done, tx.run(set_active, code, false, nullptr));
  if (done.affected() == 0) return fail(Kind::not_found, "no_such_source");
  return {};
}

Result<Source> Harvester::source(store::Transaction& tx, const SourceCode& code) const {
  MINBEN_TRY(rows, some(tx.run(find_source, code), "no_such_source"));
  return source_of(rows.front());
}

Result<std::vector<SourceStatus>> Harvester::sources(store::Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(find_sources));
  std::vector<SourceStatus> out;
  for (const store::Row row : rows) {
    MINBEN_TRY(source, source_of(row));
    MINBEN_TRY(newest, runs(tx, source.code, 1));
    std::optional<Run> last;
    if (!newest.empty()) last = std::move(newest.front());
    out.push_back({std::move(source), std::move(last)});
  }
  return out;
}

Result<Run> Harvester::begin(store::Transaction& tx, const SourceCode& code, bool dry,
                             std::string_view asked_by) const {
  return begin_run(tx, impl_->clock, impl_->random, code, dry, false, asked_by);
}

Result<Run> Harvester::stop(store::Transaction& tx, RunId id) const {
  MINBEN_TRY(done, tx.run(ask_to_stop, id, tx.now()));
  MINBEN_TRY(row, find_run(tx, id));
  if (done.affected() == 0) return fail(Kind::conflict, "is_over", to_string(row.run.state));
  MINBEN_CHECK(announce(tx, row.run));
  return row.run;
}

Result<Run> Harvester::accept(store::Transaction& tx, RunId id) const {
  MINBEN_TRY(done, tx.run(accept_held, id, tx.now()));
  MINBEN_TRY(row, find_run(tx, id));
  if (done.affected() == 0)
    return fail(Kind::conflict, row.run.state == RunState::held ? "newer_run" : "not_held",
                to_string(row.run.state));
  MINBEN_CHECK(announce(tx, row.run));
  return row.run;
}

Result<Run> Harvester::run(store::Transaction& tx, RunId id) const {
  MINBEN_TRY(row, find_run(tx, id));
  return row.run;
}

Result<std::vector<Run>> Harvester::runs(store::Transaction& tx, const SourceCode& code, int limit,
                                         int offset) const {
  MINBEN_TRY(rows, tx.run(find_of_source, code, limit, offset));
  std::vector<Run> out;
  for (const store::Row row : rows) out.push_back(run_of(row).run);
  return out;
}

Result<std::vector<Object>> Harvester::objects(store::Transaction& tx, RunId id,
                                               std::optional<ObjectState> state, int limit,
                                               std::string_view after) const {
  std::optional<std::string_view> wanted;
  if (state) wanted = to_string(*state);
  MINBEN_TRY(rows, tx.run(find_objects, id, wanted, after, limit));
  std::vector<Object> out;
  for (const store::Row row : rows) out.push_back(object_of(row));
  return out;
}

}  // namespace minben::harvest
