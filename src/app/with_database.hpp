#pragma once
// Private: what commands do that work on the platform's database beside a running platform.
#include <fmt/core.h>

#include "config.hpp"
#include "store/store.hpp"

namespace minben::app {

/// Opens the database of this configuration and does `work(config, database, clock)`, which says
/// the exit status as a Result<int>. An error is printed: 1 for a conflict, otherwise 2.
template <class Work>
int with_database(const std::filesystem::path& file, Work&& work,
                  store::DatabaseConfig settings = {}) {
  const auto config = config_or_faults(file);
  if (!config) return 2;
  SystemClock clock;
  const auto status = [&]() -> Result<int> {
    settings.url = config->database_url;
    settings.connections = 2;
    MINBEN_TRY(database, store::Database::open(settings, clock));
    return work(*config, *database, clock);
  }();
  if (status) return *status;
  fmt::print(stderr, "{}\n", describe(status.error()));
  return status.error().kind == Kind::conflict ? 1 : 2;
}

}  // namespace minben::app
