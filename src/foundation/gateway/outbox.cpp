#include "outbox.hpp"

#include <spdlog/spdlog.h>

namespace minben::gateway {

namespace {

enum State : std::int64_t { waiting = 0, stopped = 1, expired = 2 };
constexpr std::int64_t at_once = 1000;  ///< rows that are expired, or evicted, together

// Times: microseconds since 1970. subject: keyed digest of the register's key. content: sealed.
// type.newest: of its sequence; type.schema: null while there is no such type.
// reader: who asked for all events of a type, and up to which one they have them.
constexpr const char* tables = R"(
create table if not exists type (
  name blob primary key, newest integer not null, schema blob) strict, without rowid;
create table if not exists event (
  number integer primary key autoincrement, type blob not null, sequence integer not null,
  id blob not null, at integer not null, expires integer not null, state integer not null,
  bytes integer not null, subject blob not null, content blob not null,
  unique (type, sequence), unique (type, id)) strict;
create index if not exists event_expires on event (expires);
create index if not exists event_subject on event (type, subject, sequence);
create table if not exists reader (
  type blob not null, subscriber blob not null, until integer not null, asked integer not null,
  primary key (type, subscriber)) strict, without rowid;
)";

std::unexpected<Error> unknown_type() {
  return fail(Kind::not_found, "unknown_event_type", "no such event type here");
}

}  // namespace

struct Outbox::Row {
  std::int64_t number = 0, sequence = 0, state = 0;
  std::size_t bytes = 0;
  Instant at{}, expires{};
  std::string id;
  std::string content;  ///< sealed
};

struct Outbox::Due {
  std::int64_t number = 0, state = 0;
  std::size_t bytes = 0;
  bool all_have = false;
};

struct Outbox::Statements {
  Statement add_type, schema, drop_type, take, newest, insert, next, next_of, missed, find, clear,
      remove, acknowledge, readers, forget, due, fetched, present, types, unfetched;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    const auto make = [&](std::string_view sql) { return database.prepare(sql); };
    constexpr std::string_view columns =
        "select number, sequence, state, bytes, at, expires, id, content from event ";
    const auto select = [&](std::string_view rest) {
      return database.prepare(std::string(columns).append(rest));
    };
    MINBEN_TRY(add_type, make("insert into type values (?1, 0, ?2) on conflict (name) do update "
                              "set schema = ?2"));
    MINBEN_TRY(schema, make("select schema from type where name = ? and schema is not null"));
    MINBEN_TRY(drop_type, make("update type set schema = null where name = ?"));
    MINBEN_TRY(take, make("update type set newest = newest + 1 where name = ?"));
    MINBEN_TRY(newest, make("select newest from type where name = ?"));
    MINBEN_TRY(insert, make("insert into event (type, sequence, id, at, expires, state, bytes, "
                            "subject, content) values (?, ?, ?, ?, ?, 0, ?, ?, ?)"));
    MINBEN_TRY(next, select("where type = ? and sequence > ? and state = 0 order by sequence "
                            "limit 1"));
    MINBEN_TRY(next_of, select("where type = ? and subject = ? and sequence > ? and state = 0 "
                               "order by sequence limit 1"));
    MINBEN_TRY(missed, make("select count(*) from event where type = ? and sequence > ? and "
                            "sequence < ? and state = 2"));
    MINBEN_TRY(find, select("where type = ? and id = ?"));
    MINBEN_TRY(clear, make("update event set state = ?, bytes = 0, content = x'', subject = x'', "
                           "expires = ? where number = ?"));
    MINBEN_TRY(remove, make("delete from event where number = ?"));
    MINBEN_TRY(acknowledge, make("insert into reader values (?1, ?2, ?3, ?4) on conflict do update "
                                 "set until = max(until, ?3), asked = ?4"));
    MINBEN_TRY(readers, make("select until, subscriber from reader where type = ? order by 2"));
    MINBEN_TRY(forget, make("delete from reader where asked < ?"));
    MINBEN_TRY(due, make("select number, state, bytes, sequence <= coalesce((select min(until) "
                         "from reader r where r.type = e.type), 0) from event e "
                         "where expires <= ? order by expires limit ?"));
    MINBEN_TRY(fetched,
               make("select number, bytes from event e where state = 0 and sequence <= (select "
                    "min(until) from reader r where r.type = e.type) order by number limit ?"));
    MINBEN_TRY(present, make("select count(*), coalesce(sum(bytes), 0) from event "
                             "where state = 0"));
    MINBEN_TRY(types, make("select 0, name from type where schema is not null"));
    MINBEN_TRY(unfetched, make("select count(*) from event where type = ?1 and state = 0 and "
                               "sequence > coalesce((select min(until) from reader where "
                               "type = ?1), 0)"));
    return std::unique_ptr<Statements>(new Statements{
        std::move(add_type),    std::move(schema),  std::move(drop_type), std::move(take),
        std::move(newest),      std::move(insert),  std::move(next),      std::move(next_of),
        std::move(missed),      std::move(find),    std::move(clear),     std::move(remove),
        std::move(acknowledge), std::move(readers), std::move(forget),    std::move(due),
        std::move(fetched),     std::move(present), std::move(types),     std::move(unfetched)});
  }
};

Outbox::Outbox(Sqlite database, MessageKey key, const MessagesConfig& limits, const Clock& clock,
               Random& random)
    : database_(std::move(database)),
      key_(std::move(key)),
      limits_(limits),
      clock_(clock),
      random_(random) {}

Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const std::filesystem::path& directory,
                                             const MessagesConfig& limits, const Clock& clock,
                                             Random& random) {
  MINBEN_TRY(key, MessageKey::load_or_create(directory, random));
  MINBEN_TRY(database, Sqlite::open((directory / "outbox.db").string()));
  MINBEN_CHECK(database.run(tables));
  std::unique_ptr<Outbox> outbox(
      new Outbox(std::move(database), std::move(key), limits, clock, random));
  MINBEN_TRY(statements, Statements::prepare(outbox->database_));
  outbox->statements_ = std::move(statements);
  MINBEN_CHECK(outbox->read_present());
  return outbox;
}

Result<void> Outbox::read_present() {
  Statement& present = statements_->present;
  MINBEN_CHECK(present.step());
  figures_.events = static_cast<std::size_t>(present.integer(0));
  figures_.bytes = static_cast<std::size_t>(present.integer(1));
  present.reset();
  while (true) {
    MINBEN_TRY(row, statements_->types.step());
    if (!row) break;
    types_.emplace(statements_->types.blob(1));
  }
  statements_->types.reset();
  return {};
}

MessageKey Outbox::key_of(std::string_view id) const {
  return key_.in(std::string("gateway.event/").append(id));
}

// -------------------------------------------------------------------------------- event types

Result<void> Outbox::add_type(const std::string& type, std::string_view schema) {
  const std::lock_guard lock(mutex_);
  if (types_.contains(type))
    return fail(Kind::conflict, "event_type_exists", "there is one already");
  MINBEN_CHECK(statements_->add_type.bind_all(type, schema).run());
  types_.insert(type);
  return {};
}

Result<std::string> Outbox::schema(const std::string& type) {
  const std::lock_guard lock(mutex_);
  Statement& schema = statements_->schema.bind_all(type);
  MINBEN_TRY(row, schema.step());
  if (!row) return unknown_type();
  std::string text(schema.blob(0));
  schema.reset();
  return text;
}

std::vector<std::string> Outbox::types(std::string_view subsystem) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const std::string& type : types_) {
    const auto slash = type.find('/');
    if (std::string_view(type).substr(0, slash) == subsystem) out.push_back(type.substr(slash + 1));
  }
  return out;
}

bool Outbox::has_type(std::string_view type) const {
  const std::lock_guard lock(mutex_);
  return types_.contains(type);
}

Result<void> Outbox::remove_type(const std::string& type) {
  const std::lock_guard lock(mutex_);
  const auto known = types_.find(type);
  if (known == types_.end()) return unknown_type();
  MINBEN_TRY(count, statements_->unfetched.bind_all(type).number());
  if (count > 0)
    return fail(Kind::conflict, "events_waiting",
                "stop them first, or wait until they are fetched");
  MINBEN_CHECK(statements_->drop_type.bind_all(type).run());
  types_.erase(known);
  return {};
}

// ------------------------------------------------------------------------------------- events

Result<std::string> Outbox::publish(const std::string& type, PublishEvent event,
                                    std::string_view person) {
  const std::lock_guard lock(mutex_);
  if (!types_.contains(type)) return unknown_type();
  if (event.id.empty()) event.id = minben::to_string(new_uuid(clock_, random_));
  MINBEN_TRY(known, find(type, event.id));
  if (known) return event.id;
  JsonObject beside{{"person", person}};
  if (event.file) beside["file"] = to_string(*event.file);
  const std::string text = write_json(beside) + "\n" + event.event;
  MINBEN_TRY(sealed, key_of(event.id).seal(text));
  if (auto room = make_room(sealed.size()); !room) {
    ++figures_.turned_away;
    return fail(room.error());
  }
  const Instant now = clock_.now();
  const std::string subject = event.subject.empty() ? std::string() : key_.digest(event.subject);
  MINBEN_CHECK(database_.together([&]() -> Result<void> {
    MINBEN_TRY(sequence, take_number(type));
    return statements_->insert
        .bind_all(type, sequence, event.id, now, now + limits_.keep_s,
                  static_cast<std::int64_t>(sealed.size()), subject, as_text(sealed))
        .run();
  }));
  ++figures_.events;
  figures_.bytes += sealed.size();
  ++figures_.published;
  return event.id;
}

Result<std::int64_t> Outbox::take_number(const std::string& type) {
  MINBEN_CHECK(statements_->take.bind_all(type).run());
  return newest(type);
}

Result<std::int64_t> Outbox::newest(const std::string& type) {
  return statements_->newest.bind_all(type).number();
}

// What all subscribers have may go before its time; what somebody waits for may not.
Result<void> Outbox::make_room(std::size_t bytes) {
  const auto fits = [&] {
    return figures_.events < limits_.max_events && figures_.bytes + bytes <= limits_.max_bytes;
  };
  if (fits()) return {};
  MINBEN_CHECK(evict());
  if (fits()) return {};
  return fail(Kind::unavailable, "store_full", "subscribers have not fetched what is kept");
}

Result<void> Outbox::evict() {
  std::vector<std::pair<std::int64_t, std::size_t>> gone;
  Statement& fetched = statements_->fetched.bind_all(at_once);
  while (true) {
    MINBEN_TRY(row, fetched.step());
    if (!row) break;
    gone.emplace_back(fetched.integer(0), static_cast<std::size_t>(fetched.integer(1)));
  }
  MINBEN_CHECK(database_.together([&]() -> Result<void> {
    for (const auto& [number, bytes] : gone) {
      MINBEN_CHECK(statements_->remove.bind_all(number).run());
    }
    return {};
  }));
  for (const auto& [number, bytes] : gone) leave(bytes);
  return {};
}

void Outbox::leave(std::size_t bytes) {
  --figures_.events;
  figures_.bytes -= bytes;
}

Result<std::optional<Outbox::Row>> Outbox::read_row(Statement& from) {
  MINBEN_TRY(row, from.step());
  if (!row) return std::nullopt;
  Row out{from.integer(0),           from.integer(1),
          from.integer(2),           static_cast<std::size_t>(from.integer(3)),
          from.instant(4),           from.instant(5),
          std::string(from.blob(6)), std::string(from.blob(7))};
  from.reset();
  return out;
}

Result<std::optional<Outbox::Row>> Outbox::find(const std::string& type, std::string_view id) {
  return read_row(statements_->find.bind_all(type, id));
}

Result<Fetched> Outbox::open_row(const Row& row) const {
  MINBEN_TRY(text, key_of(row.id).open(as_bytes(row.content)));
  const auto line = text.find('\n');
  MINBEN_TRY(beside, parse_json(std::string_view(text).substr(0, line)));
  Fetched out;
  out.head.id = row.id;
  out.head.sequence = row.sequence;
  out.head.at = row.at;
  if (const std::string file = string_or(beside, "file"); !file.empty()) {
    MINBEN_TRY(read, read_event_file(file));
    out.head.file = std::move(read);
  }
  out.person = string_or(beside, "person");
  out.event = text.substr(line + 1);
  return out;
}

Result<std::int64_t> Outbox::count_missed(const std::string& type, std::int64_t after,
                                          std::int64_t before) {
  return statements_->missed.bind_all(type, after, before).number();
}

Result<Fetched> Outbox::next(const std::string& type, const std::string& subscriber,
                             std::int64_t after, std::string_view subject) {
  const std::lock_guard lock(mutex_);
  if (!types_.contains(type)) return unknown_type();
  MINBEN_TRY(newest, this->newest(type));
  if (after > newest)
    return fail(Kind::conflict, "sequence_ahead", "no event has had that number yet");
  const bool all = subject.empty();
  if (all)
    MINBEN_CHECK(statements_->acknowledge.bind_all(type, subscriber, after, clock_.now()).run());
  const std::string about = all ? std::string() : key_.digest(subject);
  MINBEN_TRY(row, read_row(all ? statements_->next.bind_all(type, after)
                               : statements_->next_of.bind_all(type, about, after)));
  Fetched out;
  if (row) {
    MINBEN_TRY(opened, open_row(*row));
    out = std::move(opened);
  }
  out.head.newest = newest;
  // Whose events expired is not kept: only who asks for all is told how many.
  if (all) {
    MINBEN_TRY(missed, count_missed(type, after, row ? row->sequence : newest + 1));
    out.head.missed = missed;
  }
  return out;
}

Result<EventStatus> Outbox::status(const std::string& type, std::string_view id) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(row, find(type, id));
  if (!row) return fail(Kind::not_found, "unknown_event", "never published, or long gone");
  EventStatus out;
  out.head = {row->id, row->sequence, row->at};
  out.expires_at = row->expires;
  if (row->state == waiting) {
    MINBEN_TRY(opened, open_row(*row));
    out.event = std::move(opened.event);
  }
  Statement& readers = statements_->readers.bind_all(type);
  while (true) {
    MINBEN_TRY(more, readers.step());
    if (!more) break;
    (readers.integer(0) >= row->sequence ? out.fetched_by : out.missing_at)
        .emplace_back(readers.blob(1));
  }
  readers.reset();
  const bool all_have = out.missing_at.empty() && !out.fetched_by.empty();
  out.state = row->state == stopped   ? "STOPPED"
              : row->state == expired ? "EXPIRED"
              : all_have              ? "FETCHED"
                                      : "WAITING";
  return out;
}

Result<void> Outbox::stop(const std::string& type, std::string_view id) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(row, find(type, id));
  if (!row || row->state != waiting)
    return fail(Kind::not_found, "unknown_event", "not among those that wait");
  MINBEN_CHECK(statements_->clear.bind_all(std::int64_t{stopped}, row->expires, row->number).run());
  leave(row->bytes);
  return {};
}

// -------------------------------------------------------------------------------------- expiry

Result<std::size_t> Outbox::expire() {
  const std::lock_guard lock(mutex_);
  std::size_t missed = 0;
  while (true) {
    MINBEN_TRY(due, due_now());
    std::size_t left = 0;
    std::size_t left_bytes = 0;
    MINBEN_CHECK(database_.together([&]() -> Result<void> {
      for (const Due& each : due) {
        if (each.state == waiting) ++left, left_bytes += each.bytes;
        // A row without its content stays for as long again, so that it can still be told.
        const bool told = each.state != waiting || each.all_have;
        if (!told) ++missed;
        MINBEN_CHECK(
            told ? statements_->remove.bind_all(each.number).run()
                 : statements_->clear
                       .bind_all(std::int64_t{expired}, clock_.now() + limits_.keep_s, each.number)
                       .run());
      }
      return {};
    }));
    figures_.events -= left;
    figures_.bytes -= left_bytes;
    if (due.size() < static_cast<std::size_t>(at_once)) break;
  }
  figures_.expired += missed;
  // Who has not asked for so long has ended its subscription; nothing has to wait for it.
  MINBEN_CHECK(statements_->forget.bind_all(clock_.now() - 2 * limits_.keep_s).run());
  return missed;
}

Result<std::vector<Outbox::Due>> Outbox::due_now() {
  std::vector<Due> due;
  Statement& statement = statements_->due.bind_all(clock_.now(), at_once);
  while (true) {
    MINBEN_TRY(row, statement.step());
    if (!row) break;
    due.push_back({statement.integer(0), statement.integer(1),
                   static_cast<std::size_t>(statement.integer(2)), statement.integer(3) != 0});
  }
  return due;
}

OutboxFigures Outbox::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace minben::gateway
