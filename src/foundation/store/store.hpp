#pragma once
// PostgreSQL: the embedded cluster, pool, named queries, migrations, durable jobs, outbox.
//
// Everything here is thread-safe except Transaction and Rows, which belong to one thread.
// A commit that returned success is on disk (synchronous_commit = on).
#include <array>
#include <concepts>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::store {

// ---------------------------------------------------------------------------------- queries

/// `inline constexpr Query find_case{"case_find_by_id", "select … where id = $1"};` The name is the
/// prepared statement, the metric and the log key; parameters are $1, $2 …
struct Query {
  std::string_view name;
  std::string_view sql;
};

/// One parameter, sent in PostgreSQL's text format. Never logged.
class Param {
 public:
  Param(std::nullptr_t) {}
  Param(std::string_view text) : text_(text), null_(false) {}
  Param(const char* text) : Param(std::string_view(text)) {}
  Param(const std::string& text) : Param(std::string_view(text)) {}
  Param(std::string&& text) : text_(std::move(text)), null_(false) {}
  Param(bool value) : Param(value ? "t" : "f") {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Param(I value) : text_(std::to_string(value)), null_(false) {}
  Param(double value);
  Param(Instant value);                        ///< timestamptz
  Param(Date value);                           ///< date
  Param(const Json& value);                    ///< jsonb
  Param(std::span<const std::uint8_t> bytes);  ///< bytea
  Param(const Bytes& bytes) : Param(std::span<const std::uint8_t>(bytes)) {}
  template <class Tag>
  Param(const Id<Tag>& id) : text_(minben::to_string(id)), null_(false) {}
  template <class Tag>
  Param(const Code<Tag>& code) : Param(std::string_view(code.value)) {}
  template <class T>
  Param(const std::optional<T>& value) {
    if (value) *this = Param(*value);
  }
  Param(const std::vector<std::string>& values);  ///< text[]

  [[nodiscard]] const char* c_str() const { return null_ ? nullptr : text_.c_str(); }
  [[nodiscard]] std::size_t size() const { return text_.size(); }

 private:
  std::string text_;
  bool null_ = true;
};

/// One row of a result; valid while its Rows live. A column that does not exist, or a value that
/// is not of the asked type, is a programming error and stops the process.
class Row {
 public:
  [[nodiscard]] bool is_null(std::string_view column) const;
  [[nodiscard]] std::string text(std::string_view column) const;  ///< "" when null
  [[nodiscard]] std::int64_t integer(std::string_view column) const;
  [[nodiscard]] double number(std::string_view column) const;
  [[nodiscard]] bool boolean(std::string_view column) const;
  [[nodiscard]] Instant instant(std::string_view column) const;
  [[nodiscard]] Date date(std::string_view column) const;
  [[nodiscard]] Json json(std::string_view column) const;  ///< null when null
  [[nodiscard]] Bytes bytes(std::string_view column) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view column) const;  ///< text[]
  template <class I>
  [[nodiscard]] I id(std::string_view column) const {  ///< nil when null
    if (is_null(column)) return I{};
    auto parsed = I::parse(text(column));
    MINBEN_ASSERT(parsed.has_value());
    return *parsed;
  }
  [[nodiscard]] std::optional<Instant> optional_instant(std::string_view column) const;
  [[nodiscard]] std::optional<Date> optional_date(std::string_view column) const;

 private:
  friend class Rows;
  Row(const class Rows& rows, int index) : rows_(&rows), index_(index) {}
  [[nodiscard]] std::string_view raw(std::string_view column) const;
  const class Rows* rows_;
  int index_;
};

/// A whole result. Movable.
class Rows {
 public:
  Rows();
  explicit Rows(void* pg_result);  ///< takes ownership of a PGresult
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();
  [[nodiscard]] int size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::int64_t affected() const;  ///< rows changed by insert, update, delete
  [[nodiscard]] Row operator[](int index) const;
  [[nodiscard]] Row front() const { return (*this)[0]; }

  struct Iterator {
    const Rows* rows;
    int index;
    Row operator*() const { return (*rows)[index]; }
    Iterator& operator++() { return ++index, *this; }
    bool operator==(const Iterator&) const = default;
  };
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, size()}; }

 private:
  friend class Row;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One database transaction. Unless committed it is rolled back. After a failed query only
/// roll-back is possible. Errors: unique and exclusion violations → conflict with code
/// "duplicate" and the constraint's name in `field`; foreign key and check violations → invalid;
/// serialization failures and deadlocks → conflict "retry"; lost connections → unavailable.
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  virtual ~Transaction() = default;

  template <class... P>
  Result<Rows> run(const Query& query, const P&... params) {
    const std::array<Param, sizeof...(P)> list{Param(params)...};
    return run_with(query, list);
  }
  /// Sent at once without waiting (pipeline mode); its failure is reported by the next run,
  /// or by the commit. Its rows are discarded.
  template <class... P>
  void queue(const Query& query, const P&... params) {
    const std::array<Param, sizeof...(P)> list{Param(params)...};
    queue_with(query, list);
  }
  virtual Result<Rows> run_with(const Query& query, std::span<const Param> params) = 0;
  virtual void queue_with(const Query& query, std::span<const Param> params) = 0;
  /// Several statements without parameters in one text: migrations only.
  virtual Result<void> run_script(std::string_view sql) = 0;
  /// Runs after the commit has succeeded; not at all otherwise.
  virtual void after_commit(std::function<void()> action) = 0;
  /// Wakes those who wait on the channel, on all nodes, once this is committed. For enqueue and
  /// publish.
  virtual void announce(std::string_view channel) = 0;
  /// The time by the clock that the database was opened with.
  [[nodiscard]] virtual Instant now() const = 0;

 protected:
  Transaction() = default;
};

// --------------------------------------------------------------------------------- database

struct Migration {
  std::string_view schema;  ///< the room's name; made when it does not exist
  int number;               ///< from 1, without gaps
  std::string_view name;
  std::string_view sql;
};

struct DatabaseConfig {
  std::string url;  ///< libpq connection string or URI
  int connections = 8;
  milliseconds connect_timeout_ms{5000};
  milliseconds statement_timeout_ms{15000};
};

class Database {
 public:
  /// Waits up to connect_timeout_ms for the server to answer.
  static Result<std::unique_ptr<Database>> open(const DatabaseConfig& config, const Clock& clock);
  ~Database();

  /// Runs `work` in a transaction (read committed) and commits when it returns a value; rolls back
  /// when it returns an error. "retry" conflicts are tried again up to 5 times, so `work` may run
  /// several times and must keep its effects in the database.
  template <class Work>
  auto transact(Work&& work) -> decltype(work(std::declval<Transaction&>())) {
    using R = decltype(work(std::declval<Transaction&>()));
    std::optional<R> outcome;
    const auto finished = transact_erased([&](Transaction& transaction) -> Result<void> {
      outcome.emplace(work(transaction));
      if (!*outcome) return std::unexpected(outcome->error());
      return {};
    });
    if (!finished) return std::unexpected(finished.error());
    return std::move(*outcome);
  }
  /// As transact(), but each statement is a transaction of its own and costs one way to the server
  /// and back: for reads, and for single writes. Nothing may be queued.
  template <class Work>
  auto separately(Work&& work) -> decltype(work(std::declval<Transaction&>())) {
    using R = decltype(work(std::declval<Transaction&>()));
    std::optional<R> outcome;
    const auto finished = separately_erased([&](Transaction& transaction) -> Result<void> {
      outcome.emplace(work(transaction));
      if (!*outcome) return std::unexpected(outcome->error());
      return {};
    });
    if (!finished) return std::unexpected(finished.error());
    return std::move(*outcome);
  }
  /// A single statement in a transaction of its own.
  template <class... P>
  Result<Rows> run(const Query& query, const P&... params) {
    return separately([&](Transaction& transaction) { return transaction.run(query, params...); });
  }

  /// Applies what is missing, each in its own transaction, all under one advisory lock, so any
  /// number of nodes may call it at once. A changed or missing old migration is an error.
  Result<void> migrate(std::span<const Migration> migrations);

  [[nodiscard]] const Clock& clock() const;
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  explicit Database(std::unique_ptr<Impl> impl);
  Result<void> transact_erased(const std::function<Result<void>(Transaction&)>& work);
  Result<void> separately_erased(const std::function<Result<void>(Transaction&)>& work);
  std::unique_ptr<Impl> impl_;
};

/// The migrations of this room (jobs, outbox); apply them first.
std::span<const Migration> migrations();

// --------------------------------------------------------------------------- jobs and timers

using JobId = Id<struct JobTag>;

struct Job {
  JobId id;
  std::string kind;  ///< "casework.remind"
  std::string key;   ///< at most one waiting job per (kind, key)
  Json payload;
  int attempt = 1;
};

struct NewJob {
  std::string kind;
  std::string key;
  Json payload;
  Instant run_at{};  ///< a past instant means at once
};

/// Part of the caller's transaction, and queued: a failure shows at the next run or the commit. A
/// waiting job of the same kind and key is replaced.
Result<void> enqueue(Transaction& transaction, const NewJob& job);
/// No error when there is none.
Result<void> cancel_job(Transaction& transaction, std::string_view kind, std::string_view key);

/// A job that failed 20 times, for operators.
struct DeadJob {
  Job job;
  std::string last_error;
};
/// The longest dead first.
Result<std::vector<DeadJob>> dead_jobs(Transaction& transaction, int limit = 100);
/// Gives it its 20 attempts again. not_found "no_such_job"; conflict "duplicate" when a job of the
/// same kind and key waits meanwhile.
Result<void> revive_job(Transaction& transaction, JobId id, Instant run_at = {});

/// Takes due jobs with FOR UPDATE SKIP LOCKED; any number of nodes. A job's handler runs in the
/// transaction that removes the job, so its database effects happen exactly once; effects outside
/// must carry job.id or key as idempotency key. A failing job is tried again after 1 s, 2 s, 4 s …
/// up to 1 h, 20 times; then it is kept as dead for operators.
class Workers {
 public:
  using Handler = std::function<Result<void>(Transaction&, const Job&)>;

  Workers(Database& database, const Clock& clock, int threads = 2);
  ~Workers();                                  ///< stops; running jobs finish
  void on(std::string kind, Handler handler);  ///< before start
  void start();
  void stop();
  /// For tests: runs everything that is due now on this thread; the number of jobs that ran.
  Result<int> run_due();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// ----------------------------------------------------------------------------------- outbox

struct Event {
  std::int64_t position = 0;  ///< increasing per topic in the order in which subscribers see them
  std::string topic;          ///< "case", "usage", "ledger" …
  std::string key;
  Json payload;  ///< no personal data
  Instant at{};
};

/// Part of the caller's transaction, and queued like enqueue; seen by subscribers only if it
/// commits.
Result<void> publish(Transaction& transaction, std::string_view topic, std::string_view key,
                     const Json& payload);

/// Removes events older than `before` that every known subscriber has handled; how many.
Result<std::int64_t> prune_events(Transaction& transaction, Instant before);
/// Does that once a day, as the job "store.prune"; before workers.start().
void prune_daily(Database& database, Workers& workers, days keep = days{30});

/// A durable subscriber: each event of its topics is handled once, in order, in the transaction
/// that moves the subscriber's position. Any number of nodes may run the same name; one works at a
/// time. Woken by LISTEN/NOTIFY, and by polling every 2 s in case a notification was lost.
class Subscriber {
 public:
  using Handler = std::function<Result<void>(Transaction&, std::span<const Event>)>;

  Subscriber(Database& database, std::string name, std::vector<std::string> topics, Handler handler,
             int batch = 256);
  ~Subscriber();
  void start();
  void stop();
  Result<int> run_once();  ///< for tests: handles what is there now; the number of events

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Not durable: calls `on_event` on its own thread for each event committed from now on, on this
/// node. For live pages (server-sent events).
class Listener {
 public:
  Listener(Database& database, std::vector<std::string> topics,
           std::function<void(const Event&)> on_event);
  ~Listener();
  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// --------------------------------------------------------------------------------- embedded

struct ClusterConfig {
  std::filesystem::path directory;  ///< made when missing; owned by the server's user
  std::string postgres_bin = "/usr/lib/postgresql/15/bin";
  std::string unprivileged_user = "postgres";  ///< used when this process runs as root
  bool durable = true;                         ///< false: fsync off, for tests only
  bool outlive_owner = true;  ///< false: the server ends when the starting thread's process dies
};

/// A private PostgreSQL cluster on a unix socket in its directory, no TCP. initdb on first use.
/// start() also recovers a directory whose server or whose owner was killed, and adopts a server
/// that is still running there. A server that ends while its Cluster lives (killed, out of memory)
/// is started again within a second or so. One owner at a time: "cluster_in_use" otherwise. It is
/// stopped by stop(), or by the destructor.
class Cluster {
 public:
  static Result<std::unique_ptr<Cluster>> start(const ClusterConfig& config);
  ~Cluster();
  [[nodiscard]] std::string url(std::string_view database = "minben") const;
  Result<void> create_database(std::string_view name);  ///< no error when it exists
  Result<void> stop();
  struct Impl;

 private:
  explicit Cluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::store
