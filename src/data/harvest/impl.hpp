#pragma once
// Private: what a Harvester consists of.
#include "core/crew.hpp"
#include "rows.hpp"

namespace minben::harvest {

struct Harvester::Impl {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const Clock& clock;
  Random& random;
  Config config;
  net::Fetcher fetcher{config.fetcher};
  Crew crew = {};
};

}  // namespace minben::harvest
