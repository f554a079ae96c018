#pragma once
// Letting others append to a log over HTTP, as Tessera's tools do.
#include <string>
#include <string_view>

#include "ledger/ledger.hpp"
#include "net/net.hpp"

namespace minben::ledger {

/// POST {prefix}/add: the body is the entry, the answer its index in decimal and a newline, sent
/// once the entry is durable. An entry equal to a recent one (LogLimits::remembered_leaves) gets
/// that one's index. `Authorization: Bearer <token>`, compared in constant time; `token` is not
/// empty. Problem details: 401 "no_such_token", 413 (above 65,535 bytes), 415 "not_an_entry" (a
/// form's media type), 422 "empty_entry", 409 "ledger_sealed", 503 with Retry-After when the log is
/// busy or its disk fails. The log must outlive the route.
net::Route add_route(Log& log, std::string_view prefix, net::Access access, std::string token);

}  // namespace minben::ledger
