#pragma once
// What can be wrong with a gateway, found out by really looking: files, certificates, clock, names,
// ports, peers, registry, registers, ledger. Each check says in plain words what it found and what
// to do about it. No check changes anything; each waits for a few seconds at most.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "gateway/gateway.hpp"
#include "trust/key_place.hpp"
#include "trust/revocation.hpp"

namespace minben::app::doctor {

enum class Severity { fine, warning, fault };
using minben::to_string;  // instants, beside this one
std::string_view to_string(Severity severity);

struct Finding {
  Severity severity = Severity::fine;
  std::string code;     ///< stable: "certificate_expired"; "ok" when all is well
  std::string subject;  ///< the file, address or member that was looked at
  std::string what;     ///< what is the case
  std::string remedy;   ///< what to do; "" when there is nothing to do
};
using Findings = std::vector<Finding>;

Finding fine(std::string_view subject, std::string_view what);
Finding warning(std::string_view code, std::string_view subject, std::string_view what,
                std::string_view remedy);
Finding fault(std::string_view code, std::string_view subject, std::string_view what,
              std::string_view remedy);

// -------------------------------------------------------------------------------------- files

/// A private key of that type in a file of its owner alone. "missing_file", "file_too_open",
/// "unreadable_key", "wrong_key_type".
Finding check_key(const std::filesystem::path& file, trust::KeyType type);
/// The codes of trust::KeyPlace::open.
Finding check_token_key(const trust::KeyPlace& place);
/// Whichever it is.
Finding check_key(const trust::KeyPlace& place, trust::KeyType type);

struct SpaceLimits {
  std::uintmax_t warning_bytes = 1u << 30;
  std::uintmax_t fault_bytes = 100u << 20;
};
/// "missing_folder", "folder_too_open", "folder_not_writable", "disk_full", "disk_nearly_full".
Findings check_folder(const std::filesystem::path& folder, const SpaceLimits& limits = {});

/// The tokens of `folder`/NAME.token: "file_too_open", "token_unknown" (its digest is not in the
/// configuration).
Findings check_tokens(const std::filesystem::path& folder, const gateway::GatewayConfig& config);

// ------------------------------------------------------------------------------- certificates

struct OwnCertificate {
  std::filesystem::path file;
  trust::KeyPlace key;
  AgencyCode member;
  trust::Usage usage = trust::Usage::any;
};
inline constexpr days ends_soon{30};

/// "certificate_missing", "not_a_certificate", "certificate_other_key", "certificate_other_member",
/// "certificate_not_yet_valid", "certificate_expired", "certificate_ends_soon" (warning), and, with
/// a configuration, "untrusted_certificate", "certificate_revoked", "certificate_other_usage",
/// "revocation_list_expired".
Finding check_certificate(const OwnCertificate& certificate,
                          const exchange::Configuration* configuration, Instant now);

/// Keys that are to take the place of those in use: "renewal_not_approved" (warning). Nothing:
/// there are none.
std::optional<Finding> check_next_keys(const gateway::GatewayConfig& config,
                                       const std::filesystem::path& home);
/// Of a certificate that an outside authority issued, when it is trusted; nothing of others: the
/// codes of registry::check_profile, "certificate_not_published", "revocation_unknown",
/// "certificate_revoked", those of trust::verify_ocsp_response, and "authority_unreachable" (a
/// warning). Asks the authority's responder. `host`: of the gateway's address; "" = not known.
Findings check_outside(const OwnCertificate& certificate, const std::string& host,
                       const exchange::Configuration& configuration, Instant now);
/// The member whose TLS certificate it is: an outside authority's by what the registry publishes.
std::string holder_of(const exchange::Configuration& configuration,
                      const trust::CertificateInfo& info);

// -------------------------------------------------------------------------------------- clock

/// Another machine's time, read a moment ago: "clock_off" beyond 5 s, a warning beyond 2 s.
Finding check_clock(std::string_view whose, Instant theirs, Instant own);

// ------------------------------------------------------------------------------------ network

inline constexpr milliseconds patience{3000};

/// TCP only. "name_unknown", "port_closed", "no_answer".
Finding check_reachable(std::string_view subject, const std::string& host, std::uint16_t port,
                        milliseconds timeout = patience);
/// That the gateway could listen there. "port_in_use", "port_forbidden", "address_not_here".
Finding check_port_free(const std::string& address, std::uint16_t port);
/// "register_unreachable", "register_failing" (warning: 5xx).
Finding check_register(std::string_view service, const std::string& url);
/// Our certificate and theirs meet: "name_unknown", "port_closed", "no_answer", "tls_refused",
/// "peer_certificate_refused", "peer_other_member", "clock_off" (by the Date of its answer).
/// Without a certificate of our own only whether it can be reached.
Finding check_peer(const exchange::Member& member, const exchange::GatewayEntry& peer,
                   const gateway::GatewayConfig& own, const exchange::Configuration& configuration,
                   const Clock& clock);
/// All gateways of other members. While one of them is well, what the others have is their own
/// trouble: warnings.
Findings check_peers(const gateway::GatewayConfig& own,
                     const exchange::Configuration& configuration, const Clock& clock);
/// That the published addresses of this member's gateways lead somewhere, seen from here, while it
/// runs: the codes of check_reachable, as warnings.
Findings check_own_address(const gateway::GatewayConfig& config,
                           const exchange::Configuration& configuration);
/// Whether this gateway runs here now, by its /health; what it says of itself when that is bad.
struct Running {
  bool running = false;
  std::optional<Finding> trouble;  ///< "gateway_unwell", "gateway_warns" (warning)
};
Running look_for_gateway(const gateway::GatewayConfig& config);

// ----------------------------------------------------------------------------------- registry

struct KnownConfiguration {
  Findings findings;
  std::optional<exchange::Configuration> configuration;  ///< the best there is, in force or not
};
/// Reads it where the gateway would. "registry_key_missing", "registry_unreachable" (a warning
/// while the cached one is in force), "configuration_forged", "configuration_malformed",
/// "configuration_expired", "configuration_older", "configuration_ends_soon". With a registry on
/// the web its clock is compared too.
KnownConfiguration check_configuration(const gateway::GatewayConfig& config, const Clock& clock);

/// What others believe about this gateway: "not_a_member", "gateway_unknown",
/// "signing_key_differs", "address_differs" (warning), "seal_not_published", "subsystem_unknown"
/// (warning).
Findings check_membership(const gateway::GatewayConfig& config,
                          const std::filesystem::path& seal_certificate,
                          const exchange::Configuration& configuration);

// ------------------------------------------------------------------------------------- ledger

/// Rebuilds it, unless it is larger than `most` entries (a warning that says how to).
/// "ledger_locked" (another process has it and it is not our gateway), "ledger_damaged",
/// "ledger_other_key".
Finding check_ledger(const gateway::GatewayConfig& config, bool running,
                     std::uint64_t most = 1'000'000);

// ------------------------------------------------------------------------------------ together

/// All of the above for a gateway's folder, or its gateway.json. "unreadable_config" alone when
/// there is nothing to go by.
Findings examine(const std::filesystem::path& place, const Clock& clock);
Severity worst(const Findings& findings);

}  // namespace minben::app::doctor
