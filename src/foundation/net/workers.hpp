#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace minben::net {

/// A fixed number of threads and a bounded queue. Thread-safe.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  WorkerPool(int threads, int max_waiting);
  ~WorkerPool() { stop(); }
  /// Runs what is queued, then joins the threads. Tasks submitted later are destroyed, not run.
  void stop();
  /// Takes a place in the queue, which submit() then uses; false when all are taken, or stopping.
  bool reserve();
  void submit(Task task);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  int places_;  ///< free: waiting and running tasks take one each
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace minben::net
