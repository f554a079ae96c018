#pragma once
// What was live, for analysis: records of closed hours become rows of the distribution's table, and
// single records go when their time is over. A roll that is killed is done again; the table knows
// by "sequence" what it has.
#include <memory>

#include "core/crew.hpp"
#include "datastore/datastore.hpp"
#include "streams/streams.hpp"

namespace minben::streams {

struct HistoryConfig {
  std::int64_t most_rows = 1'900'000;  ///< of a table: then its oldest rows go
  std::int64_t hourly_rows =
      300'000;         ///< larger tables are written anew once a day, not once an hour
  int batch = 50'000;  ///< records of a roll
  int versions_kept = 3;
  seconds lease{900};
};

/// Thread-safe; several nodes may have one.
class History {
 public:
  /// All outlive it.
  History(store::Database& database, const Streams& streams, datastore::Datastore& tables,
          const Clock& clock, HistoryConfig config = {});
  ~History();  ///< stops
  /// An empty table, so that its page is there from the beginning.
  Result<void> prepare(const Stream& stream) const;
  /// Rolls one stream that is due, if there is one: true.
  Result<bool> roll_one() const;
  /// Removes single records that are older than their streams keep them and are in the table, and
  /// old answers to Idempotency-Keys; how many records.
  Result<std::int64_t> prune() const;
  void start();  ///< both, each minute
  void stop();

 private:
  Result<void> roll(const Stream& stream, Instant before) const;
  Result<void> make_room(const datastore::Table& table, std::int64_t more) const;

  store::Database& database_;
  const Streams& streams_;
  datastore::Datastore& tables_;
  const Clock& clock_;
  const HistoryConfig config_;
  Crew crew_;
};

}  // namespace minben::streams
