#include "store/repeat.hpp"

#include <spdlog/spdlog.h>

namespace minben::store {

namespace {
constexpr Query plan_first{
    "store_plan_first",
    "insert into store.job (kind, key, payload, run_at) values ($1, '', 'null', $2) on conflict "
    "(kind, key) where not dead do update set run_at = least(store.job.run_at, excluded.run_at)"};
}  // namespace

void repeat(Workers& workers, Database& database, std::string_view kind, milliseconds every,
            std::function<Result<void>(Transaction&)> work) {
  const auto plan = [kind = std::string(kind), every](Transaction& tx) {
    return enqueue(tx, {kind, "", nullptr, tx.now() + every});
  };
  workers.on(std::string(kind),
             [work = std::move(work), plan](Transaction& tx, const Job&) -> Result<void> {
               MINBEN_CHECK(work(tx));
               return plan(tx);
             });
  const auto first = [&](Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(plan_first, kind, tx.now() + every));
    return {};
  };
  if (const auto planned = database.transact(first); !planned)
    spdlog::error("{} is not planned: {}", kind, describe(planned.error()));
}

}  // namespace minben::store
