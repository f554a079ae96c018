#include "ledger/serving.hpp"

namespace minben::ledger {

namespace {

/// Digests are compared, so that not even the token's length shows in the time.
bool is_token(std::string_view authorization, const Sha256& expected) {
  constexpr std::string_view scheme = "bearer ";
  if (to_lower_ascii(authorization.substr(0, scheme.size())) != scheme) return false;
  return equal_in_constant_time(sha256(trim(authorization.substr(scheme.size()))), expected);
}

net::Response problem(Kind kind, std::string_view code, std::string_view detail, int status) {
  net::Response response =
      net::Response::problem({kind, std::string(code), std::string(detail), {}, 0, 0});
  response.status = status;
  return response;
}

/// What a busy log or a failing disk means to a client: nothing was promised, try again.
net::Response refusal(const Error& error) {
  const bool passing = error.kind == Kind::too_many || error.kind == Kind::unavailable;
  if (!passing) return net::Response::problem(error);
  net::Response response = net::Response::problem(
      {Kind::unavailable, error.code, "the log cannot take entries now", {}, 0, 0});
  response.headers.set("Retry-After", "1");
  return response;
}

net::Response add(Log& log, const net::Request& request) {
  const auto type = to_lower_ascii(request.headers.get("Content-Type"));
  if (type.starts_with("application/x-www-form-urlencoded") ||
      type.starts_with("multipart/form-data"))
    return problem(Kind::invalid, "not_an_entry", "send application/octet-stream", 415);
  if (request.body.empty())
    return problem(Kind::invalid, "empty_entry", "the body is the entry", 422);
  const auto index = log.append(as_bytes(request.body));
  return index ? net::Response::text(fmt::format("{}\n", *index)) : refusal(index.error());
}

}  // namespace

net::Route add_route(Log& log, std::string_view prefix, net::Access access, std::string token) {
  MINBEN_ASSERT(!token.empty());
  const auto handler = [&log, expected = sha256(token)](net::Request& request) {
    if (is_token(request.headers.get("Authorization"), expected)) return add(log, request);
    net::Response refused =
        problem(Kind::unauthorised, "no_such_token", "send a bearer token", 401);
    refused.headers.set("WWW-Authenticate", "Bearer");
    return refused;
  };
  return {net::Method::post, fmt::format("{}/add", prefix), access, max_entry_bytes, handler};
}

}  // namespace minben::ledger
