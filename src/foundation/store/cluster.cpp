#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "internal.hpp"
#include "server_process.hpp"

namespace minben::store {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// directory/          0700, the server's user
//   lock              held (flock) by the owner for as long as it lives
//   data/             PGDATA
//   socket/           the unix socket; only the server's user and root get here, so `trust` is safe
//   postgres.log
namespace {
constexpr std::size_t longest_socket_path = 107;  // sun_path
constexpr std::string_view socket_file = ".s.PGSQL.5432";
constexpr std::string_view superuser = "minben";
constexpr std::uintmax_t log_limit = 16u << 20;
constexpr seconds start_patience{60};  ///< recovery of a killed server replays its log
constexpr seconds stop_patience{60};
constexpr milliseconds watch_pause{250};

/// A descriptor that closes itself.
class Handle {
 public:
  explicit Handle(int fd = -1) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};
}  // namespace

struct Cluster::Impl {
  ClusterConfig config;
  ServerUser user;
  Handle lock{};
  pid_t server = 0;  ///< the watcher's while it runs
  std::atomic<bool> stopping{false};
  Signal stop_watching{};
  std::thread watcher{};

  [[nodiscard]] fs::path data() const { return config.directory / "data"; }
  [[nodiscard]] fs::path socket() const { return config.directory / "socket"; }
  [[nodiscard]] fs::path log() const { return config.directory / "postgres.log"; }
  [[nodiscard]] std::string url(std::string_view database) const;

  Result<void> take_lock();
  Result<void> initialise();
  [[nodiscard]] pid_t running_server() const;
  void forget_dead_server() const;
  [[nodiscard]] Command server_command() const;
  Result<void> launch();
  Result<void> wait_until_ready();
  Result<void> start();
  void watch();
  Result<void> stop();
  [[nodiscard]] std::string last_log_line() const;
};

namespace {
/// RFC 3986 percent-encoding for the parameters of a connection URI.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (std::isalnum(static_cast<unsigned char>(c)) != 0) || c == '-' || c == '_' || c == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}
}  // namespace

std::string Cluster::Impl::url(std::string_view database) const {
  return fmt::format("postgresql:///{}?host={}&user={}", encoded(database),
                     encoded(socket().string()), superuser);
}

Result<void> Cluster::Impl::take_lock() {
  lock = Handle(::open((config.directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return fail(Kind::internal, "no_lock_file", {}, config.directory.string());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(Kind::conflict, "cluster_in_use", "another process owns it",
                config.directory.string());
  return {};
}

/// Into a directory beside, renamed when complete: a kill in the middle leaves nothing half made.
Result<void> Cluster::Impl::initialise() {
  if (fs::exists(data() / "PG_VERSION")) return {};
  const fs::path fresh = config.directory / "data.new";
  std::error_code error;
  fs::remove_all(fresh, error);
  std::vector<std::string> arguments{config.postgres_bin + "/initdb",
                                     "-D",
                                     fresh.string(),
                                     "-U",
                                     std::string(superuser),
                                     "--locale=C.UTF-8",
                                     "--encoding=UTF8",
                                     "--auth=trust",
                                     "--data-checksums"};
  if (!config.durable) arguments.emplace_back("--no-sync");
  MINBEN_TRY(pid, spawn({arguments, config.directory, log(), false}, user));
  if (const int code = wait_for_exit(pid); code != 0)
    return fail(Kind::internal, "initdb_failed", fmt::format("exit {}: {}", code, last_log_line()),
                log().string());
  fs::rename(fresh, data(), error);
  if (error) return fail(Kind::internal, "initdb_failed", error.message(), data().string());
  return {};
}

/// The postmaster of this directory, or 0. Its number alone proves nothing: another program may
/// have got it since.
pid_t Cluster::Impl::running_server() const {
  std::ifstream file(data() / "postmaster.pid");
  pid_t pid = 0;
  if (!(file >> pid) || pid <= 1) return 0;
  std::error_code error;
  const fs::path works_in = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error);
  return !error && works_in == fs::canonical(data(), error) ? pid : 0;
}

void Cluster::Impl::forget_dead_server() const {
  std::error_code ignored;
  fs::remove(data() / "postmaster.pid", ignored);
  fs::remove(socket() / socket_file, ignored);
  fs::remove(socket() / (std::string(socket_file) + ".lock"), ignored);
}

Command Cluster::Impl::server_command() const {
  std::vector<std::string> arguments{config.postgres_bin + "/postgres", "-D", data().string()};
  std::vector<std::string> settings{"listen_addresses=",
                                    "unix_socket_directories=" + socket().string(),
                                    "unix_socket_permissions=0700",
                                    "port=5432",
                                    "max_connections=60",
                                    "shared_buffers=64MB",
                                    "work_mem=4MB",
                                    "maintenance_work_mem=32MB",
                                    "max_wal_size=256MB",
                                    "min_wal_size=64MB",
                                    "max_parallel_workers_per_gather=0",
                                    "autovacuum_max_workers=1",
                                    "jit=off",
                                    "synchronous_commit=on",
                                    "timezone=UTC",
                                    "log_timezone=UTC",
                                    "log_min_messages=warning",
                                    "log_statement=none",
                                    "log_min_error_statement=panic",
                                    "log_parameter_max_length_on_error=0"};
  if (!config.durable) settings.insert(settings.end(), {"fsync=off", "full_page_writes=off"});
  for (const std::string& setting : settings) {
    arguments.emplace_back("-c");
    arguments.push_back(setting);
  }
  return {arguments, config.directory, log(), !config.outlive_owner};
}

std::string Cluster::Impl::last_log_line() const {
  std::ifstream file(log());
  std::string line, last;
  while (std::getline(file, line))
    if (!line.empty()) last = line;
  return last;
}

Result<void> Cluster::Impl::launch() {
  std::error_code ignored;
  if (fs::exists(log()) && fs::file_size(log(), ignored) > log_limit) fs::remove(log(), ignored);
  forget_dead_server();
  MINBEN_TRY(pid, spawn(server_command(), user));
  server = pid;
  return {};
}

/// Children of a killed postmaster need a moment to notice; until then a new one is refused and
/// ends. So: launch again until one stays.
Result<void> Cluster::Impl::wait_until_ready() {
  const auto give_up = steady_clock::now() + start_patience;
  const std::string probe = url("postgres");
  while (steady_clock::now() < give_up && !stopping) {
    if (PQping(probe.c_str()) == PQPING_OK) return {};
    if (has_ended(server)) {
      std::this_thread::sleep_for(milliseconds{200});
      MINBEN_CHECK(launch());
    }
    std::this_thread::sleep_for(milliseconds{10});
  }
  return fail(Kind::unavailable, "postgres_failed", last_log_line(), log().string());
}

Result<void> Cluster::Impl::start() {
  if ((socket() / socket_file).string().size() > longest_socket_path)
    return fail(Kind::invalid, "path_too_long",
                fmt::format("a unix socket's path has at most {} bytes", longest_socket_path),
                config.directory.string());
  MINBEN_CHECK(prepare_directory(config.directory, user));
  MINBEN_CHECK(take_lock());
  MINBEN_CHECK(prepare_directory(socket(), user));
  MINBEN_CHECK(initialise());
  server = running_server();
  if (server != 0) spdlog::info("database server {} still runs and is adopted", server);
  else MINBEN_CHECK(launch());
  MINBEN_CHECK(wait_until_ready());
  watcher = std::thread([this] { watch(); });
  return {};
}

void Cluster::Impl::watch() {
  while (!stopping) {
    stop_watching.wait_for(watch_pause);
    if (stopping || !has_ended(server)) continue;
    spdlog::error("the database server ended and is started again: {}", last_log_line());
    auto again = launch();
    if (again) again = wait_until_ready();
    if (!again && !stopping) spdlog::error("{}", describe(again.error()));
  }
}

Result<void> Cluster::Impl::stop() {
  stopping = true;
  stop_watching.raise();
  if (watcher.joinable()) watcher.join();
  if (server == 0) return {};
  ::kill(server, SIGINT);  // "fast": ends sessions, writes a checkpoint
  const auto give_up = steady_clock::now() + stop_patience;
  while (!has_ended(server)) {
    if (steady_clock::now() > give_up) {
      ::kill(server, SIGQUIT);  // recovery at the next start makes it good
      return fail(Kind::unavailable, "slow_stop", "the database server did not end in time");
    }
    std::this_thread::sleep_for(milliseconds{10});
  }
  server = 0;
  return {};
}

// --------------------------------------------------------------------------------- cluster

Cluster::Cluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cluster::~Cluster() {
  if (const auto stopped = stop(); !stopped) spdlog::error("{}", describe(stopped.error()));
}

Result<std::unique_ptr<Cluster>> Cluster::start(const ClusterConfig& config) {
  MINBEN_TRY(user, find_server_user(config.unprivileged_user));
  std::unique_ptr<Impl> impl(new Impl{config, user});
  impl->config.directory = fs::absolute(config.directory).lexically_normal();
  if (const auto started = impl->start(); !started) {
    (void)impl->stop();
    return std::unexpected(started.error());
  }
  return std::unique_ptr<Cluster>(new Cluster(std::move(impl)));
}

std::string Cluster::url(std::string_view database) const { return impl_->url(database); }

Result<void> Cluster::create_database(std::string_view name) {
  MINBEN_TRY(session, connect(impl_->url("postgres"), milliseconds{5000}, milliseconds{60000}));
  const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
      PQescapeIdentifier(session->pg.get(), name.data(), name.size()), &PQfreemem);
  if (!quoted) return fail(Kind::invalid, "bad_name", "not a database name");
  PgResult result(
      PQexec(session->pg.get(), fmt::format("create database {}", quoted.get()).c_str()));
  if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return {};
  const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  if (state != nullptr && std::string_view(state) == "42P04") return {};  // it exists
  return std::unexpected(error_of(result.get(), "store_create_database"));
}

Result<void> Cluster::stop() { return impl_->stop(); }

}  // namespace minben::store
