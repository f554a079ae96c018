#include "standing.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "files.hpp"

namespace minben::gateway {

namespace {

constexpr milliseconds patience{5000};
constexpr seconds look_every{1};
constexpr seconds try_again{30};    ///< after a failure
constexpr seconds judge_again{10};  ///< an answer that grows old changes no other way
constexpr std::size_t most_answers = 4096;

std::string fingerprint(trust::Octets der) { return hex_encode(sha256(der)); }

/// The lists of an authority may come as DER, as RFC 5280 §4.2.1.13 has it, or as PEM.
std::string as_pem(std::string_view body) {
  if (body.starts_with("-----BEGIN")) return std::string(body);
  std::string base64 = base64_encode(as_bytes(body));
  std::string out = "-----BEGIN X509 CRL-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) out += base64.substr(i, 64) + "\n";
  return out + "-----END X509 CRL-----\n";
}

Result<std::string> body_of(Result<net::ClientResponse> answer, const std::string& url) {
  if (!answer)
    return fail(Kind::unavailable, "authority_unreachable", describe(answer.error()), url);
  if (answer->status != 200)
    return fail(Kind::unavailable, "authority_unreachable",
                fmt::format("status {}", answer->status), url);
  return std::move(answer->body);
}

CertificateUse use_of(const OutsideCertificate& certificate) {
  return certificate.path.info.for_seals ? CertificateUse::seal : CertificateUse::tls;
}

std::unexpected<Error> refuse(const trust::Revoked& revoked) {
  return fail(
      Kind::forbidden, "certificate_revoked",
      fmt::format("{} since {}", trust::to_string(revoked.reason), minben::to_string(revoked.at)));
}

}  // namespace

std::shared_ptr<const OutsideCertificate> outside_certificate(const Configuration& configuration,
                                                              trust::Octets der, trust::Path path) {
  const OutsideAuthority* authority = outside_authority(configuration, path.anchor);
  if (authority == nullptr || path.issuers.empty()) return nullptr;
  auto made = std::make_shared<OutsideCertificate>();
  made->der.assign(der.begin(), der.end());
  made->ocsp_url = authority->ocsp_url.empty() ? trust::ocsp_url(der) : authority->ocsp_url;
  if (auto subject = trust::ocsp_subject(der, path.issuers.front()))
    made->subject = std::move(*subject);
  for (const trust::Certificate& issuer : path.issuers)
    made->list_issuers.push_back(fingerprint(issuer.der));
  made->path = std::move(path);
  return made;
}

Result<void> judge(const KnownStanding& known, const std::string& serial,
                   const RevocationPolicy& policy, Instant now) {
  std::optional<Instant> until;
  if (known.answer) {
    if (known.answer->revoked) return refuse(*known.answer->revoked);
    until = std::min<Instant>(known.answer->next_update,
                              known.answer->this_update + policy.freshness_s);
  }
  if (known.list) {
    if (const auto found = known.list->revoked.find(serial); found != known.list->revoked.end())
      return refuse(found->second);
    until = std::max(until.value_or(known.list->next_update), known.list->next_update);
  }
  if (until && now < *until + policy.grace_s) return {};
  if (!policy.hard) return {};
  return fail(Kind::forbidden, "revocation_unknown",
              until ? "what its authority said last ended at " + minben::to_string(*until)
                    : std::string("its authority has said nothing about it"));
}

Standing::Standing(const GatewayConfig& config, CertificateArchive& archive, const Clock& clock,
                   Random& random)
    : config_(config),
      archive_(archive),
      clock_(clock),
      random_(random),
      client_({.timeout_ms = patience, .max_response_bytes = trust::max_revocation_list}) {}

// ------------------------------------------------------------------------------ what is known

std::shared_ptr<const Configuration> Standing::configuration() const {
  const std::lock_guard lock(mutex_);
  return configuration_;
}

void Standing::take(std::shared_ptr<const Configuration> configuration) {
  std::vector<Own> own = read_own(*configuration);
  {
    const std::lock_guard lock(mutex_);
    configuration_ = configuration;
    for (Own& each : own)
      for (Own& before : own_)
        if (before.certificate->subject == each.certificate->subject) {
          each.response = before.response;
          each.again_at = before.again_at;
        }
  }
  recall_own(own);
  recall_lists(*configuration);
  const std::lock_guard lock(mutex_);
  own_ = std::move(own);
  ++changes_;
}

/// TLS first. What cannot be read is said elsewhere: the gateway does not start with it.
std::vector<Standing::Own> Standing::read_own(const Configuration& configuration) const {
  std::vector<Own> own;
  if (configuration.authorities.empty()) return own;
  const auto validator = path_validator(configuration);
  for (const bool seals : {false, true}) {
    const auto text = read_file(seals ? config_.seal_certificate : config_.tls_certificate);
    const auto chain = text
                           ? trust::chain_from_pem(*text)
                           : Result<std::vector<trust::Certificate>>(std::unexpected(text.error()));
    if (!validator || !chain) continue;
    auto path = validator->path(*chain, clock_.now(),
                                seals ? trust::Usage::seal : trust::Usage::tls_server);
    if (!path) continue;
    if (auto outside = outside_certificate(configuration, chain->front().der, std::move(*path)))
      own.push_back({std::move(outside), {}, {}});
  }
  return own;
}

Result<void> Standing::check(const OutsideCertificate& certificate) {
  recall(certificate);
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  const RevocationPolicy& policy = configuration_->revocation;
  const auto list_of = [&](std::size_t place) -> std::optional<trust::RevocationList> {
    const auto found = lists_.find(certificate.list_issuers[place]);
    return found == lists_.end() ? std::nullopt : std::optional(found->second);
  };
  for (std::size_t i = 1; i < certificate.list_issuers.size(); ++i)
    if (const auto list = list_of(i))
      MINBEN_CHECK(judge({std::nullopt, list}, certificate.path.serials[i - 1], policy, now));
  KnownStanding known;
  if (const auto found = answers_.find(certificate.subject); found != answers_.end())
    known.answer = found->second;
  known.list = list_of(0);
  // A list that the registry publishes was looked at with the path itself.
  if (!known.answer && !known.list && certificate.path.listed) return {};
  return judge(known, certificate.path.info.serial, policy, now);
}

void Standing::remember(const OutsideCertificate& certificate, trust::OcspAnswer answer,
                        std::string_view response) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(certificate.subject);
  if (found != answers_.end() && found->second.this_update >= answer.this_update) return;
  if (found == answers_.end() && answers_.size() >= most_answers) {
    answers_.clear();
    recalled_.clear();
  }
  const bool changed =
      found == answers_.end() || found->second.revoked.has_value() != answer.revoked.has_value();
  answers_[certificate.subject] = std::move(answer);
  recalled_.insert(certificate.subject);
  if (!response.empty())
    unwritten_[{use_of(certificate), certificate.path.info.fingerprint}] = response;
  if (changed) ++changes_;
}

/// Its holder may have nothing newer: until the grace time is over an old one counts all the same.
Result<trust::OcspAnswer> Standing::read_offered(std::string_view response,
                                                 const OutsideCertificate& certificate) const {
  const RevocationPolicy policy = configuration()->revocation;
  const Instant now = clock_.now();
  const trust::Certificate& issuer = certificate.path.issuers.front();
  auto answer = trust::verify_ocsp_response(as_bytes(response), certificate.der, issuer, now,
                                            policy.freshness_s);
  if (!answer && answer.error().code == "ocsp_stale")
    answer = trust::verify_ocsp_response(as_bytes(response), certificate.der, issuer,
                                         now - policy.grace_s, policy.freshness_s);
  return answer;
}

void Standing::offer(std::string_view response,
                     std::span<const std::shared_ptr<const OutsideCertificate>> certificates) {
  const auto subject = trust::ocsp_subject(as_bytes(response));
  if (!subject || !configuration()) return;
  for (const auto& certificate : certificates) {
    if (certificate->subject != *subject) continue;
    if (auto answer = read_offered(response, *certificate))
      remember(*certificate, std::move(*answer), response);
    else
      spdlog::warn("an OCSP answer for {} is left: {}", certificate->path.info.subject,
                   describe(answer.error()));
    return;
  }
}

// -------------------------------------------------------------------------------- on the disk

/// What was known before a restart, verified again: the disk is nobody's word.
void Standing::recall(const OutsideCertificate& certificate) {
  {
    const std::lock_guard lock(mutex_);
    if (recalled_.size() >= most_answers || !recalled_.insert(certificate.subject).second) return;
  }
  const auto kept = archive_.answer(use_of(certificate), certificate.path.info.fingerprint);
  if (!kept) return;
  if (auto answer = read_offered(as_text(*kept), certificate))
    remember(certificate, std::move(*answer), {});
}

/// So that others hear it from us at once, also while the responder is away.
void Standing::recall_own(std::vector<Own>& own) {
  for (Own& each : own) {
    recall(*each.certificate);
    if (!each.response.empty()) continue;
    const auto& certificate = *each.certificate;
    const auto kept = archive_.answer(use_of(certificate), certificate.path.info.fingerprint);
    if (kept && read_offered(as_text(*kept), certificate)) each.response = as_text(*kept);
  }
}

void Standing::recall_lists(const Configuration& configuration) {
  for (const OutsideAuthority& authority : configuration.authorities) {
    std::vector<std::string> issuers = authority.intermediates;
    issuers.push_back(authority.root);
    for (const std::string& text : issuers) {
      const auto issuer = trust::authority_from_pem(text);
      if (!issuer) continue;
      const std::string name = fingerprint(issuer->der);
      {
        const std::lock_guard lock(mutex_);
        if (lists_.contains(name)) continue;
      }
      const auto kept = archive_.list(name);
      const auto read = trust::read_revocation_list(kept.value_or(""));
      if (!read) continue;
      // How old it may be is judge()'s affair.
      auto list = trust::verify_revocation_list(*kept, *issuer, read->this_update);
      const std::lock_guard lock(mutex_);
      if (list) lists_.emplace(name, std::move(*list));
    }
  }
}

/// By the thread that asks, so that no call waits for a disk.
void Standing::write_down() {
  const std::lock_guard one_at_a_time(writing_);
  std::map<std::pair<CertificateUse, std::string>, std::string> answers;
  std::map<std::string, std::string> lists;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(unwritten_);
    lists.swap(unwritten_lists_);
  }
  const auto note = [](const Result<void>& done) {
    if (!done) spdlog::warn("what an authority said is not kept: {}", describe(done.error()));
  };
  for (const auto& [of, response] : answers)
    note(archive_.keep_answer(of.first, of.second, as_bytes(response)));
  for (const auto& [issuer, pem] : lists) note(archive_.keep_list(issuer, pem));
}

std::string Standing::own_tls() const {
  const std::lock_guard lock(mutex_);
  for (const Own& own : own_)
    if (own.certificate->path.info.for_server) return own.response;
  return {};
}

std::vector<std::string> Standing::own() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const Own& own : own_)
    if (!own.response.empty()) all.push_back(own.response);
  return all;
}

std::string Standing::epoch() const {
  const std::lock_guard lock(mutex_);
  if (!configuration_ || configuration_->authorities.empty()) return {};
  return fmt::format("{}.{}", changes_.load(), clock_.now().time_since_epoch() / judge_again);
}

Result<void> Standing::check_own() {
  std::vector<std::shared_ptr<const OutsideCertificate>> own;
  {
    const std::lock_guard lock(mutex_);
    for (const Own& each : own_) own.push_back(each.certificate);
  }
  for (const auto& each : own) MINBEN_CHECK(check(*each));
  return {};
}

// ------------------------------------------------------------------------------------- asking

Result<void> Standing::ask(Own& own, Instant now) {
  std::array<std::uint8_t, 16> nonce{};
  random_.fill(nonce);
  const OutsideCertificate& certificate = *own.certificate;
  const trust::Certificate& issuer = certificate.path.issuers.front();
  MINBEN_TRY(question, trust::make_ocsp_request(certificate.der, issuer, nonce));
  net::ClientRequest request{.method = net::Method::post,
                             .url = certificate.ocsp_url,
                             .body = std::string(as_text(question))};
  request.headers.add("Content-Type", "application/ocsp-request");
  MINBEN_TRY(body, body_of(client_.send(request), certificate.ocsp_url));
  const seconds freshness = configuration()->revocation.freshness_s;
  MINBEN_TRY(answer, trust::verify_ocsp_response(as_bytes(body), certificate.der, issuer, now,
                                                 freshness, nonce));
  const auto life = std::min<Instant::duration>(answer.next_update - answer.this_update, freshness);
  own.again_at = std::min<Instant>(answer.this_update + life / 2, now + hours(1));
  if (own.again_at < now + try_again) own.again_at = now + try_again;
  own.response = std::move(body);
  if (answer.revoked) spdlog::error("our certificate {} is revoked", certificate.path.info.subject);
  remember(certificate, std::move(answer), own.response);
  return {};
}

Result<void> Standing::keep_list(const OutsideAuthority& authority, std::string_view body,
                                 Instant now, Instant& again_at) {
  const std::string pem = as_pem(body);
  std::vector<std::string> issuers = authority.intermediates;
  issuers.push_back(authority.root);
  for (const std::string& text : issuers) {
    MINBEN_TRY(issuer, trust::authority_from_pem(text));
    auto list = trust::verify_revocation_list(pem, issuer, now);
    if (!list && list.error().code == "revocation_list_forged") continue;  // another one's
    if (!list) return std::unexpected(list.error());
    again_at = std::min<Instant>(now + (list->next_update - now) / 2, now + hours(1));
    const std::lock_guard lock(mutex_);
    auto& known = lists_[fingerprint(issuer.der)];
    if (known.this_update < list->this_update) {
      known = std::move(*list);
      unwritten_lists_[fingerprint(issuer.der)] = pem;
      ++changes_;
    }
    return {};
  }
  return fail(Kind::forbidden, "revocation_list_forged", "not signed by this authority");
}

Result<void> Standing::fetch(const OutsideAuthority& authority, List& list, Instant now) {
  MINBEN_TRY(body, body_of(client_.send({.url = list.url}), list.url));
  MINBEN_CHECK(keep_list(authority, body, now, list.again_at));
  list.again_at = std::max<Instant>(list.again_at, now + try_again);
  return {};
}

Result<void> Standing::look(bool at_once) {
  const std::lock_guard one_at_a_time(looking_);
  const auto of = configuration();
  if (!of || of->authorities.empty()) return {};
  const Instant now = clock_.now();
  Result<void> outcome;
  const auto note = [&](const Result<void>& done, const std::string& what) {
    if (done) return;
    spdlog::warn("{}: {}", what, describe(done.error()));
    if (outcome) outcome = done;
  };
  std::vector<Own> own;
  {
    const std::lock_guard lock(mutex_);
    own = own_;
  }
  for (Own& each : own) {
    if (each.certificate->ocsp_url.empty() || (!at_once && now < each.again_at)) continue;
    each.again_at = now + try_again;
    note(ask(each, now), "OCSP of our certificate");
    const std::lock_guard lock(mutex_);
    for (Own& kept : own_)
      if (kept.certificate->subject == each.certificate->subject) {
        if (kept.response != each.response) ++own_version_;
        kept.response = each.response;
        kept.again_at = each.again_at;
      }
  }
  for (const OutsideAuthority& authority : of->authorities)
    for (const std::string& url : authority.list_urls) {
      List& list = list_sources_[url];
      list.url = url;
      if (!at_once && now < list.again_at) continue;
      list.again_at = now + try_again;
      note(fetch(authority, list, now), "list of revoked certificates");
    }
  return outcome;
}

Result<void> Standing::refresh() {
  const auto looked = look(true);
  write_down();
  return looked;
}

void Standing::start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(sleeping_);
    do {
      lock.unlock();
      static_cast<void>(look(false));
      write_down();
      lock.lock();
    } while (!wake_.wait_for(lock, look_every, [this] { return stopping_; }));
  });
}

void Standing::stop() {
  {
    const std::lock_guard lock(sleeping_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  write_down();
}

}  // namespace minben::gateway
