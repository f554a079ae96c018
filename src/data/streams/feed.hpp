#pragma once
// Who follows streams on this node, by server-sent events. Each record is written once for all of
// them; what somebody missed comes from the database, at the pace at which they read. Who reads too
// slowly is closed by net, and resumes.
#include <atomic>
#include <memory>
#include <thread>

#include "net/shared_events.hpp"
#include "streams/streams.hpp"

namespace minben::streams {

struct FeedConfig {
  int max_followers = 10'000;  ///< of the node
  int max_per_address = 100;   ///< people behind one address share it
  std::string origin{};        ///< of addresses in events: "https://data.example.tw"
};

/// A follower's place among the bounded number; given back when it ends.
using Place = std::shared_ptr<void>;

class Feed {
 public:
  /// All outlive it. Nothing is followed before start().
  Feed(store::Database& database, const Streams& streams, const Clock& clock, Random& random,
       FeedConfig config = {});
  ~Feed();  ///< stops
  void start();
  void stop();

  /// unavailable "too_many_followers" of the node, too_many "too_many_from_address".
  Result<Place> admit(const std::string& remote_address);
  struct Wanted {
    StreamId stream;
    std::int64_t after = 0;  ///< the last number that is known
    std::string key{};       ///< records about this one alone; "" = all
    Place place{};
  };
  /// From then on the records after `wanted.after` go to `to`, in order, none twice, none left out.
  /// Those that are no longer kept one by one are told of by an event "gap" with {"after", "first",
  /// "history"}; the end of the stream by an event "closed" with {"reason"}.
  void follow(Wanted wanted, std::shared_ptr<net::SharedEventStream> to);
  /// On this node.
  [[nodiscard]] int followers() const;
  [[nodiscard]] const FeedConfig& config() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::streams
