#pragma once
// What both sides of a gateway share.
#include <atomic>

#include "bodies.hpp"
#include "directory.hpp"
#include "journal.hpp"
#include "replay.hpp"
#include "signing.hpp"
#include "stamping.hpp"

namespace minben::gateway {

class Metrics;

struct Counters {
  std::atomic<std::uint64_t> asked = 0;   ///< requests of own information systems
  std::atomic<std::uint64_t> served = 0;  ///< requests of peers that reached a register
  std::atomic<std::uint64_t> asked_refused = 0;
  std::atomic<std::uint64_t> served_refused = 0;
};

/// How a gateway calls itself, through its own client side: to fetch events as one of its
/// information systems, and to answer from what it keeps as if that were a register. So fetching
/// and answering are exchanges like all others.
struct OwnSide {
  const std::string token;  ///< of this process only, never on disk
  std::atomic<std::uint16_t> port = 0;
  /// Whether events of "subsystem/service" are kept here.
  std::function<bool(std::string_view service)> keeps = [](std::string_view) { return false; };

  [[nodiscard]] bool is(std::string_view given) const {
    return !given.empty() && equal_in_constant_time(sha256(given), sha256(token));
  }
};
/// "http://127.0.0.1:7001": where it listens for its own.
std::string own_url(const GatewayConfig& config, const OwnSide& own);

struct Parts {
  const GatewayConfig& config;
  const Clock& clock;
  Random& random;
  Directory& directory;
  Journal& journal;
  Signing& signing;
  Stamping& stamping;
  Bodies& bodies;
  Standing& standing;
  Counters& counters;
  Metrics& metrics;
  const OwnSide& own;
};

/// That an information system of this agency speaks. Unauthorised "client_not_known".
Result<void> check_token(const GatewayConfig& config, const SubsystemId& subsystem,
                         std::string_view token);

}  // namespace minben::gateway
