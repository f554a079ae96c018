#pragma once
// For coroutines on the server's threads: what blocks is done on a few threads of its own.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "net/flow.hpp"

namespace minben::gateway {

/// Thread-safe. Must be stopped before the server whose coroutines wait for it is destroyed.
class Offload {
 public:
  explicit Offload(int threads);
  ~Offload() { stop(); }
  void stop();  ///< what was given to it is done before
  /// Resumes when `work` has returned.
  net::Task<void> run(std::function<void()> work);

 private:
  struct Job {
    std::function<void()> work;
    net::Resume resume;
  };
  void work();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;  ///< no more than there are requests under way
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace minben::gateway
