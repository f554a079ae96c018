#pragma once
// Commitments: what matters to a person is promised inside the transaction that makes it happen,
// and reaches the log right afterwards. The log learns a salted digest, never the content.
//
// The room that commits keeps the content (sealed when it is personal) and gives it back when a
// receipt is asked for. Erasing a commitment drops its salt: the digest in the log then says
// nothing to anybody, and the log stays whole.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/logs.hpp"
#include "store/store.hpp"

namespace minben::ledger {

using EntryId = Id<struct LedgerEntryTag>;

struct Entry {
  EntryId id;
  PersonId person;  ///< nil when it concerns nobody
  std::string type;
  Instant at;
  std::optional<Position> position;  ///< in the ledger; nothing while it waits
  bool erased = false;
  std::uint64_t number = 0;  ///< in its series; 0: in none
};

/// Thread-safe. Every function is part of the caller's transaction.
class Commitments {
 public:
  Commitments(const Clock& clock, Random& random);

  /// Promises {type, now, content}. `type` is a code ([a-z0-9][a-z0-9._-]{0,63}); person may be
  /// nil. What concerns a person becomes the next of their series of that type (series.hpp); until
  /// the transaction ends, others wait who commit the same for the same person. Errors:
  /// "not_canonical" (fractional numbers in content), "not_a_code"; about a person also
  /// "not_an_object", "reserved_member".
  Result<EntryId> commit(store::Transaction& tx, std::string_view type, PersonId person,
                         const Json& content) const;

  /// "entry_not_found"
  Result<Entry> find(store::Transaction& tx, EntryId id) const;
  /// Where these entries are in the log; those that still wait are missing in the answer.
  Result<std::map<EntryId, Position>> positions_of(store::Transaction& tx,
                                                   std::span<const EntryId> ids) const;
  /// Newest first; `before` pages (the last id of the page before).
  Result<std::vector<Entry>> entries_of(store::Transaction& tx, PersonId person, int limit = 50,
                                        std::optional<EntryId> before = {}) const;

  /// Of a person's series, in its order, from this number on; at most most_receipts. `entries` is
  /// how long the series is.
  struct Series {
    std::uint64_t entries = 0;
    std::vector<Entry> part;
  };
  Result<Series> series(store::Transaction& tx, PersonId person, std::string_view type,
                        std::uint64_t from = 1) const;
  /// The receipts of such a part in one file, up to the first that still waits for the log. Errors:
  /// those of receipt(), except "erased": the file says so; "entry_not_found" also when `contents`
  /// lacks an entry.
  Result<std::string> receipts(store::Transaction& tx, const Logs& logs, const Series& series,
                               std::string_view type,
                               const std::map<EntryId, Json>& contents) const;

  /// The receipt file of an entry whose content the caller kept. Errors: "entry_not_found",
  /// "erased", "not_yet_sequenced" (unavailable: a second later it is), "content_mismatch" (not
  /// what was committed).
  Result<std::string> receipt(store::Transaction& tx, const Logs& logs, EntryId id,
                              const Json& content) const;

  /// Drops salts, for good. An entry that still waits is sequenced all the same. The number erased.
  Result<std::int64_t> erase_person(store::Transaction& tx, PersonId person) const;
  Result<void> erase(store::Transaction& tx, EntryId id) const;

 private:
  const Clock& clock_;
  Random& random_;
};

/// Carries waiting digests to the newest log in order and writes their indexes back. One runs per
/// database at a time (an advisory lock; others stand by). Killed between append and write-back,
/// the next run appends the same digests again, and the log answers with the indexes they already
/// have.
class Sequencer {
 public:
  /// `idle`: how long to wait when nothing is left to do.
  Sequencer(store::Database& database, const Logs& logs, milliseconds idle = milliseconds{200});
  ~Sequencer();  ///< stops
  void start();
  void stop();
  /// Sequences all that waits now, on this thread; how many.
  Result<int> run_once();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::ledger
