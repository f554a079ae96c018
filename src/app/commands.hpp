#pragma once
// What `minben <command>` does. Each returns the process's exit status: 0 done, 1 the answer is
// "no" (a broken package, an invalid receipt), 2 the command could not do its work.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::app::command {

struct ServeOptions {
  std::filesystem::path config;
};
int serve(const ServeOptions& options);

struct DemoOptions {
  int port = 8080;                   ///< the portal; the next ports carry the outside world
  std::filesystem::path data;        ///< "" = default_data_directory()
  bool fresh = false;                ///< begin with a new country
  std::filesystem::path ready_file;  ///< written as JSON when everything answers
};
int demo(const DemoOptions& options);
/// /var/lib/minben for root (PostgreSQL's unprivileged user must reach it), else the XDG data home.
std::filesystem::path default_data_directory();

int gateway(const std::filesystem::path& config);

struct GatewayDryRunOptions {
  std::filesystem::path configuration;  ///< the new one, also a draft that nobody signed
  std::filesystem::path before;         ///< the one in force; "" = what the gateway holds
  std::filesystem::path gateway;        ///< its gateway.json: decisions are in its message log
  int days = 7;                         ///< of its message log
  std::filesystem::path decisions;      ///< or JSON, one past decision a line (dry_run.hpp)
  bool json = false;
};
/// What other access rules would have made of past requests; 1 when anything would be refused.
int dry_run_gateway(const GatewayDryRunOptions& options);
struct GatewayInitOptions {
  std::filesystem::path directory;
  std::string registry;                ///< URL of the platform that runs the registry
  std::filesystem::path registry_key;  ///< PEM; "" = asked from the registry
  std::filesystem::path authorities{"/etc/ssl/certs/ca-certificates.crt"};
  std::string member, member_class = "GOV", name, name_en, gateway = "gw1", url;
  std::uint16_t client_port = 7000;
  std::vector<std::string> subsystems;
  std::vector<std::string> registers;  ///< "SUBSYSTEM/SERVICE=URL"
  bool offline = false;                ///< the request is carried to the registry by hand
  std::string tls_key, seal_key;       ///< pkcs11: URIs; "" = files in the folder
  bool outside_authority = false;      ///< requests for one are written, and nothing is sent
};
/// Makes keys, local configuration and the request to join; prints what to do next.
int init_gateway(const GatewayInitOptions& options);
struct GatewayInstallOptions {
  std::filesystem::path directory, tls, seal;
  bool offline = false;  ///< the request is carried to the registry by hand
};
/// Puts certificates of an outside authority in place and asks the registry to publish them.
int install_gateway(const GatewayInstallOptions& options);
/// Takes certificates and configuration once approved; 1 while it is not.
int join_gateway(const std::filesystem::path& directory);

struct GatewayDoctorOptions {
  std::filesystem::path place;  ///< a gateway's folder, or its gateway.json
  bool json = false;
};

struct GatewayRenewOptions {
  std::filesystem::path directory;
  bool offline = false;  ///< only make the file
};
/// New keys beside those in use, and certificates for them; 1 when an officer has to approve it.
int renew_gateway(const GatewayRenewOptions& options);

/// Explains every fault it finds; 1 when there are only warnings, 2 when there are faults.
int examine_gateway(const GatewayDoctorOptions& options);

int migrate(const std::filesystem::path& config);
/// The same for a node of the platform: its database, and the directory of tables.
int examine_platform(const std::filesystem::path& config);
/// Rebuilds every case's process from its recorded steps and compares it with what is stored.
int replay(const std::filesystem::path& config);

/// docs/keys.md. 1 when something stands in the way of the next step.
struct KeysOptions {
  std::filesystem::path config;
  std::string key;        ///< to retire; "" = every one that wraps nothing any more
  int wait_seconds = 60;  ///< for nodes to read a new key
};
int keys_status(const KeysOptions& options);
int rotate_keys(const KeysOptions& options);
int retire_keys(const KeysOptions& options);

/// docs/keys.md. 1 when something stands in the way of the next step.
struct RegistryKeyOptions {
  enum class Act { tell, announce, change };
  std::filesystem::path config;
  Act act = Act::tell;
  bool at_once = false;  ///< change, however lately it was announced
};
int registry_key(const RegistryKeyOptions& options);

struct ClientOptions {
  std::filesystem::path config;
  std::string agency, name;
  std::vector<std::string> scopes;
  std::string id;
};
int add_client(const ClientOptions& options);  ///< prints the token, this once
int list_clients(const ClientOptions& options);
int revoke_client(const ClientOptions& options);

struct OpenidOptions {
  std::filesystem::path config;
  std::filesystem::path client;  ///< JSON in the names of RFC 7591
  std::string id;
  bool at_once = false;  ///< rotate, however lately the next key was published
};
/// Puts a client in place, or in place of the one with its client_id; 1 when the file has faults.
int add_openid_client(const OpenidOptions& options);
int list_openid_clients(const OpenidOptions& options);
int end_openid_client(const OpenidOptions& options);
/// 1 when the next key was published too lately.
int rotate_openid_key(const OpenidOptions& options);

struct MyDataOptions {
  std::filesystem::path config, file;
  std::string id;
};
int add_service_provider(const MyDataOptions& options);  ///< prints its secrets, this once
int list_service_providers(const MyDataOptions& options);
int suspend_service_provider(const MyDataOptions& options);
int resume_service_provider(const MyDataOptions& options);
/// 1 when the mapping and its OpenAPI file do not fit.
int check_data_provider(const MyDataOptions& options);

int check_service(const std::filesystem::path& package);
int test_service(const std::filesystem::path& package);

struct SimulateOptions {
  std::filesystem::path package, other;  ///< `other`: to compare with, or ""
  std::string arrivals, staff, other_staff;
  std::filesystem::path calendar;  ///< "" = the folder "calendar" beside a package
  int runs = 20;
  std::uint64_t seed = 1;
  std::filesystem::path json, html, svg;  ///< written when given; svg is a folder
};
int simulate_service(const SimulateOptions& options);

struct RulesOptions {
  std::filesystem::path model;  ///< a DMN file; the others of its folder may be imported
  std::string decision;         ///< name or element id
  std::string input;            ///< JSON file, "-" for standard input, "" = no input
  bool explain = false;         ///< also which rules fired, with which values
};
int check_rules(const RulesOptions& options);  ///< 1 when the model or a table has an error
int evaluate_rules(const RulesOptions& options, const Clock& clock);
int test_rules(const RulesOptions& options);  ///< plays <model>.cases.json beside the model

struct WitnessOptions {
  std::string listen;           ///< HOST:PORT
  std::filesystem::path state;  ///< made when missing; several processes may share it
  std::string name;             ///< of the cosigner: a schema-less URL
  std::filesystem::path logs;   ///< a policy file; its log lines say which logs are known
  /// From one address, 0 = not limited; none: 50, or 1000 for a mirror, whose tiles are read.
  std::optional<int> requests_per_second;
  std::string mirror;  ///< name of the mirror's own cosigner; "" = no copies are kept
};
/// A mirror's state is one process's.
int witness(const WitnessOptions& options);  ///< prints its verifier keys

/// A system's list of certificate authorities, as Debian keeps it.
inline constexpr std::string_view system_authorities = "/etc/ssl/certs/ca-certificates.crt";

struct VerifyReceiptOptions {
  std::vector<std::filesystem::path> receipts;  ///< receipts, and files of receipts
  std::string key;                              ///< vkey or file; "" = of the policy's logs
  std::filesystem::path policy;                 ///< "" = only the log's own signature counts
};
/// Several receipts of one kind are one person's: also whether each follows the one before. With a
/// policy also 1 when its quorum has not cosigned.
int verify_receipt(const VerifyReceiptOptions& options);

struct NoticeOptions {
  std::string log;                     ///< directory or URL of a ledger, or of a copy of it
  std::string key;                     ///< vkey or file
  std::filesystem::path policy;        ///< "" = the log's own signature is enough
  std::int64_t patience_seconds = 30;  ///< for the quorum
  std::filesystem::path notice;        ///< to write ("" = standard output), or to check
  std::filesystem::path authorities{system_authorities};
};
/// Writes the newest checkpoint as a notice for publication; 1 when the policy's quorum is missing.
int anchor_ledger(const NoticeOptions& options, const Clock& clock);
/// Does the ledger still begin with what the notice said?
int check_notice(const NoticeOptions& options);

}  // namespace minben::app::command
