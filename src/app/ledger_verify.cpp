// minben ledger verify: a whole log, read as a stranger would.
#include <unistd.h>

#include <fmt/core.h>

#include "files.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace fs = std::filesystem;

Result<std::string> read_key(const std::string& key) {
  std::error_code ignored;
  if (!fs::is_regular_file(key, ignored)) return key;
  MINBEN_TRY(text, read_file(key));
  return std::string(trim(text));
}

Result<std::unique_ptr<ledger::Source>> open_log_source(const std::string& log,
                                                        const fs::path& authorities, int requests) {
  if (log.contains("://"))
    return ledger::http_source(log, {.server_ca_pem = authorities, .requests = requests});
  if (!fs::is_directory(log))
    return fail(Kind::not_found, "no_such_log", "neither a directory nor an address", log);
  return ledger::directory_source(log);
}

namespace {

/// One line that is written over, for who looks at a terminal.
class Progress {
 public:
  void show(std::uint64_t done, std::uint64_t all) {
    if (!terminal_ || clock_.now() - shown_ < milliseconds(200)) return;
    shown_ = clock_.now();
    written_ = true;
    fmt::print(stderr, "\r{} of {} entries ({} %) ", done, all, 100 * done / all);
    std::fflush(stderr);
  }
  ~Progress() {
    if (written_) fmt::print(stderr, "\r\033[K");
  }
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool written_ = false;
  SystemClock clock_;
  Instant shown_ = clock_.now();
};

Result<ledger::VerifiedLog> verified(const VerifyLedgerOptions& options) {
  MINBEN_TRY(vkey, read_key(options.key));
  MINBEN_TRY(source, open_log_source(options.log, options.authorities, options.requests));
  ledger::VerifyOptions how;
  if (!options.since.empty()) {
    MINBEN_TRY(since, read_file(options.since));
    how.since = std::move(since);
  }
  Progress progress;
  how.progress = [&](std::uint64_t done, std::uint64_t all) { progress.show(done, all); };
  MINBEN_TRY(log, ledger::verify_log(*source, vkey, how));
  if (!options.remember.empty()) MINBEN_CHECK(write_file(options.remember, log.note));
  return log;
}

}  // namespace

int verify_ledger(const VerifyLedgerOptions& options) {
  const auto result = verified(options);
  if (!result) {
    fmt::print(stderr, "NOT VALID  {}\n", describe(result.error()));
    // What could not be read says nothing about the log.
    return result.error().kind == Kind::unavailable ? 2 : 1;
  }
  fmt::print("VALID\n  ledger   {}\n  entries  {}\n  root     {}\n  files    {}\n",
             result->checkpoint.origin, result->checkpoint.size,
             base64_encode(result->checkpoint.root), result->files);
  return 0;
}

}  // namespace minben::app::command
