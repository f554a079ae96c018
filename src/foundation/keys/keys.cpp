#include "keys/keys.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::keys {

namespace {

using store::Query;
constexpr Query take_lock{
    "keys_lock", "select pg_advisory_xact_lock(hashtextextended('minben.keys.master', 0))"};
constexpr Query find_registered{"keys_find_registered",
                                "select key_id, state from keys.master_key"};
constexpr Query register_active{
    "keys_register_active",
    "insert into keys.master_key (key_id, state, since, needed_until) values ($1, 'active', $2, "
    "$3)"};
// The lock makes whoever would destroy the key wait for this transaction.
constexpr Query find_active{
    "keys_find_active", "select key_id from keys.master_key where state = 'active' for key share"};
constexpr Query find_purposes{"keys_find_purposes",
                              "select purpose, wrapped from keys.purpose_key"};
constexpr Query add_purpose{"keys_add_purpose",
                            "insert into keys.purpose_key (purpose, wrapped) values ($1, $2)"};
constexpr Query report_node{
    "keys_report_node",
    "insert into keys.node (node, key_ids, seen_at) values ($1, $2, $3) "
    "on conflict (node) do update set key_ids = excluded.key_ids, seen_at = excluded.seen_at"};
constexpr Query forget_nodes{"keys_forget_nodes", "delete from keys.node where seen_at < $1"};
constexpr Query leave_node{"keys_leave_node", "delete from keys.node where node = $1"};

constexpr hours node_remembered{24};
/// A mail that an earlier version wrapped itself has been delivered or given up by then.
constexpr hours old_mail_waits{24};

struct Named {
  Purpose purpose;
  std::string_view name;
  std::string_view derived_as;  ///< how earlier versions derived it from the master key
};
constexpr std::array all_purposes{
    Named{Purpose::lookup, "lookup", "minben/identity/1/lookup"},
    Named{Purpose::session_form, "session_form", "minben/identity/1/csrf"},
    Named{Purpose::code, "code", "minben/identity/1/code"},
    Named{Purpose::parcel, "parcel", {}},
    Named{Purpose::page_form, "page_form", "minben/page/mac/1"},
    Named{Purpose::notice, "notice", "minben/page/seal/1"},
};

std::string purpose_context(std::string_view purpose) {
  return fmt::format("keys.purpose_key/{}", purpose);
}

std::vector<std::string> texts(std::span<const trust::MasterKeyId> ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(trust::to_string(id));
  return texts;
}

}  // namespace

trust::MasterKeyId read_key_id(const store::Row& row, std::string_view column) {
  const auto id = trust::parse_master_key_id(row.text(column));
  MINBEN_ASSERT(id.has_value());
  return *id;
}

bool among(std::span<const std::string> ids, const trust::MasterKeyId& id) {
  return std::ranges::find(ids, trust::to_string(id)) != ids.end();
}

Result<void> lock_master_keys(store::Transaction& transaction) {
  MINBEN_CHECK(transaction.run(take_lock));
  return {};
}

Result<trust::MasterKeyId> active_key(store::Transaction& transaction) {
  // Another key may become active between what the statement sees and its lock; then it finds
  // none, and the next statement sees the new one.
  for (int tries = 0; tries < 3; ++tries) {
    MINBEN_TRY(rows, transaction.run(find_active));
    if (!rows.empty()) return read_key_id(rows.front(), "key_id");
  }
  return fail(Kind::internal, "no_active_key", "the database knows no active master key");
}

Holder purpose_keys() {
  return {
      .name = "keys of the platform",
      .count = {"keys_count_purposes",
                "select encode(substring(wrapped from 2 for 8), 'hex') as master, "
                "count(*) as held from keys.purpose_key group by 1"},
      .take = {"keys_take_purposes",
               "select purpose as id, wrapped from keys.purpose_key "
               "where substring(wrapped from 2 for 8) = decode($1, 'hex') "
               "and purpose > coalesce($3, '') order by purpose limit $2 "
               "for update skip locked"},
      .put = {"keys_put_purpose", "update keys.purpose_key set wrapped = $2 where purpose = $1"},
      .context = purpose_context};
}

struct Keys::Impl {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const std::shared_ptr<trust::KeyRing> shared_ring;
  trust::KeyRing& ring = *shared_ring;
  std::vector<trust::DataKey> purposes = {};  // in the order of Purpose
  std::string node = {};
  std::mutex mutex{};
  std::condition_variable_any wake{};
  std::jthread thread{};

  /// `fresh`: nothing was ever derived from the keys of the ring.
  Result<void> open(store::Transaction& transaction, bool fresh) const {
    MINBEN_CHECK(lock_master_keys(transaction));
    MINBEN_TRY(rows, transaction.run(find_registered));
    if (rows.empty()) MINBEN_CHECK(register_first(transaction, fresh));
    for (const auto row : rows) {
      if (row.text("state") == "destroyed" || ring.holds(read_key_id(row, "key_id"))) continue;
      return fail(Kind::internal, "unknown_master_key",
                  fmt::format("the database uses the master key {}, which this machine's key file "
                              "lacks: copy the file from a machine that has it",
                              row.text("key_id")));
    }
    return make_purposes(transaction, fresh);
  }

  Result<void> register_first(store::Transaction& transaction, bool fresh) const {
    if (ring.ids().empty()) MINBEN_CHECK(ring.add(trust::MasterKey::generate(random)));
    const Instant now = clock.now();
    const auto needed = fresh ? std::nullopt : std::optional(now + old_mail_waits);
    MINBEN_CHECK(
        transaction.run(register_active, trust::to_string(ring.ids().back()), now, needed));
    return {};
  }

  Result<void> make_purposes(store::Transaction& transaction, bool fresh) const {
    MINBEN_TRY(rows, transaction.run(find_purposes));
    std::set<std::string, std::less<>> made;
    for (const auto row : rows) made.insert(row.text("purpose"));
    MINBEN_TRY(active, active_key(transaction));
    for (const Named& named : all_purposes) {
      if (made.contains(named.name)) continue;
      auto key = trust::DataKey::generate(random);
      if (!fresh && !named.derived_as.empty()) {
        MINBEN_TRY(derived, ring.derive(ring.ids().front(), named.derived_as));
        key = std::move(derived);
      }
      MINBEN_TRY(wrapped, ring.wrap(active, key, purpose_context(named.name), random));
      MINBEN_CHECK(transaction.run(add_purpose, named.name, wrapped));
    }
    return {};
  }

  Result<void> load_purposes() {
    MINBEN_TRY(rows, database.run(find_purposes));
    std::map<std::string, Bytes, std::less<>> wrapped;
    for (const auto row : rows) wrapped[row.text("purpose")] = row.bytes("wrapped");
    for (const Named& named : all_purposes) {
      const auto found = wrapped.find(named.name);
      MINBEN_ASSERT(found != wrapped.end());
      MINBEN_TRY(key, ring.unwrap(found->second, purpose_context(named.name)));
      purposes.push_back(std::move(key));
    }
    return {};
  }

  Result<void> report(std::string_view as) const {
    if (const auto read = ring.refresh(); !read)
      spdlog::error("keys.file cause={}", describe(read.error()));
    const Instant now = clock.now();
    return database.transact([&](store::Transaction& transaction) -> Result<void> {
      const std::vector<std::string> held = texts(ring.ids());
      MINBEN_CHECK(transaction.run(report_node, as, held, now));
      MINBEN_CHECK(transaction.run(forget_nodes, now - node_remembered));
      MINBEN_TRY(rows, transaction.run(find_registered));
      for (const auto row : rows) {
        const bool here = among(held, read_key_id(row, "key_id"));
        if (here && row.text("state") == "destroyed")
          spdlog::warn("keys.retired_key_in_file key={}", row.text("key_id"));
        if (!here && row.text("state") != "destroyed")
          spdlog::error("keys.missing_in_file key={}", row.text("key_id"));
      }
      return {};
    });
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (const auto done = report(node); !done)
        spdlog::warn("keys.report cause={}", describe(done.error()));
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, report_every, [] { return false; });
    }
  }
};

Keys::Keys(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Keys::~Keys() {
  if (!impl_->thread.joinable()) return;
  impl_->thread.request_stop();
  impl_->thread.join();
  // What cannot be taken back is believed no longer than its lease.
  (void)impl_->database.run(leave_node, impl_->node);
}

Result<std::unique_ptr<Keys>> Keys::open(store::Database& database, const Clock& clock,
                                         Random& random, std::shared_ptr<trust::KeyRing> ring) {
  const bool fresh = ring->ids().empty();
  std::unique_ptr<Keys> keys(
      new Keys(std::unique_ptr<Impl>(new Impl{database, clock, random, std::move(ring)})));
  MINBEN_CHECK(database.transact(
      [&](store::Transaction& transaction) { return keys->impl_->open(transaction, fresh); }));
  MINBEN_CHECK(keys->impl_->load_purposes());
  return keys;
}

Result<Bytes> Keys::wrap(store::Transaction& transaction, const trust::DataKey& key,
                         std::string_view context) const {
  MINBEN_TRY(active, active_key(transaction));
  return impl_->ring.wrap(active, key, context, impl_->random);
}

Result<trust::DataKey> Keys::unwrap(trust::Octets wrapped, std::string_view context) const {
  return impl_->ring.unwrap(wrapped, context);
}

const trust::DataKey& Keys::of(Purpose purpose) const {
  return impl_->purposes[static_cast<std::size_t>(purpose)];
}

Result<void> Keys::report(std::string_view node) const { return impl_->report(node); }

void Keys::start(std::string node) {
  MINBEN_ASSERT(!impl_->thread.joinable());
  impl_->node = std::move(node);
  impl_->thread = std::jthread([this](const std::stop_token& stop) { impl_->run(stop); });
}

}  // namespace minben::keys
