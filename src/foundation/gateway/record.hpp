#pragma once
// What a gateway keeps of an exchange: enough to prove it, to count it and to ask what another rule
// would have decided.
#include "exchange/exchange.hpp"
#include "gateway.hpp"
#include "letter.hpp"

namespace minben::gateway {

enum class Role { asked, served };  ///< for an own information system, or by an own register

struct ExchangeRecord {
  Role role = Role::asked;
  std::string request_id;   ///< X-Road-Request-Id, a UUID
  std::string exchange_id;  ///< X-Road-Id
  Instant received_at{};    ///< the request came (X-Road: requestInTs)
  Instant forwarded_at{};   ///< it went on (requestOutTs); 0: it did not
  Instant answered_at{};    ///< the answer came (responseInTs); 0: none did
  Instant completed_at{};   ///< it goes on as soon as this is durable (responseOutTs)
  AgencyCode peer;          ///< the member at the other end
  SubsystemId client;
  ServiceId service;
  std::string method;
  int status = 0;                  ///< of the answer that left
  std::string error;               ///< X-Road-Error, or ""
  std::uint64_t request_size = 0;  ///< bytes of the body
  std::uint64_t response_size = 0;
  std::string request_hash;   ///< X-Road-Request-Hash
  std::string response_hash;  ///< the same of the answer; "" without one
  std::string request_head;   ///< as hashed; names the person, where the service is about one
  std::string response_head;
  std::string request_body_sha512;  ///< base64; "" = no body
  std::string response_body_sha512;
  std::uint64_t request_piece = 0;  ///< number of the last one
  std::uint64_t response_piece = 0;
  std::string request_seal;  ///< seal.hpp, of the last piece
  std::string response_seal;

  // Under what it passed, at the provider; what was claimed, at the consumer.
  std::string user;         ///< X-Road-UserId
  std::string issue;        ///< X-Road-Issue
  std::string represented;  ///< X-Road-Represented-Party
  std::string purpose;
  std::string case_id;
  std::string person;  ///< pseudonym on the platform
  std::string consent;
  std::string rule;   ///< rule_id()
  std::string basis;  ///< "consent", "law", or "" where nothing was granted
  std::string legal_basis;
  std::vector<std::string> fields;  ///< that left the provider
  std::string response_sha256;      ///< hex, of the body that left
  std::optional<Delay> delay;       ///< until the person is shown the use; of the rule

  std::string trace;  ///< traceparent (trace.hpp) of what was passed on, or of what came

  /// A use of a person's data, which the person is to see.
  bool is_use = false;
};

/// What a request says of itself, for either side's record.
void note_claims(ExchangeRecord& record, const Envelope& envelope, const ServiceId& service,
                 const RequestHead& head);

/// JSON as evidence_of_record() reads it (evidence.hpp). This text's digest is in the ledger.
std::string write_record(const ExchangeRecord& record);
Result<ExchangeRecord> read_record(std::string_view text);

/// What the ledger holds of it (evidence.hpp).
std::string ledger_entry(const ExchangeRecord& record, std::string_view text);

/// What the platform is told; its id is the request's.
Result<UsageRecord> usage_of(const ExchangeRecord& record, const AgencyCode& gateway);

}  // namespace minben::gateway
