// The whole examination, in an order in which causes come before what follows from them.
#include <fmt/format.h>

#include "doctor.hpp"
#include "registry/join.hpp"

namespace minben::app::doctor {

namespace fs = std::filesystem;

namespace {

void add(Findings& all, Findings more) { std::ranges::move(more, std::back_inserter(all)); }

/// Of the published address of the gateway that listens on our port.
std::string own_host(const gateway::GatewayConfig& config,
                     const exchange::Configuration& configuration) {
  const exchange::Member* member = configuration.member(config.member.value);
  if (member == nullptr) return {};
  for (const exchange::GatewayEntry& entry : member->gateways)
    if (const auto address = registry::read_gateway_url(entry.url);
        address && address->port == config.peer_port)
      return address->host;
  return {};
}

void examine_files(const gateway::GatewayConfig& config, const fs::path& home, Findings& all) {
  using trust::KeyType;
  all.push_back(check_key(config.signing_key, KeyType::ed25519));
  all.push_back(check_key(config.tls_key, KeyType::p256));
  all.push_back(check_key(config.seal_key, KeyType::p256));
  if (!config.witness_key.empty()) all.push_back(check_key(config.witness_key, KeyType::ed25519));
  add(all, check_folder(config.state_directory));
  add(all, check_tokens(home / "tokens", config));
}

void examine_certificates(const gateway::GatewayConfig& config, const fs::path& home,
                          const exchange::Configuration* configuration, Instant now,
                          Findings& all) {
  all.push_back(check_certificate(
      {config.tls_certificate, config.tls_key, config.member, trust::Usage::tls_server},
      configuration, now));
  all.push_back(check_certificate(
      {config.seal_certificate, config.seal_key, config.member, trust::Usage::seal}, configuration,
      now));
  if (auto next = check_next_keys(config, home)) all.push_back(std::move(*next));
}

void examine_authorities(const gateway::GatewayConfig& config,
                         const exchange::Configuration& configuration, Instant now, Findings& all) {
  add(all, check_outside(
               {config.tls_certificate, config.tls_key, config.member, trust::Usage::tls_server},
               own_host(config, configuration), configuration, now));
  add(all,
      check_outside({config.seal_certificate, config.seal_key, config.member, trust::Usage::seal},
                    "", configuration, now));
}

void examine_ports(const gateway::GatewayConfig& config, const Running& gateway, Findings& all) {
  if (gateway.running) {
    all.push_back(gateway.trouble
                      ? *gateway.trouble
                      : fine(fmt::format("port {}", config.client_port), "the gateway runs"));
    return;
  }
  all.push_back(check_port_free(config.client_address, config.client_port));
  all.push_back(check_port_free(config.peer_address, config.peer_port));
}

}  // namespace

Findings examine(const fs::path& place, const Clock& clock) {
  const fs::path file = fs::is_directory(place) ? place / "gateway.json" : place;
  const auto read = gateway::read_gateway_config(fs::absolute(file));
  if (!read)
    return {fault("unreadable_config", file.string(),
                  fmt::format("It cannot be used: {}.", describe(read.error())),
                  "Make it with `minben gateway init`, or correct what is named.")};
  const gateway::GatewayConfig& config = *read;
  const fs::path home = fs::absolute(file).parent_path();
  Findings all;
  examine_files(config, home, all);
  const KnownConfiguration known = check_configuration(config, clock);
  add(all, known.findings);
  const auto* configuration = known.configuration ? &*known.configuration : nullptr;
  examine_certificates(config, home, configuration, clock.now(), all);
  const Running gateway = look_for_gateway(config);
  examine_ports(config, gateway, all);
  for (const auto& [service, url] : config.registers) all.push_back(check_register(service, url));
  all.push_back(check_ledger(config, gateway.running));
  if (!configuration) return all;
  examine_authorities(config, *configuration, clock.now(), all);
  add(all, check_membership(config, config.seal_certificate, *configuration));
  if (gateway.running) add(all, check_own_address(config, *configuration));
  add(all, check_peers(config, *configuration, clock));
  return all;
}

Severity worst(const Findings& findings) {
  Severity worst = Severity::fine;
  for (const Finding& one : findings) worst = std::max(worst, one.severity);
  return worst;
}

}  // namespace minben::app::doctor
