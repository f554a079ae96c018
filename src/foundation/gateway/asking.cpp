#include "asking.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace minben::gateway {

net::ClientConfig peer_client(const GatewayConfig& config) {
  net::ClientConfig out;
  out.tls = net::TlsConfig{config.tls_certificate, config.tls_key, {}};
  out.server_ca_pem = config.state_directory / "trust-anchor.pem";
  out.timeout_ms = config.register_timeout_ms + milliseconds(2000);
  out.max_response_bytes = config.max_body;
  return out;
}

namespace {

auto not_authentic(std::string_view why) {
  return fail(Kind::unavailable, "provider_not_authentic", why);
}

int status_of(const Error& error) {
  if (error.code == "provider_not_authentic" || error.code == "provider_unreachable") return 502;
  return net::http_status(error.kind);
}

}  // namespace

Asking::Asking(const Parts& parts) : parts_(parts), client_(peer_client(parts.config)) {}

net::Response Asking::handle(net::Request& request) {
  ++parts_.counters.asked;
  auto response = answer(request);
  if (response) return std::move(*response);
  ++parts_.counters.asked_refused;
  spdlog::info("asking refused: {}", response.error().code);
  return problem(response.error(), status_of(response.error()));
}

Result<net::Response> Asking::answer(net::Request& request) {
  MINBEN_TRY(configuration, parts_.directory.valid());
  MINBEN_TRY(question, prepare(request, *configuration));
  return ask(question);
}

Result<Asking::Question> Asking::prepare(const net::Request& request,
                                         const Configuration& configuration) {
  MINBEN_TRY(path, read_service_path(request.target));
  MINBEN_TRY(envelope, read_envelope(request.headers));
  MINBEN_CHECK(check_client(envelope, configuration));
  const Member* provider = configuration.member(path.service.provider.member);
  if (!provider || !configuration.service(path.service))
    return fail(Kind::not_found, "unknown_service", "no such service", to_string(path.service));
  // The provider decides; this only spares it what is certain to be refused.
  if (configuration.rules_for(envelope.client, path.service).empty())
    return fail(Kind::forbidden, "access_denied", "no rule allows this", to_string(path.service));
  Question question{.url = provider->gateways.front().url + request.target,
                    .method = request.method,
                    .fields = forwarded_fields(request.headers),
                    .target = request.target,
                    .body = request.body,
                    .request_id = minben::to_string(new_uuid(parts_.clock, parts_.random)),
                    .provider = provider,
                    .service = path.service};
  if (envelope.exchange_id.empty()) question.fields.set("X-Road-Id", question.request_id);
  question.fields.set("X-Road-Request-Id", question.request_id);
  return question;
}

Result<void> Asking::check_client(const Envelope& envelope,
                                  const Configuration& configuration) const {
  const auto denied = [](std::string_view why) {
    return fail(Kind::unauthorised, "client_not_known", why);
  };
  if (envelope.client.instance != configuration.instance ||
      envelope.client.member != parts_.config.member.value)
    return denied("this gateway speaks for its own agency only");
  const auto known = parts_.config.clients.find(envelope.client.subsystem);
  if (known == parts_.config.clients.end()) return denied("no such subsystem");
  if (!equal_in_constant_time(known->second, hex_encode(sha256(envelope.token))))
    return denied("wrong token");
  return {};
}

// A provider that has just started cannot know what it saw before, and asks for a newer signature;
// it has done nothing yet.
Result<net::Response> Asking::ask(const Question& question) {
  auto answer = ask_once(question);
  if (answer && answer->headers.get("X-Road-Error") == "request_before_start")
    return ask_once(question);
  return answer;
}

Result<net::Response> Asking::ask_once(const Question& question) {
  const std::string hash =
      request_hash(question.method, question.target, question.fields, question.body);
  const std::string timestamp = minben::to_string(parts_.clock.now());
  net::ClientRequest request{question.method, question.url, question.fields, question.body};
  request.headers.add("Minben-Timestamp", timestamp);
  request.headers.add("Minben-Signature",
                      base64url_encode(parts_.key.sign(as_bytes(request_text(hash, timestamp)))));
  auto answer = client_.send(request);
  if (!answer) {
    if (answer.error().code == "tls_failed") return not_authentic(answer.error().detail);
    return fail(Kind::unavailable, "provider_unreachable", answer.error().code,
                question.provider->code.value);
  }
  return verify(question, hash, std::move(*answer));
}

Result<net::Response> Asking::verify(const Question& question, const std::string& hash,
                                     net::ClientResponse answer) const {
  const auto peer = trust::read_certificate(as_bytes(answer.peer_certificate_der));
  if (!peer || peer->member != question.provider->code.value)
    return not_authentic("another member's certificate");
  if (!answer.headers.has("Minben-Signature") && (answer.status == 429 || answer.status == 503))
    return fail(Kind::unavailable, "provider_busy", fmt::format("status {}", answer.status));
  const SignedAnswer signed_answer{hash,
                                   question.request_id,
                                   answer.headers.get("Minben-Timestamp"),
                                   answer.status,
                                   answer.headers.get("Content-Type"),
                                   answer.headers.get("X-Road-Error"),
                                   answer.body};
  const auto signature = base64url_decode(answer.headers.get("Minben-Signature"));
  if (!signature || !question.provider->gateways.front().signing_key.verify(
                        as_bytes(answer_text(signed_answer)), *signature))
    return not_authentic("the answer is not signed for this request");
  net::Response response;
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers.all())
    if (is_forwarded(name) && to_lower_ascii(name) != "date") response.headers.add(name, value);
  response.body = std::move(answer.body);
  return response;
}

}  // namespace minben::gateway
