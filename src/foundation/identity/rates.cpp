#include "rates.hpp"

namespace minben::identity {

namespace {
// A window that is over begins anew; within it the count goes on.
constexpr store::Query count_asked{
    "identity_count_asked",
    "insert into identity.rate (bucket, since, asked) values ($1, $2, 1) "
    "on conflict (bucket) do update set "
    "asked = case when rate.since <= $3 then 1 else rate.asked + 1 end, "
    "since = case when rate.since <= $3 then excluded.since else rate.since end "
    "returning asked"};
constexpr store::Query find_count{
    "identity_find_count", "select asked from identity.rate where bucket = $1 and since > $2"};
constexpr store::Query forget{"identity_forget_count",
                              "delete from identity.rate where bucket = $1"};
}  // namespace

Result<int> count_one(store::Transaction& transaction, const Vault& vault, Instant now,
                      const RateKey& key) {
  MINBEN_TRY(
      rows, transaction.run(count_asked, vault.lookup(key.kind, key.value), now, now - key.window));
  return static_cast<int>(rows.front().integer("asked"));
}

Result<bool> within_rate(store::Transaction& transaction, const Vault& vault, Instant now,
                         std::string_view kind, std::string_view value, int limit) {
  MINBEN_TRY(asked, count_one(transaction, vault, now, {kind, value}));
  return asked <= limit;
}

Result<int> counted(store::Transaction& transaction, const Vault& vault, Instant now,
                    const RateKey& key) {
  MINBEN_TRY(rows,
             transaction.run(find_count, vault.lookup(key.kind, key.value), now - key.window));
  return rows.empty() ? 0 : static_cast<int>(rows.front().integer("asked"));
}

Result<void> forget_count(store::Transaction& transaction, const Vault& vault, const RateKey& key) {
  MINBEN_CHECK(transaction.run(forget, vault.lookup(key.kind, key.value)));
  return {};
}

}  // namespace minben::identity
