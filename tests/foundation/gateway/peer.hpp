#pragma once
// A peer that has a member's keys and says whatever it likes to another member's gateway.
#include "conversation.hpp"
#include "country.hpp"
#include "exchange/seal.hpp"
#include "letter.hpp"
#include "net/flow.hpp"

namespace minben::gateway::test {

/// A request as it is going to be sent; tests change it before or after it is sealed.
struct PeerRequest {
  RequestHead head;
  std::string body;
  std::string request_id;
  std::string sealed_head;  ///< what the seal is of
  std::string seal;
  std::string announced_head;  ///< what is sent
  bool whole = true;           ///< false: it is the first piece of several, the others never come
};

class Peer {
 public:
  Peer(Country& country, const std::string& member);
  /// For residence, with a consent, by wda's casework.
  PeerRequest request();
  void seal(PeerRequest& request);
  /// "answered", the code of a refusal, or what became of the connection.
  std::string outcome(const PeerRequest& request);
  /// The bytes as they are, and what comes back before the gateway closes or the time is up.
  Result<std::string> say(std::string_view bytes, milliseconds patience = milliseconds(5000));
  /// As another member, or with another's key for seals.
  void connect_as(const std::string& member);
  void seal_as(const std::string& member);
  /// Whose gateway is spoken to.
  std::string provider = "nia";

 private:
  Country& country_;
  net::ClientConfig client_;
  std::optional<Sealer> sealer_;
};

/// Runs a coroutine on a loop of its own.
void run_task(net::Task<void> task);

}  // namespace minben::gateway::test
