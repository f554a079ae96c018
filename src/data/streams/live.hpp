#pragma once
// All of the room on one node, wired.
#include "streams/feed.hpp"
#include "streams/history.hpp"
#include "streams/hooks.hpp"
#include "streams/streams.hpp"

namespace minben::streams {

struct LiveConfig {
  Limits limits{};
  FeedConfig feed{};
  HistoryConfig history{};
  HooksConfig hooks{};
};

class Live {
 public:
  /// All outlive it. Nothing runs before start().
  Live(store::Database& database, const catalogue::Catalogue& catalogue,
       datastore::Datastore& tables, const keys::Keys& keys, const Clock& clock, Random& random,
       LiveConfig config)
      : clock_(clock),
        random_(random),
        streams_(database, catalogue, clock, config.limits),
        feed_(database, streams_, clock, random, std::move(config.feed)),
        history_(database, streams_, tables, clock, config.history),
        hooks_(database, streams_, keys, clock, random, std::move(config.hooks)) {}

  [[nodiscard]] Streams& streams() { return streams_; }
  [[nodiscard]] Feed& feed() { return feed_; }
  [[nodiscard]] History& history() { return history_; }
  [[nodiscard]] Hooks& hooks() { return hooks_; }
  /// For a distribution that is to have a stream.
  [[nodiscard]] StreamId new_id() const { return StreamId::make(clock_, random_); }
  void start() {
    streams_.start();
    feed_.start();
    history_.start();
    hooks_.start();
  }

 private:
  const Clock& clock_;
  Random& random_;
  Streams streams_;
  Feed feed_;
  History history_;
  Hooks hooks_;
};

}  // namespace minben::streams
