#pragma once
// The platform's keys: which master key is in use, and one key for each purpose of the platform
// itself. How master keys change: rotation.hpp, docs/keys.md.
//
// States of master keys are those of SP 800-57 Part 1 Rev. 5, 7. The database says which key is
// active, for all nodes at once; the key files say what the keys are. Nothing that must outlive a
// rotation is derived from a master key: it is a purpose key, which a master key only wraps.
#include <memory>
#include <string>
#include <string_view>

#include "core/core.hpp"
#include "store/store.hpp"
#include "trust/key_ring.hpp"

namespace minben::keys {

/// Of this room; apply after store::migrations().
std::span<const store::Migration> migrations();

enum class Purpose {
  lookup,        ///< keyed hashes, by which sealed values are found
  session_form,  ///< form tokens of sessions
  code,          ///< codes sent by mail, while they wait for their answer
  parcel,        ///< waiting mails, and addresses of waiting codes
  page_form,     ///< form tokens and owners of pages
  notice,        ///< notices in cookies
};

/// How often a node says which master keys it holds, and for how long that is believed. Nodes'
/// clocks may differ by the difference.
inline constexpr seconds report_every{10};
inline constexpr seconds report_lease{60};

/// Thread-safe.
class Keys {
 public:
  /// Database, clock and randomness must outlive the keys. A database without master keys gets the
  /// newest of the ring, or a new one when the ring is empty; purpose keys are made when missing,
  /// as what earlier versions derived from the oldest master key of the ring when that was there
  /// before. Errors: internal "unknown_master_key" when the ring lacks a key that is not destroyed.
  static Result<std::unique_ptr<Keys>> open(store::Database& database, const Clock& clock,
                                            Random& random, std::shared_ptr<trust::KeyRing> ring);
  ~Keys();
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  /// By the active master key, which cannot be destroyed before the transaction has ended. So what
  /// was wrapped must be stored in this same transaction (not in Database::separately).
  Result<Bytes> wrap(store::Transaction& transaction, const trust::DataKey& key,
                     std::string_view context) const;
  /// By whichever master key wrapped it. Errors of trust::KeyRing::unwrap.
  [[nodiscard]] Result<trust::DataKey> unwrap(trust::Octets wrapped,
                                              std::string_view context) const;
  /// The same for ever, on all nodes.
  [[nodiscard]] const trust::DataKey& of(Purpose purpose) const;

  /// Reads the key file again and says in the database, as `node`, which master keys this process
  /// holds. A rotation waits for those who reported in the last report_lease.
  Result<void> report(std::string_view node) const;
  /// Reports now and then each report_every, on a thread of its own, until the end of this object,
  /// when the node takes its report back.
  void start(std::string node);

  struct Impl;

 private:
  explicit Keys(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::keys
