#pragma once
// Messages that are ready at the same moment are sealed together.
#include <deque>
#include <mutex>

#include "exchange/seal.hpp"
#include "gateway.hpp"
#include "net/flow.hpp"

namespace minben::gateway {

/// The first message of a batch lets everything else that is ready join it, then signs for all: the
/// busier the gateway, the less a signature costs. Nobody waits for a timer. Thread-safe.
class Signing {
 public:
  Signing(Sealer sealer, const Clock& clock) : sealer_(std::move(sealer)), clock_(clock) {}
  /// As write_seal() writes it.
  net::Task<std::string> seal(ledger::Hash leaf);
  /// From now on; seals that are being made keep the old key.
  void renew(Sealer sealer);

 private:
  struct Waiting {
    ledger::Hash leaf;
    std::string seal;
    net::Resume resume;
  };
  void seal_all(std::span<Waiting* const> batch);

  std::mutex mutex_;
  Sealer sealer_;
  const Clock& clock_;
  std::vector<Waiting*> waiting_;
  bool has_leader_ = false;
};

}  // namespace minben::gateway
