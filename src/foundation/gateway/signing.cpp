#include "signing.hpp"

namespace minben::gateway {

namespace {
constexpr int crowd = 6;  ///< messages under way from which on waiting for others pays
constexpr microseconds crowd_pause{200};
}  // namespace

void Signing::renew(Sealer sealer) {
  const std::lock_guard lock(mutex_);
  sealer_ = std::move(sealer);
}

Sealer Signing::sealer() {
  const std::lock_guard lock(mutex_);
  return sealer_;
}

Result<void> Signing::check() { return sealer().check(); }

Result<std::vector<std::string>> Signing::seal_now(std::span<const ledger::Hash> leaves) {
  std::vector<std::string> texts(leaves.size());
  MINBEN_TRY(seals, sealer().seal(leaves, clock_.now()));
  for (std::size_t i = 0; i < seals.size(); ++i) write_seal(seals[i], texts[i]);
  return texts;
}

void Signing::seal_all(std::span<Waiting* const> batch) {
  std::vector<ledger::Hash> leaves;
  leaves.reserve(batch.size());
  for (const Waiting* each : batch) leaves.push_back(each->leaf);
  auto seals = seal_now(leaves);
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i]->seal =
        seals ? Result<std::string>(std::move((*seals)[i])) : std::unexpected(seals.error());
}

net::Task<Result<std::string>> Signing::seal(ledger::Hash leaf, int under_way) {
  Waiting own{leaf, {}, {}};
  bool leads = false;
  {
    const std::lock_guard lock(mutex_);
    leads = !std::exchange(has_leader_, true);
    if (leads) waiting_.push_back(&own);
  }
  if (leads) {
    if (under_way < crowd) {
      co_await net::yield();
    } else {
      co_await net::sleep_for(crowd_pause);
    }
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
