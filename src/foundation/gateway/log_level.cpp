#include "log_level.hpp"

#include <spdlog/spdlog.h>

#include "exchange/message.hpp"

namespace minben::gateway {

namespace {

constexpr milliseconds glance{250};  ///< how often the clock is looked at while a level is raised

Result<int> read_level(std::string_view name) {
  for (const auto level : {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                           spdlog::level::warn, spdlog::level::err}) {
    const auto known = spdlog::level::to_string_view(level);
    if (name == std::string_view(known.data(), known.size())) return static_cast<int>(level);
  }
  return fail(Kind::invalid, "unknown_level", "trace, debug, info, warning or error", "level");
}

}  // namespace

LogLevel::LogLevel(const Clock& clock, const Administrator& administrator)
    : clock_(clock),
      administrator_(administrator),
      usual_(static_cast<int>(spdlog::get_level())),
      thread_([this] { run(); }) {}

LogLevel::~LogLevel() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LogLevel::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!until_) {
      wake_.wait(lock);
      continue;
    }
    wake_.wait_for(lock, glance);
    if (!until_ || (!stopping_ && clock_.now() < *until_)) continue;
    until_.reset();
    spdlog::set_level(static_cast<spdlog::level::level_enum>(usual_));
    spdlog::info("log level is the usual one again");
  }
  if (until_) spdlog::set_level(static_cast<spdlog::level::level_enum>(usual_));
}

Result<Instant> LogLevel::raise(std::string_view level, seconds for_s) {
  MINBEN_TRY(number, read_level(level));
  if (for_s < seconds(1) || for_s > longest)
    return fail(Kind::invalid, "out_of_range", "1 to 3600 seconds", "for_s");
  const Instant until = clock_.now() + for_s;
  {
    const std::lock_guard lock(mutex_);
    until_ = until;
    spdlog::set_level(static_cast<spdlog::level::level_enum>(number));
    wake_.notify_all();
  }
  spdlog::warn("log level is {} until {}", level, minben::to_string(until));
  return until;
}

LogState LogLevel::state() const {
  const std::lock_guard lock(mutex_);
  const auto name = spdlog::level::to_string_view(spdlog::get_level());
  return {std::string(name.data(), name.size()), until_};
}

Result<Instant> LogLevel::change(const net::Request& request) {
  MINBEN_CHECK(administrator_.check(request));
  MINBEN_TRY(json, parse_json(request.body));
  MINBEN_TRY(name, get_string(json, "level"));
  MINBEN_TRY(for_s, get_integer(json, "for_s"));
  return raise(name, seconds(std::clamp<std::int64_t>(for_s, 0, longest.count() + 1)));
}

net::Response LogLevel::handle(const net::Request& request) {
  const auto until = change(request);
  if (!until) return problem(until.error());
  return net::Response::json(JsonObject{{"until", minben::to_string(*until)}});
}

}  // namespace minben::gateway
