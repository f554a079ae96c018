#pragma once
// A country with something true on every screen: officers, applicants, and applications of all ages
// in all states, made through the same functions as everybody's, on a clock of their own.
#include <functional>
#include <string>
#include <vector>

#include "../config.hpp"
#include "core/core.hpp"
#include "people.hpp"

namespace minben::app::demo {

/// An address to sign in with; the one-time code arrives in the mailbox.
struct Account {
  std::string email;
  std::string role;  ///< in English, for the terminal
  std::string door;  ///< path of the page to begin at
};

struct SeedPlan {
  int cases = 300;
  int days = 150;  ///< the first application came so long ago
  int served_days =
      25;  ///< today's packages are served so long; before, those of past_packages.hpp
  std::uint64_t seed = 2026;
  /// Called before each day; false stops with the error "interrupted".
  std::function<bool(int day, int days)> progress = [](int, int) { return true; };
};

/// Fills an empty platform, on a virtual clock that ends at `now`. The gateways and registers of
/// the exchange must answer on that clock. Returns the accounts worth naming.
Result<std::vector<Account>> seed(const Config& config, const std::vector<Resident>& residents,
                                  VirtualClock& clock, Instant now, const SeedPlan& plan = {});

}  // namespace minben::app::demo
