#include "citizen_certificates.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "citizen/citizen.hpp"
#include "files.hpp"
#include "trust/ocsp.hpp"

namespace minben::app {

namespace {

constexpr milliseconds answer_patience{5'000};
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
    : config_(config), clock_(clock), answers_(client(answer_patience, trust::max_ocsp_response)) {}

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
  std::vector<ListedAuthority> listed;
  const auto add = [&](const std::vector<std::string>& authorities,
                       const std::vector<std::string>& urls, std::string_view file) {
    for (std::size_t i = 0; i < authorities.size(); ++i)
      listed.push_back({authorities[i], i < urls.size() ? urls[i] : std::string(),
                        config_.state / fmt::format("{}-{}.crl", file, i + 1)});
  };
  add(trust.intermediates, own.list_urls, "citizens");
  add(trust.roots, own.root_list_urls, "citizen-roots");
  MINBEN_TRY(lists, RevocationLists::open(std::move(listed), clock_));
  lists_ = std::move(lists);
  trust.revocation.authorities = !own.root_list_urls.empty();
  trust.revocation.list = [this](const trust::Certificate& issuer) { return lists_->of(issuer); };
  trust.revocation.ocsp = [this](const std::string& address, const Bytes& request) {
    const std::string& url =
        config_.citizens.ocsp_url.empty() ? address : config_.citizens.ocsp_url;
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

void CitizenCertificates::start() { lists_->start(); }

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
