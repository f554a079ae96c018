#include "workers.hpp"

namespace minben::net {

WorkerPool::WorkerPool(int threads, int max_waiting) : places_(threads + max_waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

bool WorkerPool::reserve() {
  const std::lock_guard lock(mutex_);
  if (places_ == 0 || stopping_) return false;
  --places_;
  return true;
}

void WorkerPool::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // its captures end before the place is free again
    lock.lock();
    ++places_;
  }
}

}  // namespace minben::net
