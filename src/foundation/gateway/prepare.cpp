// A new exchange: keys, certificates, tokens, local files, signed configuration.
#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "exchange/handover.hpp"
#include "exchange/values.hpp"
#include "files.hpp"
#include "ledger/succession.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;
constexpr days renew_before{30};

Result<void> write_public_file(const fs::path& path, std::string_view text) {
  const fs::path partial = path.string() + ".part";
  std::ofstream file(partial, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) fs::rename(partial, path, error);
  if (!file || error) return fail(Kind::unavailable, "not_written", error.message(), path.string());
  return {};
}

Result<void> make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Kind::unavailable, "not_written", error.message(), path.string());
  return {};
}

// The certificate there is, when it is for this key and host, by this authority, and lasts.
bool still_good(const fs::path& path, const trust::VerifyKey& key, const std::string& host,
                const trust::Authority& authority, Instant now) {
  const auto certificate = read_certificate_file(path);
  if (!certificate) return false;
  const auto holder = trust::certificate_key(certificate->der);
  const auto known = authority.check(certificate->der, now);
  return holder && *holder == key && known &&
         std::ranges::find(known->dns_names, host) != known->dns_names.end() &&
         authority.check(certificate->der, now + renew_before);
}

// The version of what is there already; its signature does not matter, only that we stay above it.
std::int64_t version_in(const fs::path& file) {
  const auto json = parse_json(read_file(file).value_or(""));
  const Json* content = json ? find(*json, "content") : nullptr;
  return content ? get_integer(*content, "version").value_or(0) : 0;
}

bool on_this_machine(const PlannedMember& member) { return member.host == "localhost"; }

std::string peer_url(const PlannedMember& member) {
  return fmt::format("https://{}:{}", member.host, member.peer_port);
}

class Preparation {
 public:
  Preparation(const fs::path& directory, const Plan& plan, const Clock& clock, Random& random)
      : directory_(fs::absolute(directory)), plan_(plan), clock_(clock), random_(random) {}

  Result<Prepared> run() {
    MINBEN_CHECK(make_directory(directory_ / "registry"));
    MINBEN_TRY(registry,
               trust::SigningKey::load_or_create(directory_ / "registry" / "registry.key.pem",
                                                 trust::KeyType::ed25519));
    MINBEN_TRY(authority, trust::Authority::load_or_create(directory_ / "registry" / "authority",
                                                           plan_.instance + " gateways", clock_));
    out_.registry_key = directory_ / "registry" / "registry.pub.pem";
    out_.configuration_file = directory_ / "configuration.json";
    MINBEN_CHECK(write_registry_key(registry.verify_key()));
    for (const PlannedMember& member : plan_.members)
      MINBEN_CHECK(prepare_member(member, authority));
    MINBEN_CHECK(write_policies());
    MINBEN_CHECK(write_configuration(registry, authority));
    return std::move(out_);
  }

 private:
  /// Which members compare. After a change of the key the earlier one stays: it leads to the new
  /// one, and to what gateways keep that it signed.
  Result<void> write_registry_key(const trust::VerifyKey& key) {
    const auto file = directory_ / "registry" / "registry.handovers";
    out_.configuration.handovers = handovers_in(read_file(file).value_or(""));
    if (const auto known = trust::VerifyKey::from_pem(read_file(out_.registry_key).value_or("")))
      if (std::ranges::any_of(successors(*known, out_.configuration.handovers),
                              [&](const auto& later) { return later == key; }))
        return {};
    return write_public_file(out_.registry_key, key.pem());
  }

  Result<void> prepare_member(const PlannedMember& member, const trust::Authority& authority) {
    const fs::path home = directory_ / "members" / member.code.value;
    MINBEN_CHECK(make_directory(home / "tokens"));
    GatewayConfig config;
    config.member = member.code;
    config.client_port = member.client_port;
    config.peer_address = member.peer_address;
    config.peer_port = member.peer_port;
    keep_in(home, config);
    config.registry_key = out_.registry_key;
    config.configuration = plan_.configuration_url.empty() ? out_.configuration_file.string()
                                                           : plan_.configuration_url;
    config.registers = member.registers;
    config.witnesses = home / "witnesses.policy";
    MINBEN_TRY(signing,
               trust::SigningKey::load_or_create(config.signing_key, trust::KeyType::ed25519));
    for (const bool seals : {false, true})
      MINBEN_CHECK(prepare_certificate(member, (seals ? config.seal_key : config.tls_key).file(),
                                       seals ? config.seal_certificate : config.tls_certificate,
                                       seals, authority));
    MINBEN_CHECK(add_party(member, config, signing.verify_key()));
    for (const std::string& subsystem : member.subsystems) {
      MINBEN_TRY(token, token_of(member, subsystem, home / "tokens" / (subsystem + ".token")));
      config.clients[subsystem] = hex_encode(sha256(token));
    }
    const fs::path file = home / "gateway.json";
    MINBEN_CHECK(write_gateway_config(config, file));
    out_.gateway_configs[member.code.value] = file;
    MINBEN_TRY(seal, read_file(config.seal_certificate));
    GatewayEntry entry{.url = peer_url(member),
                       .signing_key = signing.verify_key(),
                       .certificates = {std::move(seal)}};
    out_.configuration.members.push_back(
        {member.member_class, member.code, member.name, {std::move(entry)}, member.subsystems});
    return {};
  }

  /// A witness signs with a key of its own, never the ledger's (tlog-cosignature).
  Result<void> add_party(const PlannedMember& member, const GatewayConfig& config,
                         const trust::VerifyKey& log_key) {
    MINBEN_TRY(key, trust::SigningKey::load_or_create(config.witness_key, trust::KeyType::ed25519));
    MINBEN_TRY(log, ledger::NoteVerifier::make(ledger_origin(member.code), log_key));
    std::vector<std::string> logs{log.vkey()};
    const auto file_of = [&](int number) {
      return ledger_key_path(config.state_directory, number);
    };
    MINBEN_TRY(later, ledger::vkeys_in(file_of, ledger_origin(member.code), 2));
    std::ranges::move(later, std::back_inserter(logs));
    MINBEN_TRY(witness,
               ledger::CosignatureVerifier::make(witness_name(member.code), key.verify_key()));
    parties_.push_back({member.code, std::move(logs), witness.vkey(),
                        peer_url(member) + std::string(witness_prefix)});
    return {};
  }

  /// Gateways reach each other on the peer side; the platform reaches those on its own machine on
  /// the client side.
  Result<void> write_policies() {
    for (const Party& party : parties_) {
      const fs::path home = directory_ / "members" / party.member.value;
      MINBEN_CHECK(write_public_file(home / "logs.policy",
                                     logs_policy(parties_, party.member, plan_.platform_logs)));
      MINBEN_CHECK(
          write_public_file(home / "witnesses.policy",
                            witnesses_policy(party.log_keys.front(), parties_, party.member)));
    }
    if (plan_.platform_logs.empty()) return {};
    std::vector<Party> near;
    for (std::size_t i = 0; i < parties_.size(); ++i) {
      if (!on_this_machine(plan_.members[i])) continue;
      near.push_back(parties_[i]);
      near.back().url =
          fmt::format("http://127.0.0.1:{}{}", plan_.members[i].client_port, witness_prefix);
    }
    out_.platform_policy = directory_ / "platform.policy";
    return write_public_file(out_.platform_policy,
                             witnesses_policy(plan_.platform_logs.front(), near, AgencyCode{}));
  }

  Result<void> prepare_certificate(const PlannedMember& member, const fs::path& key_file,
                                   const fs::path& file, bool seals,
                                   const trust::Authority& authority) {
    MINBEN_TRY(key, trust::SigningKey::load_or_create(key_file, trust::KeyType::p256));
    if (still_good(file, key.verify_key(), member.host, authority, clock_.now())) return {};
    trust::CertificateRequest request;
    request.common_name = "gateway of " + member.code.value;
    request.member = member.code.value;
    request.dns_names = {member.host};
    if (!on_this_machine(member)) request.ip_addresses.clear();
    request.for_seals = seals;
    request.for_server = request.for_client = !seals;
    MINBEN_TRY(certificate, authority.issue(key.verify_key(), request, clock_));
    return write_public_file(file, certificate.pem);
  }

  Result<std::string> token_of(const PlannedMember& member, const std::string& subsystem,
                               const fs::path& file) {
    if (!fs::exists(file)) MINBEN_CHECK(trust::write_secret_file(file, random_.token() + "\n"));
    MINBEN_TRY(text, trust::read_secret_file(file));
    std::string token(trim(text));
    const std::string name = member.code.value + "/" + subsystem;
    out_.tokens[name] = token;
    out_.token_files[name] = file;
    return token;
  }

  Result<void> write_configuration(const trust::SigningKey& registry,
                                   const trust::Authority& authority) {
    Configuration& configuration = out_.configuration;
    configuration.version = version_in(out_.configuration_file) + 1;
    configuration.instance = plan_.instance;
    configuration.issued_at = clock_.now();
    configuration.expires_at = clock_.now() + days(plan_.valid_days);
    configuration.services = plan_.services;
    configuration.rules = plan_.rules;
    configuration.consent_key = plan_.consent_key;
    configuration.other_consent_key = plan_.other_consent_key;
    configuration.usage_url = plan_.usage_url;
    configuration.trust_anchors = {authority.certificate().pem};
    configuration.timestamp_urls = plan_.timestamp_urls;
    configuration.timestamp_roots = plan_.timestamp_roots;
    MINBEN_TRY(text, sign_configuration(configuration, registry));
    return write_public_file(out_.configuration_file, text);
  }

  const fs::path directory_;
  const Plan& plan_;
  const Clock& clock_;
  Random& random_;
  std::vector<Party> parties_;  ///< in the plan's order
  Prepared out_;
};

}  // namespace

Result<Prepared> prepare(const fs::path& directory, const Plan& plan, const Clock& clock,
                         Random& random) {
  return Preparation(directory, plan, clock, random).run();
}

}  // namespace minben::gateway
