#include "streams/history.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <spdlog/spdlog.h>

#include "impl.hpp"
#include "values.hpp"

namespace minben::streams {

using datastore::TableId;
using store::Query;

namespace {

constexpr seconds pause{60};
constexpr int prune_batch = 20'000;

// Due: an hour has closed since the last roll, and there are records of before.
constexpr Query take_due{"streams_take_due",
                         "update streams.stream set lease_until = $2 where stream_id = (select "
                         "s.stream_id from streams.stream s where "
                         "s.readable and s.lease_until <= $1 and s.rolled_at < $3 and "
                         "s.last_sequence > s.rolled order by s.rolled_at limit 1 "
                         "for update skip locked) returning " MINBEN_STREAM_COLUMNS};
constexpr Query find_to_roll{
    "streams_to_roll",
    "select sequence, at, key, body from streams.record where stream_id = $1 and sequence > $2 "
    "and sequence < coalesce((select min(sequence) from streams.record where "
    "stream_id = $1 and at >= $3), 9223372036854775807) order by sequence limit $4"};
constexpr Query set_rolled{
    "streams_set_rolled",
    "update streams.stream set rolled = greatest(rolled, $2), rolled_at = $3, lease_until = $4 "
    "where stream_id = $1"};
constexpr Query find_prunable{
    "streams_prunable",
    "select s.stream_id, (select max(sequence) from (select sequence from streams.record r where "
    "r.stream_id = "
    "s.stream_id and r.sequence <= s.rolled and r.at < $1::timestamptz - make_interval(days => "
    "s.retention_days) order "
    "by sequence limit $2) old) as last from streams.stream s where s.rolled > s.pruned"};
// The number moves first: who reads then learns of the gap, never of a hole.
constexpr Query set_pruned{
    "streams_set_pruned",
    "update streams.stream set pruned = $2 where stream_id = $1 and pruned < $2"};
constexpr Query delete_records{
    "streams_delete_records", "delete from streams.record where stream_id = $1 and sequence <= $2"};
constexpr Query delete_answers{"streams_delete_answers",
                               "delete from streams.answered where at < $1"};

/// A record as a row of the table.
JsonObject row_of(const Stream& stream, const Record& record) {
  JsonObject row{{"sequence", record.sequence}, {"received_at", table_time(record.at)}};
  const auto body = parse_json(record.body);
  if (!body || !body->is_object()) return row;
  for (const Field& field : stream.fields)
    if (const Json* value = find(*body, field.name)) row[field.name] = table_value(field, *value);
  return row;
}

std::vector<datastore::NewField> table_fields(const Stream& stream) {
  std::vector<datastore::NewField> fields{
      {"sequence", intake::Type::integer, "序號",
       "在即時資料流中的號碼 (number in the live stream)", ""},
      {"received_at", intake::Type::timestamp, "收到時間", "臺灣時間 (Taiwan's time of day)", ""}};
  for (const Field& each : stream.fields)
    fields.push_back({each.name, each.type, each.label, "", each.unit});
  return fields;
}

}  // namespace

History::History(store::Database& database, const Streams& streams, datastore::Datastore& tables,
                 const Clock& clock, HistoryConfig config)
    : database_(database), streams_(streams), tables_(tables), clock_(clock), config_(config) {}
History::~History() { stop(); }

Result<void> History::prepare(const Stream& stream) const {
  const TableId table{stream.id.value};
  if (tables_.info(table)) return {};
  MINBEN_CHECK(tables_.create(table, table_fields(stream), {"sequence"}, {}));
  return {};
}

Result<bool> History::roll_one() const {
  const Instant now = clock_.now();
  const Instant hour = std::chrono::floor<hours>(now);
  MINBEN_TRY(rows, database_.run(take_due, now, now + config_.lease, hour));
  if (rows.empty()) return false;
  const Stream stream = stream_of(rows.front());
  const auto table = tables_.info(TableId{stream.id.value});
  // A large table is written anew once a day, in the small hours of Taiwan.
  const bool daily = table && table->version.rows > config_.hourly_rows;
  const Instant before = daily ? taiwan_midnight(taiwan_date(now)) : hour;
  auto rolled = roll(stream, before);
  if (!rolled) {
    MINBEN_CHECK(
        database_.run(set_rolled, stream.id, stream.rolled, hour, now));  // again in an hour
    return fail(std::move(rolled).error());
  }
  return true;
}

Result<void> History::roll(const Stream& stream, Instant before) const {
  const TableId table{stream.id.value};
  std::int64_t rolled = stream.rolled;
  MINBEN_CHECK(prepare(stream));
  for (bool more = true; more;) {
    MINBEN_TRY(rows, database_.run(find_to_roll, stream.id, rolled, before, config_.batch));
    more = rows.size() == config_.batch;
    if (!rows.empty()) {
      JsonArray records;
      for (const Record& each : records_of(rows)) {
        records.push_back(row_of(stream, each));
        rolled = each.sequence;
      }
      MINBEN_TRY(info, tables_.info(table));
      MINBEN_CHECK(make_room(info, std::ssize(records)));
      MINBEN_CHECK(tables_.write(table, datastore::Method::upsert, records));
    }
    const Instant now = clock_.now();
    // Until here a kill loses the number only: the same records are written again, over themselves.
    MINBEN_CHECK(database_.run(set_rolled, stream.id, rolled, std::chrono::floor<hours>(now),
                               more ? now + config_.lease : now));
  }
  MINBEN_CHECK(tables_.keep_newest(table, config_.versions_kept));
  return {};
}

/// The oldest rows go, a tenth more than needed, so that it is not done at each roll.
Result<void> History::make_room(const datastore::Table& table, std::int64_t more) const {
  if (table.version.rows + more <= config_.most_rows) return {};
  const std::int64_t too_many =
      table.version.rows + more - config_.most_rows + config_.most_rows / 10;
  const auto sequence =
      std::ranges::find(table.version.fields, "sequence", &datastore::Field::name);
  if (sequence == table.version.fields.end())
    return fail(Kind::internal, "not_a_history", "the table is not one of a stream",
                to_string(table.id));
  const std::int64_t first = parse_integer(sequence->least).value_or(1);
  MINBEN_CHECK(tables_.remove_rows(table.id,
                                   JsonObject{{"sequence", JsonObject{{"lt", first + too_many}}}}));
  return {};
}

Result<std::int64_t> History::prune() const {
  const Instant now = clock_.now();
  MINBEN_CHECK(database_.run(delete_answers, now - streams_.limits().answers_kept));
  std::int64_t removed = 0;
  MINBEN_TRY(rows, database_.run(find_prunable, now, prune_batch));
  for (const auto row : rows) {
    if (row.is_null("last")) continue;
    const auto id = row.id<StreamId>("stream_id");
    const std::int64_t last = row.integer("last");
    MINBEN_CHECK(database_.run(set_pruned, id, last));
    MINBEN_TRY(gone, database_.run(delete_records, id, last));
    removed += gone.affected();
  }
  return removed;
}

void History::start() {
  crew_.start(1, pause, [this] {
    Result<bool> rolled = true;
    for (int i = 0; i < 20 && rolled && *rolled; ++i) rolled = roll_one();
    if (!rolled) spdlog::warn("history of streams: {}", describe(rolled.error()));
    if (const auto pruned = prune(); !pruned)
      spdlog::warn("history of streams: {}", describe(pruned.error()));
    return false;
  });
}

void History::stop() { crew_.stop(); }

}  // namespace minben::streams
