#include "impl.hpp"

namespace minben::columnar {

namespace {

constexpr milliseconds tick{5};

Result<void> run_setting(duckdb_connection connection, const std::string& sql) {
  duckdb_result result{};
  const bool done = duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess;
  const char* said = duckdb_result_error(&result);
  const std::string message = said == nullptr ? "" : said;
  duckdb_destroy_result(&result);
  if (!done) return fail(Kind::invalid, "bad_engine_config", message, sql);
  return {};
}

std::string path_list(const std::vector<std::filesystem::path>& paths, std::string_view ending) {
  std::string out = "[";
  for (const auto& path : paths) {
    if (out.size() > 1) out += ", ";
    out += quote_text(path.string() + std::string(ending));
  }
  return out + "]";
}

/// The last two close the door behind the others.
std::vector<std::string> settings(const EngineConfig& config) {
  return {
      fmt::format("set memory_limit = '{}B'", config.memory_bytes),
      fmt::format("set threads = {}", config.threads),
      "set temp_directory = " + quote_text(config.temporary.string()),
      fmt::format("set max_temp_directory_size = '{}B'",
                  config.temporary.empty() ? 0 : config.temporary_bytes),
      "set autoinstall_known_extensions = false",
      "set autoload_known_extensions = false",
      "set allow_community_extensions = false",
      "set allow_persistent_secrets = false",
      "set default_null_order = 'nulls_last'",
      "set TimeZone = 'UTC'",
      // Files are never changed once they have their name.
      "set parquet_metadata_cache = true",
      "set allowed_directories = " + path_list(config.directories, "/"),
      "set allowed_paths = " + path_list(config.files, ""),
      "set enable_external_access = false",
      "set lock_configuration = true",
  };
}

}  // namespace

void Watch::begin(Instant deadline) {
  const std::lock_guard lock(mutex_);
  running_ = true;
  deadline_ = deadline;
  stop_ = Stop::none;
}

void Watch::end() {
  const std::lock_guard lock(mutex_);
  running_ = false;
}

void Watch::cancel() {
  const std::lock_guard lock(mutex_);
  if (running_ && stop_ == Stop::none) stop_ = Stop::cancelled;
}

void Watch::check(Instant now) {
  const std::lock_guard lock(mutex_);
  if (!running_ || connection_ == nullptr) return;
  if (stop_ == Stop::none && now >= deadline_) stop_ = Stop::time;
  if (stop_ != Stop::none) duckdb_interrupt(connection_);
}

void Watch::close() {
  const std::lock_guard lock(mutex_);
  connection_ = nullptr;
}

Watch::Stop Watch::stopped() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

Watchdog::Watchdog(const Clock& clock) : clock_(clock), thread_([this] { look(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Watchdog::add(const std::shared_ptr<Watch>& watch) {
  const std::lock_guard lock(mutex_);
  watches_.push_back(watch);
}

void Watchdog::remove(const std::shared_ptr<Watch>& watch) {
  const std::lock_guard lock(mutex_);
  std::erase(watches_, watch);
}

void Watchdog::begin(Watch& watch, milliseconds at_most) {
  watch.begin(clock_.now() + at_most);
  const std::lock_guard lock(mutex_);
  if (running_++ == 0) wake_.notify_all();
}

void Watchdog::end(Watch& watch) {
  watch.end();
  const std::lock_guard lock(mutex_);
  --running_;
}

void Watchdog::look() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (running_ == 0) {
      wake_.wait(lock);
      continue;
    }
    wake_.wait_for(lock, tick);
    for (const auto& watch : watches_) watch->check(clock_.now());
  }
}

Result<std::shared_ptr<Instance>> Engine::Impl::open() const {
  auto opened = std::make_shared<Instance>();
  if (duckdb_open(nullptr, &opened->handle) != DuckDBSuccess)
    return fail(Kind::internal, "engine_failed", "the engine cannot be opened");
  duckdb_connection connection = nullptr;
  if (duckdb_connect(opened->handle, &connection) != DuckDBSuccess)
    return fail(Kind::internal, "engine_failed", "the engine cannot be connected to");
  Result<void> done{};
  for (const std::string& setting : settings(config))
    if (done) done = run_setting(connection, setting);
  duckdb_disconnect(&connection);
  if (!done) return std::unexpected(done.error());
  return opened;
}

void Engine::Impl::forget(const std::shared_ptr<Instance>& failed) {
  const std::lock_guard lock(mutex);
  if (instance == failed) instance = nullptr;
}

Engine::Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(const EngineConfig& config, const Clock& clock) {
  auto impl = std::make_shared<Impl>(config, clock);
  MINBEN_TRY(instance, impl->open());
  impl->instance = instance;
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Result<Connection> Engine::connect(milliseconds wait) {
  std::unique_lock lock(impl_->mutex);
  const auto free = [&] { return impl_->borrowed < impl_->config.connections; };
  if (!impl_->freed.wait_for(lock, wait, free))
    return fail(Kind::too_many, "engine_busy", "too many queries run at once; try again later");
  if (impl_->instance == nullptr) {
    MINBEN_TRY(instance, impl_->open());
    impl_->instance = instance;
  }
  auto connection = std::make_unique<Connection::Impl>(impl_, impl_->instance);
  ++impl_->borrowed;
  lock.unlock();
  if (duckdb_connect(connection->instance->handle, &connection->handle) != DuckDBSuccess)
    return fail(Kind::internal, "engine_failed", "the engine cannot be connected to");
  // Of each connection, and settings are locked, but for these. Without them nothing is known of
  // progress, and all else works.
  if (impl_->config.progress)
    for (const char* pragma : {"pragma enable_progress_bar", "pragma disable_print_progress_bar"})
      (void)duckdb_query(connection->handle, pragma, nullptr);
  connection->watch = std::make_shared<Watch>(connection->handle);
  impl_->watchdog.add(connection->watch);
  return Connection(std::move(connection));
}

}  // namespace minben::columnar
