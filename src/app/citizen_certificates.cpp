#include "citizen_certificates.hpp"

#include <condition_variable>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "citizen/citizen.hpp"
#include "files.hpp"
#include "trust/ocsp.hpp"

namespace minben::app {

namespace {

constexpr seconds list_every = hours(1), again_after = minutes(1);
constexpr milliseconds list_patience{120'000}, answer_patience{5'000};
constexpr std::string_view authorities_file = "citizen-authorities.pem";

net::ClientConfig client(milliseconds patience, std::size_t largest) {
  net::ClientConfig config;
  config.timeout_ms = patience;
  config.max_response_bytes = largest;
  return config;
}

Result<Bytes> body_of(Result<net::ClientResponse> response, std::string_view what) {
  if (!response) return fail(std::move(response.error()));
  if (response->status != 200)
    return fail(Kind::unavailable, "authority_failed",
                fmt::format("{}: it answered {}", what, response->status));
  return Bytes(response->body.begin(), response->body.end());
}

}  // namespace

CitizenCertificates::CitizenCertificates(const Config& config, const Clock& clock)
    : config_(config),
      clock_(clock),
      lists_(client(list_patience, trust::max_indexed_list)),
      answers_(client(answer_patience, trust::max_ocsp_response)) {}

CitizenCertificates::~CitizenCertificates() = default;

Result<std::unique_ptr<CitizenCertificates>> CitizenCertificates::open(
    const Config& config, const Clock& clock, identity::CertificateSignInParts parts) {
  std::unique_ptr<CitizenCertificates> made(new CitizenCertificates(config, clock));
  identity::CitizenTrust trust;
  MINBEN_CHECK(made->read_trust(trust));
  MINBEN_TRY(certificates, identity::CitizenCertificates::make(std::move(trust)));
  made->sign_in_ =
      std::make_unique<identity::CertificateSignIn>(std::move(parts), std::move(certificates));
  return made;
}

Result<void> CitizenCertificates::read_trust(identity::CitizenTrust& trust) {
  const CitizenAuthorities& own = config_.citizens;
  MINBEN_TRY(roots, read_file(own.roots));
  MINBEN_TRY(intermediates, read_file(own.intermediates));
  trust.roots = pem_parts(roots, "CERTIFICATE");
  trust.intermediates = pem_parts(intermediates, "CERTIFICATE");
  // For TLS: whoever is on it is offered to browsers as an issuer that counts.
  MINBEN_CHECK(write_file(config_.state / authorities_file, roots + "\n" + intermediates));
  for (std::size_t i = 0; i < trust.intermediates.size(); ++i) {
    MINBEN_TRY(issuer, trust::authority_from_pem(trust.intermediates[i]));
    MINBEN_TRY(
        kept, trust::KeptList::open(config_.state / fmt::format("citizens-{}.crl", i + 1), issuer));
    kept_.push_back(std::move(kept));
    issuers_.push_back(std::move(issuer));
  }
  trust.revocation.list =
      [this](const trust::Certificate& issuer) -> std::shared_ptr<const trust::RevocationIndex> {
    const auto place = std::ranges::find(issuers_, issuer.der, &trust::Certificate::der);
    if (place == issuers_.end()) return nullptr;
    return kept_[static_cast<std::size_t>(place - issuers_.begin())]->current();
  };
  trust.revocation.ocsp = [this](const std::string& url, const Bytes& request) {
    net::ClientRequest asked{.method = net::Method::post, .url = url};
    asked.headers.set("Content-Type", "application/ocsp-request");
    asked.body = as_text(request);
    // A question changes nothing: where a kept connection was already closed it is asked again.
    auto answer = answers_.send(asked);
    if (!answer) answer = answers_.send(asked);
    auto body = body_of(std::move(answer), url);
    if (!body) spdlog::warn("the citizens' authority does not answer: {}", describe(body.error()));
    return body;
  };
  return {};
}

Result<void> CitizenCertificates::fetch_list() {
  for (std::size_t i = 0; i < kept_.size() && i < config_.citizens.list_urls.size(); ++i) {
    const std::string& url = config_.citizens.list_urls[i];
    MINBEN_TRY(list, body_of(lists_.send({.method = net::Method::get, .url = url}), url));
    MINBEN_CHECK(kept_[i]->replace(std::move(list), clock_.now()));
  }
  return {};
}

void CitizenCertificates::keep_fetching(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    const auto fetched = fetch_list();
    if (!fetched)
      spdlog::warn("no newer list of revoked citizen certificates: {}", describe(fetched.error()));
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, fetched ? list_every : again_after, [] { return false; });
  }
}

void CitizenCertificates::start() {
  if (config_.citizens.list_urls.empty() || fetching_.joinable()) return;
  fetching_ = std::jthread([this](const std::stop_token& stop) { keep_fetching(stop); });
}

Result<std::unique_ptr<net::Server>> CitizenCertificates::serve() {
  const CitizenAuthorities& own = config_.citizens;
  if (own.card_port == 0) return nullptr;
  net::ServerConfig server;
  server.address = config_.address;
  server.port = own.card_port;
  server.requests_per_second_per_address = config_.requests_per_second_per_address;
  server.tls = net::TlsConfig{own.card_certificate, own.card_key, config_.state / authorities_file};
  return net::Server::start(server, citizen::certificate_routes(*sign_in_, config_.origin), {});
}

}  // namespace minben::app
