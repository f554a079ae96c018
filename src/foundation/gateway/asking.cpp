#include "asking.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "error_form.hpp"
#include "metaservices.hpp"
#include "metrics.hpp"
#include "trace.hpp"

namespace minben::gateway {

net::ClientConfig peer_client(const GatewayConfig& config) {
  net::ClientConfig out;
  out.tls = own_tls(config);
  out.server_ca_pem = config.state_directory / "trust-anchor.pem";
  out.timeout_ms = config.connect_timeout_ms;
  out.max_response_bytes = config.max_body;
  out.max_idle_connections = 64;
  return out;
}

namespace {

/// Clocks of two gateways may differ by so much; an answer is never older than its request.
constexpr seconds clock_skew{5};
constexpr seconds answer_lifetime{60};

auto not_authentic(std::string_view why) {
  return fail(Kind::unavailable, "provider_not_authentic", why);
}

int status_of(const Error& error) {
  if (error.code.starts_with("provider_")) return 502;
  if (error.code == "head_too_large") return 431;
  return net::http_status(error.kind);
}

/// Or its packets are lost: then it is silent until the time is over.
bool has_gone(const Error& of_channel) {
  return of_channel.code == "broken" || of_channel.code == "timeout";
}

/// RFC 9110 §9.2.2; asking twice is then asking once.
bool is_idempotent(net::Method method) {
  return method != net::Method::post && method != net::Method::patch;
}

}  // namespace

struct Asking::Question {
  std::shared_ptr<const View> view;
  Envelope envelope;
  ServicePath path;
  RequestHead head;
  const Member* provider = nullptr;
  std::optional<Pieces<net::Flow>> body;
  Gathered first;
  ExchangeRecord record;
  BodyCopies copies;
  bool sent = false;   ///< some of it reached a provider, for all that is known
  bool begun = false;  ///< some of the answer reached the client
  bool stale = false;  ///< the last connection was a kept one, and turned out to be closed
};

Asking::Asking(const Parts& parts)
    : parts_(parts),
      patience_(parts.config.answer_timeout_ms),
      health_(parts.clock),
      channels_(peer_client(parts.config), std::string(channel_protocol)) {}

net::Task<void> Asking::handle(net::Flow& flow) {
  ++parts_.counters.asked;
  Question question;
  question.record.received_at = parts_.clock.now();
  if (const auto prepared = prepare(flow, question); !prepared) {
    ++parts_.counters.asked_refused;
    parts_.metrics.refused(Role::asked, prepared.error().code, status_of(prepared.error()));
    spdlog::info("asking refused: {}", prepared.error().code);
    co_await flow.answer(refusal(flow, question, prepared.error()));
    co_return;
  }
  question.body.emplace(flow, flow.length);
  auto first = co_await question.body->next();
  if (!first) {
    co_await refuse(flow, question, first.error());
    co_return;
  }
  question.first = std::move(*first);
  ++under_way_;
  const auto asked = co_await ask(flow, question);
  --under_way_;
  if (!asked) co_await refuse(flow, question, asked.error());
}

Result<void> Asking::prepare(const net::Flow& flow, Question& question) const {
  const net::Request& request = flow.request;
  MINBEN_TRY(view, parts_.directory.valid());
  MINBEN_CHECK(parts_.stamping.check(question.record.received_at));
  question.view = std::move(view);
  const Configuration& configuration = question.view->configuration;
  MINBEN_CHECK(parts_.signing.check());
  MINBEN_TRY(path, read_service_path(request.target));
  MINBEN_TRY(envelope, read_envelope(request.headers));
  MINBEN_CHECK(check_client(envelope, configuration));
  MINBEN_CHECK(check_service(*question.view, envelope.client, path.service));
  question.provider = configuration.member(path.service.provider.member);
  if (!question.provider)
    return fail(Kind::not_found, "unknown_service", "no such member", to_string(path.service));
  question.head = {request.method, request.target, forwarded_fields(request.headers)};
  MINBEN_CHECK(check_size(question.head.fields, question.head.target));
  ExchangeRecord& record = question.record;
  record.trace = continue_trace(question.head.fields, parts_.random);
  record.role = Role::asked;
  record.peer = question.provider->code;
  note_claims(record, envelope, path.service, question.head);
  question.envelope = std::move(envelope);
  question.path = std::move(path);
  number(question);
  return {};
}

// The provider decides; this only spares it what is certain to be refused.
Result<void> Asking::check_service(const View& view, const SubsystemId& client,
                                   const ServiceId& service) {
  if (metaservice(service.service)) return check_provider(view.configuration, service.provider);
  if (!view.access.service(service))
    return fail(Kind::not_found, "unknown_service", "no such service", to_string(service));
  if (!view.access.has_rule(client, service))
    return fail(Kind::forbidden, "access_denied", "no rule allows this", to_string(service));
  return {};
}

/// A new id for each time that it is sent: the provider takes each one only once.
void Asking::number(Question& question) const {
  question.record.request_id = minben::to_string(new_uuid(parts_.clock, parts_.random));
  if (question.envelope.exchange_id.empty()) {
    question.head.fields.set("X-Road-Id", question.record.request_id);
    question.record.exchange_id = question.record.request_id;
  } else {
    question.record.exchange_id = question.envelope.exchange_id;
  }
  question.head.fields.set("x-road-request-id", question.record.request_id);
  question.head.fields.set("minben-timestamp", minben::to_string(parts_.clock.now()));
}

Result<void> check_token(const GatewayConfig& config, const SubsystemId& subsystem,
                         std::string_view token) {
  const auto denied = [](std::string_view why) {
    return fail(Kind::unauthorised, "client_not_known", why);
  };
  if (subsystem.member != config.member.value)
    return denied("this gateway speaks for its own agency only");
  const auto known = config.clients.find(subsystem.subsystem);
  if (known == config.clients.end()) return denied("no such subsystem");
  if (!equal_in_constant_time(known->second, hex_encode(sha256(token))))
    return denied("wrong token");
  return {};
}

std::string own_url(const GatewayConfig& config, const OwnSide& own) {
  const bool any = config.client_address == "0.0.0.0" || config.client_address == "::";
  const std::string host = any ? "127.0.0.1" : config.client_address;
  const bool six = host.contains(':');
  return fmt::format("http://{}{}{}:{}", six ? "[" : "", host, six ? "]" : "", own.port.load());
}

Result<void> Asking::check_client(const Envelope& envelope,
                                  const Configuration& configuration) const {
  if (envelope.client.instance != configuration.instance)
    return fail(Kind::unauthorised, "client_not_known", "of another instance");
  const bool own = envelope.client.member == parts_.config.member.value &&
                   parts_.config.clients.contains(envelope.client.subsystem);
  if (own && parts_.own.is(envelope.token)) return {};
  return check_token(parts_.config, envelope.client, envelope.token);
}

// Another gateway of the member is tried when one cannot be reached; after something was sent only
// where the method allows it and the whole request is still at hand. A provider that has just
// started cannot know what it saw before, and asks for a newer seal; it has done nothing yet.
net::Task<Result<void>> Asking::ask(net::Flow& flow, Question& question) {
  Error last{Kind::unavailable, "provider_unreachable", "no gateway", {}, 0, 0};
  auto urls = health_.order(*question.provider);
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const std::string url = urls[i];
    health_.begin(url);
    auto asked = co_await ask_at(flow, question, url);
    const bool reached = asked || asked.error().code != "provider_unreachable";
    health_.end(url, reached);
    const bool before_start = !asked && asked.error().code == "request_before_start";
    if ((reached && !before_start) || question.begun) co_return asked;
    last = std::move(asked).error();
    const bool harmless = before_start || is_idempotent(question.head.method);
    const bool again = !question.sent || (harmless && question.first.last);
    if (!again) break;
    // Who could not be reached just now would not be so again at once, and the caller waits.
    if (i == 0 && (before_start || question.stale)) urls.push_back(url);
    number(question);
  }
  co_return fail(std::move(last));
}

/// Of a channel to the provider, once it is certain who it is: the beginning of its note.
std::string Asking::checked_note(const Question& question) const {
  return fmt::format("{} {} {} ", question.view->configuration.version, parts_.standing.epoch(),
                     question.provider->code.value);
}

/// Checked once for each version of the configuration, and of what is known of revocations: it
/// takes its time.
Result<void> Asking::check_provider_of(const Question& question, net::Channel& channel,
                                       const std::string& note) const {
  if (channel.note.starts_with(note)) return {};
  const auto peer = check_peer(*question.view, channel.peer_certificate(), channel.peer_proof(),
                               trust::Usage::tls_server, parts_.clock.now());
  if (!peer) return not_authentic(peer.error().code);
  if (*peer != question.provider->code.value) return not_authentic("another member's certificate");
  channel.note = note;
  return {};
}

net::Task<Result<void>> Asking::ask_at(net::Flow& flow, Question& question,
                                       const std::string& url) {
  const auto unreachable = [&](const Error& error) {
    return fail(Kind::unavailable, "provider_unreachable", error.code,
                question.provider->code.value);
  };
  const auto not_opened = [&](const Error& error) {
    return error.code == "tls_failed" ? not_authentic(error.detail) : unreachable(error);
  };
  question.stale = false;
  auto opened = co_await channels_.open(url);
  if (!opened) {
    if (auto able = parts_.signing.check(); !able) co_return able;  // it may be our own key
    co_return not_opened(opened.error());
  }
  bool kept = !(*opened)->note.empty();
  const std::string note = checked_note(question);
  auto authentic = check_provider_of(question, **opened, note);
  if (!authentic && kept) {  // it may have changed its certificate since that was opened
    opened = co_await channels_.open(url, net::ChannelClient::Kept::unwanted);
    if (!opened) co_return not_opened(opened.error());
    kept = false;
    authentic = check_provider_of(question, **opened, note);
  }
  if (!authentic) co_return authentic;
  net::Channel& channel = **opened;
  channel.expire_in(patience_);
  if (auto told = co_await tell_standing(channel, note); !told) co_return unreachable(told.error());
  Outgoing out(channel, parts_.signing, Side::request, question.record.request_id,
               write_head(question.head), flow.length);
  question.copies.request.begin(parts_.bodies.limit());
  out.copy_to(question.copies.request);
  question.record.request_head = out.head();
  question.record.forwarded_at = parts_.clock.now();
  const auto sent = co_await send(question, out);
  if (!sent && !has_gone(sent.error())) co_return std::unexpected(sent.error());
  // A provider that refuses may close before it has read everything: its answer is what counts.
  auto received = co_await receive(flow, question, channel);
  if (!received && has_gone(received.error())) {
    question.stale = kept && received.error().code == "broken";
    co_return unreachable(received.error());
  }
  if (received && sent) channels_.keep(url, std::move(*opened));
  co_return received;
}

/// The note of a channel is what was checked, and which version of our standing the peer knows.
net::Task<Result<void>> Asking::tell_standing(net::Channel& channel, const std::string& checked) {
  const std::string newest = std::to_string(parts_.standing.own_version());
  const bool told = channel.note.ends_with(" " + newest);
  channel.note = checked + newest;
  if (told || newest == "0") co_return Result<void>{};
  const std::string bytes = write_standing(Side::request, parts_.standing.own());
  auto sent = co_await channel.send(bytes);
  co_return sent;
}

net::Task<Result<void>> Asking::send(Question& question, Outgoing& out) {
  Gathered piece = question.first;
  while (!piece.last) {
    question.sent = true;
    auto sent = co_await out.send(piece.bytes);
    if (!sent) co_return sent;
    auto next = co_await question.body->next();
    if (!next && next.error().kind == Kind::too_large) co_return std::unexpected(next.error());
    if (!next) co_return fail(Kind::invalid, "request_broken", next.error().detail);
    piece = std::move(*next);
  }
  question.record.request_hash = out.end(std::move(piece.bytes));
  question.record.request_size = out.size();
  question.record.request_piece = out.last_number();
  question.record.request_body_sha512 = out.body_digest();
  auto seal = co_await parts_.signing.seal(out.end_leaf(), under_way_);
  if (!seal) co_return std::unexpected(std::move(seal).error());
  question.record.request_seal = std::move(*seal);
  question.sent = true;
  auto sent = co_await out.send_end(question.record.request_seal);
  co_return sent;
}

net::Task<Result<void>> Asking::receive(net::Flow& flow, Question& question,
                                        net::Channel& channel) {
  auto first = co_await next_piece(channel);
  if (first && first->piece.standing) {
    hear_standing(*question.view, channel, first->piece.body, parts_.clock.now());
    first = co_await next_piece(channel);
  }
  if (!first) {
    if (first.error().code == "not_a_piece") co_return not_authentic(first.error().detail);
    co_return std::unexpected(first.error());
  }
  auto head = read_answer_head(first->piece.head);
  if (!head) co_return not_authentic(head.error().detail);
  // What was refused before its end has no hash.
  const bool early =
      head->fields.has("X-Road-Error") && head->fields.get("X-Road-Request-Hash").empty();
  const std::string hash = early ? std::string() : question.record.request_hash;
  Incoming in(Side::response, question.record.request_id, first->piece.head, hash);
  question.copies.response.begin(parts_.bodies.limit());
  in.copy_to(question.copies.response);
  const auto seal = in.take(*question.view, question.provider->code.value, first->piece);
  if (!seal && seal.error().code == "certificate_unknown") parts_.directory.hurry();
  if (!seal) co_return not_authentic(seal.error().detail);
  const Instant now = parts_.clock.now();
  if (seal->at > now + clock_skew || seal->at < now - answer_lifetime)
    co_return not_authentic("the answer's time is not now: clocks differ");
  if (head->fields.get("X-Road-Request-Id") != question.record.request_id ||
      head->fields.get("X-Road-Request-Hash") != hash)
    co_return not_authentic("the answer is to another request");
  if (in.ended() && head->fields.get("X-Road-Error") == "request_before_start")
    co_return fail(Kind::unavailable, "request_before_start", "the provider has just started");
  question.record.answered_at = now;
  question.record.response_head = first->piece.head;
  auto passed = co_await pass_on(flow, question, channel, in, std::move(*first), std::move(*head));
  co_return passed;
}

net::Task<Result<void>> Asking::pass_on(net::Flow& flow, Question& question, net::Channel& channel,
                                        Incoming& in, OwnPiece first, AnswerHead head) {
  net::Response response;
  response.status = head.status;
  for (const auto& [name, value] : head.fields.all())
    if (is_forwarded(name) && to_lower_ascii(name) != "date") response.headers.add(name, value);
  if (in.ended()) {
    auto finished = co_await finish(question, in, head);
    if (!finished) co_return finished;
    response.body = first.piece.body;
    if (head.fields.has("X-Road-Error") &&
        error_form(parts_.config, flow.request.headers) == ErrorForm::x_road)
      retell_as_x_road(response, question.record.request_id, flow.request.headers);
    question.begun = true;
    co_await flow.answer(std::move(response));
    co_return Result<void>{};
  }
  question.begun = true;
  const auto gone = [] { return fail(Kind::unavailable, "client_gone", "the client has gone"); };
  bool going = co_await flow.begin(response, first.piece.announced);
  if (going) going = co_await flow.write(first.piece.body);
  while (going) {
    channel.expire_in(patience_);
    auto piece = co_await next_piece(channel);
    if (!piece) co_return std::unexpected(piece.error());
    const auto seal = in.take(*question.view, question.provider->code.value, piece->piece);
    if (!seal) co_return not_authentic(seal.error().detail);
    if (in.ended()) {
      // The last bytes of an answer are given out when the whole of it is on record.
      auto finished = co_await finish(question, in, head);
      if (!finished) co_return finished;
    }
    going = co_await flow.write(piece->piece.body);
    if (!going) break;
    if (!in.ended()) continue;
    going = co_await flow.end();
    if (!going) break;
    co_return Result<void>{};
  }
  co_return gone();
}

net::Task<Result<void>> Asking::finish(Question& question, const Incoming& in,
                                       const AnswerHead& head) {
  ExchangeRecord& record = question.record;
  record.status = head.status;
  record.error = head.fields.get("X-Road-Error");
  record.response_hash = in.hash();
  record.response_seal = in.last_seal();
  record.response_size = in.size();
  record.response_piece = in.last_number();
  record.response_body_sha512 = in.body_digest();
  auto committed = co_await parts_.journal.commit(record);
  if (committed) parts_.bodies.keep(record, question.copies);
  co_return committed;
}

/// X-Road's detail is the id under which the message log has the exchange, where there is one.
net::Response Asking::refusal(const net::Flow& flow, const Question& question,
                              const Error& error) const {
  net::Response response = problem(error, status_of(error));
  if (!question.record.exchange_id.empty())
    response.headers.set("X-Road-Id", question.record.exchange_id);
  if (!question.record.request_id.empty())
    response.headers.set("X-Road-Request-Id", question.record.request_id);
  if (error_form(parts_.config, flow.request.headers) == ErrorForm::problem) return response;
  std::string id = question.record.request_id;
  if (id.empty()) {
    id = minben::to_string(new_uuid(parts_.clock, parts_.random));
    spdlog::info("{} is told as {}", error.code, id);
  }
  tell_as_x_road(response, error, Refuser::own, id, flow.request.headers);
  return response;
}

net::Task<void> Asking::refuse(net::Flow& flow, Question& question, const Error& error) {
  ++parts_.counters.asked_refused;
  spdlog::info("asking {} failed: {} {} trace={}", to_string(question.path.service), error.code,
               error.detail, question.record.trace);
  ExchangeRecord& record = question.record;
  record.error = error.code;
  record.status = question.begun ? 0 : status_of(error);
  net::Response response = refusal(flow, question, error);
  if (const auto committed = co_await parts_.journal.commit(record); !committed)
    response = refusal(flow, question, committed.error());
  // What was begun stays without its end, so that the client sees that something is missing.
  if (!question.begun) co_await flow.answer(std::move(response));
}

}  // namespace minben::gateway
