#include "replay.hpp"

#include <fmt/format.h>

namespace minben::gateway {

namespace {
constexpr seconds clock_skew{5};
}

Result<void> ReplayWindow::accept(std::string_view peer, std::string_view id, Instant signed_at,
                                  Instant now) {
  if (signed_at + request_lifetime_s < now)
    return fail(Kind::unauthorised, "request_too_old", "older than 60 s");
  if (signed_at > now + clock_skew)
    return fail(Kind::unauthorised, "request_from_the_future", "clocks differ");
  if (signed_at < started_) return fail(Kind::unavailable, "request_before_start", "sign it anew");
  std::string key = fmt::format("{}/{}", peer, id);
  const std::lock_guard lock(mutex_);
  forget(now);
  if (seen_.contains(key)) return fail(Kind::conflict, "request_replayed", "seen before");
  if (seen_.size() >= max_requests_)
    return fail(Kind::too_many, "too_many_requests", "try again in a minute");
  order_.emplace_back(now, key);
  seen_.insert(std::move(key));
  return {};
}

void ReplayWindow::forget(Instant now) {
  // A request signed at the latest acceptable moment can be repeated for its life and both skews.
  const Instant oldest = now - request_lifetime_s - 2 * clock_skew;
  while (!order_.empty() && order_.front().first < oldest) {
    seen_.erase(order_.front().second);
    order_.pop_front();
  }
}

}  // namespace minben::gateway
