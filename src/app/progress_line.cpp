#include "progress_line.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace minben::app {

ProgressLine::ProgressLine(InLogs in_logs)
    : terminal_(::isatty(STDERR_FILENO) == 1), in_logs_(in_logs) {}

ProgressLine::~ProgressLine() {
  if (terminal_ && shown_) fmt::print(stderr, "\r\x1b[K");
}

bool ProgressLine::is_time() {
  if (!terminal_ && in_logs_ == InLogs::silent) return false;
  const Instant now = clock_.now();
  if (shown_ && now - *shown_ < (terminal_ ? milliseconds{200} : milliseconds{10'000}))
    return false;
  shown_ = now;
  return true;
}

void ProgressLine::write(const std::string& words) const {
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\x1b[K" : "", words, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace minben::app
