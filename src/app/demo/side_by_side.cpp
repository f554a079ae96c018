#include "side_by_side.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace minben::app::demo {

namespace {
// Most of the time is waiting for the database; each may hold two of its connections.
constexpr std::size_t most_threads = 4;
}  // namespace

Result<void> side_by_side(std::size_t count, Random& luck,
                          const std::function<Result<void>(std::size_t item, Random& luck)>& work) {
  std::vector<std::uint64_t> seeds(count);
  for (auto& seed : seeds) seed = luck.next();

  std::atomic<std::size_t> next{0};
  std::mutex guard;
  std::optional<Error> first;
  const auto take_turns = [&] {
    for (std::size_t item = next++; item < count; item = next++) {
      SeededRandom own(seeds[item]);
      const auto done = work(item, own);
      if (done) continue;
      next = count;
      const std::lock_guard lock(guard);
      if (!first) first = done.error();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(count, most_threads); ++i)
      threads.emplace_back(take_turns);
    take_turns();
  }
  if (first) return std::unexpected(*first);
  return {};
}

}  // namespace minben::app::demo
