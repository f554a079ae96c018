#pragma once
// Private: answers without an end in sight, sent as they are made. A thread makes the pieces, the
// server's loop sends them; who reads slowly slows the making down.
#include <functional>

#include "net/net.hpp"

namespace minben::interop {

using PieceSink = std::function<Result<void>(std::string_view)>;

/// What is to be sent: made when the request has been looked at.
struct Streamed {
  net::Response head;                                     ///< its body is not used
  std::function<Result<void>(const PieceSink&)> produce;  ///< on a thread of its own
  bool gzip = false;
};

/// An error as the answer to a request; thread-safe.
using Refused = net::Response (*)(const Error&);
net::Response as_problem(const Error& error);

/// A GET that is answered so. At most `at_once` are under way, others get 503 with Retry-After. An
/// error before the first piece becomes what `refused` makes of it; one after it breaks the
/// connection, so that nobody takes a part for the whole.
net::Route streamed_route(std::string pattern, net::Access access, int at_once,
                          std::function<Result<Streamed>(net::Request&)> prepare,
                          Refused refused = as_problem);

}  // namespace minben::interop
