#pragma once
// Configuration of `minben serve`: one TOML file. Every fault is listed, not only the first.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "openid/relying_party.hpp"

namespace minben::app {

/// One of the platform's ways into the exchange: an agency's gateway, as its information system.
struct ConsumerAccess {
  std::string member;     ///< "nia"
  std::string subsystem;  ///< "casework"
  std::string gateway_url;
  std::filesystem::path token_file;
};

/// Another OpenID provider that people sign in with.
struct OutsideSignIn {
  openid::OutsideProvider settings;
  std::filesystem::path secret_file{};  ///< of client_secret_basic; "" = private_key_jwt
};

/// Whose citizen certificates sign people in; without roots nobody's do.
struct CitizenAuthorities {
  std::filesystem::path roots;          ///< PEM
  std::filesystem::path intermediates;  ///< PEM: who issues to citizens
  /// Lists of revoked certificates (DER), one for each intermediate, in their order; none = only
  /// OCSP is asked.
  std::vector<std::string> list_urls;
  /// The same, one for each root: whether those authorities themselves are revoked; none = nobody
  /// is asked about them.
  std::vector<std::string> root_list_urls;
  std::string ocsp_url;  ///< asked instead of the address in the certificates; "" = that one
  /// Where browsers show certificates, by TLS of its own: another port, or another host name behind
  /// which it lies. Port 0 = nowhere.
  std::uint16_t card_port = 0;
  std::string card_origin;                 ///< as browsers see it: "https://card.minben.example"
  std::filesystem::path card_certificate;  ///< of the server, PEM
  std::filesystem::path card_key;
};

/// The service by which people approve on their phones; without a URL nobody does.
struct MobileApprovalAccess {
  std::string url;                    ///< "https://fido.moi.gov.tw"
  std::string provider;               ///< sp_service_id
  std::filesystem::path secret_file;  ///< 64 hex digits, shared with the service
  std::filesystem::path roots;        ///< PEM: who certifies people's phones
  std::filesystem::path server_ca;    ///< PEM; for https
  /// Lists of revoked certificates (DER), one for each root; none = nobody is asked.
  std::vector<std::string> list_urls;
  std::string app_link = "mobilemoica://moica.moi.gov.tw/a2a/verifySign";
};

struct Config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string origin;                     ///< as browsers see it: "http://localhost:8080"
  std::filesystem::path tls_certificate;  ///< both or neither
  std::filesystem::path tls_key;
  int requests_per_second_per_address = 0;
  bool demonstration = false;

  std::string database_url;
  int database_connections = 8;

  std::filesystem::path state;  ///< keys, the platform's ledger, uploads on their way
  /// Rows of published tables, which all nodes share; "" = tables below state, for a single node.
  std::filesystem::path tables;
  std::filesystem::path packages;
  std::filesystem::path static_files;

  std::string mail_relay;
  std::string mail_from;

  std::string payment_provider_url;
  std::filesystem::path payment_secret_file;

  std::filesystem::path exchange_configuration;  ///< prepared; "" only with a registry of its own
  std::filesystem::path registry_key;            ///< whose; likewise
  std::string exchange_instance = "MINBEN";      ///< of a registry that begins with nobody in it
  std::vector<ConsumerAccess> consumers;
  /// Keys of the exchange's registry, which this platform runs then; "" = somebody else does.
  std::filesystem::path registry_directory;
  std::vector<std::string> timestamp_urls;  ///< RFC 3161 authorities, for the registry to publish
  std::filesystem::path timestamp_roots;    ///< PEM, that they chain to

  /// Where a gateway of `use_list_agency` reaches the list of uses for other portals
  /// (tracker/tracker.hpp); nobody else may. Port 0 = it is not offered.
  std::string use_list_address = "127.0.0.1";
  std::uint16_t use_list_port = 0;
  std::string use_list_agency;

  std::vector<OutsideSignIn> sign_in_providers;
  /// PEM bundle, that their servers' certificates chain to.
  std::filesystem::path sign_in_authorities = "/etc/ssl/certs/ca-certificates.crt";

  /// The member, one of `consumers`, in whose name the platform asks the household register and the
  /// health insurance who somebody is; "" = it cannot.
  std::string identity_agency;
  /// Where that register tells of deaths: "MINBEN/GOV/ris/register/deaths"; "" = it is not heard.
  std::string life_events;

  CitizenAuthorities citizens;
  MobileApprovalAccess mobile_approval;
  /// Networks of our own in which clients' jwks_uri and backchannel_logout_uri may lie; the public
  /// Internet is always reached, and nothing else.
  std::vector<std::string> openid_networks;
  std::filesystem::path openid_authorities{"/etc/ssl/certs/ca-certificates.crt"};  ///< of their TLS
  /// OpenID endpoints under mutual TLS (RFC 8705), beside the others. Port 0 = none are offered.
  std::string openid_mtls_address = "0.0.0.0";
  std::uint16_t openid_mtls_port = 0;
  std::string openid_mtls_origin;  ///< as clients see it
  std::filesystem::path openid_mtls_certificate;
  std::filesystem::path openid_mtls_key;
  std::filesystem::path openid_client_authorities;  ///< PEM, of tls_client_auth; "" = none

  /// Networks of our own in which catalogues that are harvested may lie, likewise.
  std::vector<std::string> harvest_networks;

  std::filesystem::path ledger_policy;  ///< who witnesses the platform's ledger; "" = nobody
};

/// Paths are relative to the file. $MINBEN_DATABASE_URL, when set, replaces the database's URL.
std::expected<Config, Errors> load_config(const std::filesystem::path& file);
/// The same for commands: prints every fault and gives nothing when there are any.
std::optional<Config> config_or_faults(const std::filesystem::path& file);
Result<void> write_config(const Config& config, const std::filesystem::path& file);

}  // namespace minben::app
