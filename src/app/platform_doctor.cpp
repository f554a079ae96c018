// minben doctor: what is wrong with a node of the platform, in plain words.
#include <fmt/core.h>

#include "commands.hpp"
#include "doctor_words.hpp"
#include "open_data.hpp"

namespace minben::app::command {

namespace {

using doctor::Finding;
using doctor::Findings;

Finding check_tables(const std::filesystem::path& directory) {
  const auto fit = datastore::check_directory(directory);
  if (fit) return doctor::fine(directory.string(), "can hold tables");
  return doctor::fault(fit.error().code, directory.string(), fit.error().detail,
                       "tables need a local disk or NFS 4, writable for this program");
}

/// A node with a directory of its own would answer for tables that it has not.
Finding check_shared(store::Database& database, const std::filesystem::path& directory) {
  const auto missing = datastore::missing_tables(database, directory);
  if (!missing)
    return doctor::fault(missing.error().code, directory.string(), missing.error().detail,
                         "look at the database; `minben migrate` when it is of an older program");
  if (*missing == 0) return doctor::fine(directory.string(), "has the rows of all tables");
  return doctor::fault(
      "tables_missing", directory.string(), fmt::format("{} tables have no rows here", *missing),
      "all nodes share one directory: set tables in [paths]; or restore it from the same backup "
      "as the database");
}

}  // namespace

int examine_platform(const std::filesystem::path& file) {
  const auto config = config_or_faults(file);
  if (!config) return 2;
  SystemClock clock;
  Findings findings;
  findings.push_back(doctor::fine(file.string(), "is a configuration"));
  const std::filesystem::path directory = tables_directory(*config);
  findings.push_back(check_tables(directory));
  auto database = store::Database::open({.url = config->database_url, .connections = 1}, clock);
  if (database) {
    findings.push_back(doctor::fine("database", "answers"));
    findings.push_back(check_shared(**database, directory));
  } else {
    findings.push_back(doctor::fault(database.error().code, "database", database.error().detail,
                                     "start it, or correct url in [database]"));
  }
  doctor::print_words(findings);
  return static_cast<int>(doctor::worst(findings));
}

}  // namespace minben::app::command
