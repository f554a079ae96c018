#pragma once
// A few bicycle stations of an invented town, and how full they are at any moment.
#include <string>
#include <vector>

#include "core/core.hpp"

namespace outside::stations {

using namespace minben;

struct Station {
  std::string_view name;
  int places = 0;
  double busy_hour = 0;  ///< of the day in Taiwan, when most bicycles are away
};
/// Of the town.
std::vector<Station> stations();

/// Bicycles that stand there: depends on station and time alone.
int bicycles(const Station& station, std::size_t number, Instant at);

struct Report {
  std::string key;   ///< for Idempotency-Key
  std::string body;  ///< JSON records of what changed; "" = nothing did
};
/// What changed at the stations between two moments.
Report report(Instant before, Instant at);

}  // namespace outside::stations
