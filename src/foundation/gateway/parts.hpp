#pragma once
// What both sides of a gateway share.
#include <atomic>

#include "directory.hpp"
#include "journal.hpp"
#include "replay.hpp"
#include "signing.hpp"

namespace minben::gateway {

class Metrics;

struct Counters {
  std::atomic<std::uint64_t> asked = 0;   ///< requests of own information systems
  std::atomic<std::uint64_t> served = 0;  ///< requests of peers that reached a register
  std::atomic<std::uint64_t> asked_refused = 0;
  std::atomic<std::uint64_t> served_refused = 0;
};

struct Parts {
  const GatewayConfig& config;
  const Clock& clock;
  Random& random;
  Directory& directory;
  Journal& journal;
  Signing& signing;
  Standing& standing;
  Counters& counters;
  Metrics& metrics;
};

/// That an information system of this agency speaks. Unauthorised "client_not_known".
Result<void> check_token(const GatewayConfig& config, const SubsystemId& subsystem,
                         std::string_view token);

}  // namespace minben::gateway
