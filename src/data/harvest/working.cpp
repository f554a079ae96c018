#include "working.hpp"

#include <unordered_set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "trust/trust.hpp"

namespace minben::harvest {

using catalogue::Catalogue;
using store::Query;

namespace {

constexpr int shown_at_once = 20;
constexpr std::size_t withdrawn_at_once = 200;
constexpr std::int64_t few = 10;  ///< datasets of which half may well vanish at once
constexpr seconds longest_backoff{600};

constexpr Query renew{"harvest_renew", R"(
  update harvest.run set lease_until = $3 where run_id = $1 and lease = $2 and state = 'running'
  returning stopping)"};
constexpr Query lock_own{"harvest_lock", "select " MINBEN_RUN_COLUMNS
                                         " from harvest.run where run_id = $1 and lease = $2 "
                                         "and state = 'running' for update"};
/// A look-up for each name: of a list, the plan that is kept walks through all objects of the run.
constexpr Query find_known{"harvest_known", R"(
  select found.identifier from unnest($2::text[]) as given (name) cross join lateral (
    select identifier from harvest.object
    where run_id = $1 and identifier = given.name and state <> 'waiting' limit 1) as found)"};
constexpr Query find_waiting{"harvest_waiting", R"(
  select identifier from harvest.object where run_id = $1 and state = 'waiting'
  order by identifier limit $2)"};
constexpr Query find_seen{"harvest_seen",
                          "select identifier from harvest.object where run_id = $1"};
constexpr Query add_waiting{"harvest_add_waiting", R"(
  insert into harvest.object (run_id, identifier, state, url, version, code, detail, at)
  select $1, name, 'waiting', '', 0, '', '', $3 from unnest($2::text[]) as given (name)
  on conflict do nothing)"};
constexpr Query drop_asked{"harvest_drop_asked", R"(
  delete from harvest.object where run_id = $1 and state = 'waiting' and identifier = any($2))"};
constexpr Query add_objects{"harvest_add_objects", R"(
  insert into harvest.object (run_id, identifier, state, url, dataset_id, version, code, detail,
    diff, at)
  select $1, identifier, state, url, nullif(dataset_id, '')::uuid, version::int, code, detail,
    nullif(diff, '')::jsonb, $10
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[]) as given (identifier, state, url, dataset_id, version, code, detail, diff)
  on conflict (run_id, identifier) do update set state = excluded.state, url = excluded.url,
    dataset_id = excluded.dataset_id, version = excluded.version, code = excluded.code,
    detail = excluded.detail, diff = excluded.diff, at = excluded.at)"};
constexpr Query write_progress{"harvest_progress", R"(
  update harvest.run set cursor = $2, expected = $3, seen = $4, hidden = $5, created = $6,
    changed = $7, unchanged = $8, failed = $9, withdrawn = $10, requests = $11, bytes = $12,
    attempt = 0, progress_at = $13, lease_until = $14, code = '', detail = ''
  where run_id = $1)"};
constexpr Query write_end{"harvest_end", R"(
  update harvest.run set state = $2, code = $3, detail = $4, ended_at = $5, lease = null,
    requests = $6, bytes = $7
  where run_id = $1)"};
constexpr Query write_whole{"harvest_whole", R"(
  update harvest.source set whole_at = $2 where code = $1)"};
constexpr Query write_put_back{"harvest_put_back", R"(
  update harvest.run set state = 'waiting', lease = null, not_before = $2, progress_at = $2,
    attempt = $3, code = $4, detail = $5, requests = $6, bytes = $7
  where run_id = $1)"};

/// Trying again soon may help.
bool passes(const Error& error) {
  if (error.code == "redirect_loop" || error.code == "too_many_redirects") return false;
  return error.kind == Kind::unavailable || error.kind == Kind::too_many || error.code == "retry";
}

void count(Counts& counts, ObjectState state) {
  if (state == ObjectState::created) ++counts.created;
  if (state == ObjectState::changed) ++counts.changed;
  if (state == ObjectState::unchanged) ++counts.unchanged;
  if (state == ObjectState::failed) ++counts.failed;
  if (state == ObjectState::withdrawn) ++counts.withdrawn;
}

}  // namespace

Working::Working(Harvester::Impl& house, RunRow row, Source source, Lease lease,
                 std::filesystem::path file, const std::function<bool()>& leave)
    : house_(house),
      row_(std::move(row)),
      source_(std::move(source)),
      lease_(lease),
      file_(std::move(file)),
      leave_(leave) {}

/// Keeps the lease, and learns of the stop button.
bool Working::cancelled() {
  if (halt_ != Halt::none) return true;
  if (house_.crew.stopping() || (leave_ && leave_())) halt_ = Halt::leave;
  if (halt_ != Halt::none) return true;
  const auto held =
      house_.database.run(renew, row_.run.id, lease_, house_.clock.now() + house_.config.lease_ms);
  if (held && held->empty()) halt_ = Halt::lost;
  else if (held && held->front().boolean("stopping")) halt_ = Halt::stop;
  return halt_ != Halt::none;
}

Result<void> Working::go() {
  const auto done = steps();
  return done ? done : after(done.error());
}

Result<void> Working::steps() {
  std::string key;
  if (!source_.key_file.empty()) {
    MINBEN_TRY(secret, trust::read_secret_file(source_.key_file));
    key = trim(secret);
  }
  asking_.emplace(Asking::Parts{house_.fetcher, source_, house_.config, house_.clock.now(), key,
                                [this] { return cancelled(); },
                                [this](milliseconds time) {
                                  for (milliseconds left = time; left.count() > 0 && !cancelled();
                                       left -= milliseconds{100})
                                    house_.crew.wait(std::min(left, milliseconds{100}));
                                },
                                row_.run.counts});
  const auto reader = source_.kind == SourceKind::national ? national_reader(*asking_, file_)
                      : source_.kind == SourceKind::dcat   ? dcat_reader(*asking_)
                                                           : ckan_reader(*asking_, row_.run.since);
  while (true) {
    if (cancelled()) return fail(Kind::unavailable, "cancelled");
    if (house_.clock.now() > *row_.run.started_at + minutes{source_.run_timeout_minutes})
      return fail(Kind::too_large, "run_timeout",
                  fmt::format("longer than {} minutes", source_.run_timeout_minutes));
    if (!row_.cursor.is_null()) {
      MINBEN_CHECK(read_page(*reader));
      continue;
    }
    MINBEN_TRY(names, waiting());
    if (names.empty()) return withdraw_gone();
    MINBEN_TRY(batch, reader->show(names));
    MINBEN_CHECK(take(std::move(batch)));
  }
}

Result<void> Working::read_page(Reader& reader) {
  const Json cursor = row_.cursor;
  return reader.read(cursor, [this](Batch&& batch) { return take(std::move(batch)); });
}

Result<std::vector<std::string>> Working::waiting() const {
  MINBEN_TRY(rows, house_.database.run(find_waiting, row_.run.id, shown_at_once));
  std::vector<std::string> names;
  for (const store::Row row : rows) names.push_back(row.text("identifier"));
  return names;
}

// ------------------------------------------------------------------------------------ importing

/// What this run has already: pages overlap when a source changes while it is read, and a page is
/// read again after a kill.
Result<void> Working::drop_known(store::Transaction& tx, Batch& batch) const {
  std::vector<std::string> identifiers;
  std::unordered_set<std::string> known;
  for (const Found& each : batch.objects) identifiers.push_back(each.identifier);
  MINBEN_TRY(rows, tx.run(find_known, row_.run.id, identifiers));
  for (const store::Row row : rows) known.insert(row.text("identifier"));
  std::erase_if(batch.objects,
                [&](const Found& each) { return !known.insert(each.identifier).second; });
  return {};
}

/// A dry run does all of it, and then lets go of the transaction.
Result<Imported> Working::import(store::Transaction& tx, std::vector<Found>& objects) {
  const Importing importing(house_.catalogue, source_, tx.now());
  if (!row_.run.dry) return importing.run(tx, objects, publishers_);
  std::map<std::string, std::string> known;
  std::optional<Result<Imported>> outcome;
  (void)house_.database.transact([&](store::Transaction& trial) -> Result<void> {
    known.clear();
    outcome.emplace(importing.run(trial, objects, known));
    return fail(Kind::internal, "dry_run");
  });
  if (!outcome) return fail(Kind::unavailable, "no_transaction", "for the dry run");
  return std::move(*outcome);
}

Result<void> Working::take(Batch&& batch) {
  if (cancelled()) return fail(Kind::unavailable, "cancelled");
  const RunRow before = row_;
  const auto publishers = publishers_;
  const auto taken = house_.database.transact([&](store::Transaction& tx) -> Result<void> {
    row_ = before;
    publishers_ = publishers;
    Batch left = batch;
    MINBEN_CHECK(fence(tx));
    MINBEN_CHECK(drop_known(tx, left));
    if (!batch.objects.empty() && left.objects.empty() && batch.next && batch.next->is_object())
      return fail(Kind::invalid, "paging_loop", "a page showed nothing that was not there before");
    Counts& counts = row_.run.counts;
    counts.seen += static_cast<std::int64_t>(left.objects.size());
    counts.hidden += batch.hidden;
    if (counts.seen + static_cast<std::int64_t>(batch.waiting.size()) > source_.max_objects)
      return fail(Kind::too_large, "too_many_objects",
                  fmt::format("more than {} of one run", source_.max_objects));
    // The most that any page said: what a source takes back in the middle is not believed yet.
    if (batch.expected) row_.run.expected = std::max(batch.expected, row_.run.expected);
    if (!batch.waiting.empty())
      MINBEN_CHECK(tx.run(add_waiting, row_.run.id, batch.waiting, tx.now()));
    if (!batch.asked.empty()) MINBEN_CHECK(tx.run(drop_asked, row_.run.id, batch.asked));
    MINBEN_TRY(done, import(tx, left.objects));
    return note(tx, done, batch.next);
  });
  if (!taken) {
    row_ = before;
    publishers_ = publishers;
  }
  return taken;
}

// ------------------------------------------------------------------------------------- vanished

Result<std::vector<Catalogue::Held>> Working::find_gone(std::int64_t& live) const {
  return house_.database.separately(
      [&](store::Transaction& tx) -> Result<std::vector<Catalogue::Held>> {
        MINBEN_TRY(held, house_.catalogue.held_from(tx, source_.code.value));
        MINBEN_TRY(rows, tx.run(find_seen, row_.run.id));
        std::unordered_set<std::string> seen;
        for (const store::Row row : rows) seen.insert(row.text("identifier"));
        live = std::ranges::count_if(held, [](const auto& each) { return !each.withdrawn; });
        std::erase_if(held, [&](const auto& each) {
          return each.withdrawn || seen.contains(each.identifier);
        });
        return held;
      });
}

/// Nothing is withdrawn when the source was not read whole, or shows so little that rather the
/// source is broken than that its datasets are gone.
Result<void> Working::withdraw_gone() {
  const Counts& counts = row_.run.counts;
  if (row_.run.since) return end(RunState::done);
  if (row_.run.expected && counts.seen + counts.hidden < *row_.run.expected)
    return end(RunState::done, "incomplete",
               fmt::format("{} of {} were shown; nothing was withdrawn",
                           counts.seen + counts.hidden, *row_.run.expected));
  std::int64_t live = 0;
  MINBEN_TRY(vanished, find_gone(live));
  const auto lost = static_cast<std::int64_t>(vanished.size());
  const std::int64_t left = live - lost;
  const bool shrunk = lost > 0 && ((live >= few && left * 2 < live) || left == 0);
  if (shrunk && !row_.accepted)
    return end(
        row_.run.dry ? RunState::done : RunState::held, "shrunk",
        fmt::format("{} of {} datasets are no longer shown; none was withdrawn", lost, live));
  for (std::size_t at = 0; at < vanished.size(); at += withdrawn_at_once) {
    if (cancelled()) return fail(Kind::unavailable, "cancelled");
    const auto part =
        std::span(vanished).subspan(at, std::min(withdrawn_at_once, vanished.size() - at));
    MINBEN_CHECK(withdraw(part));
  }
  return end(RunState::done);
}

Result<void> Working::withdraw(std::span<const Catalogue::Held> vanished) {
  const RunRow before = row_;
  return house_.database.transact([&](store::Transaction& tx) -> Result<void> {
    row_ = before;
    MINBEN_CHECK(fence(tx));
    Imported done;
    for (const Catalogue::Held& each : vanished) {
      MINBEN_TRY(entry, house_.catalogue.find(tx, each.id));
      if (entry.status != catalogue::Status::published) continue;
      if (!row_.run.dry)
        MINBEN_CHECK(house_.catalogue.withdraw(tx, each.id, entry.revision, harvest::gone,
                                               actor_of(source_)));
      Object& object = done.emplace_back();
      object.identifier = each.identifier;
      object.state = ObjectState::withdrawn;
      object.dataset = each.id;
      object.version = entry.version;
      if (entry.dataset.origin) object.url = entry.dataset.origin->url;
    }
    return note(tx, done, std::nullopt);
  });
}

// ---------------------------------------------------------------------------------- bookkeeping

/// Whoever lost the lease writes nothing any more.
Result<void> Working::fence(store::Transaction& tx) {
  MINBEN_TRY(rows, tx.run(lock_own, row_.run.id, lease_));
  if (!rows.empty()) return {};
  halt_ = Halt::lost;
  return fail(Kind::conflict, "lease_lost", "another process goes on with this run");
}

Result<void> Working::note(store::Transaction& tx, const Imported& done,
                           const std::optional<Json>& next) {
  std::vector<std::string> identifiers, states, urls, datasets, versions, codes, details, diffs;
  Counts& counts = row_.run.counts;
  for (const Object& each : done) {
    count(counts, each.state);
    identifiers.push_back(each.identifier);
    states.emplace_back(to_string(each.state));
    urls.push_back(each.url);
    datasets.push_back(each.dataset.is_nil() ? "" : to_string(each.dataset));
    versions.push_back(std::to_string(each.version));
    codes.push_back(each.code);
    details.push_back(each.detail.substr(0, 2000));
    diffs.push_back(each.diff.is_null() ? "" : write_json(each.diff));
  }
  if (!done.empty())
    MINBEN_CHECK(tx.run(add_objects, row_.run.id, identifiers, states, urls, datasets, versions,
                        codes, details, diffs, tx.now()));
  if (next) row_.cursor = *next;
  counts.requests = asking_->counts().requests;
  counts.bytes = asking_->counts().bytes;
  row_.run.attempt = 0;
  row_.run.progress_at = tx.now();
  MINBEN_CHECK(tx.run(write_progress, row_.run.id, row_.cursor, row_.run.expected, counts.seen,
                      counts.hidden, counts.created, counts.changed, counts.unchanged,
                      counts.failed, counts.withdrawn, counts.requests, counts.bytes, tx.now(),
                      tx.now() + house_.config.lease_ms));
  return announce(tx, row_.run);
}

Result<void> Working::end(RunState state, std::string_view code, std::string_view detail) {
  return house_.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(fence(tx));
    Run& run = row_.run;
    run.state = state;
    run.code = code;
    run.detail = detail.substr(0, 2000);
    MINBEN_CHECK(tx.run(write_end, run.id, to_string(state), run.code, run.detail, tx.now(),
                        asking_ ? asking_->counts().requests : run.counts.requests,
                        asking_ ? asking_->counts().bytes : run.counts.bytes));
    const bool whole = state == RunState::done && !run.dry && !run.since && run.code.empty();
    if (whole && !row_.local) MINBEN_CHECK(tx.run(write_whole, source_.code, run.started_at));
    return announce(tx, run);
  });
}

Result<void> Working::put_back(microseconds pause, const Error& why) {
  return house_.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(fence(tx));
    Run& run = row_.run;
    run.state = RunState::waiting;
    run.code = why.code;
    const Counts& counts = asking_->counts();
    MINBEN_CHECK(tx.run(write_put_back, run.id, tx.now() + pause, run.attempt, run.code,
                        describe(why), counts.requests, counts.bytes));
    return announce(tx, run);
  });
}

Result<void> Working::after(const Error& error) {
  switch (halt_) {
    case Halt::lost:
      return {};
    case Halt::stop:
      return end(RunState::stopped);
    case Halt::leave:
      return put_back(microseconds{0}, {Kind::unavailable, "left", "", "", 0, 0});
    case Halt::none:
      break;
  }
  spdlog::info("harvest of {}: {}", source_.code.value, describe(error));
  if (!asking_ || !passes(error) || row_.local)
    return end(RunState::failed, error.code, describe(error));
  if (++row_.run.attempt >= house_.config.attempts)
    return end(RunState::failed, error.code,
               fmt::format("after {} attempts: {}", row_.run.attempt, describe(error)));
  const seconds backoff = std::min(longest_backoff, seconds{1L << row_.run.attempt});
  return put_back(std::max(backoff, asking_->retry_after()), error);
}

}  // namespace minben::harvest
