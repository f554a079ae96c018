#include "traffic.hpp"

#include <cmath>

#include "monitoring.hpp"

namespace minben::gateway {

namespace {

constexpr double smallest_ms = 0.125;
constexpr double steps_of_doubling = 8;

std::int64_t hour_of(Instant at) {
  return std::chrono::duration_cast<hours>(at.time_since_epoch()).count();
}

}  // namespace

void Latencies::add(double milliseconds) {
  const double step = milliseconds <= smallest_ms
                          ? 0
                          : std::ceil(steps_of_doubling * std::log2(milliseconds / smallest_ms));
  const auto last = static_cast<double>(counts_.size() - 1);
  ++counts_[static_cast<std::size_t>(std::min(step, last))];
}

void Latencies::add(const Latencies& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

double Latencies::quantile(double share) const {
  std::uint64_t all = 0;
  for (const std::uint32_t count : counts_) all += count;
  if (all == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all)));
  std::uint64_t below = 0;
  std::size_t step = 0;
  while (step + 1 < counts_.size() && (below += counts_[step]) < wanted) ++step;
  return smallest_ms * std::exp2(static_cast<double>(step) / steps_of_doubling);
}

void Traffic::add(const ExchangeRecord& record, bool succeeded, Instant now) {
  if (record.error == "unknown_service") return;  // whatever name somebody asked for
  const std::lock_guard lock(mutex_);
  const Key key{record.role, record.service};
  auto found = services_.find(key);
  if (found == services_.end()) {
    if (services_.size() >= max_services) return;
    found = services_.try_emplace(key).first;
  }
  const std::int64_t hour = hour_of(now);
  Slot& slot = found->second[static_cast<std::size_t>(hour) % hours_of_traffic];
  if (slot.hour != hour) {
    slot = Slot{};
    slot.hour = hour;
  }
  ++slot.count.ended;
  slot.count.failed += succeeded ? 0 : 1;
  slot.latencies.add(milliseconds_between(record.received_at, now));
}

std::vector<ServiceTraffic> Traffic::report(Instant now) const {
  const std::int64_t newest = hour_of(now);
  const std::lock_guard lock(mutex_);
  std::vector<ServiceTraffic> out;
  for (const auto& [key, slots] : services_) {
    ServiceTraffic traffic{.service = key.second, .asked = key.first == Role::asked};
    Latencies latencies;
    for (const Slot& slot : slots) {
      const std::int64_t age = newest - slot.hour;
      if (age < 0 || age >= static_cast<std::int64_t>(hours_of_traffic)) continue;
      traffic.hours[hours_of_traffic - 1 - static_cast<std::size_t>(age)] = slot.count;
      traffic.sum.ended += slot.count.ended;
      traffic.sum.failed += slot.count.failed;
      latencies.add(slot.latencies);
    }
    if (traffic.sum.ended == 0) continue;
    traffic.p50_ms = latencies.quantile(0.5);
    traffic.p99_ms = latencies.quantile(0.99);
    out.push_back(std::move(traffic));
  }
  return out;
}

}  // namespace minben::gateway
