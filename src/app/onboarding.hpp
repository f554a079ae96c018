#pragma once
// How an agency's gateway comes into being on its own machine: keys and a file that asks to join,
// and, once an officer of the exchange has approved it, certificates and the configuration.
//
//   DIR/gateway.json          what `minben gateway --config` reads
//   DIR/join-request.json     to be sent to the registry; public
//   DIR/registry.json         where the registry is, and which request is ours; public
//   DIR/registry.pub.pem      the registry's public key, whose fingerprint was compared
//   DIR/{signing,tls,seal,witness}.key.pem   never leave this machine
//   DIR/{tls,seal}.pem        certificates, once approved
//   DIR/next-…                the keys and certificates that come after those, while they change
//   DIR/{tls,seal}.request.pem   PKCS #10, for an outside authority to sign
//   DIR/tokens/NAME.token     the secret of each information system of the agency
//   DIR/state/                ledger, spool, cached configuration
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "exchange/exchange.hpp"
#include "registry/join.hpp"
#include "trust/key_place.hpp"

namespace minben::app {

struct NewGateway {
  std::filesystem::path directory;     ///< made when missing; what is there already is kept
  std::string registry;                ///< "https://platform.example", or http on this machine
  std::filesystem::path registry_key;  ///< PEM; "" = asked from the registry, to be compared
  std::filesystem::path authorities;   ///< PEM, of an https registry
  registry::JoinRequest request;       ///< made_at is set here
  std::uint16_t client_port = 0;       ///< on loopback, for the agency's information systems
  std::map<std::string, std::string> registers;  ///< "subsystem/service" → base URL
  /// URIs of keys in a token, made there when missing; empty = as before, or files in the folder.
  trust::KeyPlace tls_key{};
  trust::KeyPlace seal_key{};
  bool outside_authority = false;  ///< its certificates come from one, by install_certificates()
};

struct Begun {
  std::string id;                    ///< of the request
  std::string registry_fingerprint;  ///< hex SHA-256 of its key (SPKI)
  std::filesystem::path request_file;
  std::filesystem::path tls_request, seal_request;  ///< for an outside authority; "" without one
  std::vector<std::filesystem::path> tokens;
};

/// Run again it keeps keys and tokens and asks anew: how certificates are renewed. Errors: those of
/// make_join_request, of files, "registry_unreachable", "registry_key_differs" (another one was
/// compared before), conflict "other_member" (the folder is another agency's).
Result<Begun> begin_gateway(const NewGateway& wanted, const Clock& clock, Random& random);

/// Puts certificates of an outside authority in place: PEM files, each with what is between it and
/// the root. They are checked against the profile that the registry asks for
/// (registry/profile.hpp), against the keys, and, when the registry can be reached, against the
/// authorities that it trusts
/// ("untrusted_certificate"); then the request to join is made anew with them. Errors also those
/// of registry::check_profile, "certificate_other_key", and of files.
struct Installed {
  std::string id;  ///< of the new request
  Instant certificate_ends{};
  bool checked = false;  ///< against the registry's authorities
};
Result<Installed> install_certificates(const std::filesystem::path& directory,
                                       const std::filesystem::path& tls,
                                       const std::filesystem::path& seal, const Clock& clock);

/// Sends the request file; invalid and the like with the registry's code when it is refused.
Result<void> send_join_request(const std::filesystem::path& directory);

enum class Joining { waiting, refused, joined };
struct JoinOutcome {
  Joining state = Joining::waiting;
  std::string reason;     ///< when refused, or why a renewal waits
  bool for_next = false;  ///< certificates of next keys, which a running gateway takes up by itself
  std::int64_t version = 0;
  Instant certificate_ends{};
};
/// Asks what became of the request; once approved, takes certificates and configuration after
/// checking them: the configuration by the registry's key, the certificates by its anchors, for our
/// keys. Errors: "registry_unreachable", "certificate_other_key", those of verify_configuration and
/// PathValidator.
Result<JoinOutcome> join_gateway(const std::filesystem::path& directory, const Clock& clock);

/// Makes the next keys, where there are none, and a request for certificates that the seal key in
/// use vouches for (registry/join.hpp); to be sent by send_join_request(). Its id. Errors: those of
/// files, "registry_place" or "cannot_read" (not joined through a registry), conflict
/// "renewal_under_way" (the certificates are there already).
Result<std::string> begin_renewal(const std::filesystem::path& directory, const Clock& clock);

/// What a running gateway does now and then: asks anew when a certificate is near its end
/// (renew_before_days of gateway.json), and takes what was approved. Nothing: there is nothing to
/// do.
Result<std::optional<JoinOutcome>> renew_in_time(const std::filesystem::path& directory,
                                                 const Clock& clock);

/// Where the registry of a gateway's folder is.
struct RegistryPlace {
  std::string url;
  std::filesystem::path authorities;
  std::string request;  ///< id of the newest request
};
Result<RegistryPlace> read_registry_place(const std::filesystem::path& directory);

/// GET below the registry's address; 200, or an error with the registry's code.
Result<std::string> ask_registry(const RegistryPlace& place, std::string_view path);

}  // namespace minben::app
