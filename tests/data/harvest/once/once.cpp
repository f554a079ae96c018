// harvest_once DATABASE RUN: goes on with a run until it is over. Killed at any moment, and
// started again.
#include <cstdio>

#include "harvest/harvest.hpp"

using namespace minben;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto done = [&]() -> Result<harvest::Run> {
    SystemClock clock;
    SystemRandom random;
    MINBEN_TRY(database, store::Database::open({.url = argv[1], .connections = 3}, clock));
    const catalogue::Catalogue catalogue(clock, random);
    harvest::Config config;
    MINBEN_TRY(here, net::Network::parse("127.0.0.0/8"));
    config.fetcher.networks = {here};
    config.lease_ms = milliseconds{300};
    const harvest::Harvester harvester(*database, catalogue, clock, random, config);
    MINBEN_TRY(id, harvest::RunId::parse(argv[2]));
    return harvester.finish(id);
  }();
  if (!done) std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
  else if (done->state != harvest::RunState::done)
    std::fprintf(stderr, "%s: %s\n", std::string(to_string(done->state)).c_str(),
                 done->detail.c_str());
  return done && done->state == harvest::RunState::done ? 0 : 1;
}
