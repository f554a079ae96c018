#include "internal.hpp"

namespace minben::store {

namespace {
constexpr Query upsert_job{
    "store_enqueue_job",
    "insert into store.job (kind, key, payload, run_at) values ($1, $2, $3, $4) "
    "on conflict (kind, key) where not dead do update "
    "set id = excluded.id, payload = excluded.payload, run_at = excluded.run_at, attempt = 1, "
    "last_error = ''"};
constexpr Query delete_waiting{"store_cancel_job",
                               "delete from store.job where kind = $1 and key = $2 and not dead"};
constexpr Query find_dead{"store_find_dead_jobs",
                          "select id, kind, key, payload, attempt, last_error from store.job "
                          "where dead order by run_at limit $1"};
constexpr Query revive{
    "store_revive_job",
    "update store.job set dead = false, attempt = 1, run_at = $2, last_error = '' "
    "where id = $1 and dead"};
}  // namespace

Result<void> enqueue(Transaction& transaction, const NewJob& job) {
  transaction.queue(upsert_job, job.kind, job.key, job.payload, job.run_at);
  transaction.announce(jobs_channel);
  return {};
}

Result<void> cancel_job(Transaction& transaction, std::string_view kind, std::string_view key) {
  transaction.queue(delete_waiting, kind, key);
  return {};
}

Result<std::vector<DeadJob>> dead_jobs(Transaction& transaction, int limit) {
  MINBEN_TRY(rows, transaction.run(find_dead, limit));
  std::vector<DeadJob> jobs;
  for (const Row row : rows)
    jobs.push_back({{row.id<JobId>("id"), row.text("kind"), row.text("key"), row.json("payload"),
                     static_cast<int>(row.integer("attempt"))},
                    row.text("last_error")});
  return jobs;
}

Result<void> revive_job(Transaction& transaction, JobId id, Instant run_at) {
  MINBEN_TRY(rows, transaction.run(revive, id, run_at));
  if (rows.affected() == 0) return fail(Kind::not_found, "no_such_job");
  transaction.announce(jobs_channel);
  return {};
}

}  // namespace minben::store
