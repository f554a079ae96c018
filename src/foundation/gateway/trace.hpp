#pragma once
// W3C Trace Context, level 1: one trace shows what happened in both gateways and around them.
#include "net/net.hpp"

namespace minben::gateway {

/// "00-<trace>-<span>-<flags>" in lower-case hex (§3.2), also of a later version, of which what
/// follows is not looked at (§3.2.4). Neither id may be zero.
bool is_traceparent(std::string_view text);

/// The only traceparent of these fields, or "".
std::string traceparent_of(const net::Headers& fields);

/// Makes `fields` those of the next hop: the same trace with a span of our own or, without a right
/// traceparent, a new trace, to which no tracestate belongs (§3.3.1.1). Its traceparent.
std::string continue_trace(net::Headers& fields, Random& random);

}  // namespace minben::gateway
