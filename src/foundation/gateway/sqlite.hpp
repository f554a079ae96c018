#pragma once
// SQLite behind a narrow face: one connection for one thread at a time, errors as values.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/core.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace minben::gateway {

class Sqlite;

/// A prepared statement. bind_all() numbers from 1; texts and blobs must outlive step().
class Statement {
 public:
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  template <class... Values>
  Statement& bind_all(const Values&... values) {
    reset();
    int at = 0;
    (bind(++at, values), ...);
    return *this;
  }
  /// True: there is a row.
  Result<bool> step();
  /// For what has no rows.
  Result<void> run();
  /// The first column of the first row, and 0 when there is none: for counts, sums and the like.
  Result<std::int64_t> number();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] Instant instant(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;  ///< until the next step
  void reset();

 private:
  friend class Sqlite;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void bind(int at, std::int64_t value);
  void bind(int at, Instant value);           ///< as microseconds since 1970
  void bind(int at, std::string_view value);  ///< as a blob
  sqlite3_stmt* statement_;
};

/// Errors: "gateway_database", with SQLite's words.
class Sqlite {
 public:
  /// Write-ahead log, synchronous=FULL: what was committed survives a loss of power.
  static Result<Sqlite> open(const std::string& path);
  Result<void> run(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// All that `work` does, durable when this returns, or nothing of it.
  template <class Work>
  std::invoke_result_t<Work> together(Work work) {
    MINBEN_CHECK(run("begin immediate"));
    auto done = work();
    if (done)
      if (auto committed = run("commit"); !committed) done = fail(committed.error());
    if (!done) static_cast<void>(run("rollback"));
    return done;
  }
  [[nodiscard]] std::int64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Sqlite(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace minben::gateway
