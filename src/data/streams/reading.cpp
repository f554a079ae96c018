// What is asked of a stream: records, the newest by key, averages of a day, heads for followers.
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "impl.hpp"

namespace minben::streams {

using store::Query;

namespace {

constexpr seconds remembered{60};
constexpr std::size_t most_remembered = 256;
constexpr seconds believed{60};  ///< what a node said of its followers

constexpr Query find_records{
    "streams_records",
    "select sequence, at, key, body from streams.record where stream_id = $1 and sequence > $2 "
    "order by sequence limit $3"};
constexpr Query find_records_of{
    "streams_records_of",
    "select sequence, at, key, body from streams.record where stream_id = $1 and sequence > "
    "$2 and key = $4 order by sequence limit $3"};
constexpr Query find_latest{
    "streams_latest",
    "select sequence, at, key, body from streams.latest where stream_id = $1 and ($3 = '' or "
    "key = $3) order by key limit $2"};
constexpr Query find_first_at{
    "streams_first_at",
    "select min(at) as at from streams.record where stream_id = $1 and at >= $2 and at < $3"};
constexpr Query find_curve{"streams_curve",
                           "select floor(extract(epoch from at - $2::timestamptz) / $5::int)::int "
                           "as place, avg((body ->> $4)::float8) as mean "
                           "from streams.record where stream_id = $1 and at >= $2 and at < $3 and "
                           "($6 = '' or key = $6) and "
                           "(body ->> $4) is not null group by 1 order by 1"};
constexpr Query count_hour{
    "streams_count_since",
    "select count(*) as n from streams.record where stream_id = $1 and at >= $2"};
constexpr Query sum_followers{
    "streams_followers",
    "select coalesce(sum(followers), 0) as n from streams.following where stream_id = $1 and "
    "at >= $2"};
constexpr Query find_heads{
    "streams_heads",
    "select stream_id, last_sequence, pruned, readable and ended_at is null as open from "
    "streams.stream where stream_id = any($1::uuid[])"};
constexpr Query tell_count{
    "streams_tell_followers",
    "insert into streams.following (node, stream_id, followers, at) select $1::uuid, "
    "stream_id, $3::int, $4::timestamptz "
    "from streams.stream where stream_id = $2 on conflict (node, stream_id) do update set "
    "followers = excluded.followers, at = excluded.at"};
constexpr Query forget_counts{"streams_forget_followers",
                              "delete from streams.following where at < $1"};

/// Finer while there is little to average: after a pause, too, when an older day is over.
seconds step_for(microseconds span) {
  return span < hours{1} ? seconds{60} : span < hours{6} ? seconds{300} : seconds{1800};
}

}  // namespace

std::vector<Record> records_of(const store::Rows& rows) {
  std::vector<Record> records;
  records.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto row : rows)
    records.push_back(
        {row.integer("sequence"), row.instant("at"), row.text("key"), row.text("body")});
  return records;
}

Result<Page> Streams::records(StreamId id, std::int64_t after, int limit,
                              std::string_view key) const {
  MINBEN_ASSERT(limit >= 1 && limit <= 10'000);
  // The head first: what is read afterwards can only be more.
  MINBEN_TRY(stream, find(id));
  MINBEN_TRY(rows, key.empty() ? impl_->database.run(find_records, id, after, limit)
                               : impl_->database.run(find_records_of, id, after, limit, key));
  Page page;
  page.records = records_of(rows);
  page.more = rows.size() == limit;
  if (page.more) page.reached = page.records.back().sequence;
  else
    page.reached =
        std::max(after, page.records.empty() ? stream.last
                                             : std::max(stream.last, page.records.back().sequence));
  return page;
}

Result<std::vector<Record>> Streams::latest(StreamId id, int limit, std::string_view key) const {
  MINBEN_TRY(rows, impl_->database.run(find_latest, id, limit, key));
  return records_of(rows);
}

Result<Curve> Streams::last_day(StreamId id, const std::string& field, std::string_view key) const {
  const Instant now = impl_->clock.now();
  const std::string name = fmt::format("{}\n{}\n{}", to_string(id), field, key);
  {
    const std::lock_guard lock(impl_->mutex);
    const auto known = impl_->curves.find(name);
    if (known != impl_->curves.end() && known->second.until > now) return known->second.curve;
  }
  MINBEN_TRY(stream, find(id));
  const auto known = std::ranges::find(stream.fields, field, &Field::name);
  if (known == stream.fields.end() ||
      (known->type != intake::Type::integer && known->type != intake::Type::number))
    return fail(Kind::invalid, "bad_field", "a field of numbers", field);
  Curve curve;
  curve.end = std::chrono::floor<minutes>(now) + minutes{1};
  curve.begin = curve.end - days{1};
  MINBEN_TRY(first, impl_->database.run(find_first_at, id, curve.begin, curve.end));
  curve.step = step_for(curve.end - first.front().optional_instant("at").value_or(curve.end));
  MINBEN_TRY(rows, impl_->database.run(find_curve, id, curve.begin, curve.end, field,
                                       static_cast<std::int64_t>(curve.step.count()), key));
  for (const auto row : rows)
    curve.points.push_back({curve.begin + curve.step * row.integer("place"), row.number("mean")});
  const std::lock_guard lock(impl_->mutex);
  if (impl_->curves.size() >= most_remembered) impl_->curves.clear();
  impl_->curves.insert_or_assign(name, Impl::Remembered{curve, now + remembered});
  return curve;
}

Result<std::int64_t> Streams::last_hour(StreamId id) const {
  MINBEN_TRY(rows, impl_->database.run(count_hour, id, impl_->clock.now() - hours{1}));
  return rows.front().integer("n");
}

Result<std::int64_t> Streams::followers(StreamId id) const {
  MINBEN_TRY(rows, impl_->database.run(sum_followers, id, impl_->clock.now() - believed));
  return rows.front().integer("n");
}

Result<std::vector<Streams::Head>> Streams::heads(const std::vector<StreamId>& ids) const {
  std::vector<std::string> names;
  for (const StreamId& each : ids) names.push_back(to_string(each));
  MINBEN_TRY(rows, impl_->database.run(find_heads, names));
  std::vector<Head> heads;
  for (const auto row : rows)
    heads.push_back({row.id<StreamId>("stream_id"), row.integer("last_sequence"),
                     row.integer("pruned"), row.boolean("open")});
  return heads;
}

Result<void> Streams::tell_followers(const Uuid& node,
                                     const std::map<StreamId, int>& counts) const {
  return impl_->database.transact([&](store::Transaction& tx) -> Result<void> {
    for (const auto& [id, count] : counts)
      tx.queue(tell_count, to_string(node), id, count, tx.now());
    MINBEN_CHECK(tx.run(forget_counts, tx.now() - believed));
    return {};
  });
}

}  // namespace minben::streams
