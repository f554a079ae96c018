#pragma once
// How far a command is, on standard error, where nobody's pipe reads it.
#include <optional>
#include <string>

#include "core/core.hpp"

namespace minben::app {

/// On a terminal one line that is written over, five times a second at most, and wiped away at the
/// end; elsewhere nothing, or a line in ten seconds. One thread at a time.
class ProgressLine {
 public:
  enum class InLogs { silent, now_and_then };
  explicit ProgressLine(InLogs in_logs = InLogs::silent);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `words` are asked for only when it is time to show them.
  template <class Words>
  void show(Words&& words) {
    if (is_time()) write(words());
  }

 private:
  bool is_time();
  void write(const std::string& words) const;

  SystemClock clock_;
  const bool terminal_;
  const InLogs in_logs_;
  std::optional<Instant> shown_;
};

}  // namespace minben::app
