#include "log_level.hpp"

#include <spdlog/spdlog.h>

#include "exchange/message.hpp"
#include "trust/trust.hpp"

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

LogLevel::LogLevel(const Clock& clock, std::string secret)
    : clock_(clock),
      secret_(std::move(secret)),
      usual_(static_cast<int>(spdlog::get_level())),
      thread_([this] { run(); }) {}

Result<std::unique_ptr<LogLevel>> LogLevel::open(const std::filesystem::path& state_directory,
                                                 const Clock& clock, Random& random) {
  const auto file = state_directory / "admin.token";
  if (!std::filesystem::exists(file))
    MINBEN_CHECK(trust::write_secret_file(file, random.token() + "\n"));
  MINBEN_TRY(text, trust::read_secret_file(file));
  const auto secret = trim(text);
  if (secret.size() < 32)
    return fail(Kind::invalid, "secret_too_short", "remove the file: a new one is made",
                file.string());
  return std::unique_ptr<LogLevel>(new LogLevel(clock, std::string(secret)));
}

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

void LogLevel::raise(int level, Instant until) {
  const std::lock_guard lock(mutex_);
  until_ = until;
  spdlog::set_level(static_cast<spdlog::level::level_enum>(level));
  wake_.notify_all();
}

Result<void> LogLevel::check(const net::Request& request) const {
  const bool near = request.remote_address == "::1" || request.remote_address.starts_with("127.");
  // Compared by digest, so that not even the length shows.
  const std::string given = hex_encode(sha256(request.headers.get("Minben-Admin")));
  if (!near || !equal_in_constant_time(given, hex_encode(sha256(secret_))))
    return fail(Kind::unauthorised, "not_the_administrator",
                "from this machine, with the secret of admin.token in Minben-Admin");
  return {};
}

Result<Instant> LogLevel::change(const net::Request& request) {
  MINBEN_CHECK(check(request));
  MINBEN_TRY(json, parse_json(request.body));
  MINBEN_TRY(name, get_string(json, "level"));
  MINBEN_TRY(level, read_level(name));
  MINBEN_TRY(for_s, get_integer(json, "for_s"));
  if (for_s < 1 || for_s > longest.count())
    return fail(Kind::invalid, "out_of_range", "1 to 3600 seconds", "for_s");
  const Instant until = clock_.now() + seconds(for_s);
  raise(level, until);
  spdlog::warn("log level is {} until {}", name, minben::to_string(until));
  return until;
}

net::Response LogLevel::handle(const net::Request& request) {
  const auto until = change(request);
  if (!until) return problem(until.error());
  return net::Response::json(JsonObject{{"until", minben::to_string(*until)}});
}

}  // namespace minben::gateway
