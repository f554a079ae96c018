// The gateway's own certificates, and its clock.
#include <fmt/format.h>

#include "../files.hpp"
#include "doctor.hpp"
#include "exchange/authorities.hpp"

namespace minben::app::doctor {

namespace {

constexpr seconds clock_warning{2};
constexpr seconds clock_fault{5};  // what gateways allow of each other

constexpr std::string_view renew =
    "`minben gateway renew` with this folder makes new keys and asks for certificates; a running "
    "gateway takes them up by itself.";

/// What the validator's codes mean here.
Finding explain(const Error& error, const std::string& name) {
  if (error.code == "certificate_revoked")
    return fault(error.code, name,
                 fmt::format("The registry revoked this certificate ({}).", error.detail),
                 fmt::format("Ask the officers of the exchange why. {}", renew));
  if (error.code == "untrusted_certificate")
    return fault(error.code, name,
                 fmt::format("No authority that the exchange trusts issued it ({}).", error.detail),
                 fmt::format("Look whether the file is of another exchange. {}", renew));
  if (error.code == "certificate_other_usage")
    return fault(error.code, name, "It was issued for another use than this.",
                 "Look whether tls.pem and seal.pem were mixed up.");
  if (error.code == "revocation_list_expired")
    return fault(error.code, name,
                 fmt::format("Whether it is revoked cannot be told: {}.", error.detail),
                 "The registry must publish a new list; look whether it can be reached.");
  return fault(error.code, name, describe(error), std::string(renew));
}

std::optional<Finding> check_times(const trust::CertificateInfo& info, const std::string& name,
                                   Instant now) {
  if (now < info.not_before)
    return fault("certificate_not_yet_valid", name,
                 fmt::format("It is valid from {} on, and here it is {}.",
                             to_string(info.not_before), to_string(now)),
                 "Set this machine's clock (NTP); if the clock is right, ask the registry.");
  if (now > info.not_after)
    return fault("certificate_expired", name,
                 fmt::format("It ended on {}.", to_string(info.not_after)), renew);
  return std::nullopt;
}

bool is_outside(const exchange::Configuration* configuration) {
  return configuration != nullptr && !configuration->authorities.empty();
}

}  // namespace

Finding check_certificate(const OwnCertificate& own, const exchange::Configuration* configuration,
                          Instant now) {
  const std::string name = own.file.string();
  const auto text = read_file(own.file);
  if (!text)
    return fault("certificate_missing", name, "There is no certificate yet.",
                 "When the request is approved: `minben gateway join` with this folder.");
  const auto certificate = trust::certificate_from_pem(*text);
  if (!certificate)
    return fault("not_a_certificate", name, "The file holds no certificate that can be used.",
                 "`minben gateway join` fetches it again.");
  const auto info = trust::read_certificate(certificate->der).value();
  const auto key = own.key.open();
  if (key && !(trust::certificate_key(certificate->der).value() == key->verify_key()))
    return fault("certificate_other_key", name,
                 fmt::format("It belongs to another key than {}.", own.key.text()),
                 fmt::format("Restore the key that it was issued for, or: {}", renew));
  // An outside authority's certificates need not name the member.
  if (info.member != own.member.value && !(info.member.empty() && is_outside(configuration)))
    return fault("certificate_other_member", name,
                 fmt::format("It names the member \"{}\", and this gateway is of \"{}\".",
                             info.member, own.member.value),
                 "Look whether folders of two agencies were mixed up.");
  if (auto wrong = check_times(info, name, now)) return *wrong;
  if (configuration) {
    const auto validator = exchange::path_validator(*configuration);
    if (!validator) return explain(validator.error(), name);
    const std::vector<trust::Certificate> alone{*certificate};
    const auto checked =
        validator->path(trust::chain_from_pem(*text).value_or(alone), now, own.usage);
    if (!checked) return explain(checked.error(), name);
  }
  const auto left = std::chrono::floor<days>(info.not_after - now).count();
  if (info.not_after - now < ends_soon)
    return warning("certificate_ends_soon", name, fmt::format("It ends in {} days.", left), renew);
  return fine(name, fmt::format("valid for {} more days", left));
}

std::optional<Finding> check_next_keys(const gateway::GatewayConfig& config,
                                       const std::filesystem::path& home) {
  namespace fs = std::filesystem;
  if (config.seal_key.in_token()) return std::nullopt;
  const fs::path key = gateway::next_file(config.seal_key.file());
  if (!fs::exists(key)) return std::nullopt;
  if (!fs::exists(gateway::next_file(config.seal_certificate)))
    return warning("renewal_not_approved", key.string(),
                   "New keys are there, and no certificates for them yet.",
                   fmt::format("`minben gateway join {}` tells what the registry says; an officer "
                               "may have to approve it.",
                               home.string()));
  return fine(key.string(),
              "new keys are ready; the running gateway takes them up when the configuration has "
              "named them for a while");
}

Finding check_clock(std::string_view whose, Instant theirs, Instant own) {
  const auto difference = own - theirs;
  const auto off = std::chrono::round<seconds>(std::chrono::abs(difference));
  if (off <= clock_warning)
    return fine(whose, fmt::format("both clocks agree within {} s", clock_warning.count()));
  const std::string what =
      fmt::format("This machine's clock is {} s {} that one.", off.count(),
                  difference > Instant::duration::zero() ? "ahead of" : "behind");
  constexpr std::string_view remedy =
      "Let NTP set this machine's clock (timedatectl set-ntp true).";
  if (off <= clock_fault) return warning("clock_off", whose, what, remedy);
  return fault("clock_off", whose, what + " Others refuse messages as too old or from the future.",
               remedy);
}

}  // namespace minben::app::doctor
