#pragma once
// A throw-away PostgreSQL: one embedded cluster a test program, one fresh database a TestDatabase.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace minben::test {

/// The cluster of this program, started at first use; not durable, gone when the program ends.
store::Cluster& cluster();

/// A database of its own, with store's migrations and the given ones applied. A failure to make it
/// ends the program with its reason.
///
///   TestDatabase db(clock, {casework::migrations(), ledger::migrations()});
class TestDatabase {
 public:
  explicit TestDatabase(const Clock& clock = system_clock(),
                        const std::vector<std::span<const store::Migration>>& migrations = {},
                        int connections = 8);

  [[nodiscard]] store::Database& database() { return *database_; }
  store::Database* operator->() { return database_.get(); }
  [[nodiscard]] const std::string& url() const { return url_; }

  static const Clock& system_clock();

 private:
  std::string url_;
  std::unique_ptr<store::Database> database_;
};

}  // namespace minben::test
