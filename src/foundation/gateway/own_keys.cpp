#include "own_keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "files.hpp"

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;

/// While it is there, the next keys are on their way into place.
fs::path marker(const GatewayConfig& config) { return config.state_directory / "changing-keys"; }

/// Keys in a token stay where they are.
std::vector<fs::path> files(const GatewayConfig& config) {
  std::vector<fs::path> out{config.seal_certificate, config.tls_certificate};
  for (const trust::KeyPlace* key : {&config.tls_key, &config.seal_key})
    if (!key->in_token()) out.insert(out.begin(), key->file());
  return out;
}

/// The certificate, and what is between it and its root.
Result<std::vector<trust::Certificate>> read_chain(const fs::path& file) {
  MINBEN_TRY(pem, read_file(file));
  return trust::chain_from_pem(pem);
}

void sync_folder(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  ::fsync(opened);
  ::close(opened);
}

/// Each file is renamed once; whoever comes after a crash goes on with those that are left.
Result<void> put_into_place(const GatewayConfig& config) {
  for (const fs::path& file : files(config)) {
    std::error_code error;
    if (!fs::exists(next_file(file), error)) continue;
    fs::rename(next_file(file), file, error);
    if (error) return fail(Kind::unavailable, "keys_not_changed", error.message(), file.string());
    sync_folder(file.parent_path());
  }
  std::error_code ignored;
  fs::remove(marker(config), ignored);
  return {};
}

std::array<std::uint8_t, 32> fingerprint(const trust::Certificate& certificate) {
  return sha256(certificate.der);
}

}  // namespace

fs::path next_file(const fs::path& file) {
  return file.parent_path() / ("next-" + file.filename().string());
}

Result<OwnKeys::Set> OwnKeys::load(const GatewayConfig& config, Which which) {
  const auto place = [&](const fs::path& file) {
    return which == Which::next ? next_file(file) : file;
  };
  const auto key_of = [&](const trust::KeyPlace& key) {
    return key.in_token() ? key.open() : trust::SigningKey::load(place(key.file()));
  };
  MINBEN_TRY(seal_key, key_of(config.seal_key));
  const fs::path seal_file = place(config.seal_certificate);
  auto seal = read_chain(seal_file);
  if (!seal)
    return fail(Kind::invalid, "seal_certificate", describe(seal.error()), seal_file.string());
  MINBEN_TRY(seal_info, trust::read_certificate(seal->front().der));
  MINBEN_TRY(sealer, Sealer::make(std::move(seal_key), seal->front()));
  MINBEN_TRY(tls, read_chain(place(config.tls_certificate)));
  MINBEN_TRY(tls_info, trust::read_certificate(tls.front().der));
  MINBEN_TRY(tls_key, key_of(config.tls_key));
  MINBEN_TRY(holder, trust::certificate_key(tls.front().der));
  if (!(holder == tls_key.verify_key()))
    return fail(Kind::invalid, "other_key", "the certificate is for another key",
                place(config.tls_certificate).string());
  return Set{std::move(sealer),  std::move(seal_info), std::move(*seal),
             std::move(tls_key), std::move(tls_info),  std::move(tls)};
}

Result<std::unique_ptr<OwnKeys>> OwnKeys::open(const GatewayConfig& config, const Clock& clock) {
  std::error_code ignored;
  if (fs::exists(marker(config), ignored)) MINBEN_CHECK(put_into_place(config));
  MINBEN_TRY(set, load(config, Which::present));
  return std::unique_ptr<OwnKeys>(new OwnKeys(config, clock, std::move(set)));
}

Sealer OwnKeys::sealer() const {
  const std::lock_guard lock(mutex_);
  return in_use_.sealer;
}

Result<void> OwnKeys::check_tls_key() const {
  const std::lock_guard lock(mutex_);
  return in_use_.tls_key.check();
}

bool OwnKeys::is_published(const View& view, const Set& set) const {
  return view.signer(config_.member.value, fingerprint(set.sealer.certificate())) != nullptr;
}

Result<void> OwnKeys::judge(const View& view, const Set& set) const {
  const Instant now = clock_.now();
  const auto unfit = [&](Error error, std::string_view what) {
    error.kind = Kind::unavailable;
    error.detail = fmt::format("others refuse {}: {}", what, error.detail);
    return fail(std::move(error));
  };
  const auto seal = view.validator.path(set.seal_chain, now, trust::Usage::seal);
  if (!seal) return unfit(seal.error(), "messages that are sealed with our key");
  for (const auto usage : {trust::Usage::tls_server, trust::Usage::tls_client})
    if (const auto tls = view.validator.path(set.tls_chain, now, usage); !tls)
      return unfit(tls.error(), "connections with our TLS certificate");
  if (!is_published(view, set))
    return fail(Kind::unavailable, "seal_not_published",
                fmt::format("the registry does not publish this gateway's seal certificate {}, so "
                            "others refuse its messages; `minben gateway doctor` says what to do",
                            set.seal.serial));
  return {};
}

void OwnKeys::use(Set set) {
  in_use_ = std::move(set);
  changed_now_ = true;
  spdlog::info("now in use: seal certificate {} until {}, TLS certificate {} until {}",
               in_use_.seal.serial, to_string(in_use_.seal.not_after), in_use_.tls.serial,
               to_string(in_use_.tls.not_after));
}

Result<void> OwnKeys::take_next(const View& view) {
  std::error_code ignored;
  // A disk that was full: what is in place then is taken as if somebody had replaced it.
  if (fs::exists(marker(config_), ignored)) MINBEN_CHECK(put_into_place(config_));
  const bool certified = fs::exists(next_file(config_.seal_certificate), ignored) &&
                         fs::exists(next_file(config_.tls_certificate), ignored);
  if (!certified) {
    next_published_.reset();
    const bool asked =
        !config_.seal_key.in_token() && fs::exists(next_file(config_.seal_key.file()), ignored);
    next_state_ = asked ? "not approved" : "";
    return {};
  }
  MINBEN_TRY(next, load(config_, Which::next));
  if (const auto good = judge(view, next); !good) {
    next_published_.reset();
    next_state_ = good.error().code == "seal_not_published" ? "not published" : good.error().code;
    return {};
  }
  const Instant now = clock_.now();
  if (!next_published_) next_published_ = now;
  next_state_ = "published";
  if (judge(view, in_use_) && now < *next_published_ + config_.key_overlap_s) return {};
  MINBEN_CHECK(trust::write_secret_file(marker(config_), ""));
  MINBEN_CHECK(put_into_place(config_));
  next_published_.reset();
  next_state_.clear();
  use(std::move(next));
  return {};
}

/// Somebody wrote other certificates, and perhaps keys, over those in use.
Result<void> OwnKeys::take_replaced(const View& view) {
  const auto seal = read_certificate_file(config_.seal_certificate);
  const auto tls = read_certificate_file(config_.tls_certificate);
  if (seal && tls && seal->der == in_use_.sealer.certificate().der &&
      tls->der == in_use_.tls_chain.front().der)
    return {};
  MINBEN_TRY(replaced, load(config_, Which::present));
  // What is in memory stays good as long as others know it and not yet the other.
  if (judge(view, in_use_)) MINBEN_CHECK(judge(view, replaced));
  use(std::move(replaced));
  return {};
}

// Whoever is told may have to wait for others, while sealer() and sound() are asked for.
void OwnKeys::look(const View& view) {
  std::optional<Sealer> changed;
  {
    const std::lock_guard lock(mutex_);
    take_up(view);
    if (std::exchange(changed_now_, false)) changed = in_use_.sealer;
  }
  if (!changed || !changed_) return;
  if (const auto told = changed_(*changed); !told)
    spdlog::error("new keys: {}", describe(told.error()));
}

void OwnKeys::take_up(const View& view) {
  const std::string state_before = next_state_;
  if (const auto taken = take_next(view); !taken) {
    next_state_ = describe(taken.error());
    if (next_state_ != state_before) spdlog::error("next keys: {}", next_state_);
  } else if (next_state_ != state_before && !next_state_.empty()) {
    spdlog::info("next keys: {}", next_state_);
  }
  if (const auto taken = take_replaced(view); !taken)
    spdlog::warn("keys in their files are not taken up: {}", describe(taken.error()));
  const Result<void> before = std::exchange(sound_, judge(view, in_use_));
  if (!sound_ && (before || before.error().code != sound_.error().code))
    spdlog::error("own certificates: {}", describe(sound_.error()));
  if (sound_ && !before) spdlog::info("own certificates are as the registry publishes them");
}

Result<void> OwnKeys::sound() const {
  const std::lock_guard lock(mutex_);
  return sound_;
}

Json OwnKeys::status() const {
  const std::lock_guard lock(mutex_);
  const auto told = [](const trust::CertificateInfo& info) {
    return JsonObject{{"serial", info.serial}, {"ends", to_string(info.not_after)}};
  };
  return JsonObject{{"seal", told(in_use_.seal)},
                    {"tls", told(in_use_.tls)},
                    {"fault", sound_ ? "" : sound_.error().code},
                    {"next", next_state_}};
}

}  // namespace minben::gateway
