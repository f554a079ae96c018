#pragma once
// Agencies' gateways: a configuration signed by the registry, signed requests and answers over
// mutual TLS 1.3, access by purpose and consent, and a usage record for every use of personal data.
//
// An information system calls its own agency's gateway on loopback, in the form of X-Road's message
// protocol for REST 1.0.4:
//
//   {METHOD} /r1/{instance}/{class}/{member}/{subsystem}/{service}[/path][?query]
//   X-Road-Client: instance/class/member/subsystem   who asks: of the gateway's own member
//   X-Road-Id, X-Road-UserId   optional: id of the exchange, the officer or job
//   Minben-Token               the secret of that subsystem at its gateway
//   Minben-Purpose             purpose code; must be in the access rule
//   Minben-Case                the case number, where the rule asks for one; for the usage record
//   Minben-Person              optional pseudonym, for the usage record
//   Minben-Consent             a consent assertion, where the rule asks for one
//
// Deny by default: without a rule for (consumer subsystem, service, endpoint, purpose) the answer
// is 403. For services about a person the first path segment after the service is that person's key
// in the register ("…/residence/AC01234567"); a consent assertion is bound to it by a keyed digest.
//
// Errors of gateways are RFC 9457 problem details with X-Road-Error = code and the plain HTTP
// status (401, 403, 404, 409, 429, 502, 503): "unknown_service", "access_denied",
// "endpoint_not_allowed", "purpose_not_allowed", "outside_hours", "case_required",
// "rate_exceeded", "quota_exceeded" (both with Retry-After), "consent_missing", "consent_forged",
// "consent_expired", "consent_mismatch", "signature_invalid", "request_replayed",
// "request_too_old", "provider_unreachable", "provider_not_authentic" …
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/core.hpp"
#include "net/net.hpp"
#include "trust/trust.hpp"

// Signed documents (configuration, usage record) are JSON in one form:
//
//   {"format": "minben-usage/2", "content": {…}, "signature": base64url}
//
// where the Ed25519 signature is over  format "\n" JCS(content)  (RFC 8785; integers only, instants
// as RFC 3339 text). Formats: "minben-configuration/2", "minben-usage/2".

namespace minben::exchange {

// -------------------------------------------------------------------------------------- names

/// "MINBEN/GOV/nia/cards": an information system of a member. Segments:
/// [A-Za-z0-9'()+,.=?_-]{1,64}.
struct SubsystemId {
  std::string instance;
  std::string member_class;
  std::string member;
  std::string subsystem;

  static Result<SubsystemId> parse(std::string_view text);  ///< error "not_a_subsystem"
  friend auto operator<=>(const SubsystemId&, const SubsystemId&) = default;
};
std::string to_string(const SubsystemId& id);

/// "MINBEN/GOV/nia/cards/residence": a service that a subsystem provides.
struct ServiceId {
  SubsystemId provider;
  std::string service;

  static Result<ServiceId> parse(std::string_view text);  ///< error "not_a_service"
  friend auto operator<=>(const ServiceId&, const ServiceId&) = default;
};
std::string to_string(const ServiceId& id);

// ------------------------------------------------------------------------------ configuration

/// One gateway of a member, as others know it.
struct GatewayEntry {
  std::string name = "gw1";      ///< unique within the member: [a-z0-9-]{1,32}
  std::string url;               ///< "https://localhost:7101"; where other gateways reach it
  trust::VerifyKey signing_key;  ///< Ed25519, of its ledger and its usage records
  /// PEM (P-256), of the seals of its messages: the one in use and, while they change, others.
  /// Those of an outside authority with the certificates between them and its root.
  std::vector<std::string> certificates;
  /// Hex SHA-256 (DER) of its certificates of TLS that an outside authority issued: no name in them
  /// tells the member, the registry does.
  std::vector<std::string> tls_certificates{};
};

struct Member {
  std::string member_class = "GOV";
  AgencyCode code;
  Bilingual name;
  std::vector<GatewayEntry> gateways;  ///< at least one; any of them speaks for the member
  std::vector<std::string> subsystems;

  [[nodiscard]] const GatewayEntry* gateway(std::string_view gateway_name) const;
};

/// An operation of a service, from its OpenAPI file.
struct Endpoint {
  net::Method method = net::Method::get;
  std::string path;  ///< behind the service: "", or a template as "/{key}/permits/{number}"

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Service {
  ServiceId id;
  Bilingual title;
  bool about_a_person = true;  ///< the first path segment is the person's key in the register
  /// All that its answers may have, as paths (fields.hpp): "name", "address/city",
  /// "permits/*/number".
  std::vector<std::string> fields;
  std::vector<Endpoint> endpoints{};  ///< none = not said
  std::string openapi_sha256{};       ///< hex, of the file they come from; "" without one
};

using GroupCode = Code<struct GroupTag>;

/// Subsystems that a rule can name together.
struct Group {
  GroupCode code;
  Bilingual name;
  std::vector<SubsystemId> subsystems;

  friend bool operator==(const Group&, const Group&) = default;
};

enum class Basis { consent, law };

/// Who a rule is for.
using Subject = std::variant<SubsystemId, GroupCode>;
std::string to_string(const Subject& subject);  ///< for people: "MINBEN/GOV/wda/casework", "labour"

/// Requests by method and decoded path behind the service, as X-Road's access rights name them:
/// "*" stands for any text within one segment, "**" for any number of segments, also none.
struct EndpointGlob {
  std::optional<net::Method> method;  ///< none = any; "*" in JSON
  std::string path;                   ///< "/", "/*", "/*/permits/**"

  friend bool operator==(const EndpointGlob&, const EndpointGlob&) = default;
};

/// Hours, days and months are the calendar's in Taiwan.
enum class Period { hour, day, month };

/// At most so many granted requests of one subsystem in a period.
struct Quota {
  std::int64_t count = 0;  ///< 1 to 1,000,000,000
  Period per = Period::day;

  friend bool operator==(const Quota&, const Quota&) = default;
};

/// So many granted requests of one subsystem a second in the long run; `burst` at once.
struct Rate {
  int per_second = 0;  ///< 1 to 100,000
  int burst = 0;       ///< 1 to 1,000,000

  friend bool operator==(const Rate&, const Rate&) = default;
};

/// Part of a week in Taiwan. One that passes midnight is written as two.
struct TimeWindow {
  std::uint8_t days = 0x7f;   ///< bit 0 is Monday, bit 6 Sunday
  minutes from{0};            ///< of the day
  minutes until = hours(24);  ///< of the day; not included

  friend bool operator==(const TimeWindow&, const TimeWindow&) = default;
};

/// A law by which a person is shown a use later than at once. The use itself is recorded, delivered
/// and committed to the ledger like any other.
struct Delay {
  std::string law;  ///< article: "個人資料保護法 §10"; 1 to 256 bytes
  int days = 0;     ///< 1 to 3650
  friend bool operator==(const Delay&, const Delay&) = default;
};

/// Who may call what for which purpose. Nothing else is allowed. docs/access-rules.md.
struct AccessRule {
  Subject consumer;
  ServiceId service;
  std::vector<net::Method> methods{net::Method::get};  ///< on any path; none where endpoints are
  std::vector<std::string> purposes;                   ///< at least one
  Basis basis = Basis::consent;
  std::string legal_basis;          ///< article, when basis is law: "入出國及移民法 §22"
  std::vector<std::string> fields;  ///< at most these leave the provider; a consent narrows further
  std::vector<EndpointGlob> endpoints{};  ///< instead of methods
  /// [a-z0-9][a-z0-9._-]{0,63}, unique; names it in traces and keeps its quotas when its text
  /// changes. "" = none, see rule_id().
  std::string id{};
  bool case_required = false;
  std::string case_form{};      ///< RE2 for the whole case number; "" = any
  std::vector<Quota> quotas{};  ///< at most one for each period
  std::optional<Rate> rate{};
  std::vector<TimeWindow> hours{};  ///< in any of these; none = always
  std::optional<Instant> valid_from{};
  std::optional<Instant> valid_until{};  ///< not included
  std::optional<Delay> delay{};          ///< of uses under it; only when basis is law

  friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

/// Its id, or "~" and 16 hex digits of the SHA-256 of its text, so that it changes with the rule.
std::string rule_id(const AccessRule& rule);

/// A certificate authority that is not the registry's own. What it issued counts only where the
/// registry published it (GatewayEntry).
struct OutsideAuthority {
  std::string root;                          ///< PEM
  std::vector<std::string> intermediates{};  ///< PEM, of authorities below it
  bool for_tls = true;
  bool for_seals = true;
  /// http address of its OCSP responder (RFC 6960); "" = where its certificates say, if they do.
  std::string ocsp_url{};
  /// http addresses of its lists of revoked certificates (RFC 5280 §5), at most 8.
  std::vector<std::string> list_urls{};

  friend bool operator==(const OutsideAuthority&, const OutsideAuthority&) = default;
};

/// What counts of outside authorities' certificates when nothing recent is known of them.
struct RevocationPolicy {
  bool hard = true;       ///< refused after the grace time; else accepted
  seconds grace_s{3600};  ///< after what was known last has run out; 0 to 30 days
  seconds freshness_s{
      86'400};  ///< what is older does not count even if it says so; 60 s to 30 days

  friend bool operator==(const RevocationPolicy&, const RevocationPolicy&) = default;
};

/// What all gateways agree on. Signed by the registry; one file, `minben-configuration/2`.
struct Configuration {
  std::int64_t version = 0;  ///< a gateway never goes back to a smaller one
  std::string instance;      ///< "MINBEN"
  Instant issued_at{};
  Instant expires_at{};
  std::vector<Member> members;
  std::vector<Service> services;
  std::vector<Group> groups;
  std::vector<AccessRule> rules;
  std::optional<trust::VerifyKey> consent_key;  ///< Ed25519, of the platform's consent assertions
  /// Accepted too, while the platform changes its key (docs/keys.md).
  std::optional<trust::VerifyKey> other_consent_key;
  std::string usage_url;  ///< where usage records are delivered; "" = kept in the spool
  std::vector<std::string> trust_anchors;  ///< PEM, roots of all gateways' certificates
  /// PEM, the authorities' newest lists of revoked certificates (RFC 5280 §5).
  std::vector<std::string> revocation_lists;
  std::vector<std::string> timestamp_urls;   ///< of RFC 3161 authorities; none = no timestamps
  std::vector<std::string> timestamp_roots;  ///< PEM, one each, that those authorities chain to
  /// Statements by which the registry's key has changed, or is to change, the oldest first
  /// (handover.hpp).
  std::vector<std::string> handovers;
  std::vector<OutsideAuthority> authorities{};  ///< authorities.hpp
  RevocationPolicy revocation{};

  /// Roots of TLS in one text, and what is between them and certificates.
  [[nodiscard]] std::string trust_anchors_pem() const;

  [[nodiscard]] const Member* member(std::string_view code) const;
  [[nodiscard]] const Service* service(const ServiceId& id) const;
  [[nodiscard]] const Group* group(const GroupCode& code) const;
  /// The rules of that consumer for that service, also by its groups; empty: not allowed at all.
  /// Walks through all rules: who decides often makes an AccessTable (access.hpp).
  [[nodiscard]] std::vector<const AccessRule*> rules_for(const SubsystemId& consumer,
                                                         const ServiceId& id) const;
};

// One rule, group or service as the configuration's JSON has it, for those who keep them apart.
// Reading refuses members that it does not know, since a misspelt limit would be none. Errors name
// the member: "endpoints/0/path".
JsonObject rule_to_json(const AccessRule& rule);
JsonObject group_to_json(const Group& group);
JsonObject service_to_json(const Service& service);
Result<AccessRule> rule_from_json(const Json& json);
Result<Group> group_from_json(const Json& json);
Result<Service> service_from_json(const Json& json);
/// Whether groups and rules name what exists and can mean something. Errors name the place,
/// "rules/3/quotas/0/count", and the rule.
Result<void> check_rules(const Configuration& configuration);

Result<std::string> sign_configuration(const Configuration& configuration,
                                       const trust::SigningKey& registry);
/// Signed with this key of the registry, or with one to which it was handed over since, as the
/// configuration itself shows (handover.hpp). Errors: "configuration_malformed" (names the field),
/// "configuration_forged", "configuration_expired".
Result<Configuration> verify_configuration(std::string_view text, const trust::VerifyKey& registry,
                                           Instant now);

/// For tools that look at a draft, or at one that has run out: the content alone, signed or not, or
/// a whole document, whose signature is not looked at. Error "configuration_malformed".
Result<Configuration> read_draft_configuration(std::string_view text);

// ------------------------------------------------------------------------------------ consent

/// What the platform vouches for when it calls in a person's name: that this person agreed, for
/// this case and purpose, that these fields go from this service to that subsystem. Lives 60 s.
struct ConsentAssertion {
  std::string id;       ///< unique; also keys the subject digest
  std::string consent;  ///< the consent it rests on (mydata's id), for the usage record
  PersonId person;      ///< pseudonym on the platform
  std::string subject;  ///< subject_digest(id, the person's key in the register)
  ServiceId service;
  SubsystemId recipient;
  std::string purpose;
  std::string case_id;  ///< "" when there is no case
  std::vector<std::string> fields;
  Instant issued_at{};
  Instant expires_at{};
};

inline constexpr seconds assertion_lifetime_s{60};

/// Hex HMAC-SHA-256 keyed by the assertion's id, so that digests of one person do not link.
std::string subject_digest(std::string_view assertion_id, std::string_view register_key);

/// base64url(JSON) "." base64url(Ed25519 signature over "minben-consent/1\n" ‖ the first part).
Result<std::string> sign_assertion(const ConsentAssertion& assertion,
                                   const trust::SigningKey& platform);
/// Errors: "consent_malformed", "consent_forged", "consent_expired" (also when issued in the future
/// by more than 5 s, or meant to live longer than assertion_lifetime_s).
Result<ConsentAssertion> verify_assertion(std::string_view token, const trust::VerifyKey& platform,
                                          Instant now);

// -------------------------------------------------------------------------------- usage records

/// By which law the person is shown a use only from `until` on. The platform takes it over only
/// when it knows of such a delay.
struct Hold {
  std::string law;
  Instant until{};
  friend bool operator==(const Hold&, const Hold&) = default;
};

/// One use of personal data, written by the providing gateway before the answer leaves it. As JSON
/// the members have the names below ("basis": "consent" or "law"; ids as their text; all are
/// present but `hold`).
struct UsageRecord {
  std::string id;  ///< UUID; the same record may be delivered more than once
  Instant at{};
  AgencyCode gateway;  ///< who recorded it: the provider's member
  SubsystemId consumer;
  ServiceId service;
  std::string method;  ///< "GET"
  int status = 0;      ///< of the register's answer
  std::string purpose;
  Basis basis = Basis::law;
  std::string legal_basis;  ///< when basis is law
  std::string consent;      ///< mydata's consent id, when basis is consent
  std::string person;       ///< pseudonym on the platform, or "" when the caller gave none
  std::string case_id;
  std::string user;                 ///< X-Road-UserId
  std::string exchange_id;          ///< X-Road-Id
  std::vector<std::string> fields;  ///< that left the provider
  std::string request_hash;         ///< X-Road-Request-Hash
  std::string response_sha256;      ///< hex, of the body that left
  std::optional<Hold> hold{};       ///< {"law", "until"}; none: shown at once

  friend bool operator==(const UsageRecord&, const UsageRecord&) = default;
};

Json to_json(const UsageRecord& record);
Result<UsageRecord> usage_from_json(const Json& value);
inline constexpr std::size_t max_usage_records = 256;  ///< of one delivery
/// `minben-usage/2`, content {"records": […]}: what is POSTed to Configuration::usage_url as
/// application/json; records of one gateway.
Result<std::string> sign_usage(std::span<const UsageRecord> records,
                               const trust::SigningKey& gateway);
/// The keys of a member's gateways; not_found for strangers.
using MemberKeys = std::function<Result<std::vector<trust::VerifyKey>>(const AgencyCode&)>;
/// As MemberKeys of a configuration.
Result<std::vector<trust::VerifyKey>> member_keys(const Configuration& configuration,
                                                  const AgencyCode& member);
/// Checks the signature with a key of the records' gateway. The receiver stores by id (a second
/// time is not an error) and answers 2xx; anything else is tried again. Errors: "usage_malformed",
/// "usage_forged" (also when the gateway is not the service's provider), and those of `keys`.
Result<std::vector<UsageRecord>> verify_usage(std::string_view text, const MemberKeys& keys);
Result<std::vector<UsageRecord>> verify_usage(std::string_view text,
                                              const Configuration& configuration);

// ------------------------------------------------------------------------------------ consumer

struct ConsumerConfig {
  std::string gateway_url;  ///< "http://127.0.0.1:7001", the own agency's gateway
  SubsystemId subsystem;
  std::string token;
  milliseconds timeout_ms{15000};
};

struct ExchangeRequest {
  ServiceId service;
  net::Method method = net::Method::get;
  std::string path{};  ///< "/AC01234567?at=2026-01-01", already percent-encoded; may be empty
  std::string body{};
  std::string content_type = "application/json";  ///< sent when there is a body
  std::string purpose{};
  std::string case_id{};
  std::string person{};
  std::string user{};         ///< officer or job
  std::string exchange_id{};  ///< "" = a new one
  std::string consent{};      ///< signed assertion, or ""
};

struct ExchangeResponse {
  int status = 0;  ///< of the register
  std::string content_type;
  std::string body;
  std::string exchange_id;
  std::string request_id;  ///< X-Road-Request-Id: of this message only
  std::string request_hash;
};

/// Calls services of other agencies through the own gateway. Thread-safe, blocking.
class Consumer {
 public:
  explicit Consumer(ConsumerConfig config);
  ~Consumer();
  /// A register's own answer of any status is a value. Refusals by a gateway are errors with the
  /// gateway's code; an unreachable gateway is unavailable "gateway_unreachable".
  Result<ExchangeResponse> call(const ExchangeRequest& request);
  [[nodiscard]] const SubsystemId& subsystem() const { return config_.subsystem; }

 private:
  ConsumerConfig config_;
  std::unique_ptr<net::Client> client_;
};

}  // namespace minben::exchange
