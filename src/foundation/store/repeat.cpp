#include "store/repeat.hpp"

#include <spdlog/spdlog.h>

namespace minben::store {

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
  if (const auto planned = database.transact(plan); !planned)
    spdlog::error("{} is not planned: {}", kind, describe(planned.error()));
}

}  // namespace minben::store
