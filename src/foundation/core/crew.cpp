#include "core/crew.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace minben {

struct Crew::Impl {
  std::mutex mutex;
  std::condition_variable woken;
  std::uint64_t wakes = 0;  ///< under the mutex
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads;

  void run(milliseconds pause, const Turn& turn) {
    std::uint64_t seen = 0;
    while (!stopping) {
      if (turn()) continue;
      std::unique_lock lock(mutex);
      woken.wait_for(lock, pause, [&] { return stopping || wakes != seen; });
      seen = wakes;
    }
  }
};

Crew::Crew() : impl_(new Impl) {}
Crew::~Crew() { stop(); }

void Crew::start(int count, milliseconds pause, const Turn& turn) {
  if (impl_->threads.empty()) impl_->stopping = false;
  for (int i = 0; i < count; ++i)
    impl_->threads.emplace_back([impl = impl_.get(), pause, turn] { impl->run(pause, turn); });
}

void Crew::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->woken.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

bool Crew::stopping() const { return impl_->stopping; }
bool Crew::working() const { return !impl_->threads.empty(); }

void Crew::wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->wakes;
  }
  impl_->woken.notify_all();
}

bool Crew::wait(milliseconds time) {
  std::unique_lock lock(impl_->mutex);
  return !impl_->woken.wait_for(lock, time, [this] { return impl_->stopping.load(); });
}

}  // namespace minben
