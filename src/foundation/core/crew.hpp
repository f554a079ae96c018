#pragma once
// Threads of a room that go on until they are told to stop.
#include <functional>
#include <memory>

#include "core/time.hpp"

namespace minben {

/// Thread-safe but for start() and stop(), which belong to the owner.
class Crew {
 public:
  Crew();
  ~Crew();  ///< stops
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// One turn of work; true when there may be more of it now.
  using Turn = std::function<bool()>;
  /// `count` more threads, each with a copy of `turn`: the next turn comes at once after true, else
  /// after `pause` or a wake().
  void start(int count, milliseconds pause, const Turn& turn);
  /// Ends all waits, lets each turn come to its end, and returns when all threads have ended. Not
  /// from within a turn. May be started again.
  void stop();
  [[nodiscard]] bool stopping() const;
  [[nodiscard]] bool working() const;  ///< started, and not stopped since; for the owner

  /// Whoever waits for a turn takes one now; who is in one takes another after it.
  void wake();
  /// For turns: true when the whole time has passed, false once everything is to stop.
  bool wait(milliseconds time);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben
