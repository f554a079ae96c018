#include "sweep.hpp"

#include <spdlog/spdlog.h>

#include "store/repeat.hpp"

namespace minben::documents {

void sweep_daily(store::Database& database, Documents& documents, store::Workers& workers,
                 days keep) {
  store::repeat(workers, database, "documents.sweep", days{1},
                [&documents, keep](store::Transaction& transaction) -> Result<void> {
                  MINBEN_TRY(removed,
                             documents.remove_unattached(transaction, transaction.now() - keep));
                  if (removed > 0) spdlog::info("documents.sweep removed={}", removed);
                  return {};
                });
}

}  // namespace minben::documents
