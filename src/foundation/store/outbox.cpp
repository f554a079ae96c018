#include "internal.hpp"
#include "store/repeat.hpp"

namespace minben::store {

// A position is (transaction number + base) · 2^20 + place in the transaction. Commits do not come
// in that order, but whatever lies below the oldest transaction still running is final. Numbers
// taken from a sequence could not tell when a gap is still going to be filled.
namespace {
constexpr Query insert_event{
    "store_publish",
    "with own as (select (pg_current_xact_id()::text::bigint + base) << 20 as first "
    "  from store.outbox_base) "
    "insert into store.event (position, topic, key, payload, at) "
    "select coalesce((select max(position) + 1 from store.event "
    "  where position >= own.first and position < own.first + (1 << 20)), own.first), "
    "$1, $2, $3, $4 from own"};
constexpr Query find_status{
    "store_outbox_status",
    "select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + base) << 20 as settled, "
    "coalesce((select max(position) from store.event), 0) as newest from store.outbox_base"};
constexpr Query find_events{"store_find_events",
                            "select position, topic, key, payload, at from store.event "
                            "where position > $1 and position < $2 and topic = any($3::text[]) "
                            "order by position limit $4"};
constexpr Query prune{"store_prune_events",
                      "delete from store.event where at < $1 and position <= "
                      "(select coalesce(min(position), 0) from store.subscriber)"};
}  // namespace

Result<void> publish(Transaction& transaction, std::string_view topic, std::string_view key,
                     const Json& payload) {
  transaction.queue(insert_event, topic, key, payload, transaction.now());
  transaction.announce(events_channel);
  return {};
}

Result<std::int64_t> settled_position(Transaction& transaction) {
  MINBEN_TRY(rows, transaction.run(find_status));
  return rows.front().integer("settled") - 1;
}

// The bound is taken before the events are read: they can only have become more settled since.
Result<EventBatch> read_events(Transaction& transaction, const std::vector<std::string>& topics,
                               std::int64_t after, int limit) {
  MINBEN_TRY(status, transaction.run(find_status));
  const std::int64_t settled = status.front().integer("settled");
  const std::int64_t newest = status.front().integer("newest");
  EventBatch batch;
  batch.reached = after;
  batch.unsettled = newest >= settled;
  if (newest <= after) return batch;
  MINBEN_TRY(rows, transaction.run(find_events, after, settled, topics, limit));
  for (const Row row : rows)
    batch.events.push_back({row.integer("position"), row.text("topic"), row.text("key"),
                            row.json("payload"), row.instant("at")});
  batch.more = rows.size() == limit;
  batch.reached =
      batch.more ? batch.events.back().position : std::max(after, std::min(newest, settled - 1));
  return batch;
}

Result<std::int64_t> prune_events(Transaction& transaction, Instant before) {
  MINBEN_TRY(rows, transaction.run(prune, before));
  return rows.affected();
}

void prune_daily(Database& database, Workers& workers, days keep) {
  repeat(workers, database, "store.prune", days{1}, [keep](Transaction& tx) -> Result<void> {
    MINBEN_CHECK(prune_events(tx, tx.now() - keep));
    return {};
  });
}

}  // namespace minben::store
