#pragma once
// What the household register tells of people's deaths, and of its mistakes about them: events that
// the own gateway keeps until they are dealt with (docs/messages.md), so that nothing is lost while
// the platform is away.
#include <atomic>

#include "config.hpp"
#include "exchange/exchange.hpp"
#include "identity/identity.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::app {

/// Why the gateway fetches them; access rules name it.
inline constexpr std::string_view life_events_purpose = "life-events";

/// The item of one event: {"id", "event": {"key", "state": "deceased" or "living"}}. invalid
/// "not_a_life_event".
Result<identity::LifeEvent> read_life_event(std::string_view item);

/// Thread-safe. Any number of nodes: each event is dealt with once, whoever asks.
class LifeEvents {
 public:
  struct Parts {
    store::Database& database;
    identity::Identity& identity;
  };
  /// `service`: "MINBEN/GOV/ris/register/deaths". `access`: the subsystem that asks, in the same
  /// exchange. Errors: "not_a_service"; those of its token's file.
  static Result<std::unique_ptr<LifeEvents>> open(Parts parts, std::string_view service,
                                                  const ConsumerAccess& access);
  /// Asks every half minute.
  void work_in(store::Workers& workers);
  /// Deals with all that wait; how many. What the platform cannot read is taken off the queue, and
  /// the log says so. unavailable "no_life_events": the gateway does not answer, or refuses.
  Result<int> take();

 private:
  LifeEvents(Parts parts, net::ClientConfig client) : parts_(parts), client_(std::move(client)) {}
  Result<net::ClientResponse> send(net::Method method, std::string_view path,
                                   std::string body = {});
  Result<void> subscribe();
  Result<void> deal_with(std::string_view item);

  Parts parts_;
  net::Client client_;
  std::string room_;    ///< "http://127.0.0.1:7003/r1/MINBEN/GOV/ris/register"
  std::string type_;    ///< "deaths"
  std::string caller_;  ///< "MINBEN/GOV/moda/casework"
  std::string token_;
  std::atomic<bool> subscribed_ = false;
};

}  // namespace minben::app
