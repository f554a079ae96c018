#pragma once
// The registry of an exchange: which members, gateways, services and access rules there are, who
// let them in and when, and the signed configuration that tells every gateway. Nothing that was not
// approved is published.
//
// A change and its publication are one transaction: what cannot be published is not changed, and
// when a call returns, gateways that ask get the new version. A configuration is also published
// anew before it runs out. Certificates are issued, and lists of revoked ones signed, by the
// registry's own authority (trust.hpp); the list travels inside the configuration.
//
// An exchange may be prepared by a plan (gateway.hpp, prepare): its signed configuration is the
// base, whose members, services and rules stay as they are, and the registry adds to it.
//
// Registry is thread-safe; any number of nodes may share one database. Errors of the database pass
// through.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "exchange/exchange.hpp"
#include "net/net.hpp"
#include "registry/join.hpp"
#include "store/store.hpp"
#include "trust/revocation.hpp"

namespace minben::registry {

std::span<const store::Migration> migrations();

struct Config {
  /// registry.key.pem (Ed25519, signs the configuration; signing_keys.hpp: how it changes) and
  /// authority/ (trust::Authority); made when missing. authorities.json (exchange/authorities.hpp),
  /// when it is there, names outside authorities to trust; what stands there is published with the
  /// next change, or within the hour. The same on all nodes.
  std::filesystem::path directory;
  std::string instance = "MINBEN";
  int valid_days = 7;          ///< of a published configuration; renewed when half of it is over
  int certificate_days = 365;  ///< of a gateway's certificates
  /// From when a gateway gets new certificates until its older ones are revoked (superseded).
  int overlap_days = 7;
  // Of an exchange without a base; a base has its own.
  std::optional<trust::VerifyKey> consent_key{};
  std::optional<trust::VerifyKey> other_consent_key{};
  std::string usage_url{};
  std::vector<std::string> timestamp_urls{};
  std::vector<std::string> timestamp_roots{};  ///< PEM, one each
};

/// When, and who: nobody is the platform itself.
struct Act {
  Instant at{};
  std::optional<OfficerId> by;
};

// ------------------------------------------------------------------------------------ joining

enum class RequestState { received, approved, refused };
std::string_view to_string(RequestState state);

struct JoinCase {
  std::string id;  ///< ReadJoinRequest::id
  JoinRequest request;
  RequestState state = RequestState::received;
  Instant received_at{};
  std::optional<Act> decided;
  std::string reason;             ///< of a refusal; of a renewal that waits: why it does
  bool renewal = false;           ///< shown with a key that is in the exchange
  bool member_is_known = false;   ///< the exchange has that member already
  bool gateway_is_known = false;  ///< and that gateway: new certificates for it
};

// ---------------------------------------------------------------------------- what there is

struct IssuedCertificate {
  std::string serial;  ///< hex
  AgencyCode member;
  std::string gateway;
  trust::Usage usage = trust::Usage::any;  ///< tls_server stands for both sides of TLS, or seal
  std::string pem;
  Instant expires_at{};
  Act issued;
  std::optional<Instant> superseded_at;  ///< when it is revoked because there are newer ones
  std::optional<Act> revoked;
  std::string reason;    ///< of the revocation (RFC 5280)
  bool outside = false;  ///< not issued here: pem is a chain; only its authority revokes it for all
};

struct Operation {
  std::string method;  ///< "GET"
  std::string path;    ///< template: "/permits/{number}"
};

/// What a service's OpenAPI 3 file says.
struct Description {
  std::string title;
  std::vector<Operation> operations;
  std::vector<std::string> fields;  ///< top-level members of answers 2xx in JSON, each once
};
inline constexpr std::size_t max_openapi = 1u << 20;  ///< bytes
/// JSON, OpenAPI 3.0 or 3.1, at most 500 operations and 500 fields. Error "bad_openapi" with what
/// is wrong and where.
Result<Description> read_openapi(std::string_view text);

using RuleId = Id<struct RuleTag>;

struct RegisteredService {
  exchange::Service service;
  std::vector<Operation> operations;
  std::string openapi_sha256;  ///< hex; "" of the base
  std::optional<Act> added;    ///< nothing: the base brought it
};
struct RegisteredRule {
  RuleId id;  ///< nil of the base
  exchange::AccessRule rule;
  std::optional<Act> added;
};
struct RegisteredGroup {
  exchange::Group group;
  std::optional<Act> changed;  ///< last; nothing: the base brought it
};
inline constexpr std::size_t max_group = 500;  ///< subsystems
struct RegisteredMember {
  exchange::Member member;
  std::vector<IssuedCertificate> certificates;  ///< by this registry, newest first
  std::optional<Act> added;
};
struct Change {
  Act act;
  std::string action;   ///< "approved", "certificate_revoked" …
  std::string subject;  ///< member, service, serial …
  std::string detail;
};

struct NewService {
  exchange::SubsystemId provider;  ///< of a member
  std::string code;                ///< a segment of names
  Bilingual title;
  bool about_a_person = true;
  std::string openapi;  ///< the file
};

inline constexpr std::size_t max_configuration = 8u << 20;  ///< bytes; gateways take no more

/// The configuration in force.
struct Published {
  std::shared_ptr<const exchange::Configuration> configuration;
  std::string text;  ///< as signed
  std::string etag;  ///< quoted, strong
};

class Registry {
 public:
  /// Errors also of keys and authorities that cannot be read.
  static Result<std::unique_ptr<Registry>> open(store::Database& database, const Clock& clock,
                                                Random& random, const Config& config);
  ~Registry();

  /// That signs now; its folder may say another one in a moment (signing_keys.hpp).
  [[nodiscard]] trust::VerifyKey key() const;
  [[nodiscard]] const trust::Certificate& authority() const;

  /// Takes a prepared configuration, signed by this registry's key, as the base unless a newer
  /// version of it was taken before, and publishes when that changes anything. Errors: those of
  /// verify_configuration.
  Result<void> import(std::string_view signed_configuration);
  /// Revokes what newer certificates have superseded for long enough, and publishes when something
  /// differs from what is in force or that is half over; whether it did.
  Result<bool> publish();
  /// At most two seconds old, or older while the database is away. unavailable
  /// "nothing_published" when there is none.
  Result<std::shared_ptr<const Published>> published() const;
  /// As it was signed then: the newest 100, and of each month before the first and the last.
  /// not_found "unknown_version".
  Result<std::string> publication(std::int64_t version) const;
  /// Publishes again in time and forgets requests that nobody decided for 30 days: the job
  /// "registry.hourly".
  void work_in(store::Workers& workers);

  /// GET /exchange/configuration, /exchange/configurations/{version}, /exchange/registry,
  /// /exchange/revocation-list, /exchange/requests/{id},
  /// /exchange/openapi/{instance}/{class}/{member}/{subsystem}/{service}; POST /exchange/requests
  /// (10 an hour from one address).
  std::vector<net::Route> routes(net::Access access);

  // ---- joining

  /// Believes nothing; the same file twice is one request. A renewal of a gateway that this
  /// registry let in, for the same member, host and signing key, shown with a seal key in force, is
  /// approved at once, 5 times a day; what does not fit waits for an officer as a first request
  /// does. Errors: those of read_join_request, and, unless an officer brings it, too_many
  /// "registry_full" when 200 requests wait.
  Result<JoinCase> receive(std::string_view file, std::optional<OfficerId> officer = {});
  Result<std::vector<JoinCase>> requests();       ///< 100: those that wait, then the newest
  Result<JoinCase> request(std::string_view id);  ///< not_found "unknown_request"
  /// Of an approved request, TLS first.
  Result<std::vector<IssuedCertificate>> certificates_of(std::string_view id);
  /// Issues both certificates, or takes those of an outside authority, and publishes the gateway.
  /// Errors: conflict "request_decided", "gateway_taken" (another key or the base has a gateway of
  /// that name), "other_class"; of an outside authority those of PathValidator::path.
  Result<JoinCase> approve(OfficerId officer, std::string_view id);
  /// `reason`: 1 to 500 characters ("bad_reason"), shown to the agency.
  Result<JoinCase> refuse(OfficerId officer, std::string_view id, std::string_view reason);

  // ---- what there is

  Result<std::vector<RegisteredMember>> members();
  Result<std::vector<RegisteredService>> services();
  Result<std::vector<RegisteredRule>> rules();
  Result<std::vector<Change>> changes(int limit = 100);  ///< newest first

  /// not_found "unknown_certificate", conflict "certificate_revoked" when it is already.
  Result<void> revoke(OfficerId officer, std::string_view serial, trust::RevocationReason reason);
  /// Also one that is not in the tables, because a plan brought its gateway: whatever the
  /// registry's authority issued to a member. Errors: those of certificates,
  /// "certificate_without_member".
  Result<IssuedCertificate> revoke_file(OfficerId officer, std::string_view pem,
                                        trust::RevocationReason reason);
  /// Closes a gateway that this registry let in: it is published no more, and its certificates are
  /// revoked (cessation_of_operation). A member without a gateway is published no more, nor is what
  /// rests on it; letting a gateway in again brings all that back. not_found "unknown_gateway".
  Result<void> end_gateway(OfficerId officer, const AgencyCode& member, std::string_view gateway);
  /// Also replaces the description of one that this registry added. Errors: "unknown_subsystem",
  /// "bad_openapi", "bad_service", conflict "service_taken" (the base has it).
  Result<RegisteredService> add_service(OfficerId officer, const NewService& service);
  /// The file it was made from. not_found "unknown_service", also for services of the base.
  Result<std::string> openapi(const exchange::ServiceId& id);
  Result<void> end_service(OfficerId officer, const exchange::ServiceId& id);
  /// Errors: those of sign_configuration about the rule ("configuration_malformed").
  Result<RuleId> add_rule(OfficerId officer, const exchange::AccessRule& rule);
  Result<void> end_rule(OfficerId officer, RuleId id);
  Result<std::vector<RegisteredGroup>> groups();
  /// Makes it, or replaces what it was; rules that name it follow at once. Errors: invalid
  /// "bad_group" (field: what), "unknown_subsystem"; conflict "group_taken" (the base has it).
  Result<void> put_group(OfficerId officer, const exchange::Group& group);
  /// Ends the rules that name it as well. not_found "unknown_group", also for groups of the base.
  Result<void> end_group(OfficerId officer, const exchange::GroupCode& code);

  struct Impl;

 private:
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::registry
