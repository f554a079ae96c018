#include "impl.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "values.hpp"

namespace minben::streams {

using catalogue::Entry;
using catalogue::Status;
using store::Query;

namespace {

constexpr std::size_t longest_name = 100;
constexpr int longest_retention = 366;
constexpr int longest_pause = 86'400;

constexpr Query insert_stream{
    "streams_insert",
    "insert into streams.stream (stream_id, dataset_id, fields, key, retention_days, "
    "every_seconds, readable, made_at, "
    "made_by, rolled_at, lease_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $8) "
    "returning " MINBEN_STREAM_COLUMNS};
constexpr Query end_stream{
    "streams_end",
    "update streams.stream set ended_at = coalesce(ended_at, $2) where stream_id = $1"};
constexpr Query find_stream{
    "streams_find", "select " MINBEN_STREAM_COLUMNS " from streams.stream where stream_id = $1"};
constexpr Query find_of_dataset{
    "streams_of_dataset", "select " MINBEN_STREAM_COLUMNS
                          " from streams.stream where dataset_id = $1 order by made_at, stream_id"};
constexpr Query find_all{
    "streams_all",
    "select " MINBEN_STREAM_COLUMNS
    " from streams.stream where readable order by made_at desc, stream_id limit 1000"};
constexpr Query set_readable{
    "streams_set_readable",
    "update streams.stream set readable = $2 where stream_id = $1 and readable <> $2"};

bool is_open(const Entry& entry, const StreamId& id) {
  const catalogue::DistributionId distribution{id.value};
  const auto& all = entry.dataset.distributions;
  return entry.status == Status::published &&
         entry.dataset.access_rights == catalogue::AccessRights::open &&
         std::ranges::find(all, distribution, &catalogue::Distribution::id) != all.end();
}

std::unexpected<Error> bad_field(std::string_view what, std::string_view name) {
  return fail(Kind::invalid, "bad_field", what, name);
}

/// As the datastore will take them: the table of the stream has fields of the same names.
Result<void> check_fields(const NewStream& wanted, const Limits& limits) {
  if (wanted.fields.empty() || wanted.fields.size() > limits.max_fields)
    return bad_field(fmt::format("1 to {} fields", limits.max_fields), "fields");
  std::vector<std::string> names{"sequence", "received_at"};
  for (const Field& field : wanted.fields) {
    const bool control = std::ranges::any_of(
        field.name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (field.name.empty() || field.name.size() > longest_name || control || !is_utf8(field.name) ||
        trim(field.name) != field.name || field.name.front() == '_' || field.name.front() == '$')
      return bad_field(
          "a name has 1 to 100 bytes, no control characters, and begins with no _ or $",
          field.name);
    if (field.type == intake::Type::geometry)
      return bad_field("streams have no geometries", field.name);
    const std::string low = to_lower_ascii(field.name);
    if (std::ranges::find(names, low) != names.end())
      return bad_field("there are two of this name; sequence and received_at are the stream's own",
                       field.name);
    names.push_back(low);
    if (field.label.size() > 200 || field.unit.size() > 50 || !is_utf8(field.label) ||
        !is_utf8(field.unit))
      return bad_field("label or unit are too long", field.name);
  }
  const auto key = std::ranges::find(wanted.fields, wanted.key, &Field::name);
  if (key == wanted.fields.end() ||
      (key->type != intake::Type::text && key->type != intake::Type::integer))
    return fail(Kind::invalid, "bad_key", "the key is a field of type text or integer", "key");
  return {};
}

}  // namespace

std::unexpected<Error> no_stream() {
  return fail(Kind::not_found, "no_such_stream", "there is no such stream");
}

Stream stream_of(const store::Row& row) {
  Stream made;
  made.id = row.id<StreamId>("stream_id");
  made.dataset = row.id<catalogue::DatasetId>("dataset_id");
  made.fields = fields_from(row.json("fields"));
  made.key = row.text("key");
  made.retention_days = static_cast<int>(row.integer("retention_days"));
  made.every_seconds = static_cast<int>(row.integer("every_seconds"));
  made.made_at = row.instant("made_at");
  made.ended_at = row.optional_instant("ended_at");
  made.last = row.integer("last_sequence");
  made.last_at = row.optional_instant("last_at");
  made.pruned = row.integer("pruned");
  made.rolled = row.integer("rolled");
  return made;
}

std::string record_json(const Record& record) {
  return fmt::format(R"({{"sequence":{},"received_at":"{}","record":{}}})", record.sequence,
                     to_string(record.at), record.body);
}

catalogue::Distribution distribution_of(const NewStream& stream, catalogue::Text title,
                                        std::string_view origin) {
  catalogue::Distribution made;
  made.id = {stream.id.value};
  made.title = std::move(title);
  for (const Field& each : stream.fields)
    made.fields.push_back(
        {each.name, {each.label, {}}, std::string(intake::to_string(each.type)), each.unit});
  made.format = "CSV";
  made.media_type = "text/csv";
  made.character_encoding = "UTF-8";
  made.access_url = fmt::format("{}/api/streams/{}", origin, to_string(stream.id));
  made.download_url = fmt::format("{}/datastore/dump/{}?bom=true", origin, to_string(stream.id));
  return made;
}

Streams::Streams(store::Database& database, const catalogue::Catalogue& catalogue,
                 const Clock& clock, Limits limits)
    : impl_(new Impl{database, catalogue, clock, limits}) {
  impl_->subscriber = std::make_unique<store::Subscriber>(
      database, "streams", std::vector<std::string>{std::string(catalogue::topic)},
      [impl = impl_.get()](store::Transaction& tx,
                           std::span<const store::Event> events) -> Result<void> {
        for (const store::Event& event : events) MINBEN_CHECK(impl->settle(tx, event.key));
        return {};
      });
}
Streams::~Streams() = default;

const Limits& Streams::limits() const { return impl_->limits; }
void Streams::start() { impl_->subscriber->start(); }
Result<void> Streams::follow_catalogue() const {
  MINBEN_CHECK(impl_->subscriber->run_once());
  return {};
}

Result<void> Streams::Impl::settle(store::Transaction& tx, const std::string& dataset) const {
  const auto id = catalogue::DatasetId::parse(dataset);
  if (!id) return {};
  MINBEN_TRY(rows, tx.run(find_of_dataset, *id));
  if (rows.empty()) return {};
  auto entry = catalogue.find(tx, *id);
  if (!entry && entry.error().kind != Kind::not_found) return fail(entry.error());
  for (const auto row : rows) {
    const Stream stream = stream_of(row);
    MINBEN_CHECK(tx.run(set_readable, stream.id, entry.has_value() && is_open(*entry, stream.id)));
  }
  tx.announce(store::live_channel);
  return {};
}

Result<Stream> Streams::make(store::Transaction& tx, const NewStream& wanted) const {
  MINBEN_CHECK(check_fields(wanted, impl_->limits));
  if (wanted.retention_days < 1 || wanted.retention_days > longest_retention)
    return fail(Kind::invalid, "bad_retention", "1 to 366 days", "retention_days");
  if (wanted.every_seconds < 0 || wanted.every_seconds > longest_pause)
    return fail(Kind::invalid, "bad_retention", "0 to 86,400 seconds", "every_seconds");
  MINBEN_TRY(entry, impl_->catalogue.find(tx, wanted.dataset));
  MINBEN_TRY(draft, impl_->catalogue.draft(tx, wanted.dataset));
  const catalogue::DistributionId distribution{wanted.id.value};
  const auto has = [&](const catalogue::Dataset& dataset) {
    return std::ranges::find(dataset.distributions, distribution, &catalogue::Distribution::id) !=
           dataset.distributions.end();
  };
  if (!has(entry.dataset) && !has(draft))
    return fail(Kind::invalid, "no_such_distribution", "the dataset has no such distribution",
                "distribution");
  MINBEN_TRY(known, tx.run(find_stream, wanted.id));
  if (!known.empty())
    return fail(Kind::conflict, "stream_exists", "the distribution has a stream", "distribution");
  MINBEN_TRY(rows, tx.run(insert_stream, wanted.id, wanted.dataset, fields_json(wanted.fields),
                          wanted.key, wanted.retention_days, wanted.every_seconds,
                          is_open(entry, wanted.id), tx.now(), catalogue::to_string(wanted.by)));
  return stream_of(rows.front());
}

Result<void> Streams::end(store::Transaction& tx, StreamId id) const {
  MINBEN_TRY(rows, tx.run(end_stream, id, tx.now()));
  if (rows.affected() == 0) return no_stream();
  tx.announce(store::live_channel);
  return {};
}

Result<Stream> Streams::find(StreamId id) const {
  MINBEN_TRY(rows, impl_->database.run(find_stream, id));
  if (rows.empty()) return no_stream();
  return stream_of(rows.front());
}

Result<std::pair<Stream, Entry>> Streams::readable(StreamId id) const {
  return impl_->database.separately(
      [&](store::Transaction& tx) -> Result<std::pair<Stream, Entry>> {
        MINBEN_TRY(rows, tx.run(find_stream, id));
        if (rows.empty()) return no_stream();
        Stream stream = stream_of(rows.front());
        auto entry = impl_->catalogue.find(tx, stream.dataset);
        if (!entry) return no_stream();
        if (entry->status == Status::withdrawn)
          return fail(Kind::not_found, "withdrawn", "the dataset was withdrawn; its page says why");
        if (entry->status == Status::published &&
            entry->dataset.access_rights != catalogue::AccessRights::open)
          return fail(Kind::forbidden, "not_open", "this dataset is given on application only");
        if (!is_open(*entry, id)) return no_stream();
        return std::pair{std::move(stream), std::move(*entry)};
      });
}

Result<std::vector<Stream>> Streams::of_dataset(catalogue::DatasetId dataset) const {
  MINBEN_TRY(rows, impl_->database.run(find_of_dataset, dataset));
  std::vector<Stream> all;
  for (const auto row : rows) all.push_back(stream_of(row));
  return all;
}

Result<std::vector<Stream>> Streams::all() const {
  MINBEN_TRY(rows, impl_->database.run(find_all));
  std::vector<Stream> all;
  for (const auto row : rows) all.push_back(stream_of(row));
  return all;
}

}  // namespace minben::streams
