#include "inbox.hpp"

#include <fmt/format.h>

namespace minben::gateway {

namespace {

// Times: microseconds since 1970. cursor: sequence up to which the publisher was asked.
// item: sealed EventItem. reason: null while it waits.
constexpr const char* tables = R"(
create table if not exists subscription (
  number integer primary key autoincrement, id blob not null, subscriber blob not null,
  event_type blob not null, delivery integer not null, ttl integer not null,
  purpose blob not null, case_id blob not null, cursor integer not null, missed integer not null,
  trouble blob not null, trouble_since integer not null,
  unique (subscriber, event_type)) strict;
create table if not exists arrived (
  subscription integer not null, sequence integer not null, id blob not null,
  exchange_id blob not null, at integer not null, expires integer not null,
  attempts integer not null, due integer not null, reason blob, item blob not null,
  file blob not null, ready integer not null,
  primary key (subscription, sequence, id)) strict;
create index if not exists arrived_expires on arrived (expires) where reason is null;
)";

std::unexpected<Error> unknown_event() {
  return fail(Kind::not_found, "unknown_event", "no such event waits here");
}

}  // namespace

struct Inbox::Statements {
  Statement subscribe, change, forget, empty, all, find, arrive, advance, rewind, trouble, first,
      without_file, came, confirm, postpone, bury, dead, revive, discard, expire, measure, figures;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    const auto make = [&](std::string_view sql) { return database.prepare(sql); };
    constexpr std::string_view columns =
        "select number, id, subscriber, event_type, delivery, ttl, purpose, case_id, cursor, "
        "missed, trouble, trouble_since from subscription ";
    const auto select = [&](std::string_view rest) {
      return database.prepare(std::string(columns).append(rest));
    };
    MINBEN_TRY(subscribe, make("insert into subscription (id, subscriber, event_type, delivery, "
                               "ttl, purpose, case_id, cursor, missed, trouble, trouble_since) "
                               "values (?, ?, ?, ?, ?, ?, ?, 0, 0, x'', 0)"));
    MINBEN_TRY(change, make("update subscription set delivery = ?, ttl = ? where number = ?"));
    MINBEN_TRY(forget, make("delete from subscription where number = ?"));
    MINBEN_TRY(empty, make("delete from arrived where subscription = ?"));
    MINBEN_TRY(all, select("order by number"));
    MINBEN_TRY(find, select("where subscriber = ? and event_type = ?"));
    MINBEN_TRY(arrive, make("insert into arrived values (?, ?, ?, ?, ?, ?, 0, 0, null, ?, ?, ?) "
                            "on conflict do nothing"));
    MINBEN_TRY(advance, make("update subscription set cursor = max(cursor, ?), "
                             "missed = missed + ?, trouble = x'' where number = ?"));
    MINBEN_TRY(rewind, make("update subscription set cursor = 0 where number = ?"));
    MINBEN_TRY(trouble, make("update subscription set trouble_since = iif(trouble = x'', ?2, "
                             "trouble_since), trouble = ?1 where number = ?3"));
    constexpr std::string_view event =
        "select sequence, id, exchange_id, item, attempts, due, file, ready from arrived "
        "where subscription = ? and reason is null ";
    MINBEN_TRY(first, make(std::string(event).append("order by sequence limit 1")));
    MINBEN_TRY(without_file,
               make(std::string(event).append("and ready = 0 order by sequence limit 1")));
    MINBEN_TRY(came, make("update arrived set ready = 1, attempts = 0, due = 0 "
                          "where subscription = ? and id = ?"));
    MINBEN_TRY(confirm,
               make("delete from arrived where subscription = ?1 and id = ?2 and ready and "
                    "sequence = (select min(sequence) from arrived where "
                    "subscription = ?1 and reason is null) returning length(item)"));
    MINBEN_TRY(postpone, make("update arrived set attempts = ?, due = ? where subscription = ? "
                              "and id = ?"));
    MINBEN_TRY(bury, make("update arrived set reason = ? where subscription = ? and id = ?"));
    MINBEN_TRY(dead, make("select subscription, sequence, id, exchange_id, reason, attempts from "
                          "arrived where reason is not null order by 1, 2 limit ?"));
    MINBEN_TRY(revive, make("update arrived set reason = null, attempts = 0, due = 0, "
                            "expires = ? where id = ? and subscription = ? and "
                            "reason is not null"));
    MINBEN_TRY(discard, make("delete from arrived where id = ? and subscription = ? and "
                             "reason is not null returning length(item)"));
    MINBEN_TRY(expire, make("update arrived set reason = cast('not_confirmed_in_time' as blob) "
                            "where reason is null and expires <= ?"));
    MINBEN_TRY(measure, make("select count(*), coalesce(sum(length(item)), 0) from arrived"));
    MINBEN_TRY(figures,
               make("select (select count(*) from subscription), (select count(*) from arrived "
                    "where reason is not null), (select coalesce(sum(missed), 0) from "
                    "subscription)"));
    return std::unique_ptr<Statements>(new Statements{
        std::move(subscribe), std::move(change),  std::move(forget),   std::move(empty),
        std::move(all),       std::move(find),    std::move(arrive),   std::move(advance),
        std::move(rewind),    std::move(trouble), std::move(first),    std::move(without_file),
        std::move(came),      std::move(confirm), std::move(postpone), std::move(bury),
        std::move(dead),      std::move(revive),  std::move(discard),  std::move(expire),
        std::move(measure),   std::move(figures)});
  }
};

Inbox::Inbox(Sqlite database, MessageKey key, const MessagesConfig& limits, const Clock& clock)
    : database_(std::move(database)), key_(std::move(key)), limits_(limits), clock_(clock) {}

Inbox::~Inbox() = default;

Result<std::unique_ptr<Inbox>> Inbox::open(const std::filesystem::path& directory,
                                           const MessagesConfig& limits, const Clock& clock,
                                           Random& random) {
  MINBEN_TRY(key, MessageKey::load_or_create(directory, random));
  MINBEN_TRY(database, Sqlite::open((directory / "inbox.db").string()));
  MINBEN_CHECK(database.run(tables));
  std::unique_ptr<Inbox> inbox(new Inbox(std::move(database), std::move(key), limits, clock));
  MINBEN_TRY(statements, Statements::prepare(inbox->database_));
  inbox->statements_ = std::move(statements);
  MINBEN_CHECK(inbox->measure());
  return inbox;
}

Result<void> Inbox::measure() {
  Statement& measure = statements_->measure;
  measure.reset();
  MINBEN_CHECK(measure.step());
  events_ = static_cast<std::size_t>(measure.integer(0));
  bytes_ = static_cast<std::size_t>(measure.integer(1));
  measure.reset();
  return {};
}

MessageKey Inbox::key_of(std::int64_t subscription, std::string_view id) const {
  return key_.in(fmt::format("gateway.arrived/{}/{}", subscription, id));
}

/// Of a statement that deletes one event.
Result<void> Inbox::take_out(Statement& statement) {
  MINBEN_TRY(row, statement.step());
  if (!row) return unknown_event();
  --events_;
  bytes_ -= static_cast<std::size_t>(statement.integer(0));
  statement.reset();
  return {};
}

// ------------------------------------------------------------------------------ subscriptions

Result<Subscription> Inbox::subscribe(Subscription subscription) {
  const std::string subscriber = to_string(subscription.subscriber);
  const std::string type = to_string(subscription.event_type);
  {
    const std::lock_guard lock(mutex_);
    MINBEN_TRY(known, read_subscriptions(statements_->find.bind_all(subscriber, type)));
    if (!known.empty()) return fail(Kind::conflict, "subscription_exists", "there is one already");
    MINBEN_CHECK(statements_->subscribe
                     .bind_all(subscription.id, subscriber, type,
                               std::int64_t{subscription.delivery == EventDelivery::push},
                               subscription.ttl.count(), subscription.purpose, subscription.case_id)
                     .run());
  }
  return find(subscription.subscriber, subscription.event_type);
}

Result<void> Inbox::change(const Subscription& subscription) {
  const std::lock_guard lock(mutex_);
  return statements_->change
      .bind_all(std::int64_t{subscription.delivery == EventDelivery::push},
                subscription.ttl.count(), subscription.number)
      .run();
}

Result<void> Inbox::unsubscribe(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  MINBEN_CHECK(database_.together([&]() -> Result<void> {
    MINBEN_CHECK(statements_->forget.bind_all(number).run());
    return statements_->empty.bind_all(number).run();
  }));
  return measure();
}

Result<std::vector<Subscription>> Inbox::read_subscriptions(Statement& from) {
  std::vector<Subscription> out;
  while (true) {
    MINBEN_TRY(row, from.step());
    if (!row) break;
    MINBEN_TRY(subscriber, SubsystemId::parse(from.blob(2)));
    MINBEN_TRY(type, ServiceId::parse(from.blob(3)));
    out.push_back({from.integer(0), std::string(from.blob(1)), std::move(subscriber),
                   std::move(type),
                   from.integer(4) != 0 ? EventDelivery::push : EventDelivery::pull,
                   seconds(from.integer(5)), std::string(from.blob(6)), std::string(from.blob(7)),
                   from.integer(8), from.integer(9), std::string(from.blob(10)), from.instant(11)});
  }
  from.reset();
  return out;
}

Result<std::vector<Subscription>> Inbox::all() {
  const std::lock_guard lock(mutex_);
  statements_->all.reset();
  return read_subscriptions(statements_->all);
}

Result<Subscription> Inbox::find(const SubsystemId& subscriber, const ServiceId& event_type) {
  const std::lock_guard lock(mutex_);
  const std::string who = to_string(subscriber);
  const std::string what = to_string(event_type);
  MINBEN_TRY(found, read_subscriptions(statements_->find.bind_all(who, what)));
  if (found.empty())
    return fail(Kind::not_found, "unknown_subscription", "not subscribed to this event type");
  return std::move(found.front());
}

// ------------------------------------------------------------------------------------- events

bool Inbox::full() const {
  return events_ >= limits_.max_events || bytes_ + max_event >= limits_.max_bytes;
}

Result<void> Inbox::arrived(const Subscription& subscription, const EventHead& head,
                            std::string_view event, std::string_view exchange_id) {
  Bytes sealed;
  if (!head.id.empty()) {
    MINBEN_TRY(bytes, key_of(subscription.number, head.id)
                          .seal(write_event_item(head, subscription.event_type, event)));
    sealed = std::move(bytes);
  }
  const std::string file = head.file ? to_string(*head.file) : std::string();
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.now();
  bool fresh = false;
  MINBEN_CHECK(database_.together([&]() -> Result<void> {
    if (!head.id.empty()) {
      MINBEN_CHECK(statements_->arrive
                       .bind_all(subscription.number, head.sequence, head.id, exchange_id, now,
                                 now + subscription.ttl, as_text(sealed), file,
                                 std::int64_t{file.empty()})
                       .run());
      fresh = database_.changes() > 0;
    }
    const std::int64_t until = head.id.empty() ? head.newest : head.sequence;
    return statements_->advance.bind_all(until, head.missed, subscription.number).run();
  }));
  events_ += fresh ? 1 : 0;
  bytes_ += fresh ? sealed.size() : 0;
  return {};
}

Result<void> Inbox::rewind(std::int64_t subscription) {
  const std::lock_guard lock(mutex_);
  return statements_->rewind.bind_all(subscription).run();
}

Result<void> Inbox::note_trouble(std::int64_t subscription, std::string_view code) {
  const std::lock_guard lock(mutex_);
  return statements_->trouble.bind_all(code, clock_.now(), subscription).run();
}

Result<std::optional<Arrived>> Inbox::read_arrived(Statement& from, std::int64_t subscription) {
  MINBEN_TRY(row, from.step());
  if (!row) return std::nullopt;
  Arrived out;
  out.subscription = subscription;
  out.sequence = from.integer(0);
  out.id = from.blob(1);
  out.exchange_id = from.blob(2);
  out.attempts = from.integer(4);
  out.due = from.instant(5);
  out.ready = from.integer(7) != 0;
  const std::string file(from.blob(6));
  auto item = key_of(subscription, out.id).open(as_bytes(from.blob(3)));
  from.reset();
  if (!item) return fail(item.error());
  out.item = std::move(*item);
  if (file.empty()) return out;
  MINBEN_TRY(read, read_event_file(file));
  out.file = std::move(read);
  return out;
}

Result<std::optional<Arrived>> Inbox::first(std::int64_t subscription) {
  const std::lock_guard lock(mutex_);
  return read_arrived(statements_->first.bind_all(subscription), subscription);
}

Result<std::optional<Arrived>> Inbox::without_file(std::int64_t subscription) {
  const std::lock_guard lock(mutex_);
  return read_arrived(statements_->without_file.bind_all(subscription), subscription);
}

Result<void> Inbox::file_came(const Arrived& event) {
  const std::lock_guard lock(mutex_);
  return statements_->came.bind_all(event.subscription, event.id).run();
}

Result<void> Inbox::confirm(std::int64_t subscription, std::string_view id) {
  const std::lock_guard lock(mutex_);
  return take_out(statements_->confirm.bind_all(subscription, id));
}

Result<void> Inbox::postpone(const Arrived& event, Instant due) {
  const std::lock_guard lock(mutex_);
  return statements_->postpone.bind_all(event.attempts, due, event.subscription, event.id).run();
}

Result<void> Inbox::bury(const Arrived& event, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  return statements_->bury.bind_all(reason, event.subscription, event.id).run();
}

Result<std::vector<Arrived>> Inbox::dead(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Arrived> out;
  Statement& dead = statements_->dead.bind_all(static_cast<std::int64_t>(limit));
  while (true) {
    MINBEN_TRY(row, dead.step());
    if (!row) break;
    out.push_back({dead.integer(0),
                   dead.integer(1),
                   std::string(dead.blob(2)),
                   std::string(dead.blob(3)),
                   {},
                   dead.integer(5),
                   {},
                   std::string(dead.blob(4))});
  }
  return out;
}

Result<void> Inbox::revive(std::string_view id, std::int64_t subscription) {
  const std::lock_guard lock(mutex_);
  const Instant expires = clock_.now() + limits_.keep_s;
  MINBEN_CHECK(statements_->revive.bind_all(expires, id, subscription).run());
  if (database_.changes() == 0) return unknown_event();
  return {};
}

Result<void> Inbox::discard(std::string_view id, std::int64_t subscription) {
  const std::lock_guard lock(mutex_);
  return take_out(statements_->discard.bind_all(id, subscription));
}

Result<std::size_t> Inbox::expire() {
  const std::lock_guard lock(mutex_);
  MINBEN_CHECK(statements_->expire.bind_all(clock_.now()).run());
  return static_cast<std::size_t>(database_.changes());
}

InboxFigures Inbox::figures() {
  const std::lock_guard lock(mutex_);
  InboxFigures out;
  Statement& figures = statements_->figures;
  figures.reset();
  if (const auto row = figures.step(); row && *row) {
    out.subscriptions = static_cast<std::size_t>(figures.integer(0));
    out.dead = static_cast<std::size_t>(figures.integer(1));
    out.missed = figures.integer(2);
  }
  figures.reset();
  out.waiting = events_ - std::min<std::size_t>(out.dead, events_);
  out.bytes = bytes_;
  return out;
}

}  // namespace minben::gateway
