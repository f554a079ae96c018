#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <spdlog/spdlog.h>

#include "search.hpp"

namespace minben::catalogue {

struct Follower::Impl {
  store::Database& database;
  const Catalogue& catalogue;
  Index& index;
  std::mutex mutex = {};
  std::condition_variable woken = {};
  bool changed = true;
  std::atomic<bool> stopping = false;
  std::unique_ptr<store::Listener> listener = nullptr;
  std::thread thread = {};

  void run() {
    while (!stopping) {
      if (const auto taken = index.follow(database, catalogue, [this] { return stopping.load(); });
          !taken)
        spdlog::warn("catalogue index: {}", describe(taken.error()));
      std::unique_lock lock(mutex);
      woken.wait_for(lock, seconds{2}, [this] { return changed || stopping; });
      changed = false;
    }
  }
  void wake() {
    const std::lock_guard lock(mutex);
    changed = true;
    woken.notify_one();
  }
};

Follower::Follower(store::Database& database, const Catalogue& catalogue, Index& index)
    : impl_(new Impl{database, catalogue, index}) {
  impl_->listener = std::make_unique<store::Listener>(
      database, std::vector<std::string>{std::string(topic)},
      [impl = impl_.get()](const store::Event&) { impl->wake(); });
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Follower::~Follower() {
  impl_->listener.reset();
  impl_->stopping = true;
  impl_->wake();
  impl_->thread.join();
}

}  // namespace minben::catalogue
