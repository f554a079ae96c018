// Certificates of outside authorities: what they must be like, and what their authority says of
// them.
#include <array>

#include <fmt/format.h>

#include "../files.hpp"
#include "doctor.hpp"
#include "exchange/authorities.hpp"
#include "registry/profile.hpp"
#include "trust/ocsp.hpp"

namespace minben::app::doctor {

namespace {

struct Advice {
  std::string_view code;
  std::string_view what;
  std::string_view remedy;
};

constexpr std::string_view profile_remedy =
    "Have the authority issue it by the profile in docs/exchange-onboarding.md, then `minben "
    "gateway "
    "install` and a new approval.";

constexpr std::array advices{
    Advice{"certificate_other_host", "It is not for the host of the gateway's address.",
           profile_remedy},
    Advice{"certificate_other_usage", "It was not issued for this use.", profile_remedy},
    Advice{"certificate_is_authority", "It is an authority's certificate.", profile_remedy},
    Advice{"certificate_other_key_type", "Its key is not of P-256.", profile_remedy},
    Advice{"certificate_other_member", "It names another member.", profile_remedy},
    Advice{"authority_unreachable", "The authority's responder does not answer.",
           "Try its address with curl from this machine; look at name server, proxy and firewall; "
           "tell the authority. The gateway goes on for the registry's grace time."},
    Advice{"ocsp_refused", "The authority's responder answers that it cannot answer.",
           "Tell the authority; the gateway goes on for the registry's grace time."},
    Advice{"not_an_ocsp_response", "What the responder's address gives is no OCSP answer.",
           "Look whether the address is right, and whether a proxy answers in its place."},
    Advice{
        "ocsp_forged", "The responder's answer is not signed by the certificate's authority.",
        "Its responder needs a certificate of this very authority with OCSPSigning; look whether "
        "the address leads to another authority's responder."},
    Advice{"ocsp_other_certificate", "The responder answers about another certificate.",
           "Tell the authority."},
    Advice{"ocsp_unknown", "The authority's responder does not know this certificate.",
           "Was it issued by this authority? Its responder may learn of new ones late: ask it."},
    Advice{"ocsp_stale", "The responder's answers are too old to count.",
           "Look at this machine's clock; else the authority must renew its answers."},
    Advice{"ocsp_not_yet_valid", "The responder's answers are of the future.",
           "Look at this machine's clock (NTP)."},
    Advice{"ocsp_replayed", "The responder answered another question than was asked.",
           "A proxy may keep answers to POST requests: let it not."},
};

Finding explain(const Error& error, const std::string& subject, Severity severity) {
  for (const Advice& advice : advices)
    if (advice.code == error.code)
      return {severity, error.code, subject, fmt::format("{} ({})", advice.what, error.detail),
              std::string(advice.remedy)};
  return {severity, error.code, subject, describe(error), std::string(profile_remedy)};
}

Result<std::string> ask(const std::string& url, const Bytes& question) {
  net::Client client({.timeout_ms = patience, .max_response_bytes = trust::max_ocsp_response});
  net::ClientRequest request{
      .method = net::Method::post, .url = url, .body = std::string(as_text(question))};
  request.headers.add("Content-Type", "application/ocsp-request");
  auto answer = client.send(request);
  if (!answer) return fail(Kind::unavailable, "authority_unreachable", describe(answer.error()));
  if (answer->status != 200)
    return fail(Kind::unavailable, "authority_unreachable",
                fmt::format("status {}", answer->status));
  return std::move(answer->body);
}

/// What its responder says; where there is none, lists tell the gateway itself.
Finding ask_responder(const std::string& subject, const trust::Certificate& certificate,
                      const trust::Path& path, const exchange::OutsideAuthority& authority,
                      seconds freshness, Instant now) {
  const std::string url =
      authority.ocsp_url.empty() ? trust::ocsp_url(certificate.der) : authority.ocsp_url;
  if (url.empty())
    return authority.list_urls.empty() && !path.listed
               ? fault("revocation_unknown", subject,
                       "Neither the certificate nor the registry says where to learn whether it is "
                       "revoked, so others refuse it.",
                       "Tell the officers of the exchange the address of the authority's OCSP "
                       "responder or of its lists.")
               : fine(subject, "its authority has lists of revoked certificates");
  const trust::Certificate& issuer = path.issuers.front();
  const auto question = trust::make_ocsp_request(certificate.der, issuer);
  const auto body =
      question ? ask(url, *question) : Result<std::string>(std::unexpected(question.error()));
  if (!body) return explain(body.error(), url, Severity::warning);
  const auto answer =
      trust::verify_ocsp_response(as_bytes(*body), certificate.der, issuer, now, freshness);
  if (!answer) return explain(answer.error(), url, Severity::fault);
  if (answer->revoked)
    return fault(
        "certificate_revoked", subject,
        fmt::format("Its authority revoked it ({} since {}).",
                    trust::to_string(answer->revoked->reason), to_string(answer->revoked->at)),
        "Ask the authority why; make a new key, have it certified, and `minben gateway "
        "install`.");
  return fine(url, fmt::format("says that {} is good", subject));
}

bool is_published(const exchange::Configuration& configuration, const OwnCertificate& own,
                  const std::string& fingerprint) {
  const exchange::Member* member = configuration.member(own.member.value);
  if (own.usage == trust::Usage::seal || member == nullptr) return true;  // said elsewhere
  return std::ranges::any_of(member->gateways, [&](const exchange::GatewayEntry& entry) {
    return std::ranges::find(entry.tls_certificates, fingerprint) != entry.tls_certificates.end();
  });
}

}  // namespace

Findings check_outside(const OwnCertificate& own, const std::string& host,
                       const exchange::Configuration& configuration, Instant now) {
  const auto text = read_file(own.file);
  const auto chain = text ? trust::chain_from_pem(*text)
                          : Result<std::vector<trust::Certificate>>(std::unexpected(text.error()));
  const auto validator = exchange::path_validator(configuration);
  if (!chain || !validator) return {};  // said where certificates are looked at
  const auto path = validator->path(*chain, now, trust::Usage::any);
  const exchange::OutsideAuthority* authority =
      path ? exchange::outside_authority(configuration, path->anchor) : nullptr;
  if (authority == nullptr) return {};
  const std::string name = own.file.string();
  trust::CertificateRequest names{.common_name = {}, .member = own.member.value};
  names.dns_names.clear();
  names.ip_addresses.clear();
  if (own.usage != trust::Usage::seal && !host.empty())
    (path->info.ip_addresses.empty() ? names.dns_names : names.ip_addresses).push_back(host);
  Findings findings;
  if (const auto fits = registry::check_profile(chain->front().der, own.usage, names); !fits)
    findings.push_back(explain(fits.error(), name, Severity::fault));
  if (!is_published(configuration, own, path->info.fingerprint))
    findings.push_back(fault("certificate_not_published", name,
                             "The registry does not say that this certificate is the agency's, so "
                             "others refuse it.",
                             "Has its request been approved? `minben gateway join` tells."));
  findings.push_back(ask_responder(name, chain->front(), *path, *authority,
                                   configuration.revocation.freshness_s, now));
  return findings;
}

std::string holder_of(const exchange::Configuration& configuration,
                      const trust::CertificateInfo& info) {
  for (const exchange::Member& member : configuration.members)
    for (const exchange::GatewayEntry& entry : member.gateways)
      if (std::ranges::find(entry.tls_certificates, info.fingerprint) !=
          entry.tls_certificates.end())
        return member.code.value;
  return info.member;
}

}  // namespace minben::app::doctor
