#pragma once
// An agency's gateway: a program with keys and a ledger of its own and no database server, which
// asks other agencies for its own information systems and answers for its own registers.
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "exchange/dry_run.hpp"
#include "exchange/exchange.hpp"
#include "trust/key_place.hpp"
#include "trust/trust.hpp"

namespace minben::gateway {

using namespace exchange;  // names, rules and records: the words that gateways speak in

// ------------------------------------------------------------------------------------- gateway

/// How a gateway tells its own information systems that it, or a provider's gateway, refuses.
enum class ErrorForm {
  problem,  ///< RFC 9457 problem details with the plain HTTP status
  x_road,   ///< as X-Road 7.8 does, for systems that were written for it (docs/exchange.md)
};

/// The local configuration file of one gateway (JSON); paths are relative to the file.
struct GatewayConfig {
  AgencyCode member;
  std::string client_address = "127.0.0.1";  ///< information systems call here (HTTP)
  std::uint16_t client_port = 0;
  std::string peer_address = "127.0.0.1";  ///< other gateways call here (mutual TLS 1.3)
  std::uint16_t peer_port = 0;
  std::filesystem::path state_directory;       ///< ledger, spool, cached configuration
  std::filesystem::path signing_key;           ///< PEM, Ed25519: ledger and usage records
  trust::KeyPlace seal_key;                    ///< P-256: seals of messages
  std::filesystem::path seal_certificate;      ///< PEM
  trust::KeyPlace tls_key;                     ///< P-256
  std::filesystem::path tls_certificate;       ///< PEM
  std::filesystem::path registry_key;          ///< PEM, public
  std::string configuration;                   ///< file, or URL, of the signed configuration
  std::filesystem::path registry_authorities;  ///< PEM, of the web's authorities: for an https URL
  seconds refresh_s{30};                       ///< how often it is read again
  std::map<std::string, std::string> registers;  ///< "subsystem/service" → base URL of the register
  /// "subsystem/service" → its OpenAPI file (JSON or YAML, at most 1 MiB), which getOpenAPI
  /// answers with; read at the start.
  std::map<std::string, std::filesystem::path> openapi;
  std::map<std::string, std::string> clients;  ///< own subsystem → hex SHA-256 of its token
  milliseconds register_timeout_ms{10000};
  seconds peer_idle_s{60};          ///< until a peer's connection that says nothing is closed
  std::size_t max_body = 1u << 20;  ///< bytes of an answer that is minimised
  std::size_t max_stream = std::size_t{8} << 30;  ///< bytes of any other body
  int threads = 1;                                ///< that serve each side
  ErrorForm errors = ErrorForm::problem;          ///< "problem" or "x-road"

  // Witnesses of ledgers (ledger/witness.hpp); each may be missing.
  std::filesystem::path witness_key;     ///< PEM, Ed25519; "" = this gateway cosigns for nobody
  std::filesystem::path witnessed_logs;  ///< policy file: whose checkpoints it cosigns
  std::filesystem::path witnesses;       ///< policy file: who cosigns its own ledger's; "" = nobody
};

/// Of the first log of a gateway's ledger, which is in state_directory/ledger.
std::string ledger_origin(const AgencyCode& member);
/// The key of log `number` of a gateway's ledger, from 2 on; the first is signed with signing_key.
std::filesystem::path ledger_key_path(const std::filesystem::path& state_directory, int number);
/// Makes the key of the log after the newest one, if it is not there: at its next start the gateway
/// seals its log and goes on in that one. The new log's vkey.
Result<std::string> prepare_ledger_key(const GatewayConfig& config);

/// Where keys, certificates, state and the policy of witnessed logs are in a gateway's own folder.
void keep_in(const std::filesystem::path& home, GatewayConfig& config);

/// The gateway's end of connections with other gateways.
net::TlsConfig own_tls(const GatewayConfig& config);

Result<GatewayConfig> read_gateway_config(const std::filesystem::path& file);
Result<void> write_gateway_config(const GatewayConfig& config, const std::filesystem::path& file);

/// What this gateway decided for its own services from `since` on, by its message log, for
/// dry_run(); at most `limit`, the oldest first. The gateway may run meanwhile. Errors: those of
/// the message log.
Result<std::vector<exchange::PastDecision>> past_decisions(
    const std::filesystem::path& state_directory, Instant since, Random& random,
    std::size_t limit = 1'000'000);

/// Both listeners, the configuration's refresher and the deliverer of usage records. Also answers
/// GET /health (200 or 503) and GET /status (plain JSON: configuration, counters, spool, ledger) on
/// the client side, and on both sides tlog-witness below /witness.
class Gateway {
 public:
  static Result<std::unique_ptr<Gateway>> start(const GatewayConfig& config, const Clock& clock,
                                                Random& random);
  ~Gateway();  ///< stops
  [[nodiscard]] std::uint16_t client_port() const;
  [[nodiscard]] std::uint16_t peer_port() const;
  /// Reads the configuration again now. An older or badly signed one is refused and the old one
  /// stays. Outside authorities are asked about revoked certificates, too.
  Result<void> refresh();
  /// Waits until what was answered is in the ledger, which follows within a fraction of a second.
  void settle();
  /// Tries to deliver what waits now; how many records are left.
  std::size_t deliver();
  void stop();
  struct Impl;

 private:
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `minben gateway FILE`: runs until `stop` is set (by the caller's signal handler); the exit
/// status. Prints nothing; logs through spdlog.
int run_gateway(const std::filesystem::path& config_file, const Clock& clock, Random& random,
                const std::atomic<bool>& stop);

// --------------------------------------------------------------------------------- a new exchange

/// One agency in a plan: who it is, where its gateway listens and what it offers. Its gateway's
/// certificate is for `host`; the client side listens on loopback whatever the host.
struct PlannedMember {
  AgencyCode code;
  std::string member_class = "GOV";
  Bilingual name;
  std::uint16_t client_port = 0;
  std::uint16_t peer_port = 0;
  std::vector<std::string> subsystems;
  std::map<std::string, std::string> registers;  ///< "subsystem/service" → base URL
  std::string host = "localhost";                ///< DNS name by which other gateways reach it
  std::string peer_address = "127.0.0.1";        ///< that its peer side listens on
};

/// Everything a new exchange needs: on one machine, or for members with a host each, to whom their
/// folders are carried. ServiceIds and rules must name planned members.
struct Plan {
  std::string instance = "MINBEN";
  std::vector<PlannedMember> members;
  std::vector<Service> services;
  std::vector<AccessRule> rules;
  trust::VerifyKey consent_key;
  std::string usage_url;
  int valid_days = 30;
  /// vkeys of the platform's ledger, the first log's before its successors'; none = nobody
  /// witnesses it
  std::vector<std::string> platform_logs{};
  std::optional<trust::VerifyKey> other_consent_key{};  ///< while the platform changes its key
  /// Where gateways read the configuration; "" = the file that is made here. A registry that
  /// publishes for more members than the plan's serves it there.
  std::string configuration_url{};
};

/// Where prepare() put things.
struct Prepared {
  Configuration configuration;
  std::filesystem::path configuration_file;
  std::filesystem::path registry_key;                            ///< public PEM
  std::map<std::string, std::filesystem::path> gateway_configs;  ///< member → local file
  std::map<std::string, std::string> tokens;                     ///< "member/subsystem" → token
  std::map<std::string, std::filesystem::path>
      token_files;  ///< the same, each in a file of mode 0600
  /// Who cosigns the platform's ledger: the members on its machine, which it reaches on their
  /// client side; "" without one
  std::filesystem::path platform_policy;
};

/// Makes, or completes, in `directory`: the registry's key and certificate authority, every
/// member's keys, certificate, tokens, gateway.json and witness policies, and the signed
/// configuration with the next version. Keys and tokens that exist are kept, so it may run at every
/// start.
Result<Prepared> prepare(const std::filesystem::path& directory, const Plan& plan,
                         const Clock& clock, Random& random);

}  // namespace minben::gateway
