#include "rate_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace minben::net {

namespace {

constexpr std::size_t max_addresses = 65536;

// One household or host has a whole /64, so it counts as one.
std::string bucket_key(std::string_view address) {
  in6_addr six{};
  const std::string text(address);
  if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
  return {reinterpret_cast<const char*>(six.s6_addr), 8};
}

}  // namespace

bool RateLimit::allow(std::string_view address, Time now) {
  if (per_second_ == 0) return true;
  const double full = 2.0 * per_second_;
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= max_addresses) forget_full(now);
  auto& bucket = buckets_.try_emplace(bucket_key(address), Bucket{full, now}).first->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.tokens = std::min(full, bucket.tokens + passed.count() * per_second_);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void RateLimit::forget_full(Time now) {
  const auto refilled = now - std::chrono::seconds(2);
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.at <= refilled; });
  if (buckets_.size() >= max_addresses) buckets_.clear();  // under attack: better open than dead
}

}  // namespace minben::net
