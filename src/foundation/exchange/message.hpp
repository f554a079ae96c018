#pragma once
// What two gateways say to each other: the fields that travel, X-Road's request hash, signatures.
#include "exchange.hpp"
#include "path.hpp"

namespace minben::exchange {

/// X-Road's list of fields that belong to one connection, and ours that do not leave the agency.
bool is_forwarded(std::string_view field_name);
/// In order of arrival.
net::Headers forwarded_fields(const net::Headers& received);

/// X-Road message protocol for REST 1.0.4 as implemented: base64(SHA-512(H ‖ SHA-512(body))), or
/// base64(H) without a body, where H = SHA-512 over "VERB\r\n" path "\r\n" {name ":" value "\r\n"}.
std::string request_hash(net::Method method, std::string_view target, const net::Headers& fields,
                         std::string_view body);

/// The fields that decide about a request. Each may come once only ("duplicate_field"). GovStack's
/// X-GovStack-Client and Information-Mediator-Client are other names of X-Road-Client.
struct Envelope {
  SubsystemId client;
  std::string exchange_id;
  std::string request_id;
  std::string user;
  std::string purpose;
  std::string case_id;
  std::string person;
  std::string consent;
  std::string token;
};
Result<Envelope> read_envelope(const net::Headers& fields);

/// Problem details with X-Road-Error, and Retry-After where a limit was reached. `status` 0: by the
/// error's kind.
net::Response problem(const Error& error, int status = 0);

inline constexpr std::string_view service_pattern =
    "/r1/{instance}/{class}/{member}/{subsystem}/{service}";
inline constexpr std::array service_methods{net::Method::get, net::Method::post, net::Method::put,
                                            net::Method::del, net::Method::patch};
/// Routes for every method, with and without a path behind the service.
std::vector<net::Route> service_routes(net::Access access, std::size_t max_body,
                                       const std::shared_ptr<const net::FlowHandler>& handler);

}  // namespace minben::exchange
