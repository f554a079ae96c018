#pragma once
// Events on their way to own systems: asked for at the publishers' gateways, each by an exchange of
// its own through the own gateway, as is each piece of a file; and posted to those systems that
// want it so.
#include <condition_variable>
#include <map>
#include <thread>

#include "file_store.hpp"
#include "inbox.hpp"
#include "outbox.hpp"
#include "parts.hpp"

namespace minben::gateway {

struct FetchingLimits {
  milliseconds first_pause_ms{1000};  ///< until a publisher that had nothing is asked again
  seconds trouble_pause_s{300};       ///< at most, after failures
  std::size_t in_a_row = 100;         ///< events of one subscription before the next one's turn
  seconds post_pause_s{2};            ///< after the first failure to post; doubles
  seconds longest_post_pause_s{600};
  /// So many times a system may answer an event with 4xx before it is dead. One that cannot be
  /// reached, or fails, is tried until the event's time is over: it is not the event's fault.
  std::int64_t refusals = 5;
  std::size_t pieces_in_a_row = 16;  ///< of a file, before the next subscription's turn
  std::int64_t file_attempts = 3;    ///< until a file whose digest is wrong is given up
};

struct FetchingFigures {
  std::atomic<std::uint64_t> fetched = 0;
  std::atomic<std::uint64_t> posted = 0;
  std::atomic<std::uint64_t> pieces = 0;    ///< of files
  std::atomic<std::uint64_t> failures = 0;  ///< of fetching
};

/// Two threads. Thread-safe.
class Fetching {
 public:
  Fetching(const GatewayConfig& config, const OwnSide& own, const Clock& clock, Inbox& inbox,
           Outbox& outbox, FileStore& files, Random& random, std::function<void()> keep_house,
           const FetchingLimits& limits = {});
  ~Fetching();
  void start();
  void stop();
  void wake();  ///< there may be a new subscription

  /// Asks for one event now, unless others are being asked for all the while; whether one came.
  /// Errors: the code of whoever refused; "inbox_full".
  Result<bool> fetch(const Subscription& subscription);
  /// One pass over all subscriptions, whatever pause they are in; how many events came or were
  /// posted.
  std::size_t pass();
  [[nodiscard]] const FetchingFigures& figures() const { return figures_; }

 private:
  struct Pause {
    std::chrono::steady_clock::time_point until;
    milliseconds length;
  };
  void run_fetching();
  void run_posting();
  void keep_house();
  [[nodiscard]] net::ClientRequest request_of(const Subscription& subscription,
                                              std::string_view path) const;
  /// Goes on with the file of the first event that waits for one; whether there was one.
  Result<bool> fetch_file(const Subscription& subscription);
  Result<StoredFile> place_for(const Subscription& subscription, const EventFile& file);
  Result<void> take_pieces(const Subscription& subscription, const Arrived& event,
                           const StoredFile& place);
  Result<void> end_file(const Subscription& subscription, Arrived event, const StoredFile& place);
  Result<void> note(const Subscription& subscription, const Result<bool>& outcome);
  void visit(const Subscription& subscription);
  Result<bool> ask(const Subscription& subscription);
  std::size_t post_all(const Subscription& subscription);
  Result<bool> post(const Subscription& subscription);
  Result<void> not_taken(Arrived event, int status);

  const GatewayConfig& config_;
  const OwnSide& own_;
  const Clock& clock_;
  Inbox& inbox_;
  Outbox& outbox_;
  FileStore& files_;
  Random& random_;
  const std::function<void()> keep_house_;
  const FetchingLimits limits_;
  net::Client client_;
  FetchingFigures figures_;
  std::timed_mutex fetching_;  ///< one at a time, so that each goes on where the last one ended
  std::mutex transferring_;    ///< of files
  std::mutex posting_;
  std::map<std::int64_t, Pause> pauses_;  ///< of the fetching thread
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool fresh_ = false;
  std::thread fetcher_;
  std::thread poster_;
};

/// A request through the own gateway, of an event type: "/-/after/7" (all subjects' events).
net::ClientRequest event_request(const GatewayConfig& config, const OwnSide& own,
                                 const SubsystemId& client, const ServiceId& event_type,
                                 std::string_view path);
/// What came of it. Errors: the code of whoever refused, "not_an_event".
Result<EventHead> read_event_answer(const net::ClientResponse& answer);

}  // namespace minben::gateway
