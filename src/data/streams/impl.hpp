#pragma once
// Private: what the files of Streams share.
#include <mutex>

#include "store/live.hpp"
#include "streams/streams.hpp"

namespace minben::streams {

#define MINBEN_STREAM_COLUMNS                                                              \
  "stream_id, dataset_id, fields, key, retention_days, every_seconds, made_at, ended_at, " \
  "last_sequence, last_at, pruned, rolled"

Stream stream_of(const store::Row& row);
std::vector<Record> records_of(const store::Rows& rows);
std::unexpected<Error> no_stream();

/// How many records a second, over ten seconds, of each stream on this node. Thread-safe.
class Rates {
 public:
  bool allow(const StreamId& id, int records, int per_second, Instant now);

 private:
  struct Bucket {
    double tokens = 0;
    Instant at{};
  };
  std::mutex mutex_;
  std::map<StreamId, Bucket> buckets_;
};

struct Streams::Impl {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const Clock& clock;
  Limits limits;
  Rates rates{};
  std::unique_ptr<store::Subscriber> subscriber{};

  struct Remembered {
    Curve curve;
    Instant until;
  };
  std::mutex mutex{};
  std::map<std::string, Remembered> curves{};  ///< by stream, field and key

  /// Whether the streams of a dataset may be read, as the catalogue says now.
  Result<void> settle(store::Transaction& tx, const std::string& dataset) const;
};

}  // namespace minben::streams
