#pragma once
// Refusals in the form of X-Road 7.8, for information systems that were written for it: X-Road's
// message protocol for REST 1.0.4 §4.6, with the codes as its program spells them. Thread-safe.
#include "gateway.hpp"
#include "net/net.hpp"

namespace minben::gateway {

/// Whose gateway refuses.
enum class Refuser { own, provider };

/// Whether any Accept field names one of these media types; weights are not looked at, as in
/// X-Road. Types are in lower case.
bool accepts(const net::Headers& fields, std::span<const std::string_view> types);

/// Of the configuration; a system that names application/problem+json in Accept always gets it.
ErrorForm error_form(const GatewayConfig& config, const net::Headers& asked);

/// Makes a refusal in problem details into one in X-Road's form: {"type", "message", "detail"}, as
/// XML where Accept names text/xml, application/xml or text/*; status 500 for "server.", else 400.
/// The type ("server.serverproxy.access_denied") says where an X-Road would find the fault; our own
/// code is in the message. `id`: the UUID that becomes the detail.
void tell_as_x_road(net::Response& refusal, const Error& error, Refuser refuser,
                    std::string_view id, const net::Headers& asked);
/// The same of a provider's refusal, as it came from its gateway.
void retell_as_x_road(net::Response& refusal, std::string_view id, const net::Headers& asked);

}  // namespace minben::gateway
