#include "service_health.hpp"

#include <cmath>

#include "monitoring.hpp"

namespace minben::gateway {

namespace {

std::int64_t minute_of(Instant at) {
  return std::chrono::duration_cast<minutes>(at.time_since_epoch()).count();
}

void put(JsonObject& into, std::string_view name, std::string_view deviation_name,
         const Statistics& of) {
  if (of.count() == 0) return;
  const auto member = [&](std::string_view which) {
    std::string out(name);
    return out.insert(out.find_first_of("DS"), which);  // "requestMinDuration"
  };
  into[member("Min")] = of.min();
  into[member("Average")] = of.mean();
  into[member("Max")] = of.max();
  into[deviation_name] = of.deviation();
}

}  // namespace

void Statistics::add(double value) {
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  ++count_;
  const double away = value - mean_;
  mean_ += away / static_cast<double>(count_);
  squares_ += away * (value - mean_);
}

void Statistics::add(const Statistics& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const double all = static_cast<double>(count_ + other.count_);
  const double away = other.mean_ - mean_;
  squares_ += other.squares_ +
              away * away * static_cast<double>(count_) * static_cast<double>(other.count_) / all;
  mean_ += away * static_cast<double>(other.count_) / all;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
}

double Statistics::deviation() const {
  return count_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(count_));
}

void ServiceHealth::add(const ExchangeRecord& record, bool succeeded, Instant now) {
  if (record.error == "unknown_service") return;  // whatever name somebody asked for
  const std::lock_guard lock(mutex_);
  auto found = services_.find(record.service);
  if (found == services_.end()) {
    if (services_.size() >= max_services) return;
    found = services_.try_emplace(record.service).first;
  }
  Kept& kept = found->second;
  (succeeded ? kept.last_success : kept.last_failure) = now;
  const std::int64_t minute = minute_of(now);
  Slot& slot = kept.slots[static_cast<std::size_t>(minute) % kept.slots.size()];
  if (slot.minute != minute) {
    slot = Slot{};
    slot.minute = minute;
  }
  ++(succeeded ? slot.succeeded : slot.failed);
  slot.duration_ms.add(milliseconds_between(record.received_at, now));
  slot.request_bytes.add(static_cast<double>(record.request_size));
  slot.response_bytes.add(static_cast<double>(record.response_size));
}

ServiceHealth::Slot ServiceHealth::sum_of(const Kept& kept, Instant now) {
  Slot sum;
  const std::int64_t newest = minute_of(now);
  for (const Slot& slot : kept.slots) {
    const auto age = newest - slot.minute;
    if (age < 0 || age >= static_cast<std::int64_t>(kept.slots.size())) continue;
    sum.succeeded += slot.succeeded;
    sum.failed += slot.failed;
    sum.duration_ms.add(slot.duration_ms);
    sum.request_bytes.add(slot.request_bytes);
    sum.response_bytes.add(slot.response_bytes);
  }
  return sum;
}

JsonObject ServiceHealth::report_of(const ServiceId& service, const Kept& kept, Instant now) {
  JsonObject out{{"service",
                  {{"xRoadInstance", service.provider.instance},
                   {"memberClass", service.provider.member_class},
                   {"memberCode", service.provider.member},
                   {"subsystemCode", service.provider.subsystem},
                   {"serviceCode", service.service}}},
                 {"serviceType", "REST"}};
  if (kept.last_success != Instant{})
    out["lastSuccessfulRequestTimestamp"] = milliseconds_of(kept.last_success);
  if (kept.last_failure != Instant{})
    out["lastUnsuccessfulRequestTimestamp"] = milliseconds_of(kept.last_failure);
  const Slot sum = sum_of(kept, now);
  JsonObject statistics{{"successfulRequestCount", sum.succeeded},
                        {"unsuccessfulRequestCount", sum.failed}};
  put(statistics, "requestDuration", "requestDurationStdDev", sum.duration_ms);
  put(statistics, "requestSize", "requestSizeStdDev", sum.request_bytes);
  put(statistics, "responseSize", "responseSizeStdDev", sum.response_bytes);
  out["lastPeriodStatistics"] = std::move(statistics);
  return out;
}

JsonObject ServiceHealth::report(Instant now) const {
  const std::lock_guard lock(mutex_);
  JsonArray services;
  for (const auto& [service, kept] : services_) services.push_back(report_of(service, kept, now));
  return JsonObject{{"monitoringStartupTimestamp", milliseconds_of(started_at_)},
                    {"statisticsPeriodSeconds", period.count()},
                    {"servicesEvents", std::move(services)}};
}

}  // namespace minben::gateway
