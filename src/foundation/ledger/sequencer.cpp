#include <condition_variable>
#include <mutex>
#include <thread>
#include <tuple>

#include <spdlog/spdlog.h>

#include "ledger/commitments.hpp"

namespace minben::ledger {

namespace {

using store::Query;

// Far below Log's remembered leaves, so that a batch appended just before a crash is recognised.
constexpr int batch_entries = 1000;

constexpr Query take_turn{"ledger_sequencer_turn", R"(
  select pg_try_advisory_xact_lock(hashtextextended('minben.ledger.sequencer', 0)) as mine)"};
constexpr Query waiting{"ledger_waiting", R"(
  select subject_id, id, digest from ledger.entry where log_index is null order by at, id limit $1)"};
constexpr Query store_indexes{"ledger_store_indexes", R"(
  update ledger.entry e set log_index = placed.log_index, log_number = $4
  from unnest($1::text[]::uuid[], $2::text[]::uuid[], $3::text[]::bigint[]) as placed (subject_id, id, log_index)
  where e.subject_id = placed.subject_id and e.id = placed.id)"};

/// One batch: read, append, write back. Run again after a crash at any point, it does the same.
Result<int> sequence_batch(store::Transaction& tx, const Logs& logs) {
  MINBEN_TRY(turn, tx.run(take_turn));
  if (!turn.front().boolean("mine")) return 0;
  MINBEN_TRY(rows, tx.run(waiting, batch_entries));
  if (rows.empty()) return 0;
  std::vector<Bytes> digests;
  std::vector<std::string> subjects;
  std::vector<std::string> ids;
  for (const store::Row row : rows) {
    digests.push_back(row.bytes("digest"));
    subjects.push_back(row.text("subject_id"));
    ids.push_back(row.text("id"));
  }
  auto [number, log] = logs.current();
  auto indexes = log->append_all(digests);
  if (!indexes && indexes.error().code == "ledger_sealed") {
    MINBEN_CHECK(logs.follow());
    std::tie(number, log) = logs.current();
    indexes = log->append_all(digests);
  }
  if (!indexes) return fail(indexes.error());
  std::vector<std::string> places;
  for (const std::uint64_t index : *indexes) places.push_back(std::to_string(index));
  MINBEN_TRY(updated, tx.run(store_indexes, subjects, ids, places, number));
  return rows.size();
}

}  // namespace

struct Sequencer::Impl {
  store::Database& database;
  const Logs& logs;
  milliseconds idle;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto done = sequence_all();
      if (!done) spdlog::warn("ledger sequencer: {}", describe(done.error()));
      std::unique_lock guard(mutex);
      wake.wait_for(guard, stop, idle, [] { return false; });
    }
  }

  Result<int> sequence_all() {
    int total = 0;
    for (;;) {
      MINBEN_TRY(count, database.transact(
                            [&](store::Transaction& tx) { return sequence_batch(tx, logs); }));
      total += count;
      if (count < batch_entries) return total;
    }
  }
};

Sequencer::Sequencer(store::Database& database, const Logs& logs, milliseconds idle)
    : impl_(new Impl{database, logs, idle, {}, {}, {}}) {}
Sequencer::~Sequencer() { stop(); }

void Sequencer::start() {
  if (impl_->thread.joinable()) return;
  impl_->thread = std::jthread([this](const std::stop_token& stop) { impl_->run(stop); });
}

void Sequencer::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->thread.request_stop();
  impl_->thread.join();
  impl_->thread = {};
}

Result<int> Sequencer::run_once() { return impl_->sequence_all(); }

}  // namespace minben::ledger
