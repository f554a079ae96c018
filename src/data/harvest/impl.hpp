#pragma once
// Private: what a Harvester consists of.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "rows.hpp"

namespace minben::harvest {

struct Harvester::Impl {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const Clock& clock;
  Random& random;
  Config config;
  net::Fetcher fetcher{config.fetcher};
  std::atomic<bool> stopping = false;
  std::mutex mutex = {};
  std::condition_variable woken = {};
  std::vector<std::thread> threads = {};

  /// True when the whole time has passed; false once everything is to stop.
  bool wait(milliseconds time) {
    std::unique_lock lock(mutex);
    return !woken.wait_for(lock, time, [this] { return stopping.load(); });
  }
};

}  // namespace minben::harvest
