// Taking records: all of a call or none, numbered in the order in which they are committed.
#include <algorithm>
#include <set>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "impl.hpp"
#include "record_reader.hpp"

namespace minben::streams {

using store::Query;

namespace {

constexpr std::size_t longest_idempotency_key = 200;
constexpr int rate_window = 10;  ///< seconds that may come at once

constexpr Query lock_stream{"streams_lock", "select " MINBEN_STREAM_COLUMNS
                                            " from streams.stream where stream_id = $1 for update"};
constexpr Query find_answer{
    "streams_find_answer",
    "select digest, answer from streams.answered where stream_id = $1 and idempotency_key = $2"};
constexpr Query keep_answer{
    "streams_keep_answer",
    "insert into streams.answered (stream_id, idempotency_key, digest, answer, at) values ($1, "
    "$2, $3, $4, $5)"};
constexpr Query known_ids{
    "streams_known_ids",
    "select record_id from streams.record where stream_id = $1 and record_id = any($2::text[])"};
constexpr Query add_records{"streams_add_records",
                            "insert into streams.record (stream_id, sequence, at, key, record_id, "
                            "body) select $1::uuid, $2::bigint + u.number, "
                            "$3::timestamptz, u.key, "
                            "nullif(u.id, ''), u.body::json from unnest($4::text[], $5::text[], "
                            "$6::text[]) with ordinality as "
                            "u(key, id, body, number)"};
constexpr Query put_latest{
    "streams_put_latest",
    "insert into streams.latest (stream_id, key, sequence, at, body) select $1::uuid, u.key, "
    "u.sequence::bigint, "
    "$2::timestamptz, "
    "u.body::json from unnest($3::text[], $4::text[], $5::text[]) as u(key, sequence, body) "
    "on conflict (stream_id, key) do update set sequence = excluded.sequence, at = excluded.at, "
    "body = excluded.body"};
constexpr Query count_keys{
    "streams_count_keys",
    "select (select count(*) from streams.latest where stream_id = $1) as known, "
    "(select count(*) from streams.latest where stream_id = $1 and key = any($2::text[])) as "
    "given"};
constexpr Query move_on{
    "streams_move_on",
    "update streams.stream set last_sequence = $2, last_at = $3 where stream_id = $1"};

Json answer_json(const Published& answer) {
  return JsonObject{{"first", answer.first},
                    {"last", answer.last},
                    {"records", answer.records},
                    {"repeated", answer.repeated}};
}

Published answer_of(const Json& json) {
  const auto number = [&](std::string_view name) { return get_integer(json, name).value_or(0); };
  return {number("first"), number("last"), static_cast<int>(number("records")),
          static_cast<int>(number("repeated")), true};
}

/// One call on its way into the database.
class Adding {
 public:
  Adding(store::Transaction& tx, const StreamId& id, const Limits& limits)
      : tx_(tx), id_(id), limits_(limits) {}

  Result<Published> add(const Stream& stream, std::vector<ReadRecord> records) {
    MINBEN_CHECK(drop_known(records));
    Published answer;
    answer.repeated = repeated_;
    answer.records = static_cast<int>(records.size());
    if (records.empty()) return answer;
    answer.first = stream.last + 1;
    answer.last = stream.last + std::ssize(records);
    std::vector<std::string> keys, ids, bodies;
    std::map<std::string, std::size_t> newest;
    for (std::size_t i = 0; i < records.size(); ++i) {
      newest[records[i].key] = i;
      keys.push_back(records[i].key);
      ids.push_back(std::move(records[i].id));
      bodies.push_back(std::move(records[i].body));
    }
    MINBEN_CHECK(put_newest(stream, newest, bodies));
    tx_.queue(add_records, id_, stream.last, tx_.now(), keys, ids, bodies);
    tx_.queue(move_on, id_, answer.last, tx_.now());
    tx_.announce(store::live_channel);
    return answer;
  }

 private:
  /// Records that are there already, and those that are twice in one call, by the publisher's own
  /// ids.
  Result<void> drop_known(std::vector<ReadRecord>& records) {
    std::vector<std::string> ids;
    for (const ReadRecord& each : records)
      if (!each.id.empty()) ids.push_back(each.id);
    if (ids.empty()) return {};
    MINBEN_TRY(rows, tx_.run(known_ids, id_, ids));
    std::set<std::string> known;
    for (const auto row : rows) known.insert(row.text("record_id"));
    const auto gone = std::ranges::remove_if(records, [&](const ReadRecord& each) {
      return !each.id.empty() && !known.insert(each.id).second;
    });
    repeated_ = static_cast<int>(gone.size());
    records.erase(gone.begin(), gone.end());
    return {};
  }

  Result<void> put_newest(const Stream& stream, const std::map<std::string, std::size_t>& newest,
                          const std::vector<std::string>& bodies) {
    std::vector<std::string> keys, sequences, values;
    for (const auto& [key, index] : newest) {
      keys.push_back(key);
      sequences.push_back(std::to_string(stream.last + 1 + static_cast<std::int64_t>(index)));
      values.push_back(bodies[index]);
    }
    MINBEN_TRY(counted, tx_.run(count_keys, id_, keys));
    const auto row = counted.front();
    if (row.integer("known") - row.integer("given") + std::ssize(keys) >
        static_cast<std::int64_t>(limits_.max_keys))
      return fail(Kind::too_many, "too_many_keys",
                  fmt::format("at most {} different keys", limits_.max_keys));
    tx_.queue(put_latest, id_, tx_.now(), keys, sequences, values);
    return {};
  }

  store::Transaction& tx_;
  const StreamId& id_;
  const Limits& limits_;
  int repeated_ = 0;
};

Errors one(Error error) { return {std::move(error)}; }

}  // namespace

bool Rates::allow(const StreamId& id, int records, int per_second, Instant now) {
  const std::lock_guard lock(mutex_);
  const double most = static_cast<double>(per_second) * rate_window;
  auto [found, fresh] = buckets_.try_emplace(id, Bucket{most, now});
  Bucket& bucket = found->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.tokens = std::min(most, bucket.tokens + std::max(0.0, passed.count()) * per_second);
  bucket.at = now;
  if (bucket.tokens < records) return false;
  bucket.tokens -= records;
  return true;
}

std::expected<Published, Errors> Streams::publish(StreamId id,
                                                  const Publication& publication) const {
  const std::string& own_key = publication.idempotency_key;
  if (own_key.size() > longest_idempotency_key || !is_utf8(own_key) ||
      own_key.find('\0') != own_key.npos)
    return std::unexpected(one({Kind::invalid, "bad_idempotency_key", "at most 200 bytes of UTF-8",
                                "Idempotency-Key", 0, 0}));
  const auto known = find(id);
  if (!known) return std::unexpected(one(known.error()));
  auto records =
      read_records(publication.body, publication.lines, known->fields, known->key, impl_->limits);
  if (!records) return std::unexpected(std::move(records).error());
  if (!impl_->rates.allow(id, static_cast<int>(records->size()), impl_->limits.records_per_second,
                          impl_->clock.now()))
    return std::unexpected(one(
        {Kind::too_many, "too_fast",
         fmt::format("at most {} records a second", impl_->limits.records_per_second), "", 0, 0}));
  const Sha256 digest = sha256(publication.body);
  auto done = impl_->database.transact([&](store::Transaction& tx) -> Result<Published> {
    MINBEN_TRY(rows, tx.run(lock_stream, id));
    if (rows.empty()) return no_stream();
    const Stream stream = stream_of(rows.front());
    if (!own_key.empty()) {
      MINBEN_TRY(before, tx.run(find_answer, id, own_key));
      if (!before.empty()) {
        if (before.front().bytes("digest") != Bytes(digest.begin(), digest.end()))
          return fail(Kind::conflict, "idempotency_key_reused", "another body came with this key",
                      "Idempotency-Key");
        return answer_of(before.front().json("answer"));
      }
    }
    if (stream.ended_at)
      return fail(Kind::conflict, "stream_ended", "the stream takes no more records");
    MINBEN_TRY(answer, (Adding{tx, id, impl_->limits}.add(stream, *records)));
    if (!own_key.empty())
      tx.queue(keep_answer, id, own_key, std::span<const std::uint8_t>(digest), answer_json(answer),
               tx.now());
    return answer;
  });
  if (!done) return std::unexpected(one(std::move(done).error()));
  return *done;
}

}  // namespace minben::streams
