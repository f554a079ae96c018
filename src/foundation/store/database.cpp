#include <random>

#include "internal.hpp"

namespace minben::store {

namespace {
constexpr int max_attempts = 5;

/// Those who collided must not collide again in step.
void pause_before_retry(int attempt) {
  thread_local std::minstd_rand jitter(std::random_device{}());
  const auto spread = 5L << attempt;
  std::this_thread::sleep_for(milliseconds(1 + static_cast<long>(jitter()) % spread));
}

bool is_retry(const Error& error) { return error.kind == Kind::conflict && error.code == "retry"; }
}  // namespace

// ------------------------------------------------------------------------------------- pool

Pool::Lease::~Lease() {
  if (connection_) pool_->give_back(std::move(connection_));
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (connection->broken) --open_;
    else idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

/// An idle connection, or null: the caller may open one more.
Result<std::unique_ptr<Connection>> Pool::take_idle_or_slot() {
  std::unique_lock lock(mutex_);
  const bool free = freed_.wait_for(lock, config_.connect_timeout_ms,
                                    [&] { return !idle_.empty() || open_ < config_.connections; });
  if (!free)
    return fail(Kind::unavailable, "pool_exhausted", "every database connection is in use");
  if (idle_.empty()) {
    ++open_;
    return nullptr;
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

Result<Pool::Lease> Pool::take() {
  MINBEN_TRY(connection, take_idle_or_slot());
  if (connection && connection->alive()) return Lease(*this, std::move(connection));
  connection.reset();  // the slot stays ours
  auto fresh = connect(config_.url, config_.connect_timeout_ms, config_.statement_timeout_ms);
  if (!fresh) {
    {
      const std::lock_guard lock(mutex_);
      --open_;
    }
    freed_.notify_one();
    return std::unexpected(fresh.error());
  }
  return Lease(*this, std::move(*fresh));
}

// --------------------------------------------------------------------------------- database

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const DatabaseConfig& config, const Clock& clock) {
  auto impl = std::make_unique<Impl>(config, clock);
  MINBEN_TRY(first, impl->pool.take());
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

const Clock& Database::clock() const { return impl_->clock; }

namespace {
Result<void> attempt_once(Database::Impl& impl, PgTransaction::Statements statements,
                          const std::function<Result<void>(Transaction&)>& work) {
  PgTransaction::Afterwards afterwards;
  {
    MINBEN_TRY(lease, impl.pool.take());
    PgTransaction transaction(*lease, impl.clock, statements);
    MINBEN_CHECK(work(transaction));
    MINBEN_CHECK(transaction.commit());
    afterwards = transaction.take_afterwards();
  }
  impl.do_afterwards(afterwards);
  return {};
}

Result<void> attempt(Database::Impl& impl, PgTransaction::Statements statements,
                     const std::function<Result<void>(Transaction&)>& work) {
  for (int attempt = 1;; ++attempt) {
    auto outcome = attempt_once(impl, statements, work);
    if (outcome || !is_retry(outcome.error()) || attempt == max_attempts) return outcome;
    pause_before_retry(attempt);
  }
}
}  // namespace

Result<void> Database::transact_erased(const std::function<Result<void>(Transaction&)>& work) {
  return attempt(*impl_, PgTransaction::Statements::together, work);
}

Result<void> Database::separately_erased(const std::function<Result<void>(Transaction&)>& work) {
  return attempt(*impl_, PgTransaction::Statements::separate, work);
}

}  // namespace minben::store
