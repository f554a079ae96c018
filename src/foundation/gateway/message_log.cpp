#include "message_log.hpp"

#include <cstring>

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;

// at: microseconds since 1970. key: of SHA-256 of X-Road-Id, 64 bits. log, entry: in the ledger.
// content: sealed. The newest message is never deleted, so that numbers are not used again.
constexpr const char* schema = R"(
create table if not exists message (
  number integer primary key,
  at integer not null,
  key integer not null,
  log integer not null,
  entry integer not null,
  content blob not null
) strict;
create index if not exists message_key on message (key);
create index if not exists message_at on message (at);
create table if not exists waiting (number integer primary key) strict;
)";

std::int64_t look_up_key(std::string_view exchange_id) {
  const Sha256 hash = sha256(exchange_id);
  std::int64_t key = 0;
  std::memcpy(&key, hash.data(), sizeof key);
  return key;
}

}  // namespace

Result<MessageKey> MessageKey::load_or_create(const fs::path& directory, Random& random) {
  const fs::path file = directory / "messages.key";
  if (!fs::exists(file)) {
    const auto made = trust::DataKey::generate(random);
    MINBEN_CHECK(trust::write_secret_file(file, hex_encode(made.bytes()) + "\n"));
  }
  MINBEN_TRY(text, trust::read_secret_file(file));
  const auto bytes = hex_decode(trim(text));
  if (!bytes) return fail(Kind::invalid, "not_hex", "expected hex digits", file.string());
  MINBEN_TRY(key, trust::DataKey::from_bytes(*bytes));
  return MessageKey(std::move(key), random);
}

Result<Bytes> MessageKey::seal(std::string_view text) const {
  return trust::seal(*key_, as_bytes(text), context_, *random_);
}

Result<std::string> MessageKey::open(std::span<const std::uint8_t> sealed) const {
  MINBEN_TRY(text, trust::open(*key_, sealed, context_));
  return std::string(as_text(text));
}

MessageKey MessageKey::in(std::string context) const {
  MessageKey out = *this;
  out.context_ = std::move(context);
  return out;
}

std::string MessageKey::digest(std::string_view text) const {
  // A key of its own: sealing's is for sealing only.
  const Sha256 key = hmac_sha256(key_->bytes(), as_bytes("minben/gateway-digest/1"));
  return std::string(as_text(hmac_sha256(key, as_bytes(text))));
}

struct MessageLog::Statements {
  Statement add, wait, deliver, newest, waiting, count, find, since, before, forget;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    MINBEN_TRY(add, database.prepare("insert into message values (?, ?, ?, ?, ?, ?)"));
    MINBEN_TRY(wait, database.prepare("insert into waiting values (?)"));
    MINBEN_TRY(deliver, database.prepare("delete from waiting where number = ?"));
    MINBEN_TRY(newest, database.prepare("select coalesce(max(number), 0) from message"));
    MINBEN_TRY(waiting,
               database.prepare("select number, content, log, entry from waiting natural join "
                                "message where number > ? order by number limit ?"));
    MINBEN_TRY(count, database.prepare("select count(*) from waiting"));
    MINBEN_TRY(find, database.prepare("select number, content, log, entry from message "
                                      "where key = ? order by number desc limit ?"));
    MINBEN_TRY(since, database.prepare("select number, content, log, entry from message "
                                       "where +at >= ? and number > ? order by number limit ?"));
    // Messages come in the order in which they ended, `at` says when they began.
    MINBEN_TRY(before,
               database.prepare("select coalesce(min(number) - 1, (select max(number) from "
                                "message), 0) from message where at >= ?1 and at <= (select "
                                "min(at) from message where at >= ?1) + 3600000000"));
    MINBEN_TRY(forget,
               database.prepare("delete from message where number in (select number from message "
                                "where at < ? and number not in (select number from waiting) and "
                                "number < (select max(number) from message) "
                                "order by number limit ?)"));
    return std::unique_ptr<Statements>(new Statements{
        std::move(add), std::move(wait), std::move(deliver), std::move(newest), std::move(waiting),
        std::move(count), std::move(find), std::move(since), std::move(before), std::move(forget)});
  }
};

MessageLog::MessageLog(Sqlite database, MessageKey key)
    : database_(std::move(database)), key_(std::move(key)) {}

MessageLog::~MessageLog() = default;

Result<std::unique_ptr<MessageLog>> MessageLog::open(const fs::path& directory, Random& random) {
  MINBEN_TRY(key, MessageKey::load_or_create(directory, random));
  MINBEN_TRY(database, Sqlite::open((directory / "messages.db").string()));
  MINBEN_CHECK(database.run(schema));
  std::unique_ptr<MessageLog> log(new MessageLog(std::move(database), std::move(key)));
  MINBEN_TRY(statements, Statements::prepare(log->database_));
  log->statements_ = std::move(statements);
  return log;
}

Result<std::size_t> MessageLog::file(std::span<const FiledMessage> messages,
                                     std::span<const std::int64_t> delivered) {
  if (messages.empty() && delivered.empty()) return std::size_t{0};
  return database_.together([&] { return add(messages, delivered); });
}

Result<std::size_t> MessageLog::add(std::span<const FiledMessage> messages,
                                    std::span<const std::int64_t> delivered) {
  for (const FiledMessage& message : messages) {
    MINBEN_CHECK(statements_->add
                     .bind_all(message.number, message.at, look_up_key(message.exchange_id),
                               std::int64_t{message.position.log},
                               static_cast<std::int64_t>(message.position.index),
                               as_text(message.content))
                     .run());
    if (message.is_use) MINBEN_CHECK(statements_->wait.bind_all(message.number).run());
  }
  std::size_t taken_out = 0;
  for (const std::int64_t number : delivered) {
    MINBEN_CHECK(statements_->deliver.bind_all(number).run());
    taken_out += static_cast<std::size_t>(database_.changes());
  }
  return taken_out;
}

Result<std::int64_t> MessageLog::newest() { return statements_->newest.bind_all().number(); }

Result<std::vector<StoredMessage>> MessageLog::read_all(Statement& statement) {
  std::vector<StoredMessage> messages;
  while (true) {
    MINBEN_TRY(row, statement.step());
    if (!row) break;
    MINBEN_TRY(text, key_.open(as_bytes(statement.blob(1))));
    messages.push_back({statement.integer(0),
                        std::move(text),
                        {static_cast<int>(statement.integer(2)),
                         static_cast<std::uint64_t>(statement.integer(3))}});
  }
  statement.reset();
  return messages;
}

Result<std::vector<StoredMessage>> MessageLog::waiting(std::int64_t after, std::size_t limit) {
  return read_all(statements_->waiting.bind_all(after, static_cast<std::int64_t>(limit)));
}

Result<std::size_t> MessageLog::count_waiting() {
  MINBEN_TRY(number, statements_->count.bind_all().number());
  return static_cast<std::size_t>(number);
}

Result<std::vector<StoredMessage>> MessageLog::find(std::string_view exchange_id,
                                                    std::size_t limit) {
  return read_all(
      statements_->find.bind_all(look_up_key(exchange_id), static_cast<std::int64_t>(limit)));
}

Result<std::vector<StoredMessage>> MessageLog::since(Instant since, std::int64_t after,
                                                     std::size_t limit) {
  return read_all(statements_->since.bind_all(since, after, static_cast<std::int64_t>(limit)));
}

Result<std::int64_t> MessageLog::before(Instant since) {
  return statements_->before.bind_all(since).number();
}

Result<std::size_t> MessageLog::forget(Instant before, std::size_t limit) {
  MINBEN_CHECK(statements_->forget.bind_all(before, static_cast<std::int64_t>(limit)).run());
  return static_cast<std::size_t>(database_.changes());
}

}  // namespace minben::gateway
