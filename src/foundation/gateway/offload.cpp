#include "offload.hpp"

namespace minben::gateway {

Offload::Offload(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void Offload::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

net::Task<void> Offload::run(std::function<void()> work) {
  co_await net::suspend([this, &work](net::Resume resume) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(work), std::move(resume)});
    wake_.notify_one();
  });
}

void Offload::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.work();
    job.resume();
    lock.lock();
  }
}

}  // namespace minben::gateway
