#pragma once
// What the program logs while one of these lives. Link PkgConfig::SPDLOG.
#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace minben::test {

/// Begin before the first thread of the test logs: the list of sinks has no lock.
class CapturedLog {
 public:
  CapturedLog() { spdlog::default_logger()->sinks().push_back(sink_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { std::erase(spdlog::default_logger()->sinks(), sink_); }

  [[nodiscard]] std::string text() const { return written_.str(); }
  [[nodiscard]] bool says(std::string_view what) const { return text().contains(what); }

 private:
  std::ostringstream written_;
  spdlog::sink_ptr sink_ = std::make_shared<spdlog::sinks::ostream_sink_mt>(written_, true);
};

}  // namespace minben::test
