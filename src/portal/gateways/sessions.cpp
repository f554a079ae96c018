#include "sessions.hpp"

namespace minben::gateways {

namespace {

std::string digest(std::string_view token) { return hex_encode(sha256(token)); }

}  // namespace

std::string Sessions::begin() {
  std::string token = random_.token();
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  forget(now);
  if (sessions_.size() >= most)
    sessions_.erase(std::ranges::min_element(sessions_, {},
                                             [](const auto& entry) { return entry.second.began; }));
  sessions_.emplace(digest(token), Session{random_.token(), now, now});
  return token;
}

std::optional<std::string> Sessions::form_token(std::string_view token) {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  forget(now);
  const auto found = sessions_.find(digest(token));
  if (found == sessions_.end()) return std::nullopt;
  found->second.used = now;
  return found->second.form;
}

void Sessions::end(std::string_view token) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(digest(token));
}

void Sessions::forget(Instant now) {
  std::erase_if(sessions_, [&](const auto& entry) {
    return now >= entry.second.used + idle || now >= entry.second.began + longest;
  });
}

}  // namespace minben::gateways
