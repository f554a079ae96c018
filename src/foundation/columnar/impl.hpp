#pragma once
// Private: what the files of the room share. The only headers that see DuckDB's are here.
#include <condition_variable>
#include <mutex>
#include <thread>

#include <duckdb.h>

#include "columnar.hpp"

namespace minben::columnar {

/// One open database in memory.
struct Instance {
  duckdb_database handle = nullptr;
  ~Instance() { duckdb_close(&handle); }
};

/// The time bound of what one connection runs, and its cancellation. Thread-safe.
class Watch {
 public:
  enum class Stop { none, time, cancelled };

  explicit Watch(duckdb_connection connection) : connection_(connection) {}
  void begin(Instant deadline);
  void end();
  void cancel();
  /// Interrupts when the time is over, again and again: the engine forgets an interruption that
  /// comes between two steps.
  void check(Instant now);
  /// Nothing interrupts the connection any more.
  void close();
  [[nodiscard]] Stop stopped() const;

 private:
  mutable std::mutex mutex_;
  duckdb_connection connection_;
  bool running_ = false;
  Instant deadline_{};
  Stop stop_ = Stop::none;
};

/// Looks at the clock for all watches of an engine while any of them runs.
class Watchdog {
 public:
  explicit Watchdog(const Clock& clock);
  ~Watchdog();
  void add(const std::shared_ptr<Watch>& watch);
  void remove(const std::shared_ptr<Watch>& watch);
  void begin(Watch& watch, milliseconds at_most);
  void end(Watch& watch);

 private:
  void look();

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Watch>> watches_;
  int running_ = 0;
  bool over_ = false;
  std::thread thread_;
};

struct Engine::Impl {
  const EngineConfig config;
  Watchdog watchdog;
  std::mutex mutex{};
  std::condition_variable freed{};
  std::shared_ptr<Instance> instance{};
  int borrowed = 0;

  Impl(const EngineConfig& wanted, const Clock& clock) : config(wanted), watchdog(clock) {}
  Result<std::shared_ptr<Instance>> open() const;
  /// After a failure that the engine cannot recover from, the next connection opens a new one.
  void forget(const std::shared_ptr<Instance>& failed);
};

struct Connection::Impl {
  std::shared_ptr<Engine::Impl> engine;
  std::shared_ptr<Instance> instance;
  duckdb_connection handle = nullptr;
  std::shared_ptr<Watch> watch{};

  Impl(std::shared_ptr<Engine::Impl> from, std::shared_ptr<Instance> on)
      : engine(std::move(from)), instance(std::move(on)) {}
  ~Impl();
  /// `message` as the engine has it, e.g. "Binder Error: …".
  Error error(std::string_view message) const;
};

/// What one query holds; the watch runs as long as it lives.
struct Rows::Impl {
  Connection::Impl* connection;
  duckdb_prepared_statement statement = nullptr;
  duckdb_pending_result pending = nullptr;
  duckdb_result result{};
  duckdb_data_chunk chunk = nullptr;
  std::vector<ColumnInfo> columns{};
  std::vector<int> physical{};
  std::vector<int> scales{};
  Chunk view{};

  explicit Impl(Connection::Impl& on) : connection(&on) {}
  ~Impl();
  Result<void> prepare(std::string_view sql);
  Result<void> bind(std::span<const Value> params);
  Result<void> execute();
  Result<void> describe();
};

}  // namespace minben::columnar
