#include "stamping.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "exchange/evidence.hpp"

namespace minben::gateway {

namespace {

// log: its number; size: of the checkpoint, which is a signed note; token: DER.
// waiting: since when exchanges have had no timestamp, microseconds since 1970.
constexpr const char* schema = R"(
create table if not exists stamp (
  log integer not null,
  size integer not null,
  checkpoint blob not null,
  token blob not null,
  primary key (log, size)
) strict;
create table if not exists waiting (
  id integer primary key check (id = 1),
  since integer not null
) strict;
)";

}  // namespace

struct Stamping::Statements {
  Statement add, newest, find, waiting, wait, done;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    MINBEN_TRY(add, database.prepare("insert or ignore into stamp values (?, ?, ?, ?)"));
    MINBEN_TRY(newest, database.prepare("select coalesce(max(size), 0) from stamp where log = ?"));
    MINBEN_TRY(find, database.prepare("select size, checkpoint, token from stamp "
                                      "where log = ? and size > ? order by size limit 1"));
    MINBEN_TRY(waiting, database.prepare("select since from waiting"));
    MINBEN_TRY(wait, database.prepare("insert or replace into waiting values (1, ?)"));
    MINBEN_TRY(done, database.prepare("delete from waiting"));
    return std::unique_ptr<Statements>(new Statements{std::move(add), std::move(newest),
                                                      std::move(find), std::move(waiting),
                                                      std::move(wait), std::move(done)});
  }
};

Stamping::Stamping(const GatewayConfig& config, const Journal& journal, const Directory& directory,
                   const Clock& clock, Random& random, Sqlite database,
                   std::unique_ptr<Statements> statements)
    : config_(config),
      journal_(journal),
      directory_(directory),
      clock_(clock),
      random_(random),
      database_(std::move(database)),
      statements_(std::move(statements)) {}

Stamping::~Stamping() { stop(); }

Result<std::unique_ptr<Stamping>> Stamping::open(const GatewayConfig& config,
                                                 const Journal& journal, const Directory& directory,
                                                 const Clock& clock, Random& random) {
  MINBEN_TRY(database, Sqlite::open((config.state_directory / "timestamps.db").string()));
  MINBEN_CHECK(database.run(schema));
  MINBEN_TRY(statements, Statements::prepare(database));
  std::unique_ptr<Stamping> made(new Stamping(config, journal, directory, clock, random,
                                              std::move(database), std::move(statements)));
  MINBEN_TRY(waits, made->statements_->waiting.bind_all().step());
  if (waits) made->waiting_since_ = made->statements_->waiting.instant(0);
  made->statements_->waiting.reset();
  MINBEN_CHECK(made->look());
  return made;
}

void Stamping::start() {
  thread_ = std::thread([this] { run(); });
}

void Stamping::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Stamping::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    if (const auto stamped = stamp(); !stamped)
      spdlog::warn("no timestamp: {}", describe(stamped.error()));
    lock.lock();
    wake_.wait_for(lock, config_.timestamp_interval_s, [this] { return stopping_; });
  }
}

Result<std::uint64_t> Stamping::stamped(int log) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(size, statements_->newest.bind_all(std::int64_t{log}).number());
  return static_cast<std::uint64_t>(size);
}

Result<void> Stamping::set_waiting(Instant since) {
  const std::lock_guard lock(mutex_);
  MINBEN_CHECK(since == Instant() ? statements_->done.bind_all().run()
                                  : statements_->wait.bind_all(since).run());
  waiting_since_ = since;
  return {};
}

Result<void> Stamping::look() {
  wanted_ = !directory_.view()->configuration.timestamp_urls.empty();
  bool waits = false;
  for (int number = 1; wanted_ && number <= journal_.logs().current().first; ++number) {
    MINBEN_TRY(log, journal_.logs().log(number));
    MINBEN_TRY(size, stamped(number));
    waits = waits || log->size() > size;
  }
  if (waits && waiting_since_.load() == Instant()) return set_waiting(clock_.now());
  if (!waits && waiting_since_.load() != Instant()) return set_waiting(Instant());
  return {};
}

/// Whether there was anything to stamp. A checkpoint that its witnesses have cosigned goes before a
/// newer one that they have not seen yet; the rest comes next time.
Result<bool> Stamping::stamp_log(int number, exchange::TimestampClient& authorities) {
  MINBEN_TRY(log, journal_.logs().log(number));
  MINBEN_TRY(known, stamped(number));
  if (log->size() <= known) return false;
  MINBEN_TRY(proof, log->proof(known));
  MINBEN_TRY(checkpoint, ledger::open_checkpoint(proof.checkpoint, log->key()));
  MINBEN_TRY(manifest, exchange::timestamp_manifest(proof.checkpoint));
  MINBEN_TRY(token, authorities.stamp(sha256(manifest), random_));
  const std::lock_guard lock(mutex_);
  MINBEN_CHECK(statements_->add
                   .bind_all(std::int64_t{number}, static_cast<std::int64_t>(checkpoint.size),
                             std::string_view(proof.checkpoint), as_text(token))
                   .run());
  ++stamps_;
  return true;
}

Result<void> Stamping::stamp() {
  const std::lock_guard one(stamping_);
  MINBEN_CHECK(look());
  if (!wanted_ || waiting_since_.load() == Instant()) return {};
  const auto view = directory_.view();
  exchange::TimestampClient authorities({.urls = view->configuration.timestamp_urls,
                                         .roots = view->configuration.timestamp_roots,
                                         .server_ca_pem = config_.registry_authorities});
  const auto outcome = [&]() -> Result<void> {
    for (int number = 1; number <= journal_.logs().current().first; ++number)
      MINBEN_CHECK(stamp_log(number, authorities));
    return {};
  }();
  if (!outcome) ++failures_;
  {
    const std::lock_guard lock(mutex_);
    failure_ = outcome ? "" : describe(outcome.error());
  }
  if (!outcome) return outcome;
  // What came meanwhile has waited since now.
  MINBEN_CHECK(set_waiting(Instant()));
  return look();
}

Result<void> Stamping::check(Instant now) const {
  const Instant since = waiting_since_;
  if (!wanted_ || since == Instant()) return {};
  if (now - since <= config_.timestamp_grace_s) return {};
  return fail(Kind::unavailable, "timestamp_overdue",
              fmt::format("no authority has stamped the ledger since {}", to_string(since)));
}

Result<std::optional<Stamp>> Stamping::find(ledger::Position position) {
  const std::lock_guard lock(mutex_);
  Statement& find = statements_->find;
  MINBEN_TRY(
      there,
      find.bind_all(std::int64_t{position.log}, static_cast<std::int64_t>(position.index)).step());
  if (!there) return std::nullopt;
  Stamp stamp;
  stamp.size = static_cast<std::uint64_t>(find.integer(0));
  stamp.checkpoint = find.blob(1);
  const auto token = as_bytes(find.blob(2));
  stamp.token.assign(token.begin(), token.end());
  find.reset();
  return stamp;
}

Stamping::State Stamping::state() const {
  State state;
  state.wanted = wanted_;
  if (const Instant since = waiting_since_; wanted_ && since != Instant())
    state.waiting_s =
        std::max<std::int64_t>(0, std::chrono::floor<seconds>(clock_.now() - since).count());
  state.stamps = stamps_;
  state.failures = failures_;
  const std::lock_guard lock(mutex_);
  state.failure = failure_;
  return state;
}

}  // namespace minben::gateway
