#include "keys/rotation.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl.hpp"

namespace minben::keys {

namespace {

using store::Query;
constexpr Query find_all{"keys_find_all",
                         "select key_id, state, since from keys.master_key "
                         "order by since, key_id"};
constexpr Query find_nodes{"keys_find_nodes",
                           "select node, key_ids from keys.node where seen_at >= $1 order by node"};
constexpr Query register_next{
    "keys_register_next",
    "insert into keys.master_key (key_id, state, since) values ($1, 'pre_activation', $2)"};
constexpr Query deactivate{"keys_deactivate",
                           "update keys.master_key set state = 'deactivated', since = $1 "
                           "where state = 'active'"};
constexpr Query activate_next{"keys_activate_next",
                              "update keys.master_key set state = 'active', since = $2 "
                              "where key_id = $1 and state = 'pre_activation'"};
constexpr Query find_deactivated{"keys_find_deactivated",
                                 "select key_id from keys.master_key where state = 'deactivated'"};
// Waits for every transaction that may be wrapping by this key.
constexpr Query lock_key{"keys_lock_key",
                         "select state, needed_until from keys.master_key where key_id = $1 "
                         "for update"};
constexpr Query destroy_key{"keys_destroy",
                            "update keys.master_key set state = 'destroyed', since = $2 "
                            "where key_id = $1"};

constexpr std::array state_names{"unregistered", "pre-activation", "active", "deactivated",
                                 "destroyed"};

State read_state(std::string_view name) {
  if (name == "pre_activation") return State::pre_activation;
  if (name == "active") return State::active;
  if (name == "deactivated") return State::deactivated;
  MINBEN_ASSERT(name == "destroyed");
  return State::destroyed;
}

using Counts = std::map<std::string, std::map<std::string, std::int64_t>>;  // by key, by holder

Result<Counts> count(store::Transaction& transaction, std::span<const Holder> holders) {
  Counts counts;
  for (const Holder& holder : holders) {
    MINBEN_TRY(rows, transaction.run(holder.count));
    for (const auto row : rows)
      counts[row.text("master")][std::string(holder.name)] = row.integer("held");
  }
  return counts;
}

/// Running nodes and the ids, in hex, of the master keys they hold.
using Nodes = std::map<std::string, std::vector<std::string>>;

Result<Nodes> nodes(store::Transaction& transaction, Instant now) {
  MINBEN_TRY(rows, transaction.run(find_nodes, now - report_lease));
  Nodes nodes;
  for (const auto row : rows) nodes[row.text("node")] = row.texts("key_ids");
  return nodes;
}

std::vector<std::string> lacking(const Nodes& running, const trust::MasterKeyId& id) {
  std::vector<std::string> names;
  for (const auto& [node, held] : running)
    if (!among(held, id)) names.push_back(node);
  return names;
}

/// What keys that are not active any more still wrap.
std::int64_t wrapped_by_old(std::span<const MasterKeyStatus> keys) {
  std::int64_t sum = 0;
  for (const MasterKeyStatus& key : keys)
    if (key.state == State::deactivated) sum += key.wrapped_things();
  return sum;
}

}  // namespace

std::string_view to_string(State state) { return state_names[static_cast<std::size_t>(state)]; }

std::int64_t MasterKeyStatus::wrapped_things() const {
  std::int64_t sum = 0;
  for (const auto& [holder, held] : wraps) sum += held;
  return sum;
}

Rotation::Rotation(store::Database& database, const Clock& clock, Random& random,
                   trust::KeyRing& ring, std::vector<Holder> holders)
    : database_(database),
      clock_(clock),
      random_(random),
      ring_(ring),
      holders_(std::move(holders)) {
  holders_.push_back(purpose_keys());
}

Result<std::vector<MasterKeyStatus>> Rotation::status() const {
  MINBEN_CHECK(ring_.refresh());
  using Known = std::map<trust::MasterKeyId, MasterKeyStatus>;
  MINBEN_TRY(known, database_.transact([&](store::Transaction& transaction) -> Result<Known> {
    Known keys;
    MINBEN_TRY(rows, transaction.run(find_all));
    for (const auto row : rows) {
      MasterKeyStatus& key = keys[read_key_id(row, "key_id")];
      key.state = read_state(row.text("state"));
      key.since = row.instant("since");
    }
    for (const auto& id : ring_.ids()) keys[id].in_file = true;
    MINBEN_TRY(counts, count(transaction, holders_));
    for (const auto& [text, wraps] : counts) {
      MINBEN_TRY(id, trust::parse_master_key_id(text));
      keys[id].wraps = wraps;
    }
    MINBEN_TRY(running, nodes(transaction, clock_.now()));
    for (auto& [id, key] : keys) {
      key.id = id;
      if (key.state != State::destroyed) key.missing_on = lacking(running, id);
    }
    return keys;
  }));
  std::vector<MasterKeyStatus> list;
  for (auto& [id, key] : known) list.push_back(std::move(key));
  std::ranges::sort(list, {}, [](const MasterKeyStatus& key) {
    return std::tuple(key.state, key.since.value_or(Instant{}), key.id);
  });
  return list;
}

Result<trust::MasterKeyId> Rotation::prepare() {
  return database_.transact([&](store::Transaction& transaction) -> Result<trust::MasterKeyId> {
    MINBEN_CHECK(lock_master_keys(transaction));
    MINBEN_CHECK(ring_.refresh());
    MINBEN_TRY(rows, transaction.run(find_all));
    std::optional<trust::MasterKeyId> next;
    auto spare = ring_.ids();  // in the file and not registered: a killed rotation left it
    for (const auto row : rows) {
      const auto id = read_key_id(row, "key_id");
      std::erase(spare, id);
      const State state = read_state(row.text("state"));
      if (state != State::destroyed && !ring_.holds(id))
        return fail(Kind::internal, "unknown_master_key",
                    fmt::format("this machine's key file lacks the master key {} ({}): copy the "
                                "file from a machine that has it, or go on there",
                                trust::to_string(id), to_string(state)));
      if (state == State::pre_activation) next = id;
    }
    if (next) return *next;
    if (!spare.empty()) {
      next = spare.back();
    } else {
      MINBEN_TRY(added, ring_.add(trust::MasterKey::generate(random_)));
      next = added;
    }
    MINBEN_CHECK(transaction.run(register_next, trust::to_string(*next), clock_.now()));
    return *next;
  });
}

Result<std::vector<std::string>> Rotation::nodes_without(const trust::MasterKeyId& id) const {
  MINBEN_TRY(running, database_.separately([&](store::Transaction& transaction) {
    return nodes(transaction, clock_.now());
  }));
  return lacking(running, id);
}

Result<void> Rotation::activate(const trust::MasterKeyId& id) {
  return database_.transact([&](store::Transaction& transaction) -> Result<void> {
    MINBEN_CHECK(lock_master_keys(transaction));
    const Instant now = clock_.now();
    MINBEN_TRY(running, nodes(transaction, now));
    if (const auto names = lacking(running, id); !names.empty())
      return fail(Kind::conflict, "nodes_lack_key",
                  fmt::format("copy the key file to: {}", fmt::join(names, ", ")));
    MINBEN_CHECK(transaction.run(deactivate, now));
    MINBEN_TRY(rows, transaction.run(activate_next, trust::to_string(id), now));
    if (rows.affected() == 0)
      return fail(Kind::conflict, "not_in_pre_activation", "only a prepared key becomes active",
                  trust::to_string(id));
    return {};
  });
}

Result<std::int64_t> Rotation::rewrap_batch(const Holder& holder, const std::string& key, int most,
                                            std::optional<std::string>& after) {
  std::optional<std::string> last;
  MINBEN_TRY(done, database_.transact([&](store::Transaction& transaction) -> Result<int> {
    last.reset();
    MINBEN_TRY(active, active_key(transaction));
    MINBEN_TRY(rows, transaction.run(holder.take, key, most, after));
    for (const auto row : rows) {
      const std::string id = row.text("id"), context = holder.context(id);
      MINBEN_TRY(opened, ring_.unwrap(row.bytes("wrapped"), context));
      MINBEN_TRY(wrapped, ring_.wrap(active, opened, context, random_));
      transaction.queue(holder.put, id, wrapped);
      last = id;
    }
    return rows.size();
  }));
  after = last;
  return done;
}

Result<std::int64_t> Rotation::rewrap(int most, Progress& progress) {
  std::int64_t done = 0;
  MINBEN_TRY(old, database_.run(find_deactivated));
  for (const auto key : old) {
    for (const Holder& holder : holders_) {
      const std::string place = fmt::format("{} {}", key.text("key_id"), holder.name);
      const auto known = progress.find(place);
      std::optional<std::string> after;
      if (known != progress.end()) after = known->second;
      MINBEN_TRY(batch, rewrap_batch(holder, key.text("key_id"), most, after));
      if (after) progress[place] = *after;
      else progress.erase(place);
      done += batch;
    }
  }
  return done;
}

Result<bool> Rotation::unfinished() const {
  MINBEN_TRY(keys, status());
  const bool prepared =
      std::ranges::find(keys, State::pre_activation, &MasterKeyStatus::state) != keys.end();
  return !prepared && wrapped_by_old(keys) > 0;
}

Result<std::int64_t> Rotation::remaining() const {
  MINBEN_TRY(keys, status());
  return wrapped_by_old(keys);
}

Result<void> Rotation::retire(const trust::MasterKeyId& id) {
  MINBEN_CHECK(database_.transact([&](store::Transaction& transaction) -> Result<void> {
    MINBEN_CHECK(lock_master_keys(transaction));
    MINBEN_TRY(rows, transaction.run(lock_key, trust::to_string(id)));
    if (rows.empty())
      return fail(Kind::not_found, "no_such_key", "no master key has this id",
                  trust::to_string(id));
    const State state = read_state(rows.front().text("state"));
    if (state == State::destroyed) return {};
    if (state == State::active)
      return fail(Kind::conflict, "key_in_use", "the active master key: rotate first",
                  trust::to_string(id));
    MINBEN_TRY(counts, count(transaction, holders_));
    std::vector<std::string> wraps;
    for (const auto& [holder, held] : counts[trust::to_string(id)])
      wraps.push_back(fmt::format("{} of {}", held, holder));
    if (!wraps.empty())
      return fail(
          Kind::conflict, "still_wraps",
          fmt::format("still wraps {}: rotate until nothing is left", fmt::join(wraps, ", ")),
          trust::to_string(id));
    const auto needed = rows.front().optional_instant("needed_until");
    const Instant now = clock_.now();
    if (needed && now < *needed)
      return fail(Kind::conflict, "mail_waits",
                  "mail that waits since before the upgrade may need it until " +
                      minben::to_string(*needed),
                  trust::to_string(id));
    MINBEN_CHECK(transaction.run(destroy_key, trust::to_string(id), now));
    return {};
  }));
  return ring_.remove(id);
}

}  // namespace minben::keys
