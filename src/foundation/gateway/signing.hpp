#pragma once
// Messages that are ready at the same moment are sealed together.
#include <deque>
#include <mutex>

#include "exchange/seal.hpp"
#include "gateway.hpp"
#include "net/flow.hpp"

namespace minben::gateway {

/// The busier the gateway, the less a signature costs. Thread-safe.
class Signing {
 public:
  Signing(Sealer sealer, const Clock& clock) : sealer_(std::move(sealer)), clock_(clock) {}
  /// As write_seal() writes it. The first message of a batch lets everything else that is ready
  /// join it, and where many are under way it waits a moment for more, then signs for all.
  /// Errors: those of Sealer::seal, so unavailable "token_failed" and the like.
  net::Task<Result<std::string>> seal(ledger::Hash leaf, int under_way = 0);
  /// At once, for who has gathered a batch already; at most max_batch.
  Result<std::vector<std::string>> seal_now(std::span<const ledger::Hash> leaves);
  /// That the key is there; for health, and before a request is begun that could not be answered.
  [[nodiscard]] Result<void> check();
  /// From now on; seals that are being made keep the old key.
  void renew(Sealer sealer);

 private:
  struct Waiting {
    ledger::Hash leaf;
    Result<std::string> seal;
    net::Resume resume;
  };
  void seal_all(std::span<Waiting* const> batch);
  Sealer sealer();

  std::mutex mutex_;
  Sealer sealer_;
  const Clock& clock_;
  std::vector<Waiting*> waiting_;
  bool has_leader_ = false;
};

}  // namespace minben::gateway
