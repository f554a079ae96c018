#pragma once
// How a new master key takes over: add, make active, re-wrap, retire. docs/keys.md.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keys/keys.hpp"

namespace minben::keys {

/// A table of another room whose rows hold keys that a master key wraps.
struct Holder {
  std::string_view name;  ///< for operators
  /// Rows (master, held): how many keys each master key wraps; `master` in hex.
  store::Query count;
  /// $1 a master key's id in hex, $2 how many, $3 an id or null: rows (id, wrapped) that it wraps,
  /// in order of id after that one, locked for update; skips what is locked.
  store::Query take;
  store::Query put;  ///< $1 id, $2 wrapped
  std::function<std::string(std::string_view id)> context;
};

enum class State { unregistered, pre_activation, active, deactivated, destroyed };
std::string_view to_string(State state);  ///< "pre-activation", … as the standard writes them

struct MasterKeyStatus {
  trust::MasterKeyId id{};
  State state = State::unregistered;  ///< unregistered: in this machine's file only
  std::optional<Instant> since = {};
  bool in_file = false;                            ///< of this machine
  std::map<std::string, std::int64_t> wraps = {};  ///< by holder; without those of 0
  std::vector<std::string> missing_on = {};        ///< nodes that run without it
  [[nodiscard]] std::int64_t wrapped_things() const;
};

/// Each step is one transaction or a sequence of them that may be killed anywhere and begun again;
/// several processes may work at once. Thread-safe.
class Rotation {
 public:
  /// `holders` besides the purpose keys.
  Rotation(store::Database& database, const Clock& clock, Random& random, trust::KeyRing& ring,
           std::vector<Holder> holders);

  /// By state, then age. Also master keys that wrap something and that nobody registered.
  Result<std::vector<MasterKeyStatus>> status() const;

  /// 1. Adds a new master key to this machine's file and registers it in pre-activation; or finds
  /// the one that is registered already. Errors: internal "unknown_master_key" when this machine's
  /// file is not complete.
  Result<trust::MasterKeyId> prepare();
  /// Running nodes that do not hold it yet.
  Result<std::vector<std::string>> nodes_without(const trust::MasterKeyId& id) const;
  /// 2. From now on it wraps, on all nodes. Errors: conflict "nodes_lack_key" (detail: which),
  /// "not_in_pre_activation".
  Result<void> activate(const trust::MasterKeyId& id);
  /// How far it has come, by master key and holder, so that no batch looks again at what an earlier
  /// one did. Begins anew where it came to the end.
  using Progress = std::map<std::string, std::string>;
  /// 3. Wraps by the active key at most `most` keys of each holder that a deactivated one wraps;
  /// how many. 0 when none were left after those done; others may hold some: see remaining().
  Result<std::int64_t> rewrap(int most, Progress& progress);
  /// Whether a rotation was stopped while it wrapped anew: go on with step 3, not with a new key.
  Result<bool> unfinished() const;
  /// How many keys deactivated master keys still wrap.
  Result<std::int64_t> remaining() const;
  /// 4. Destroys the key: in the database's list, then in this machine's file. Again: in the file
  /// only. Errors: not_found "no_such_key"; conflict "key_in_use" (active), "still_wraps" (detail:
  /// what), "mail_waits" (until when).
  Result<void> retire(const trust::MasterKeyId& id);

 private:
  Result<std::int64_t> rewrap_batch(const Holder& holder, const std::string& key, int most,
                                    std::optional<std::string>& after);

  store::Database& database_;
  const Clock& clock_;
  Random& random_;
  trust::KeyRing& ring_;
  std::vector<Holder> holders_;
};

}  // namespace minben::keys
