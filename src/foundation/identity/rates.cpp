#include "rates.hpp"

namespace minben::identity {

namespace {
constexpr hours window{1};

// A window that is over begins anew; within it the count goes on.
constexpr store::Query count_asked{
    "identity_count_asked",
    "insert into identity.rate (bucket, since, asked) values ($1, $2, 1) "
    "on conflict (bucket) do update set "
    "asked = case when rate.since <= $3 then 1 else rate.asked + 1 end, "
    "since = case when rate.since <= $3 then excluded.since else rate.since end "
    "returning asked"};
}  // namespace

Result<bool> within_rate(store::Transaction& transaction, const Vault& vault, Instant now,
                         std::string_view kind, std::string_view value, int limit) {
  MINBEN_TRY(rows, transaction.run(count_asked, vault.lookup(kind, value), now, now - window));
  return rows.front().integer("asked") <= limit;
}

}  // namespace minben::identity
