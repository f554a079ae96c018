#include "timestamping.hpp"

#include <fmt/format.h>

namespace minben::exchange {

TimestampClient::TimestampClient(TimestampConfig config)
    : config_(std::move(config)),
      client_(std::make_unique<net::Client>(
          net::ClientConfig{.server_ca_pem = config_.server_ca_pem,
                            .timeout_ms = config_.timeout_ms,
                            .max_response_bytes = trust::max_timestamp_token,
                            .max_idle_connections = 1})) {}

TimestampClient::~TimestampClient() = default;

Result<Bytes> TimestampClient::stamp(const Sha256& digest, Random& random) {
  Result<Bytes> token =
      fail(Kind::unavailable, "no_timestamp_authority", "none is in the configuration");
  for (const std::string& url : config_.urls) {
    token = ask(url, digest, random);
    if (token) break;
    token.error().field = url;
  }
  return token;
}

Result<Bytes> TimestampClient::ask(const std::string& url, const Sha256& digest, Random& random) {
  const auto request = trust::make_timestamp_request(digest, random);
  net::ClientRequest call{.method = net::Method::post, .url = url};
  call.headers.add("Content-Type", "application/timestamp-query");
  call.body = as_text(request.der);
  MINBEN_TRY(answer, client_->send(call));
  const std::string type = to_lower_ascii(answer.headers.get("Content-Type"));
  if (answer.status != 200 || type != "application/timestamp-reply")
    return fail(Kind::unavailable, "timestamp_unavailable",
                fmt::format("answers {} '{}'", answer.status, type.substr(0, 100)));
  MINBEN_TRY(token, trust::read_timestamp_response(as_bytes(answer.body), request));
  MINBEN_CHECK(trust::verify_timestamp(token, digest, config_.roots));
  return token;
}

}  // namespace minben::exchange
