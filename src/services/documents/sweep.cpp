#include "sweep.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace minben::documents {

namespace {

Result<void> plan_next(store::Transaction& transaction) {
  return store::enqueue(transaction, {"documents.sweep", "", nullptr, transaction.now() + days{1}});
}

}  // namespace

void sweep_daily(store::Database& database, Documents& documents, store::Workers& workers,
                 days keep) {
  workers.on(
      "documents.sweep",
      [&documents, keep](store::Transaction& transaction, const store::Job&) -> Result<void> {
        MINBEN_TRY(removed, documents.remove_unattached(transaction, transaction.now() - keep));
        if (removed > 0) spdlog::info("documents.sweep removed={}", removed);
        return plan_next(transaction);
      });
  const auto planned = database.transact(plan_next);
  if (!planned) spdlog::error("documents.sweep is not planned: {}", describe(planned.error()));
}

}  // namespace minben::documents
