#pragma once
// What a register tells others, and hears from them, through its agency's gateway: events of
// GovStack's Information Mediator PubSub API 2.0.0 (docs/messages.md of the exchange).
//
// Persons are named by pseudonyms, HMAC-SHA256 of their key in the register, 16 hex digits: who has
// the secret finds the record of its own, and nobody else learns anything. Who must know whom it is
// about, by law, is told the key and what changed.
#include <condition_variable>
#include <functional>
#include <thread>

#include "net/net.hpp"
#include "register/book.hpp"

namespace outside::registers {

/// An event type of this subsystem.
struct Publication {
  std::string type;                 ///< "household-changes"
  std::string service;              ///< whose records' changes are told
  std::vector<std::string> fields;  ///< that others want to know the changes of
  bool by_key = false;              ///< with the key and these fields, not a pseudonym
};

struct MessagesConfig {
  std::string gateway;          ///< "http://127.0.0.1:8090"; "" = there are no messages
  std::string client;           ///< "MINBEN/GOV/ris/register"
  std::filesystem::path token;  ///< of this subsystem at its gateway; may come later

  std::vector<Publication> publications{};

  std::string subscribes;  ///< "MINBEN/GOV/ris/register/household-changes"; "" = to nothing
  std::string purpose;     ///< under which the gateway asks

  std::filesystem::path pseudonyms;  ///< file with the secret
};

/// A pseudonym of this key. Error "cannot_read".
Result<std::string> pseudonym(const MessagesConfig& config, std::string_view key);

/// What changed, and in whose record.
struct Change {
  std::string_view service;
  std::string_view key;
  const Json& before;
  const Json& after;
};
/// What is told of it: {"id", "eventType", "event"}, and null when nobody wants to know. The event
/// is {"person", "changed", "district_zh", "at"}, an address being told by its city only, or by
/// key {"key", "at", …its fields}.
Result<Json> event_of(const MessagesConfig& config, const Change& change, const Clock& clock,
                      Random& random);

/// Makes the event types, tells what waits in the book, and subscribes; again and again until the
/// gateway has taken it.
class Messenger {
 public:
  Messenger(const MessagesConfig& config, Book& book);
  ~Messenger();
  void wake();                                ///< something waits
  [[nodiscard]] std::string trouble() const;  ///< why the gateway has not taken it; "" = it has

 private:
  Result<void> work();
  Result<void> declare(const Publication& publication);
  Result<void> subscribe();
  Result<net::ClientResponse> send(std::string_view room, std::string_view path, const Json& body,
                                   std::string_view purpose = {});
  const MessagesConfig& config_;
  Book& book_;
  net::Client client_;
  bool declared_ = false, subscribed_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string trouble_;
  bool woken_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace outside::registers
