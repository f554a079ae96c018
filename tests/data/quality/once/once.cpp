// quality_once DATABASE TABLES: works until nothing is due. Killed at any moment, and started
// again.
#include <cstdio>

#include "quality/quality.hpp"

using namespace minben;

namespace {

Result<void> work(const char* url, const char* tables) {
  SystemClock clock;
  SystemRandom random;
  MINBEN_TRY(database, store::Database::open({.url = url, .connections = 3}, clock));
  MINBEN_TRY(datastore,
             datastore::Datastore::open({.directory = tables}, *database, clock, random));
  const catalogue::Catalogue catalogue(clock, random);
  quality::Config config;
  MINBEN_TRY(here, net::Network::parse("127.0.0.0/8"));
  config.fetcher.networks = {here};
  config.pause = milliseconds{0};
  config.lease = milliseconds{300};
  const quality::Quality quality({*database, catalogue, *datastore, clock, random}, config);
  const auto standing = [&] {
    return database->separately([&](store::Transaction& tx) { return quality.standing(tx); });
  };
  while (true) {
    MINBEN_CHECK(quality.follow());
    MINBEN_TRY(worked, quality.work_once());
    if (worked) continue;
    MINBEN_TRY(left, standing());
    if (left.datasets > 0 && left.checking == 0) return {};
    std::this_thread::sleep_for(milliseconds{20});  // for the lease of the dead
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto done = work(argv[1], argv[2]);
  if (!done) std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
  return done ? 0 : 1;
}
