// The configuration as the gateway would get it, and what it says about this gateway.
#include <fmt/format.h>

#include "../files.hpp"
#include "../onboarding.hpp"
#include "doctor.hpp"

namespace minben::app::doctor {

namespace fs = std::filesystem;

namespace {

constexpr days configuration_ends_soon{1};

/// The registry's name for logs and remedies: where the configuration comes from.
bool is_web(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

/// "https://platform.example" of "https://platform.example/exchange/configuration".
std::string registry_of(const std::string& source) {
  constexpr std::string_view tail = "/exchange/configuration";
  return source.ends_with(tail) ? source.substr(0, source.size() - tail.size()) : "";
}

Result<std::string> read_source(const gateway::GatewayConfig& config) {
  if (!is_web(config.configuration)) return read_file(config.configuration);
  net::Client client({.server_ca_pem = config.registry_authorities,
                      .timeout_ms = patience,
                      .max_response_bytes = 8u << 20});
  MINBEN_TRY(answer, client.send({.url = config.configuration}));
  if (answer.status != 200)
    return fail(Kind::unavailable, "registry_unreachable", fmt::format("status {}", answer.status));
  return answer.body;
}

Finding unreachable(const gateway::GatewayConfig& config, const Error& error,
                    const std::optional<exchange::Configuration>& cached, Instant now) {
  const std::string what = fmt::format("The registry does not answer ({}).", describe(error));
  constexpr std::string_view remedy =
      "Try the address with curl from this machine; look at name server, proxy and firewall; ask "
      "the officers of the exchange.";
  if (cached && now < cached->expires_at)
    return warning("registry_unreachable", config.configuration,
                   fmt::format("{} The gateway goes on with version {} until {}.", what,
                               cached->version, to_string(cached->expires_at)),
                   remedy);
  return fault("registry_unreachable", config.configuration,
               what + " Nothing that is still in force is known here.", remedy);
}

Finding judge(const gateway::GatewayConfig& config, const exchange::Configuration& found,
              const std::optional<exchange::Configuration>& cached, Instant now) {
  const std::string& subject = config.configuration;
  if (cached && found.version < cached->version)
    return fault("configuration_older", subject,
                 fmt::format("Version {} is offered, but version {} was seen before.",
                             found.version, cached->version),
                 "The registry may have been restored from an old backup, or somebody plays back "
                 "an old file; ask its officers. The gateway keeps the newer one.");
  if (now >= found.expires_at)
    return fault("configuration_expired", subject,
                 fmt::format("Version {} ended at {}.", found.version, to_string(found.expires_at)),
                 "The registry must publish a new one; tell its officers. Look at the clock, too.");
  if (found.expires_at - now < configuration_ends_soon)
    return warning(
        "configuration_ends_soon", subject,
        fmt::format("Version {} ends at {}.", found.version, to_string(found.expires_at)),
        "The registry should have renewed it by now; tell its officers.");
  return fine(subject, fmt::format("version {}, in force until {}", found.version,
                                   to_string(found.expires_at)));
}

std::optional<Finding> registry_clock(const gateway::GatewayConfig& config, const Clock& clock) {
  const std::string registry = registry_of(config.configuration);
  if (registry.empty()) return std::nullopt;
  const auto text = ask_registry({registry, config.registry_authorities, ""}, "/exchange/registry");
  const auto json = text ? parse_json(*text) : Result<Json>(std::unexpected(text.error()));
  const auto time = json ? parse_instant(string_or(*json, "time"))
                         : Result<Instant>(std::unexpected(json.error()));
  if (!time) return std::nullopt;  // that it cannot be reached is said elsewhere
  return check_clock("clock of the registry", *time, clock.now());
}

}  // namespace

KnownConfiguration check_configuration(const gateway::GatewayConfig& config, const Clock& clock) {
  KnownConfiguration known;
  const Instant now = clock.now();
  const auto pem = read_file(config.registry_key);
  const auto key = pem ? trust::VerifyKey::from_pem(*pem)
                       : Result<trust::VerifyKey>(std::unexpected(pem.error()));
  if (!key) {
    known.findings.push_back(fault("registry_key_missing", config.registry_key.string(),
                                   "The registry's public key is not there, so nothing that it "
                                   "says can be believed.",
                                   "Run `minben gateway init` again and compare the fingerprint."));
    return known;
  }
  // Expiry is judged below, so that an old configuration can still tell who the peers are.
  const auto verify = [&](const std::string& text) {
    return exchange::verify_configuration(text, *key, Instant{});
  };
  std::optional<exchange::Configuration> cached;
  if (const auto text = read_file(config.state_directory / "configuration.json"))
    if (auto read = verify(*text)) cached = std::move(*read);
  const auto text = read_source(config);
  if (!text) {
    known.findings.push_back(unreachable(config, text.error(), cached, now));
    known.configuration = cached;
    return known;
  }
  auto found = verify(*text);
  if (!found) {
    const bool forged = found.error().code == "configuration_forged";
    known.findings.push_back(fault(
        found.error().code, config.configuration,
        forged ? "What is offered there was not signed by the registry whose key is here."
               : fmt::format("What is offered there cannot be read ({}).", found.error().detail),
        forged ? "Either the address is another registry's, or the registry has a new key: "
                 "call its officers and compare fingerprints before you change anything."
               : "Is the address right? Is this program older than the registry's?"));
    known.configuration = cached;
    return known;
  }
  known.findings.push_back(judge(config, *found, cached, now));
  if (auto off = registry_clock(config, clock)) known.findings.push_back(std::move(*off));
  known.configuration =
      cached && cached->version > found->version ? std::move(cached) : std::move(*found);
  return known;
}

namespace {

void check_entry(const gateway::GatewayConfig& config, const fs::path& seal_certificate,
                 const exchange::GatewayEntry& entry, Findings& findings) {
  const std::string subject = fmt::format("{}/{}", config.member.value, entry.name);
  const auto port = registry::read_gateway_url(entry.url);
  if (port && port->port != config.peer_port)
    findings.push_back(warning("address_differs", subject,
                               fmt::format("Others call {}, but the gateway listens on port {}.",
                                           entry.url, config.peer_port),
                               "Right if a firewall forwards it; else correct gateway.json, or ask "
                               "to join again with the new address."));
  if (const auto text = read_file(seal_certificate)) {
    const auto own = trust::certificate_from_pem(*text);
    const bool published = own && std::ranges::any_of(entry.certificates, [&](const auto& pem) {
                             const auto each = trust::certificate_from_pem(pem);
                             return each && each->der == own->der;
                           });
    if (!published)
      findings.push_back(fault("seal_not_published", subject,
                               "The registry does not publish our certificate of seals, so others "
                               "refuse our messages.",
                               "`minben gateway join` fetches the newest; it may also have been "
                               "revoked: ask the officers of the exchange."));
  }
}

}  // namespace

Findings check_membership(const gateway::GatewayConfig& config, const fs::path& seal_certificate,
                          const exchange::Configuration& configuration) {
  const exchange::Member* member = configuration.member(config.member.value);
  if (!member)
    return {fault("not_a_member", config.member.value, "The registry does not know this agency.",
                  "Has the request been approved? `minben gateway join` tells.")};
  const auto key = trust::SigningKey::load(config.signing_key);
  if (!key) return {};  // said where keys are looked at
  const auto entry = std::ranges::find_if(
      member->gateways, [&](const auto& each) { return each.signing_key == key->verify_key(); });
  if (entry == member->gateways.end())
    return {fault("signing_key_differs", config.member.value,
                  "The registry knows the agency, but no gateway of it with this signing key.",
                  "Restore signing.key.pem from your backup, or ask to join under a new gateway "
                  "name (--gateway).")};
  Findings findings;
  check_entry(config, seal_certificate, *entry, findings);
  for (const auto& [subsystem, digest] : config.clients)
    if (std::ranges::find(member->subsystems, subsystem) == member->subsystems.end())
      findings.push_back(warning("subsystem_unknown", subsystem,
                                 "gateway.json has a token for it, but the registry does not know "
                                 "it.",
                                 "Ask to join again with --subsystem, or remove it."));
  if (findings.empty())
    findings.push_back(fine(config.member.value, "the registry publishes this gateway as it is"));
  return findings;
}

}  // namespace minben::app::doctor
