#include "serving.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace minben::gateway {

namespace {

std::unexpected<Error> bad_signature(std::string_view why) {
  return fail(Kind::unauthorised, "signature_invalid", why);
}

int status_of(const Error& error) {
  return error.code.starts_with("register_") || error.code == "answer_not_minimisable"
             ? 502
             : net::http_status(error.kind);
}

// What a register's own refusal may say: no more than problem details.
const std::vector<std::string>& problem_fields() {
  static const std::vector<std::string> names{"type", "title", "status", "detail", "code"};
  return names;
}

}  // namespace

Serving::Serving(const Parts& parts)
    : parts_(parts),
      replay_(parts.clock.now()),
      client_({.timeout_ms = parts.config.register_timeout_ms,
               .max_response_bytes = parts.config.max_body}) {}

net::Response Serving::handle(net::Request& request) {
  auto accepted = accept(request);
  if (!accepted) {
    ++parts_.counters.served_refused;
    spdlog::info("request of a peer refused: {}", accepted.error().code);
    net::Response refusal = problem(accepted.error());
    // Signed all the same, so that the asking side knows who refused.
    Accepted unknown;
    unknown.hash = request_hash(request.method, request.target, forwarded_fields(request.headers),
                                request.body);
    unknown.envelope.request_id = request.headers.get("X-Road-Request-Id");
    sign(refusal, unknown);
    return refusal;
  }
  auto response = serve(request, *accepted);
  if (!response) {
    ++parts_.counters.served_refused;
    spdlog::info("{} refused to {}: {}", to_string(accepted->path.service),
                 to_string(accepted->envelope.client), response.error().code);
    response = problem(response.error(), status_of(response.error()));
  }
  sign(*response, *accepted);
  return std::move(*response);
}

Result<Serving::Accepted> Serving::accept(const net::Request& request) {
  Accepted accepted;
  MINBEN_TRY(configuration, parts_.directory.valid());
  accepted.configuration = std::move(configuration);
  MINBEN_TRY(path, read_service_path(request.target));
  accepted.path = std::move(path);
  MINBEN_TRY(envelope, read_envelope(request.headers));
  accepted.envelope = std::move(envelope);
  MINBEN_TRY(certificate, trust::read_certificate(as_bytes(request.peer_certificate_der)));
  const Member* peer = accepted.configuration->member(certificate.member);
  if (!peer) return bad_signature("not a member");
  if (accepted.envelope.client.member != peer->code.value ||
      accepted.envelope.client.member_class != peer->member_class ||
      accepted.envelope.client.instance != accepted.configuration->instance)
    return bad_signature("a gateway speaks for its own agency only");
  MINBEN_CHECK(check_signature(request, accepted, *peer));
  accepted.hash =
      request_hash(request.method, request.target, forwarded_fields(request.headers), request.body);
  return accepted;
}

Result<void> Serving::check_signature(const net::Request& request, const Accepted& accepted,
                                      const Member& peer) {
  const std::string hash =
      request_hash(request.method, request.target, forwarded_fields(request.headers), request.body);
  const std::string_view timestamp = request.headers.get("Minben-Timestamp");
  const auto signature = base64url_decode(request.headers.get("Minben-Signature"));
  const auto signed_at = parse_instant(timestamp);
  if (!signature || !signed_at) return bad_signature("no signature or time");
  if (!parse_uuid(accepted.envelope.request_id)) return bad_signature("no request id");
  if (!peer.gateways.front().signing_key.verify(as_bytes(request_text(hash, timestamp)),
                                                *signature))
    return bad_signature("altered, or signed by somebody else");
  return replay_.accept(peer.code.value, accepted.envelope.request_id, *signed_at,
                        parts_.clock.now());
}

Result<net::Response> Serving::serve(const net::Request& request, const Accepted& accepted) {
  const Envelope& envelope = accepted.envelope;
  if (accepted.path.service.provider.member != parts_.config.member.value)
    return fail(Kind::not_found, "unknown_service", "another member's service");
  MINBEN_TRY(grant, decider_.decide(accepted.configuration,
                                    {envelope.client, accepted.path.service, request.method,
                                     accepted.path.segments, envelope.purpose, envelope.case_id,
                                     envelope.person, envelope.consent},
                                    parts_.clock.now()));
  MINBEN_TRY(answer, call_register(request, accepted));
  ++parts_.counters.served;
  std::vector<std::string> fields;
  MINBEN_TRY(response, reduce(std::move(answer), grant, fields));
  MINBEN_CHECK(record(request, accepted, grant, response, std::move(fields)));
  return response;
}

Result<net::ClientResponse> Serving::call_register(const net::Request& request,
                                                   const Accepted& accepted) {
  const ServiceId& service = accepted.path.service;
  const auto base = parts_.config.registers.find(
      fmt::format("{}/{}", service.provider.subsystem, service.service));
  if (base == parts_.config.registers.end())
    return fail(Kind::unavailable, "register_not_configured",
                "the provider has no address for this service");
  net::ClientRequest call{request.method, base->second + accepted.path.rest, {}, request.body};
  for (const auto& [name, value] : request.headers.all())
    if (is_forwarded(name) && to_lower_ascii(name) != "minben-consent")
      call.headers.add(name, value);
  auto answer = client_.send(call);
  if (!answer) return fail(Kind::unavailable, "register_unreachable", answer.error().code);
  return std::move(*answer);
}

Result<net::Response> Serving::reduce(net::ClientResponse answer, const Grant& grant,
                                      std::vector<std::string>& fields) {
  net::Response response;
  response.status = answer.status;
  if (answer.status >= 400) {
    auto reduced = minimise(answer.body, problem_fields());
    response.body = reduced ? std::move(reduced->body) : std::string{};
    response.headers.add("Content-Type", "application/problem+json");
    return response;
  }
  MINBEN_TRY(reduced, minimise(answer.body, *grant.keep));
  response.body = std::move(reduced.body);
  response.headers.add("Content-Type", "application/json");
  fields = std::move(reduced.fields);
  return response;
}

Result<void> Serving::record(const net::Request& request, const Accepted& accepted,
                             const Grant& grant, const net::Response& response,
                             std::vector<std::string> fields) {
  UsageRecord usage;
  usage.id = minben::to_string(new_uuid(parts_.clock, parts_.random));
  usage.at = parts_.clock.now();
  usage.gateway = parts_.config.member;
  usage.consumer = accepted.envelope.client;
  usage.service = accepted.path.service;
  usage.method = net::to_string(request.method);
  usage.status = response.status;
  usage.purpose = accepted.envelope.purpose;
  usage.basis = grant.basis;
  usage.legal_basis = grant.legal_basis;
  usage.consent = grant.consent;
  usage.person = grant.person;
  usage.case_id = grant.case_id;
  usage.user = accepted.envelope.user;
  usage.exchange_id = accepted.envelope.exchange_id;
  usage.fields = std::move(fields);
  usage.request_hash = accepted.hash;
  usage.response_sha256 = hex_encode(sha256(response.body));
  return parts_.journal.record(usage);
}

void Serving::sign(net::Response& response, const Accepted& accepted) const {
  const std::string timestamp = minben::to_string(parts_.clock.now());
  if (!accepted.envelope.client.instance.empty()) {
    response.headers.set("X-Road-Client", to_string(accepted.envelope.client));
    response.headers.set("X-Road-Service", to_string(accepted.path.service));
  }
  response.headers.set("X-Road-Id", accepted.envelope.exchange_id);
  response.headers.set("X-Road-Request-Id", accepted.envelope.request_id);
  response.headers.set("X-Road-Request-Hash", accepted.hash);
  const SignedAnswer answer{
      accepted.hash,   accepted.envelope.request_id,         timestamp,
      response.status, response.headers.get("Content-Type"), response.headers.get("X-Road-Error"),
      response.body};
  const Bytes signature = parts_.key.sign(as_bytes(answer_text(answer)));
  response.headers.set("Minben-Timestamp", timestamp);
  response.headers.set("Minben-Signature", base64url_encode(signature));
}

}  // namespace minben::gateway
