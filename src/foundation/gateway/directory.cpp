#include "directory.hpp"

#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "files.hpp"

namespace minben::gateway {

namespace {

constexpr std::size_t max_size = 8u << 20;

Result<std::string> read_configuration(const std::filesystem::path& path) {
  auto text = read_file(path, max_size);
  if (text) return text;
  Error error = std::move(text).error();
  error.code =
      error.kind == Kind::too_large ? "configuration_malformed" : "configuration_unreachable";
  return fail(std::move(error));
}

bool is_url(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

}  // namespace

Directory::Directory(const GatewayConfig& config, trust::VerifyKey registry, Standing& standing,
                     const Clock& clock)
    : source_(config.configuration),
      cache_(config.state_directory / "configuration.json"),
      registry_(std::move(registry)),
      standing_(standing),
      clock_(clock),
      client_({.server_ca_pem = config.registry_authorities, .max_response_bytes = max_size}) {}

Directory::~Directory() { stop(); }

Result<std::unique_ptr<Directory>> Directory::open(const GatewayConfig& config, Standing& standing,
                                                   const Clock& clock) {
  MINBEN_TRY(pem, read_configuration(config.registry_key));
  MINBEN_TRY(registry, trust::VerifyKey::from_pem(pem));
  std::unique_ptr<Directory> directory(new Directory(config, std::move(registry), standing, clock));
  // The cache first: whatever the source offers must not be older than what was seen before.
  if (const auto cached = read_configuration(directory->cache_)) {
    if (auto adopted = directory->adopt(*cached); !adopted)
      spdlog::warn("cached configuration: {}", describe(adopted.error()));
  }
  const auto refreshed = directory->refresh();
  if (!directory->view()) return std::unexpected(refreshed.error());
  return directory;
}

std::shared_ptr<const View> Directory::view() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<std::shared_ptr<const View>> Directory::valid() const {
  auto current = view();
  if (clock_.now() >= current->configuration.expires_at)
    return fail(Kind::unavailable, "configuration_expired", "the registry must renew it");
  return current;
}

Result<std::optional<std::string>> Directory::read_source() {
  if (!is_url(source_)) return read_configuration(source_);
  net::ClientRequest request{.url = source_};
  if (!etag_.empty()) request.headers.add("If-None-Match", etag_);
  MINBEN_TRY(answer, client_.send(request));
  if (answer.status == 304) return std::nullopt;
  if (answer.status != 200)
    return fail(Kind::unavailable, "configuration_unreachable",
                fmt::format("status {}", answer.status));
  offered_etag_ = answer.headers.get("ETag");
  return std::move(answer.body);
}

Result<void> Directory::refresh() {
  const std::lock_guard lock(refreshing_);
  MINBEN_TRY(text, read_source());
  if (!text) return {};  // what was adopted before
  MINBEN_CHECK(adopt(*text));
  etag_ = offered_etag_;
  return {};
}

Result<void> Directory::adopt(std::string_view text) {
  MINBEN_TRY(configuration, verify_configuration(text, registry_, clock_.now()));
  const std::lock_guard lock(mutex_);
  if (current_) {
    const Configuration& now = current_->configuration;
    if (configuration.instance != now.instance)
      return fail(Kind::forbidden, "configuration_other_instance", configuration.instance);
    if (configuration.version < now.version)
      return fail(Kind::forbidden, "configuration_older",
                  fmt::format("{} after {}", configuration.version, now.version));
    if (configuration.version == now.version) return {};
  }
  MINBEN_TRY(view, make_view(std::move(configuration), standing_, clock_.now()));
  if (adopted_) MINBEN_CHECK(adopted_(view->configuration));
  const std::filesystem::path partial = cache_.string() + ".part";
  std::ofstream(partial, std::ios::binary) << text;
  std::error_code error;
  std::filesystem::rename(partial, cache_, error);
  if (error) spdlog::warn("configuration not cached: {}", error.message());
  current_ = std::move(view);
  return {};
}

Result<void> Directory::on_adopted(Adopted adopted) {
  const std::lock_guard lock(mutex_);
  adopted_ = std::move(adopted);
  return adopted_(current_->configuration);
}

void Directory::start(seconds period) {
  thread_ = std::thread([this, period] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, period, [this] { return stopping_; })) {
      lock.unlock();
      if (auto refreshed = refresh(); !refreshed)
        spdlog::warn("configuration: {}", describe(refreshed.error()));
      lock.lock();
    }
  });
}

void Directory::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace minben::gateway
