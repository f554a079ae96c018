#include "bodies.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;

constexpr seconds forget_period = hours(1);

// id: X-Road-Request-Id; side: 0 request, 1 response; expires: microseconds since 1970; content:
// sealed.
constexpr const char* schema = R"(
pragma secure_delete = on;
create table if not exists body (
  id blob not null,
  side integer not null,
  expires integer not null,
  content blob not null,
  primary key (id, side)
) strict;
create index if not exists body_expires on body (expires);
)";

std::int64_t number(Side side) { return side == Side::request ? 0 : 1; }

}  // namespace

struct Bodies::Statements {
  Statement add, find, forget, size;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    MINBEN_TRY(add, database.prepare("insert or ignore into body values (?, ?, ?, ?)"));
    MINBEN_TRY(find, database.prepare("select content from body "
                                      "where id = ? and side = ? and expires > ?"));
    MINBEN_TRY(forget, database.prepare("delete from body where expires <= ?"));
    MINBEN_TRY(size, database.prepare("select coalesce(sum(length(content)), 0) from body"));
    return std::unique_ptr<Statements>(
        new Statements{std::move(add), std::move(find), std::move(forget), std::move(size)});
  }
};

Bodies::Bodies(const GatewayConfig& config, const Clock& clock) : config_(config), clock_(clock) {
  for (const auto& [service, rule] : config.keep_bodies) limit_ = std::max(limit_, rule.max_bytes);
}

Bodies::~Bodies() { stop(); }

Result<std::unique_ptr<Bodies>> Bodies::open(const GatewayConfig& config, const Clock& clock,
                                             Random& random) {
  std::unique_ptr<Bodies> made(new Bodies(config, clock));
  // What was kept under an earlier configuration is found and forgotten all the same.
  std::error_code ignored;
  if (made->limit_ == 0 && !fs::exists(config.state_directory / "bodies.db", ignored)) return made;
  MINBEN_CHECK(made->open_database(random));
  MINBEN_CHECK(made->forget());
  made->thread_ = std::thread([bodies = made.get()] { bodies->run(); });
  return made;
}

Result<void> Bodies::open_database(Random& random) {
  MINBEN_TRY(key, MessageKey::load_or_create(config_.state_directory, random));
  MINBEN_TRY(database, Sqlite::open((config_.state_directory / "bodies.db").string()));
  MINBEN_CHECK(database.run(schema));
  key_ = std::move(key);
  database_ = std::move(database);
  MINBEN_TRY(statements, Statements::prepare(*database_));
  statements_ = std::move(statements);
  return {};
}

void Bodies::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Bodies::keep(const ExchangeRecord& record, BodyCopies& copies) {
  if (limit_ == 0) return;
  const auto rule = config_.keep_bodies.find(record.service);
  if (rule == config_.keep_bodies.end()) return;
  const Instant expires_at = clock_.now() + days(rule->second.days);
  for (const Side side : {Side::request, Side::response}) {
    BodyCopy& copy = side == Side::request ? copies.request : copies.response;
    if (!copy.whole()) {
      ++left_out_;
      continue;
    }
    std::string body = std::move(copy).take();
    if (body.empty()) continue;  // its absence is proven as it is
    const std::lock_guard lock(mutex_);
    const bool room = queued_ + body.size() <= max_queued && bytes_ < config_.keep_bodies_total;
    if (body.size() > rule->second.max_bytes || !room) {
      ++left_out_;
      continue;
    }
    queued_ += body.size();
    queue_.push_back({record.request_id, side, std::move(body), expires_at});
  }
  wake_.notify_all();
}

void Bodies::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const bool woken =
        wake_.wait_for(lock, forget_period, [this] { return stopping_ || !queue_.empty(); });
    std::vector<Item> items;
    items.swap(queue_);
    if (items.empty() && stopping_) return;
    queued_ = 0;
    writing_ = true;
    lock.unlock();
    const auto done = woken ? write(items) : forget();
    if (!done) spdlog::error("bodies that were to be kept: {}", describe(done.error()));
    lock.lock();
    writing_ = false;
    wake_.notify_all();
  }
}

/// For this one only, so that no body can be shown as another one's or as a record.
MessageKey Bodies::key_of(std::string_view request_id, Side side) const {
  return key_->in(fmt::format("gateway.body/{}/{}", number(side), request_id));
}

Result<void> Bodies::write(std::span<const Item> items) {
  const std::lock_guard lock(database_mutex_);
  std::uint64_t bytes = 0;
  const auto added = database_->together([&]() -> Result<void> {
    for (const Item& item : items) {
      MINBEN_TRY(sealed, key_of(item.request_id, item.side).seal(item.body));
      MINBEN_CHECK(statements_->add
                       .bind_all(std::string_view(item.request_id), number(item.side),
                                 item.expires_at, as_text(sealed))
                       .run());
      bytes += sealed.size();
    }
    return {};
  });
  if (added) {
    bytes_ += bytes;
    kept_ += items.size();
  } else {
    left_out_ += items.size();
  }
  return added;
}

Result<std::optional<std::string>> Bodies::find(std::string_view request_id, Side side) {
  const std::lock_guard lock(database_mutex_);
  if (!database_) return std::nullopt;
  Statement& find = statements_->find;
  MINBEN_TRY(there, find.bind_all(request_id, number(side), clock_.now()).step());
  if (!there) return std::nullopt;
  auto opened = key_of(request_id, side).open(as_bytes(find.blob(0)));
  find.reset();
  if (!opened) return std::unexpected(opened.error());
  return std::move(*opened);
}

void Bodies::settle() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || (queue_.empty() && !writing_); });
}

Result<void> Bodies::forget() {
  const std::lock_guard lock(database_mutex_);
  if (!database_) return {};
  MINBEN_CHECK(statements_->forget.bind_all(clock_.now()).run());
  MINBEN_TRY(bytes, statements_->size.bind_all().number());
  bytes_ = static_cast<std::uint64_t>(bytes);
  return {};
}

Bodies::State Bodies::state() const { return {limit_ > 0, kept_, left_out_, bytes_}; }

}  // namespace minben::gateway
