// minben ledger serve and seal: a log as a program of its own, and its end.
#include <fmt/core.h>

#include "files.hpp"
#include "ledger/ledger.hpp"
#include "ledger/serving.hpp"
#include "ledger/succession.hpp"
#include "ledger_tools.hpp"
#include "listen.hpp"
#include "logging.hpp"
#include "signals.hpp"

namespace minben::app::command {

namespace {

namespace fs = std::filesystem;
using ledger::Log;

constexpr net::Access anyone{"anyone"};
constexpr std::size_t shortest_token = 16;
/// Duplicates are recognised this far back; some 30 MB.
constexpr ledger::LogLimits limits{.remembered_leaves = 1u << 18};

Result<std::unique_ptr<Log>> open_log(const fs::path& directory, std::string_view origin,
                                      const fs::path& key_file) {
  std::error_code ignored;
  if (key_file.has_parent_path()) fs::create_directories(key_file.parent_path(), ignored);
  MINBEN_TRY(key, trust::SigningKey::load_or_create(key_file, trust::KeyType::ed25519));
  return Log::open(directory, origin, std::move(key), limits);
}

Result<net::ServerConfig> listening(const std::string& listen) {
  MINBEN_TRY(address, parse_listen(listen));
  if (address.host.empty())
    return fail(Kind::invalid, "bad_address", "expected HOST:PORT", "--listen");
  net::ServerConfig config;
  config.address = address.host;
  config.port = address.port;
  config.io_threads = 2;
  config.workers = 64;  // each append waits for the disk, and many share one write
  return config;
}

Result<std::vector<net::Route>> routes_of(Log& log, const fs::path& token_file) {
  auto routes = ledger::log_routes(log, "", anyone);
  if (token_file.empty()) return routes;
  MINBEN_TRY(text, read_file(token_file));
  const std::string_view token = trim(text);
  if (token.size() < shortest_token)
    return fail(Kind::invalid, "short_token", "a token has at least 16 characters",
                token_file.string());
  routes.push_back(ledger::add_route(log, "", anyone, std::string(token)));
  return routes;
}

Result<void> run(const ServeLedgerOptions& options, const StopSignals& signals) {
  MINBEN_TRY(config, listening(options.listen));
  MINBEN_TRY(log, open_log(options.directory, options.origin,
                           private_key_path(options.key, options.directory)));
  MINBEN_TRY(routes, routes_of(*log, options.token));
  const auto everyone = [](const net::Route&, net::Request&) {
    return std::optional<net::Response>();
  };
  MINBEN_TRY(server, net::Server::start(config, std::move(routes),
                                        {.guard = everyone, .finish = {}, .error_page = {}}));
  const std::string host =
      config.address.contains(':') ? "[" + config.address + "]" : config.address;
  const std::string address = fmt::format("http://{}:{}", host, server->port());
  fmt::print("{}\n{}\n", address, log->vkey());
  std::fflush(stdout);
  if (!options.ready_file.empty()) MINBEN_CHECK(write_file(options.ready_file, address + "\n"));
  signals.wait();
  server->stop();
  return {};
}

/// The origin is the name of the key that the log itself shows; the private key must be its.
Result<std::string> origin_of(const fs::path& directory) {
  MINBEN_TRY(text, read_file(directory / "vkey"));
  MINBEN_TRY(key, ledger::NoteVerifier::parse(text));
  return key.name();
}

/// May be run again after it stopped anywhere: each step is done once.
Result<void> seal(const SealLedgerOptions& options) {
  MINBEN_TRY(origin, origin_of(options.directory));
  const fs::path key_file = private_key_path(options.key, options.directory);
  if (!fs::exists(key_file))
    return fail(Kind::not_found, "no_key", "the log's private key is not there", key_file.string());
  MINBEN_TRY(log, open_log(options.directory, origin, key_file));
  MINBEN_TRY(next, open_log(options.successor, options.successor_origin,
                            private_key_path(options.successor_key, options.successor)));
  const ledger::NoteVerifier& next_key = next->key();
  MINBEN_TRY(made, log->seal(next_key));
  MINBEN_CHECK(ledger::begin_after(*log, *next));
  fmt::print("sealed    {} with entry {}\ncontinued {}\n          {}\n", origin, made.index,
             next_key.name(), next_key.vkey());
  return {};
}

}  // namespace

fs::path private_key_path(const fs::path& given, const fs::path& directory) {
  if (!given.empty()) return given;
  const fs::path plain = directory.has_filename() ? directory : directory.parent_path();
  return plain.string() + ".key.pem";
}

int give_up(const Error& error) {
  fmt::print(stderr, "{}\n", describe(error));
  return 2;
}

int serve_ledger(const ServeLedgerOptions& options) {
  set_up_logging("ledger");
  const StopSignals signals;
  const auto done = run(options, signals);
  return done ? 0 : give_up(done.error());
}

int seal_ledger(const SealLedgerOptions& options) {
  const auto done = seal(options);
  return done ? 0 : give_up(done.error());
}

}  // namespace minben::app::command
