#pragma once
// Private: what the files of the room share.
#include <map>
#include <mutex>

#include "registry.hpp"
#include "signing_keys.hpp"
#include "trust/trust.hpp"

namespace minben::registry {

using exchange::Configuration;
using minben::to_string;
using store::Query;
using store::Transaction;

/// How often one address may send a request to join.
class Visitors {
 public:
  static constexpr int most = 10;
  static constexpr hours period{1};
  static constexpr std::size_t most_remembered = 10'000;

  /// False when it came too often within the last hour.
  bool admit(const std::string& address, Instant now);

 private:
  struct Visits {
    Instant since;
    int count = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Visits> known_;
};

struct Registry::Impl {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const Config config;
  const std::unique_ptr<SigningKeyFolder> keys;
  const trust::Authority authority;
  Visitors visitors{};

  mutable std::mutex mutex{};
  mutable std::shared_ptr<const Published> current{};
  mutable Instant looked_at{};
  mutable bool looking = false;  ///< somebody asks the database right now

  // publishing.cpp
  /// The base, after which no other change runs until this transaction ends.
  Result<Configuration> lock_base(Transaction& tx) const;
  [[nodiscard]] Result<Configuration> read_base(std::string_view text) const;
  /// Signed with any of the registry's keys, earlier ones too: of what this registry keeps itself.
  [[nodiscard]] Result<Configuration> verify_own(std::string_view text, Instant now) const;
  /// Everything that is to be published, without version, times and revocation list.
  Result<Configuration> assemble(Transaction& tx, Configuration base) const;
  /// Of authorities.json; errors name the file and the place.
  Result<void> add_authorities(Configuration& out) const;
  /// Whether there was something to publish. `base` as lock_base gave it.
  Result<bool> publish(Transaction& tx, const Configuration& base) const;
  Result<std::vector<trust::Revoked>> revoked(Transaction& tx) const;
  /// Revokes certificates whose successors have been there for overlap_days.
  Result<void> withdraw(Transaction& tx) const;
  /// Makes what is published now `current`.
  Result<void> look() const;

  /// Locks, runs `change(tx, base)`, publishes.
  template <class Work>
  auto change(Work&& work) {
    using R = decltype(work(std::declval<Transaction&>(), std::declval<const Configuration&>()));
    auto done = database.transact([&](Transaction& tx) -> R {
      MINBEN_TRY(base, lock_base(tx));
      R result = work(tx, base);
      if (!result) return result;
      MINBEN_CHECK(publish(tx, base));
      return result;
    });
    (void)look();  // at the latest the next caller does
    return done;
  }

  // requests.cpp
  Result<void> issue(Transaction& tx, const ReadJoinRequest& read,
                     std::optional<OfficerId> officer) const;
  Result<void> take_outside(Transaction& tx, const Configuration& base, const ReadJoinRequest& read,
                            OfficerId officer) const;
  Result<void> admit(Transaction& tx, const Configuration& base, const ReadJoinRequest& read,
                     OfficerId officer) const;
  Result<bool> renew(Transaction& tx, const Configuration& base, const ReadJoinRequest& read) const;
  Result<JoinCase> decide(std::string_view id, OfficerId officer, RequestState state,
                          std::string_view reason);
};

/// That what a rule names is there: "unknown_subsystem", "unknown_group",
/// "unknown_service".
Result<void> check_parts(const Configuration& configuration, const exchange::AccessRule& rule);

/// Groups, without subsystems that are not there any more: a base may have changed below them.
Result<void> add_groups(Transaction& tx, Configuration& out);

/// Part of the caller's transaction.
Result<void> record(Transaction& tx, std::optional<OfficerId> by, std::string_view action,
                    std::string_view subject, std::string_view detail = {});

Act act_of(const store::Row& row, std::string_view at, std::string_view by);
std::optional<Act> optional_act_of(const store::Row& row, std::string_view at, std::string_view by);
/// A row of registry.certificate.
IssuedCertificate read_issued(const store::Row& row);

/// Ends the process when a value that this room stored itself cannot be read back.
template <class T>
T stored(Result<T> value) {
  MINBEN_ASSERT(value.has_value());
  return std::move(*value);
}

}  // namespace minben::registry
