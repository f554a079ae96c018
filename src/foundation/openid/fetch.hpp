#pragma once
#include <functional>

#include "net/net.hpp"

namespace minben::openid {

/// A call to a place that others name: clients' keys, messages to them, another provider. By
/// net::Client or net::OutsideClient with their bounds, or by a test.
using Fetch = std::function<Result<net::ClientResponse>(const net::ClientRequest&)>;

}  // namespace minben::openid
