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
#include "operations.hpp"
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

/// Events and files that wait for whoever is to have them (docs/messages.md). Each bound is for
/// what own systems publish and, once more, for what waits here for own systems.
struct MessagesConfig {
  std::size_t max_events = 100'000;                    ///< that are kept at one time
  std::size_t max_bytes = std::size_t{256} << 20;      ///< of them together
  seconds keep_s = days(30);                           ///< until an event, or a file, expires
  std::size_t max_file_bytes = std::size_t{64} << 30;  ///< of all files together; 0 = takes none
  seconds longest_pause_s{30};              ///< until a publisher that had nothing is asked again
  std::map<std::string, std::string> push;  ///< own subsystem → URL to which events are posted
};

/// How long bodies of a service's messages are kept, for evidence.
struct KeptBodies {
  int days = 30;                      ///< 1 to 3650
  std::size_t max_bytes = 64u << 10;  ///< of one body, at most 10 MiB; a longer one is not kept
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
  milliseconds connect_timeout_ms{3000};  ///< with another gateway, until TCP and TLS stand
  /// With another gateway, until its answer begins and for each further piece of it; a slow
  /// register of another member needs more.
  milliseconds answer_timeout_ms{12000};
  int keep_days = 365;              ///< how long messages are kept (bodies never are)
  seconds peer_idle_s{60};          ///< until a peer's connection that says nothing is closed
  std::size_t max_body = 1u << 20;  ///< bytes of an answer that is minimised
  std::size_t max_stream = std::size_t{8} << 30;  ///< bytes of any other body
  int threads = 1;                                ///< that serve each side
  ErrorForm errors = ErrorForm::problem;          ///< "problem" or "x-road"
  MessagesConfig messages;

  // Keys that change (own_keys.hpp, docs/exchange-onboarding.md).
  /// From when a new seal certificate is published until seals are made with it: as long as other
  /// gateways may take to read the configuration.
  seconds key_overlap_s{120};
  /// Certificates are renewed when so many days are left, or a third of their life if that is less;
  /// 0 = never by itself.
  int renew_before_days = 45;

  // Timestamps of the ledger (RFC 3161), when the configuration names authorities
  // (docs/evidence.md).
  seconds timestamp_interval_s{60};
  /// How long exchanges may lack one before nothing is asked or answered any more.
  seconds timestamp_grace_s{4 * 3600};

  /// By service, asked or provided; of all others a gateway keeps digests only.
  std::map<ServiceId, KeptBodies> keep_bodies;
  std::size_t keep_bodies_total = 1u << 30;  ///< bytes of all that are kept

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

/// Where the successor of a file of keys or certificates lies until it takes its place.
std::filesystem::path next_file(const std::filesystem::path& file);

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

/// Both listeners, the configuration's refresher, the deliverer of usage records, and what keeps
/// and fetches events and files (docs/messages.md). Also answers GET /health (200, with warnings;
/// or 503: the configuration has run out, others refuse our certificates, timestamps are missing
/// for too long) and GET /status (plain JSON: configuration, counters, spool, ledger) on the client
/// side, and on both sides tlog-witness below /witness.
class Gateway {
 public:
  /// `pages`: for its operator, or none.
  static Result<std::unique_ptr<Gateway>> start(const GatewayConfig& config, const Clock& clock,
                                                Random& random, const OperatorRoutes& pages = {});
  ~Gateway();  ///< stops
  [[nodiscard]] std::uint16_t client_port() const;
  [[nodiscard]] std::uint16_t peer_port() const;
  /// Reads the configuration again now, and takes up new keys when they are ready. An older or
  /// badly signed one is refused and the old one stays. Outside authorities are
  /// asked about revoked certificates, too.
  Result<void> refresh();
  /// Asks for a timestamp of the ledger now, when it has grown since the last one. Errors: those of
  /// TimestampClient.
  Result<void> stamp();
  /// Waits until what was answered is in the ledger, which follows within a fraction of a second.
  void settle();
  /// Tries to deliver what waits now; how many records are left.
  std::size_t deliver();
  /// Asks publishers for what is new, and hands events on to own systems, now; how many events came
  /// or were taken.
  std::size_t exchange_events();
  void stop();
  struct Impl;

 private:
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `minben gateway FILE`: runs until `stop` is set (by the caller's signal handler); the exit
/// status. Prints nothing; logs through spdlog.
int run_gateway(const std::filesystem::path& config_file, const Clock& clock, Random& random,
                const std::atomic<bool>& stop, const OperatorRoutes& pages = {});

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
  std::vector<std::string> timestamp_urls{};   ///< of RFC 3161 authorities
  std::vector<std::string> timestamp_roots{};  ///< PEM, one each, that those chain to
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
