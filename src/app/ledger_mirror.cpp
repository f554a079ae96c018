// minben ledger mirror: takes a log's entries to mirrors, again and again.
#include <algorithm>
#include <thread>

#include <fmt/core.h>

#include "ledger/mirroring.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {

/// A request holds some megabytes, and a mirror syncs them before it answers.
constexpr milliseconds timeout{60'000};

struct Pushed {
  std::string url;
  std::unique_ptr<ledger::Source> source;
  std::unique_ptr<ledger::Mirroring> mirroring;
  std::string said{};  ///< the last line, which is not said again
};

Result<std::vector<Pushed>> open_mirrors(const MirrorLedgerOptions& options) {
  if (options.mirrors.size() != options.mirror_keys.size())
    return fail(Kind::invalid, "keys_do_not_match", "one key for each mirror", "--mirror-key");
  MINBEN_TRY(vkey, read_key(options.key));
  MINBEN_TRY(key, ledger::NoteVerifier::parse(vkey));
  std::vector<Pushed> mirrors;
  for (std::size_t i = 0; i < options.mirrors.size(); ++i) {
    MINBEN_TRY(text, read_key(options.mirror_keys[i]));
    MINBEN_TRY(mirror_key, ledger::CosignatureVerifier::parse(text));
    MINBEN_TRY(source, open_log_source(options.log, options.authorities, 16));
    const net::ClientConfig client{.server_ca_pem = options.authorities, .timeout_ms = timeout};
    auto mirroring = std::make_unique<ledger::Mirroring>(
        *source, key, ledger::Mirroring::To{options.mirrors[i], std::move(mirror_key)}, client);
    mirrors.push_back({options.mirrors[i], std::move(source), std::move(mirroring)});
  }
  return mirrors;
}

/// The exit status of one push. A failure that goes on is said once.
int push(Pushed& mirror) {
  const auto done = mirror.mirroring->push();
  const std::string line = done
                               ? fmt::format("{} has {} entries", mirror.url, done->checkpoint.size)
                               : fmt::format("{}: {}", mirror.url, describe(done.error()));
  if (std::exchange(mirror.said, line) != line) {
    if (done)
      fmt::print("{}, {} of them new, cosigned {}\n", line, done->sent,
                 to_string(ledger::to_instant(done->cosigned_at)));
    else fmt::print(stderr, "{}\n", line);
    std::fflush(stdout);
  }
  if (done) return 0;
  return done.error().kind == Kind::unavailable ? 2 : 1;
}

}  // namespace

int mirror_ledger(const MirrorLedgerOptions& options) {
  auto mirrors = open_mirrors(options);
  if (!mirrors) {
    fmt::print(stderr, "{}\n", describe(mirrors.error()));
    return 2;
  }
  std::vector<int> found(mirrors->size());
  std::vector<std::jthread> threads;  // one that does not answer keeps no other waiting
  for (std::size_t i = 0; i < mirrors->size(); ++i)
    threads.emplace_back([&, i] {
      while (true) {
        found[i] = push((*mirrors)[i]);
        if (options.pause_seconds == 0) return;
        std::this_thread::sleep_for(seconds(options.pause_seconds));
      }
    });
  threads.clear();
  return std::ranges::count(found, 1) > 0 ? 1 : std::ranges::max(found);
}

}  // namespace minben::app::command
