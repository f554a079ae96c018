#pragma once
// Whether a request may pass, and what of the answer may leave.
#include "exchange.hpp"

namespace minben::exchange {

/// What a request claims, after its signature was found right.
struct AccessRequest {
  SubsystemId consumer;
  ServiceId service;
  net::Method method = net::Method::get;
  std::string
      register_key;  ///< first path segment after the service, decoded; "" when there is none
  std::string purpose;
  std::string case_id;
  std::string person;
  std::string consent;  ///< the assertion as sent, or ""
};

/// Under what it may pass.
struct Grant {
  Basis basis = Basis::law;
  std::string legal_basis;
  std::vector<std::string> fields;
  std::string consent;  ///< mydata's id
  std::string person;
  std::string case_id;
};

/// Deny by default. Errors: not_found "unknown_service"; forbidden "access_denied",
/// "purpose_not_allowed", "consent_missing", "consent_mismatch" (field names what), and those of
/// verify_assertion.
Result<Grant> decide(const Configuration& configuration, const AccessRequest& request, Instant now);

struct Minimised {
  std::string body;
  std::vector<std::string> fields;  ///< that are left, each once
};

/// Keeps these members of a JSON object, or of each object of an array. Anything else cannot be
/// minimised: "answer_not_minimisable". An empty body stays empty.
Result<Minimised> minimise(std::string_view body, std::span<const std::string> fields);

}  // namespace minben::exchange
