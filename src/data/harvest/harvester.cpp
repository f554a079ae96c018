// Who works on which run, when runs begin, and what ends those that hang.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "store/repeat.hpp"
#include "working.hpp"

namespace minben::harvest {

using store::Query;

namespace {

constexpr milliseconds idle_pause{1000};

constexpr Query take_run{"harvest_take", R"(
  update harvest.run set state = 'running', lease = $2, lease_until = $3,
    started_at = coalesce(started_at, $1),
    progress_at = case when state = 'waiting' then $1 else progress_at end
  where run_id = (select r.run_id from harvest.run r
    where ($4::uuid is null or r.run_id = $4) and r.local = $5
      and ((r.state = 'waiting' and r.not_before <= $1)
        or (r.state = 'running' and r.lease_until < $1))
      and not exists (select 1 from harvest.run o where o.host = r.host and o.host <> ''
        and o.state = 'running' and o.run_id <> r.run_id)
    order by r.asked_at limit 1 for update skip locked)
  returning )" MINBEN_RUN_COLUMNS};
constexpr Query find_due{"harvest_due", R"(
  select code from harvest.source s where active and next_run_at <= $1 and not exists
    (select 1 from harvest.run r where r.source = s.code and r.state in ('waiting', 'running'))
  order by next_run_at limit 100)"};
constexpr Query end_hung{"harvest_end_hung", R"(
  update harvest.run set state = 'failed', code = 'hung', lease = null, ended_at = $1,
    detail = 'no progress; ended by the watchdog'
  where state = 'running' and progress_at < $2 returning )" MINBEN_RUN_COLUMNS};
constexpr Query end_interrupted{"harvest_end_interrupted", R"(
  update harvest.run set state = 'failed', code = 'interrupted', lease = null, ended_at = $2,
    detail = 'the process that read the file is gone'
  where source = $1 and local and (state = 'waiting' or lease_until < $2)
    and state in ('waiting', 'running'))"};
constexpr Query forget_old{"harvest_forget", R"(
  delete from harvest.run where run_id in (select run_id from (select run_id,
    row_number() over (partition by source order by asked_at desc) as place from harvest.run
    where state not in ('waiting', 'running')) old where place > $1))"};

/// One run, as far as it goes; false when there is none to take.
Result<bool> work(const Harvester& harvester, Harvester::Impl& house, std::optional<RunId> only,
                  const std::filesystem::path& file, const std::function<bool()>& leave) {
  const auto lease = Working::Lease::make(house.clock, house.random);
  std::optional<RunRow> row;
  std::optional<Source> source;
  const auto taken = house.database.transact([&](store::Transaction& tx) -> Result<void> {
    row.reset();
    MINBEN_TRY(rows, tx.run(take_run, tx.now(), lease, tx.now() + house.config.lease_ms, only,
                            !file.empty()));
    if (rows.empty()) return {};
    row = run_of(rows.front());
    MINBEN_TRY(found, harvester.source(tx, row->run.source));
    source = std::move(found);
    return announce(tx, row->run);
  });
  // Two nodes took two runs of one host in the same moment: one of them waits.
  if (!taken && taken.error().code == "duplicate") return false;
  if (!taken) return fail(taken.error());
  if (!row) return false;
  Working working(house, std::move(*row), std::move(*source), lease, file, leave);
  MINBEN_CHECK(working.go());
  return true;
}

Result<Run> work_to_end(const Harvester& harvester, Harvester::Impl& house, RunId id,
                        const std::filesystem::path& file, const Harvester::Progress& progress,
                        const std::function<bool()>& leave) {
  std::optional<store::Listener> watching;
  if (progress)
    watching.emplace(house.database, std::vector<std::string>{std::string(topic)},
                     [&](const store::Event& event) {
                       if (string_or(event.payload, "run") != to_string(id)) return;
                       const auto now = house.database.separately(
                           [&](store::Transaction& tx) { return harvester.run(tx, id); });
                       if (now) progress(*now);
                     });
  while (true) {
    MINBEN_TRY(worked, work(harvester, house, id, file, leave));
    MINBEN_TRY(now, house.database.separately(
                        [&](store::Transaction& tx) { return harvester.run(tx, id); }));
    if (now.over() || (leave && leave())) return now;
    if (!worked && !house.crew.wait(milliseconds{100})) return now;
  }
}

}  // namespace

Harvester::Harvester(store::Database& database, const catalogue::Catalogue& catalogue,
                     const Clock& clock, Random& random, Config config)
    : impl_(new Impl{database, catalogue, clock, random, std::move(config)}) {}

Harvester::~Harvester() { stop(); }

Result<bool> Harvester::work_once(std::optional<RunId> only,
                                  const std::function<bool()>& leave) const {
  return work(*this, *impl_, only, {}, leave);
}

Result<Run> Harvester::finish(RunId id, const Progress& progress,
                              const std::function<bool()>& leave) const {
  return work_to_end(*this, *impl_, id, {}, progress, leave);
}

Result<Run> Harvester::import(const SourceCode& code, const std::filesystem::path& file,
                              std::string_view asked_by, const Progress& progress) const {
  MINBEN_TRY(begun, impl_->database.transact([&](store::Transaction& tx) -> Result<Run> {
    MINBEN_TRY(source, this->source(tx, code));
    if (source.kind != SourceKind::national)
      return fail(Kind::conflict, "not_national", "files of rows are for sources of that kind");
    MINBEN_CHECK(tx.run(end_interrupted, code, tx.now()));
    return begin_run(tx, impl_->clock, impl_->random, code, false, true, asked_by);
  }));
  return work_to_end(*this, *impl_, begun.id, file, progress, {});
}

Result<void> Harvester::tick(store::Transaction& tx) const {
  MINBEN_TRY(hung, tx.run(end_hung, tx.now(), tx.now() - impl_->config.hung_after));
  for (const store::Row row : hung) {
    const Run run = run_of(row).run;
    spdlog::warn("harvest of {} hung and was ended", run.source.value);
    MINBEN_CHECK(announce(tx, run));
  }
  MINBEN_TRY(due, tx.run(find_due, tx.now()));
  for (const store::Row row : due)
    MINBEN_CHECK(begin_run(tx, impl_->clock, impl_->random, SourceCode{row.text("code")}, false,
                           false, "schedule"));
  MINBEN_CHECK(tx.run(forget_old, impl_->config.runs_kept));
  return {};
}

void Harvester::work_in(store::Workers& workers) const {
  store::repeat(workers, impl_->database, "harvest.tick", minutes{1},
                [this](store::Transaction& tx) { return tick(tx); });
}

void Harvester::start() {
  MINBEN_ASSERT(!impl_->crew.working());
  impl_->crew.start(impl_->config.threads, idle_pause, [this] {
    const auto worked = work_once();
    if (!worked) spdlog::warn("harvest: {}", describe(worked.error()));
    return worked && *worked;
  });
}

void Harvester::stop() { impl_->crew.stop(); }

}  // namespace minben::harvest
