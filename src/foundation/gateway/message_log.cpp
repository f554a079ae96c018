#include "message_log.hpp"

#include <cstring>

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view context = "gateway.message";
constexpr std::string_view key_file = "messages.key";

// at: microseconds since 1970. key: of SHA-256 of X-Road-Id, 64 bits. content: sealed.
constexpr const char* schema = R"(
create table if not exists message (
  number integer primary key,
  at integer not null,
  key integer not null,
  content blob not null
) strict;
create index if not exists message_key on message (key);
create table if not exists waiting (number integer primary key) strict;
create table if not exists entered (
  first integer primary key,
  count integer not null,
  log integer not null,
  entry integer not null
) strict;
)";

std::int64_t look_up_key(std::string_view exchange_id) {
  const Sha256 hash = sha256(exchange_id);
  std::int64_t key = 0;
  std::memcpy(&key, hash.data(), sizeof key);
  return key;
}

std::int64_t ticks(Instant at) { return at.time_since_epoch().count(); }

Result<trust::DataKey> load_key(const fs::path& file, Random& random) {
  if (!fs::exists(file)) {
    const auto made = trust::DataKey::generate(random);
    MINBEN_CHECK(trust::write_secret_file(file, hex_encode(made.bytes()) + "\n"));
  }
  MINBEN_TRY(text, trust::read_secret_file(file));
  const auto bytes = hex_decode(trim(text));
  if (!bytes) return fail(Kind::invalid, "not_hex", "expected hex digits", file.string());
  return trust::DataKey::from_bytes(*bytes);
}

}  // namespace

struct MessageLog::Statements {
  Statement add, wait, enter, deliver, not_entered, waiting, count, find, since, entered, forget;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    MINBEN_TRY(add, database.prepare("insert into message (at, key, content) values (?, ?, ?) "
                                     "returning number"));
    MINBEN_TRY(wait, database.prepare("insert into waiting values (?)"));
    MINBEN_TRY(enter, database.prepare("insert into entered values (?, ?, ?, ?)"));
    MINBEN_TRY(deliver, database.prepare("delete from waiting where number = ?"));
    MINBEN_TRY(not_entered,
               database.prepare("select number, content from message where number >= "
                                "(select coalesce(max(first + count), 0) from entered) "
                                "order by number limit ?"));
    MINBEN_TRY(waiting, database.prepare("select number, content from waiting natural join message "
                                         "where number > ? order by number limit ?"));
    MINBEN_TRY(count, database.prepare("select count(*) from waiting"));
    MINBEN_TRY(find, database.prepare("select number, content from message where key = ? "
                                      "order by number desc limit ?"));
    MINBEN_TRY(since, database.prepare("select number, content from message where at >= ? and "
                                       "number > ? order by number limit ?"));
    MINBEN_TRY(entered,
               database.prepare("select first, count, log, entry from entered where first <= ? "
                                "order by first desc limit 1"));
    MINBEN_TRY(forget,
               database.prepare("delete from message where number in (select number from message "
                                "where at < ? and number not in (select number from waiting) and "
                                "number < (select coalesce(max(first), 0) from entered) "
                                "order by number limit ?)"));
    return std::unique_ptr<Statements>(
        new Statements{std::move(add), std::move(wait), std::move(enter), std::move(deliver),
                       std::move(not_entered), std::move(waiting), std::move(count),
                       std::move(find), std::move(since), std::move(entered), std::move(forget)});
  }
};

MessageLog::MessageLog(Sqlite database, trust::DataKey key, Random& random)
    : database_(std::move(database)), key_(std::move(key)), random_(random) {}

MessageLog::~MessageLog() = default;

Result<std::unique_ptr<MessageLog>> MessageLog::open(const fs::path& directory, Random& random) {
  MINBEN_TRY(key, load_key(directory / key_file, random));
  MINBEN_TRY(database, Sqlite::open((directory / "messages.db").string()));
  MINBEN_CHECK(database.run(schema));
  std::unique_ptr<MessageLog> log(new MessageLog(std::move(database), std::move(key), random));
  MINBEN_TRY(statements, Statements::prepare(log->database_));
  log->statements_ = std::move(statements);
  return log;
}

Result<void> MessageLog::begin() { return database_.run("begin immediate"); }
Result<void> MessageLog::commit() { return database_.run("commit"); }
void MessageLog::roll_back() { static_cast<void>(database_.run("rollback")); }

Result<std::int64_t> MessageLog::add(const ExchangeRecord& record, std::string_view text) {
  MINBEN_TRY(sealed, trust::seal(key_, as_bytes(text), context, random_));
  Statement& add = statements_->add;
  add.bind_all(ticks(record.received_at), look_up_key(record.exchange_id), as_text(sealed));
  MINBEN_TRY(row, add.step());
  if (!row) return fail(Kind::internal, "gateway_database", "no number");
  const std::int64_t number = add.integer(0);
  add.reset();
  if (record.is_use) MINBEN_CHECK(statements_->wait.bind_all(number).run());
  return number;
}

Result<void> MessageLog::enter(const Entered& entered) {
  return statements_->enter
      .bind_all(entered.first, entered.count, std::int64_t{entered.log},
                static_cast<std::int64_t>(entered.entry))
      .run();
}

Result<void> MessageLog::delivered(std::span<const std::int64_t> numbers) {
  for (const std::int64_t number : numbers)
    MINBEN_CHECK(statements_->deliver.bind_all(number).run());
  return {};
}

Result<std::vector<StoredMessage>> MessageLog::read_all(Statement& statement) {
  std::vector<StoredMessage> messages;
  while (true) {
    MINBEN_TRY(row, statement.step());
    if (!row) break;
    MINBEN_TRY(text, trust::open(key_, as_bytes(statement.blob(1)), context));
    messages.push_back({statement.integer(0), std::string(as_text(text))});
  }
  statement.reset();
  return messages;
}

Result<std::vector<StoredMessage>> MessageLog::not_entered(std::size_t limit) {
  return read_all(statements_->not_entered.bind_all(static_cast<std::int64_t>(limit)));
}

Result<std::vector<StoredMessage>> MessageLog::waiting(std::int64_t after, std::size_t limit) {
  return read_all(statements_->waiting.bind_all(after, static_cast<std::int64_t>(limit)));
}

Result<std::size_t> MessageLog::count_waiting() {
  Statement& count = statements_->count;
  count.reset();
  MINBEN_TRY(row, count.step());
  const auto number = row ? count.integer(0) : 0;
  count.reset();
  return static_cast<std::size_t>(number);
}

Result<std::vector<StoredMessage>> MessageLog::find(std::string_view exchange_id,
                                                    std::size_t limit) {
  return read_all(
      statements_->find.bind_all(look_up_key(exchange_id), static_cast<std::int64_t>(limit)));
}

Result<std::vector<StoredMessage>> MessageLog::since(Instant since, std::int64_t after,
                                                     std::size_t limit) {
  return read_all(
      statements_->since.bind_all(ticks(since), after, static_cast<std::int64_t>(limit)));
}

Result<std::optional<Entered>> MessageLog::entered(std::int64_t number) {
  Statement& entered = statements_->entered;
  entered.bind_all(number);
  MINBEN_TRY(row, entered.step());
  std::optional<Entered> found;
  if (row && number < entered.integer(0) + entered.integer(1))
    found = Entered{entered.integer(0), entered.integer(1), static_cast<int>(entered.integer(2)),
                    static_cast<std::uint64_t>(entered.integer(3))};
  entered.reset();
  return found;
}

Result<std::size_t> MessageLog::forget(Instant before, std::size_t limit) {
  MINBEN_CHECK(statements_->forget.bind_all(ticks(before), static_cast<std::int64_t>(limit)).run());
  return static_cast<std::size_t>(database_.changes());
}

}  // namespace minben::gateway
