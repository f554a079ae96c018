// streams_once DATABASE-URL TABLES TIME: rolls what is due at that time and ends, or is killed.
#include <cstdio>

#include "streams/history.hpp"

using namespace minben;

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto now = parse_instant(argv[3]);
  if (!now) return 2;
  const VirtualClock clock(*now);
  SystemRandom random;
  auto database = store::Database::open({.url = argv[1]}, clock);
  if (!database) return 3;
  auto tables = datastore::Datastore::open({.directory = argv[2]}, **database, clock, random);
  if (!tables) return 3;
  const catalogue::Catalogue catalogue(clock, random);
  const streams::Streams all(**database, catalogue, clock);
  streams::HistoryConfig config;
  config.batch = 100;
  const streams::History history(**database, all, **tables, clock, config);
  while (true) {
    const auto done = history.roll_one();
    if (!done) {
      std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
      return 1;
    }
    if (!*done) return 0;
  }
}
