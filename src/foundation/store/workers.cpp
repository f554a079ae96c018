#include <spdlog/spdlog.h>

#include "internal.hpp"

namespace minben::store {

namespace {
constexpr int max_attempts = 20;
constexpr seconds longest_pause{3600};
constexpr milliseconds idle_pause{1000};  ///< timers become due without a notification

constexpr Query take_due{"store_take_job",
                         "select id, kind, key, payload, attempt from store.job "
                         "where not dead and run_at <= $1 and kind = any($2::text[]) "
                         "order by run_at limit 1 for update skip locked"};
constexpr Query remove_job{"store_remove_job", "delete from store.job where id = $1"};
// While the job ran a newer one of the same kind and key cannot have been made: the row was locked.
constexpr Query put_off{"store_put_off_job",
                        "update store.job set attempt = attempt + 1, run_at = $2, last_error = $3, "
                        "dead = $4 where id = $1"};

seconds pause_after(int attempt) {
  return attempt > 11 ? longest_pause : std::min(seconds{1L << (attempt - 1)}, longest_pause);
}
}  // namespace

struct Workers::Impl {
  Impl(Database& a_database, const Clock& a_clock, int count)
      : database(a_database), clock(a_clock), thread_count(count) {}

  Database& database;
  const Clock& clock;
  int thread_count;
  std::map<std::string, Handler, std::less<>> handlers;
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<Signal>> signals;
  std::atomic<bool> stopping{false};

  [[nodiscard]] std::vector<std::string> kinds() const {
    std::vector<std::string> names;
    for (const auto& [kind, handler] : handlers) names.push_back(kind);
    return names;
  }

  /// The job is removed first and the handler runs after it, so that a handler may enqueue the same
  /// kind and key again. A failure goes back to before the removal.
  Result<void> run(PgTransaction& transaction, const Job& job) {
    MINBEN_CHECK(transaction.mark());
    MINBEN_CHECK(transaction.run(remove_job, job.id));
    const auto outcome = handlers.find(job.kind)->second(transaction, job);
    if (outcome) return {};
    MINBEN_CHECK(transaction.back_to_mark());
    const bool dead = job.attempt >= max_attempts;
    spdlog::warn("job {} {} failed, attempt {}{}: {}", job.kind, to_string(job.id), job.attempt,
                 dead ? ", gives up" : "", outcome.error().code);
    MINBEN_CHECK(transaction.run(put_off, job.id, clock.now() + pause_after(job.attempt),
                                 describe(outcome.error()), dead));
    return {};
  }

  /// True when there was a job.
  Result<bool> run_one() {
    MINBEN_TRY(lease, database.impl().pool.take());
    PgTransaction transaction(*lease, database.clock());
    MINBEN_TRY(rows, transaction.run(take_due, clock.now(), kinds()));
    if (rows.empty()) return false;
    const Row row = rows.front();
    const Job job{row.id<JobId>("id"), row.text("kind"), row.text("key"), row.json("payload"),
                  static_cast<int>(row.integer("attempt"))};
    MINBEN_CHECK(run(transaction, job));
    MINBEN_CHECK(commit_or_put_off(transaction, job));
    database.impl().do_afterwards(transaction.take_afterwards());
    return true;
  }

  /// What the handler queued or deferred may fail only now.
  Result<void> commit_or_put_off(PgTransaction& transaction, const Job& job) {
    const auto committed = transaction.commit();
    if (committed || committed.error().kind == Kind::unavailable) return committed;
    const bool dead = job.attempt >= max_attempts;
    spdlog::warn("job {} {} could not commit: {}", job.kind, to_string(job.id),
                 committed.error().code);
    MINBEN_CHECK(database.run(put_off, job.id, clock.now() + pause_after(job.attempt),
                              describe(committed.error()), dead));
    return {};
  }

  void work(Signal& signal) {
    while (!stopping) {
      const auto ran = run_one();
      if (!ran) spdlog::warn("jobs: {}", describe(ran.error()));
      if (!ran || !*ran) signal.wait_for(idle_pause);
    }
  }
};

Workers::Workers(Database& database, const Clock& clock, int threads)
    : impl_(std::make_unique<Impl>(database, clock, threads)) {}
Workers::~Workers() { stop(); }

void Workers::on(std::string kind, Handler handler) {
  MINBEN_ASSERT(impl_->threads.empty());
  const bool fresh = impl_->handlers.emplace(std::move(kind), std::move(handler)).second;
  MINBEN_ASSERT(fresh);
}

void Workers::start() {
  MINBEN_ASSERT(impl_->threads.empty());
  impl_->stopping = false;
  for (int i = 0; i < impl_->thread_count; ++i) {
    Signal& signal = *impl_->signals.emplace_back(std::make_unique<Signal>());
    impl_->database.impl().hub.add(signal, jobs_channel);
    impl_->threads.emplace_back([this, &signal] { impl_->work(signal); });
  }
}

void Workers::stop() {
  impl_->stopping = true;
  for (const auto& signal : impl_->signals) {
    impl_->database.impl().hub.remove(*signal);
    signal->raise();
  }
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  impl_->signals.clear();
}

Result<int> Workers::run_due() {
  for (int count = 0;; ++count) {
    MINBEN_TRY(ran, impl_->run_one());
    if (!ran) return count;
  }
}

}  // namespace minben::store
