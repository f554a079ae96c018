#pragma once
// Private: what the calls about live streams share.
#include "parts.hpp"
#include "streams/live.hpp"

namespace minben::interop {

/// Problem details (RFC 9457) of these calls: 410 for what is gone, Retry-After where waiting
/// helps.
net::Response stream_problem(const Error& error, std::span<const Error> more = {});
/// For scripts on any site: the data is open.
net::Response for_everybody(net::Response response);
/// By {id}.
Result<streams::StreamId> stream_id(const net::Request& request);
/// The stream in the path, of a dataset that the key's agency publishes.
Result<std::pair<streams::Stream, Key>> own_stream(const Parts& parts, const net::Request& request);
Json stream_json(const Parts& parts, const streams::Stream& stream, const catalogue::Entry& entry);

using StreamCall = Result<net::Response> (*)(const Parts&, net::Request&);
void add_stream_call(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
                     net::Method method, std::string pattern, std::size_t max_body,
                     StreamCall call);
void add_stream_reading(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_stream_writing(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);
void add_stream_hooks(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access);

}  // namespace minben::interop
