#pragma once
// Live data: a distribution whose records are published one by one, as they come, and followed as
// they come (feed.hpp), sent to others (hooks.hpp), and kept for analysis as the distribution's
// table (history.hpp). docs/streams.md.
//
// A stream's records are numbered from 1 without gaps, in the order in which they were committed,
// on all nodes together. Everything here is thread-safe. Errors of all calls that name a stream:
// not_found "no_such_stream".
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "core/core.hpp"
#include "datastore/datastore.hpp"
#include "store/store.hpp"

namespace minben::streams {

/// The value is the id of the distribution.
using StreamId = Id<struct StreamTag>;

/// Of every record. Types: all of the datastore's but geometry.
struct Field {
  std::string name;   ///< as of the datastore; not "sequence", "received_at"
  std::string label;  ///< what people call it; may be empty
  intake::Type type = intake::Type::text;
  std::string unit;
  friend bool operator==(const Field&, const Field&) = default;
};

struct NewStream {
  catalogue::DatasetId dataset;
  StreamId id;  ///< of one of its distributions, published or in the draft
  std::vector<Field> fields;
  std::string key;  ///< one of the fields, of text or integer: "latest" is by its value
  int retention_days = 7;
  int every_seconds = 0;  ///< promised between records; 0 = not said
  catalogue::Actor by{};
};

struct Stream {
  StreamId id;
  catalogue::DatasetId dataset;
  std::vector<Field> fields;
  std::string key;
  int retention_days = 7;
  int every_seconds = 0;
  Instant made_at{};
  std::optional<Instant> ended_at;
  std::int64_t last = 0;  ///< newest record; 0 = none yet
  std::optional<Instant> last_at;
  std::int64_t pruned = 0;  ///< up to this one, records are in the table only
  std::int64_t rolled = 0;  ///< up to this one, records are in the table
  /// Later than promised, with as much again for the way.
  [[nodiscard]] bool late(Instant now) const {
    return every_seconds > 0 && now > last_at.value_or(made_at) + 2 * seconds{every_seconds};
  }
};

struct Record {
  std::int64_t sequence = 0;
  Instant at{};     ///< when it was taken
  std::string key;  ///< the value of the key as text
  std::string
      body;  ///< JSON object, members in the order of the fields; without those that are null
};
/// {"sequence", "received_at", "record"}: what followers get as data.
std::string record_json(const Record& record);

/// Bounds; docs/streams.md says them to publishers.
struct Limits {
  std::size_t max_fields = 100;
  std::size_t max_records = 1000;  ///< of a call
  std::size_t max_record_bytes = 16u << 10;
  std::size_t max_text_bytes = 4096;
  int records_per_second = 2000;  ///< of a stream and node, over ten seconds
  std::size_t max_keys = 20'000;  ///< different keys of a stream
  hours answers_kept{48};         ///< for Idempotency-Key
};

/// What a publisher sends.
struct Publication {
  std::string_view body;
  bool lines = false;             ///< NDJSON; else a JSON array, or one object
  std::string idempotency_key{};  ///< "" = none; at most 200 bytes
};
struct Published {
  std::int64_t first = 0, last = 0;  ///< numbers that were given; 0 = none
  int records = 0;                   ///< that were added
  int repeated = 0;                  ///< that were there before, by their own ids ("_id")
  bool again = false;                ///< the answer to an earlier call with this Idempotency-Key
};

struct Page {
  std::vector<Record> records;
  std::int64_t reached = 0;  ///< nothing up to this one is left unsaid: the next `after`
  bool more = false;
};

/// Averages of one field by time, for drawing.
struct Curve {
  struct Point {
    Instant from{};
    double mean = 0;
  };
  Instant begin{}, end{};
  seconds step{};
  std::vector<Point> points;  ///< steps without records are left out
};

/// What the catalogue says of a stream's distribution: the table as the file, the stream as its
/// interface.
catalogue::Distribution distribution_of(const NewStream& stream, catalogue::Text title,
                                        std::string_view origin);

class Streams {
 public:
  /// All outlive it.
  Streams(store::Database& database, const catalogue::Catalogue& catalogue, const Clock& clock,
          Limits limits = {});
  ~Streams();
  [[nodiscard]] const Limits& limits() const;

  // --- making and ending

  /// invalid "bad_field", "bad_key", "bad_retention", "no_such_distribution"; conflict
  /// "stream_exists".
  Result<Stream> make(store::Transaction& tx, const NewStream& wanted) const;
  /// Nothing more is taken, followers are closed; what is there stays to be read.
  Result<void> end(store::Transaction& tx, StreamId id) const;

  // --- publishing

  /// All records or none. Errors with the JSON pointer of the member ("/3/pm25"), or its line:
  /// invalid "not_json", "not_records", "no_records", "missing_key", "unknown_field", "wrong_type",
  /// "bad_id", "bad_idempotency_key"; too_large "too_many_records", "record_too_large"; too_many
  /// "too_fast", "too_many_keys"; conflict "stream_ended", "idempotency_key_reused". Who may
  /// publish is the caller's to ask.
  std::expected<Published, Errors> publish(StreamId id, const Publication& publication) const;

  // --- reading

  /// Whatever its state; `readable` looks at the catalogue.
  Result<Stream> find(StreamId id) const;
  /// Of a dataset that is published and open, with the entry; else not_found "no_such_stream",
  /// forbidden "not_open", or not_found "withdrawn".
  Result<std::pair<Stream, catalogue::Entry>> readable(StreamId id) const;
  Result<std::vector<Stream>> of_dataset(catalogue::DatasetId dataset) const;
  /// Readable ones, the newest first; at most 1,000.
  Result<std::vector<Stream>> all() const;
  /// After a number, in order; of one key unless that is empty. `limit` 1 … 10,000.
  Result<Page> records(StreamId id, std::int64_t after, int limit, std::string_view key = {}) const;
  /// By key; at most `limit`.
  Result<std::vector<Record>> latest(StreamId id, int limit = 10'000,
                                     std::string_view key = {}) const;
  /// Of the last 24 hours; remembered for a minute. invalid "bad_field".
  Result<Curve> last_day(StreamId id, const std::string& field, std::string_view key = {}) const;
  /// In the last hour.
  Result<std::int64_t> last_hour(StreamId id) const;
  /// On all nodes, as they said in the last minute.
  Result<std::int64_t> followers(StreamId id) const;

  /// For feeds: what is new, of those that have an id among these.
  struct Head {
    StreamId id;
    std::int64_t last = 0, pruned = 0;
    bool open = false;  ///< readable and not ended
  };
  Result<std::vector<Head>> heads(const std::vector<StreamId>& ids) const;
  /// How many follow here; forgotten after a minute.
  Result<void> tell_followers(const Uuid& node, const std::map<StreamId, int>& counts) const;

  /// From now on withdrawals of datasets close their streams, on all nodes.
  void start();
  /// For tests: handles what the catalogue told until now.
  Result<void> follow_catalogue() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

std::span<const store::Migration> migrations();

}  // namespace minben::streams
