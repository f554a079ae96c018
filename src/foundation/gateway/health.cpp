#include "health.hpp"

namespace minben::gateway {

namespace {
constexpr seconds longest_pause{30};
}

std::vector<std::string> Health::order(const Member& member) {
  std::vector<std::string> urls;
  for (const GatewayEntry& gateway : member.gateways) urls.push_back(gateway.url);
  if (urls.size() < 2) return urls;
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  std::ranges::stable_sort(urls, {}, [&](const std::string& url) {
    const auto found = states_.find(url);
    if (found == states_.end()) return std::pair(false, 0);
    return std::pair(found->second.not_before > now, found->second.under_way);
  });
  return urls;
}

void Health::begin(const std::string& url) {
  const std::lock_guard lock(mutex_);
  ++states_[url].under_way;
}

void Health::end(const std::string& url, bool reached) {
  const std::lock_guard lock(mutex_);
  State& state = states_[url];
  --state.under_way;
  state.failures = reached ? 0 : std::min(state.failures + 1, 10);
  const seconds pause = std::min(longest_pause, seconds(1 << std::min(state.failures, 5)));
  state.not_before = reached ? Instant{} : clock_.now() + pause;
}

std::map<std::string, Health::State> Health::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

}  // namespace minben::gateway
