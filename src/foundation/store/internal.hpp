#pragma once
// What the sources of this room share: connections in pipeline mode, the pool, wake-ups.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <libpq-fe.h>

#include "store.hpp"

namespace minben::store {

struct PgConnectionDeleter {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct PgResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, PgResultDeleter>;

/// One session. Prepared statements live as long as it.
struct Connection {
  std::unique_ptr<PGconn, PgConnectionDeleter> pg;
  std::map<std::string, std::string, std::less<>> prepared;  ///< name → sql
  bool broken = false;                                       ///< must not go back into the pool

  /// False when the server closed it while it was idle.
  [[nodiscard]] bool alive() const;
};

/// Keeps trying until `patience` is over: a server that starts up or recovers refuses for a while.
Result<std::unique_ptr<Connection>> connect(const std::string& url, milliseconds patience,
                                            milliseconds statement_timeout);
/// Statements without parameters outside of pipeline mode and of any transaction of ours.
Result<Rows> execute_simple(Connection& connection, const std::string& sql, std::string_view what);

/// SQLSTATE → Error. The server's message is kept only where it cannot quote values.
Error error_of(const PGresult* result, std::string_view query);
Error connection_lost(const Connection& connection, std::string_view during);

/// The one implementation of Transaction. BEGIN travels with the first statement.
class PgTransaction final : public Transaction {
 public:
  /// together: begin … commit. separate: each statement commits by itself, without a way there and
  /// back for the commit.
  enum class Statements { together, separate };
  PgTransaction(Connection& connection, const Clock& clock,
                Statements statements = Statements::together)
      : connection_(connection), clock_(clock), separate_(statements == Statements::separate) {}
  ~PgTransaction() override;

  Result<Rows> run_with(const Query& query, std::span<const Param> params) override;
  void queue_with(const Query& query, std::span<const Param> params) override;
  Result<void> run_script(std::string_view sql) override;
  void after_commit(std::function<void()> action) override;
  void announce(std::string_view channel) override { announcements_.insert(channel); }
  [[nodiscard]] Instant now() const override { return clock_.now(); }

  Result<void> commit();
  void roll_back();
  /// What is to be done once the connection is back in the pool.
  struct Afterwards {
    std::vector<std::function<void()>> actions;
    std::set<std::string_view> channels;
  };
  Afterwards take_afterwards() { return {std::move(after_commit_), std::move(announcements_)}; }

  /// A savepoint, and back to it after a failure: what came between is undone, the rest goes on.
  Result<void> mark();
  Result<void> back_to_mark();

 private:
  enum class Sent { command, prepare, query, sync };
  static constexpr Query begin_query{"store_begin", "begin"};
  static constexpr Query commit_query{"store_commit", "commit"};
  struct Pending {
    Sent what;
    std::string_view name;
  };
  void begin();
  void send_command(const char* sql);
  void send_prepared_command(const Query& query);
  void send(const Query& query, std::span<const Param> params);
  void prepare(const Query& query);
  Result<Rows> receive_all();
  PgResult receive_one(const Pending& pending);
  void note_failure(const Pending& pending, const PGresult* result);
  Result<Rows> synchronise();
  void lost(std::string_view during);

  Connection& connection_;
  const Clock& clock_;
  std::deque<Pending> pending_;
  std::optional<Error> failure_;
  bool begun_ = false;
  bool separate_;
  bool ended_ = false;
  std::string last_status_;  ///< command tag of the last result
  std::vector<std::function<void()>> after_commit_;
  std::set<std::string_view> announcements_;
};

/// At most `limit` connections; the last used is taken first.
class Pool {
 public:
  explicit Pool(DatabaseConfig config) : config_(std::move(config)) {}

  /// Returns its connection to the pool.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() { return *connection_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Result<Lease> take();
  [[nodiscard]] const DatabaseConfig& config() const { return config_; }

 private:
  void give_back(std::unique_ptr<Connection> connection);
  Result<std::unique_ptr<Connection>> take_idle_or_slot();

  DatabaseConfig config_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int open_ = 0;
};

/// A flag to wait for.
class Signal {
 public:
  void raise();
  /// True when raised meanwhile; lowers it.
  bool wait_for(milliseconds at_most);

 private:
  std::mutex mutex_;
  std::condition_variable raised_cv_;
  bool raised_ = false;
};

inline constexpr std::string_view events_channel = "minben_events";
inline constexpr std::string_view jobs_channel = "minben_jobs";

/// One LISTEN session a Database, made with the first interest. Raises every interested signal on
/// a notification, and whenever the session had to be made anew (something may have been missed).
class Hub {
 public:
  explicit Hub(const DatabaseConfig& config) : config_(config) {}
  ~Hub();
  void add(Signal& signal, std::string_view channel);
  void remove(Signal& signal);
  void raise(std::string_view channel);  ///< on this node; "" means all

 private:
  void listen();
  std::unique_ptr<Connection> open_session();
  void wait_and_dispatch(Connection& session);

  const DatabaseConfig& config_;
  std::mutex mutex_;
  std::multimap<std::string_view, Signal*> interested_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  int wake_pipe_[2] = {-1, -1};
};

/// Sends NOTIFY after the commit instead of in it: PostgreSQL lets transactions that notify commit
/// only one after the other, which costs more than nine tenths of the throughput. What a kill in
/// between loses, polling finds. Wakes this node's own waiters without the way through the server.
class Announcer {
 public:
  Announcer(const DatabaseConfig& config, Hub& hub) : config_(config), hub_(hub) {}
  ~Announcer();
  void announce(const std::set<std::string_view>& channels);

 private:
  void run();
  void send(const std::set<std::string_view>& channels);

  const DatabaseConfig& config_;
  Hub& hub_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string_view> pending_;
  bool stopping_ = false;
  std::unique_ptr<Connection> session_;  ///< the thread's
  std::thread thread_;
};

struct Database::Impl {
  Impl(const DatabaseConfig& config, const Clock& a_clock)
      : pool(config), clock(a_clock), hub(pool.config()), announcer(pool.config(), hub) {}
  void do_afterwards(const PgTransaction::Afterwards& afterwards) {
    if (!afterwards.channels.empty()) announcer.announce(afterwards.channels);
    for (const auto& action : afterwards.actions) action();
  }
  Pool pool;
  const Clock& clock;
  Hub hub;
  Announcer announcer;
};

/// Committed events whose place in the order cannot change any more.
struct EventBatch {
  std::vector<Event> events;
  std::int64_t reached = 0;  ///< nothing of these topics at or before is left unseen
  bool more = false;         ///< the batch was full
  bool unsettled = false;    ///< newer ones are committed, but an older transaction still runs
};
Result<EventBatch> read_events(Transaction& transaction, const std::vector<std::string>& topics,
                               std::int64_t after, int limit);
/// The position after which everything not yet settled, and all that is to come, will be.
Result<std::int64_t> settled_position(Transaction& transaction);

}  // namespace minben::store
