#include "directory.hpp"

#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "exchange/handover.hpp"
#include "files.hpp"

namespace minben::gateway {

namespace {

constexpr std::size_t max_size = 8u << 20;
constexpr seconds hurry_pause{5};

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

Directory::Directory(const GatewayConfig& config, const trust::VerifyKey& compared,
                     Standing& standing, const Clock& clock)
    : source_(config.configuration),
      cache_(config.state_directory / "configuration.json"),
      key_file_(config.state_directory / "registry-key.json"),
      compared_(hex_encode(compared.fingerprint())),
      standing_(standing),
      clock_(clock),
      client_({.server_ca_pem = config.registry_authorities, .max_response_bytes = max_size}),
      registry_(remembered(compared)) {}

Directory::~Directory() { stop(); }

Result<std::unique_ptr<Directory>> Directory::open(const GatewayConfig& config, Standing& standing,
                                                   const Clock& clock) {
  MINBEN_TRY(pem, read_configuration(config.registry_key));
  MINBEN_TRY(compared, trust::VerifyKey::from_pem(pem));
  std::unique_ptr<Directory> directory(new Directory(config, compared, standing, clock));
  // The cache first: whatever the source offers must not be older than what was seen before.
  if (const auto cached = read_configuration(directory->cache_)) {
    if (auto adopted = directory->adopt(*cached); !adopted)
      spdlog::warn("cached configuration: {}", describe(adopted.error()));
  }
  const auto refreshed = directory->refresh();
  if (!directory->view()) return std::unexpected(refreshed.error());
  return directory;
}

trust::VerifyKey Directory::remembered(const trust::VerifyKey& compared) const {
  const auto json = parse_json(read_file(key_file_).value_or(""));
  if (!json || string_or(*json, "compared") != compared_) return compared;
  auto key = trust::VerifyKey::from_pem(string_or(*json, "key"));
  return key ? std::move(*key) : compared;
}

/// Whoever has the old key cannot lead this gateway back.
void Directory::follow(const trust::VerifyKey& newer) {
  if (newer == registry_) return;
  registry_ = newer;
  const JsonObject json{{"compared", compared_}, {"key", newer.pem()}};
  spdlog::warn("the registry signs with another key, as its old one had said: {}",
               hex_encode(newer.fingerprint()));
  if (const auto kept = trust::write_secret_file(key_file_, write_json(json)); !kept)
    spdlog::error("the registry's new key is not remembered: {}", describe(kept.error()));
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
  MINBEN_TRY(read, verify_signed_configuration(text, registry_, clock_.now()));
  Configuration& configuration = read.configuration;
  if (const auto current = this->view()) {
    const Configuration& now = current->configuration;
    if (configuration.instance != now.instance)
      return fail(Kind::forbidden, "configuration_other_instance", configuration.instance);
    if (configuration.version < now.version)
      return fail(Kind::forbidden, "configuration_older",
                  fmt::format("{} after {}", configuration.version, now.version));
    if (configuration.version == now.version) return {};
  }
  MINBEN_TRY(made, make_view(std::move(configuration), standing_, clock_.now()));
  made->holders = std::move(read.holders);
  const std::shared_ptr<const View> view = std::move(made);
  if (adopted_) MINBEN_CHECK(adopted_(*view));
  const std::filesystem::path partial = cache_.string() + ".part";
  std::ofstream(partial, std::ios::binary) << text;
  std::error_code error;
  std::filesystem::rename(partial, cache_, error);
  if (error) spdlog::warn("configuration not cached: {}", error.message());
  follow(read.signed_by);  // after the cache, which leads there by itself
  const std::lock_guard lock(mutex_);
  current_ = view;
  return {};
}

Result<void> Directory::on_adopted(Adopted adopted) {
  const std::lock_guard lock(refreshing_);
  adopted_ = std::move(adopted);
  return adopted_(*view());
}

void Directory::start(seconds period, std::function<void()> looked) {
  thread_ = std::thread([this, period, looked = std::move(looked)] {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto pause = std::min(period, hurry_pause);
      if (wake_.wait_for(lock, pause, [this] { return stopping_; })) return;
      wake_.wait_for(lock, period - pause, [this] { return stopping_ || hurried_; });
      if (stopping_) return;
      hurried_ = false;
      lock.unlock();
      if (auto refreshed = refresh(); !refreshed)
        spdlog::warn("configuration: {}", describe(refreshed.error()));
      looked();
      lock.lock();
    }
  });
}

void Directory::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
  }
  wake_.notify_all();
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
