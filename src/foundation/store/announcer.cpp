#include "internal.hpp"

namespace minben::store {

namespace {
constexpr milliseconds gather_time{5};  ///< commits within it share one NOTIFY
}

Announcer::~Announcer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Announcer::announce(const std::set<std::string_view>& channels) {
  for (const std::string_view channel : channels) hub_.raise(channel);
  {
    const std::lock_guard lock(mutex_);
    pending_.insert(channels.begin(), channels.end());
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  changed_.notify_one();
}

void Announcer::send(const std::set<std::string_view>& channels) {
  if (!session_ || session_->broken || !session_->alive()) {
    auto fresh = connect(config_.url, milliseconds{0}, config_.statement_timeout_ms);
    session_ = fresh ? std::move(*fresh) : nullptr;
  }
  if (!session_) return;
  std::string script;
  for (const std::string_view channel : channels) script += "notify " + std::string(channel) + ";";
  if (!execute_simple(*session_, script, "store_notify")) session_->broken = true;
}

void Announcer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
    if (pending_.empty()) return;
    const auto channels = std::exchange(pending_, {});
    lock.unlock();
    send(channels);
    lock.lock();
    changed_.wait_for(lock, gather_time, [&] { return stopping_; });
  }
}

}  // namespace minben::store
