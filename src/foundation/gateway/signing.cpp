#include "signing.hpp"

namespace minben::gateway {

void Signing::renew(Sealer sealer) {
  const std::lock_guard lock(mutex_);
  sealer_ = std::move(sealer);
}

void Signing::seal_all(std::span<Waiting* const> batch) {
  std::vector<ledger::Hash> leaves;
  leaves.reserve(batch.size());
  for (const Waiting* each : batch) leaves.push_back(each->leaf);
  const Sealer sealer = [this] {
    const std::lock_guard lock(mutex_);
    return sealer_;
  }();
  const auto seals = sealer.seal(leaves, clock_.now());
  for (std::size_t i = 0; i < batch.size(); ++i) write_seal(seals[i], batch[i]->seal);
}

net::Task<std::string> Signing::seal(ledger::Hash leaf) {
  Waiting own{leaf, {}, {}};
  bool leads = false;
  {
    const std::lock_guard lock(mutex_);
    leads = !std::exchange(has_leader_, true);
    if (leads) waiting_.push_back(&own);
  }
  if (leads) {
    co_await net::yield();
    std::vector<Waiting*> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiting_);
      has_leader_ = false;
    }
    for (std::span<Waiting* const> rest(all); !rest.empty();
         rest = rest.subspan(std::min<std::size_t>(rest.size(), max_batch)))
      seal_all(rest.first(std::min<std::size_t>(rest.size(), max_batch)));
    for (Waiting* each : all)
      if (each != &own) each->resume();
    co_return std::move(own.seal);
  }
  co_await net::suspend([&](net::Resume resume) {
    {
      const std::lock_guard lock(mutex_);
      own.resume = std::move(resume);
      if (has_leader_) {
        waiting_.push_back(&own);
        return;
      }
    }
    // The leader, on another thread, has gone without it.
    Waiting* const alone = &own;
    seal_all({&alone, 1});
    own.resume();
  });
  co_return std::move(own.seal);
}

}  // namespace minben::gateway
