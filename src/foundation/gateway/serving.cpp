#include "serving.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "metrics.hpp"
#include "trace.hpp"

namespace minben::gateway {

namespace {

constexpr seconds piece_time{30};  ///< for the next piece of a request that has begun

std::unexpected<Error> bad_signature(std::string_view why) {
  return fail(Kind::unauthorised, "signature_invalid", why);
}

int status_of(const Error& error) {
  return error.code.starts_with("register_") || error.code == "answer_not_minimisable"
             ? 502
             : net::http_status(error.kind);
}

// What a register's own refusal may say: no more than problem details.
const FieldTree& problem_fields() {
  static const FieldTree names(
      std::vector<std::string>{"type", "title", "status", "detail", "code"});
  return names;
}

/// What is said of an event beside it (outbox.hpp); whom it is about stays here.
net::Headers event_fields(const net::Headers& of) {
  net::Headers fields;
  for (const auto& [name, value] : of.all()) {
    const std::string lower = to_lower_ascii(name);
    if (lower.starts_with("minben-event-") && lower != "minben-event-person")
      fields.add(name, value);
  }
  return fields;
}

std::unexpected<Error> register_failed(const Error& error) {
  const bool late = error.code == "timeout";
  return fail(Kind::unavailable, late ? "register_timeout" : "register_unreachable", error.code);
}

}  // namespace

struct Serving::Served {
  net::Channel& channel;
  std::string peer{};  ///< member, by the certificate of the connection, once it was checked
  std::shared_ptr<const View> view{};
  RequestHead head{};
  Envelope envelope{};
  ServicePath path{};
  std::optional<Incoming> in{};
  Grant grant{};
  bool about_a_person = false;
  bool minimised = false;
  bool kept_here = false;  ///< answered from the events that this gateway keeps
  bool accepted =
      false;           ///< it is certain who sent it, that it was not altered, and that it is new
  bool begun = false;  ///< some of the answer was sent
  ExchangeRecord record{};
  BodyCopies copies{};
};

Serving::Serving(const Parts& parts, Metaservices metaservices)
    : parts_(parts),
      metaservices_(std::move(metaservices)),
      replay_(parts.clock.now()),
      registers_({.timeout_ms = parts.config.register_timeout_ms,
                  .max_response_bytes = parts.config.max_stream,
                  .max_idle_connections = 64}) {}

net::Task<void> Serving::run(net::Channel& channel) {
  const CountedWhile counted(parts_.metrics.channels);
  std::uint64_t told = 0;  ///< version of what the peer knows of our certificates
  while (!channel.ending()) {
    channel.expire_in(parts_.config.peer_idle_s);
    auto first = co_await next_piece(channel);
    if (first && first->piece.standing) {
      hear_standing(*parts_.directory.view(), channel, first->piece.body, parts_.clock.now());
      first = co_await next_piece(channel);
    }
    if (!first || first->piece.standing) co_return;
    channel.expire_in(std::nullopt);
    if (const auto newest = parts_.standing.own_version(); newest != told) {
      const std::string bytes = write_standing(Side::response, parts_.standing.own());
      auto sent = co_await channel.send(bytes);
      if (!sent) co_return;
      told = newest;
    }
    const bool more = co_await serve(channel, std::move(*first));
    if (!more) co_return;
  }
}

// False: the channel cannot be used again.
net::Task<bool> Serving::serve(net::Channel& channel, OwnPiece first) {
  Served served{.channel = channel};
  served.record.received_at = parts_.clock.now();
  if (const auto read = this->read(served, first); !read) {
    ++parts_.counters.served_refused;
    parts_.metrics.refused(Role::served, read.error().code, 0);
    spdlog::info("a request was not read: {}", read.error().code);
    co_return false;  // there is not even an id to answer to
  }
  const auto answered = co_await answer(served, first);
  if (answered) co_return served.in->ended();
  ++parts_.counters.served_refused;
  spdlog::info("{} refused to {}: {} trace={}", to_string(served.path.service), served.peer,
               answered.error().code, served.record.trace);
  if (served.begun) co_return false;
  const auto refused = co_await refuse(served, answered.error());
  co_return refused&& served.in->ended();
}

/// Enough to answer at all.
Result<void> Serving::read(Served& served, const OwnPiece& first) const {
  if (!first.piece.first || first.piece.side != Side::request)
    return bad_signature("not the beginning of a request");
  MINBEN_TRY(head, read_request_head(first.piece.head));
  served.head = std::move(head);
  MINBEN_TRY(envelope, read_envelope(served.head.fields));
  served.envelope = std::move(envelope);
  if (!parse_uuid(served.envelope.request_id)) return bad_signature("no request id");
  served.in.emplace(Side::request, served.envelope.request_id, first.piece.head);
  served.copies.request.begin(parts_.bodies.limit());
  served.in->copy_to(served.copies.request);
  return {};
}

Result<void> Serving::accept(Served& served, const OwnPiece& first) {
  MINBEN_TRY(view, parts_.directory.valid());
  MINBEN_CHECK(parts_.stamping.check(served.record.received_at));
  served.view = std::move(view);
  const Configuration& configuration = served.view->configuration;
  // Again with each version of the configuration: it may revoke what a kept connection was made
  // with.
  const std::string note = fmt::format("{} {} ", configuration.version, parts_.standing.epoch());
  if (!served.channel.note.starts_with(note)) {
    MINBEN_TRY(peer, check_peer(*served.view, served.channel.peer_certificate(),
                                served.channel.peer_proof(), trust::Usage::tls_client,
                                parts_.clock.now()));
    served.channel.note = note + peer;
  }
  served.peer = served.channel.note.substr(note.size());
  const auto sealed = served.in->take(*served.view, served.peer, first.piece);
  if (!sealed && sealed.error().code == "certificate_unknown") parts_.directory.hurry();
  if (!sealed) return std::unexpected(sealed.error());
  const Member* member = configuration.member(served.peer);
  if (!member) return bad_signature("not a member");
  const SubsystemId& client = served.envelope.client;
  if (client.member != member->code.value || client.member_class != member->member_class ||
      client.instance != configuration.instance)
    return bad_signature("a gateway speaks for its own agency only");
  const auto sent_at = parse_instant(served.head.fields.get("Minben-Timestamp"));
  if (!sent_at) return bad_signature("no time of its own");
  MINBEN_CHECK(
      replay_.accept(served.peer, served.envelope.request_id, *sent_at, parts_.clock.now()));
  MINBEN_TRY(path, read_service_path(served.head.target));
  served.path = std::move(path);
  ExchangeRecord& record = served.record;
  record.role = Role::served;
  record.trace = traceparent_of(served.head.fields);
  record.request_id = served.envelope.request_id;
  record.exchange_id = served.envelope.exchange_id;
  record.peer = member->code;
  record.request_head = first.piece.head;
  note_claims(record, served.envelope, served.path.service, served.head);
  served.accepted = true;
  return {};
}

Result<void> Serving::decide_on(Served& served) {
  const Envelope& envelope = served.envelope;
  if (served.path.service.provider.member != parts_.config.member.value)
    return fail(Kind::not_found, "unknown_service", "another member's service");
  MINBEN_TRY(grant, decider_.decide(served.view->access,
                                    {envelope.client, served.path.service, served.head.method,
                                     served.path.segments, envelope.purpose, envelope.case_id,
                                     envelope.person, envelope.consent},
                                    parts_.clock.now()));
  const Service& service = *served.view->access.service(served.path.service);
  served.about_a_person = service.about_a_person;
  served.minimised = service.about_a_person || !service.fields.empty();
  served.record.rule = grant.rule;
  served.record.basis = grant.basis == Basis::consent ? "consent" : "law";
  served.record.legal_basis = grant.legal_basis;
  served.record.delay = grant.delay;
  served.record.consent = grant.consent;
  served.record.person = grant.person;
  served.record.case_id = grant.case_id;
  served.grant = std::move(grant);
  return {};
}

net::Task<Result<void>> Serving::answer(Served& served, const OwnPiece& first) {
  if (auto accepted = accept(served, first); !accepted) co_return accepted;
  if (metaservice(served.path.service.service)) {
    auto described = co_await describe(served);
    co_return described;
  }
  if (auto decided = decide_on(served); !decided) co_return decided;
  // No register is asked for an answer that could not be sealed.
  if (auto able = parts_.signing.check(); !able) co_return able;
  auto answering = co_await call_register(served, first);
  if (!answering) co_return std::unexpected(std::move(answering).error());
  auto passed = co_await pass_on(served, **answering);
  co_return passed;
}

// No rule is needed to learn what there is, as in X-Road; who asks is certain.
net::Task<Result<void>> Serving::describe(Served& served) {
  if (served.path.service.provider.member != parts_.config.member.value)
    co_return fail(Kind::not_found, "unknown_service", "another member's service");
  if (!served.in->ended())
    co_return fail(Kind::too_large, "body_too_large", "metaservices take no body");
  const Instant now = parts_.clock.now();
  auto answer = metaservices_.answer(*served.view, served.envelope.client, served.head.method,
                                     served.path, now);
  if (!answer) co_return std::unexpected(std::move(answer).error());
  note_request(served);
  served.record.answered_at = now;
  net::Headers fields;
  fields.add("Content-Type", answer->content_type);
  auto sent = co_await send_whole(served, 200, fields, std::move(answer->body));
  co_return sent;
}

Result<std::string> Serving::register_url(Served& served) const {
  const ServiceId& service = served.path.service;
  const std::string name = fmt::format("{}/{}", service.provider.subsystem, service.service);
  const auto base = parts_.config.registers.find(name);
  if (base != parts_.config.registers.end()) return base->second;
  served.kept_here = parts_.own.keeps(name);
  if (served.kept_here)
    return fmt::format("{}/mailbox/{}", own_url(parts_.config, parts_.own), name);
  return fail(Kind::unavailable, "register_not_configured",
              "the provider has no address for this service");
}

// The person's own list of uses names the publisher's person, and no look that found nothing.
void Serving::note_event(Served& served, const net::ClientResponse& head) {
  if (const auto person = head.headers.get("Minben-Event-Person"); served.grant.person.empty())
    served.record.person = person;
  const bool about = served.about_a_person || !served.record.person.empty();
  served.record.is_use = about && head.headers.has("Minben-Event-Id");
}

// Each piece is verified before it goes on; a register whose request breaks off gets no end of it.
net::Task<Result<std::unique_ptr<net::Answering>>> Serving::call_register(Served& served,
                                                                          const OwnPiece& first) {
  auto base = register_url(served);
  if (!base) co_return std::unexpected(std::move(base).error());
  net::ClientRequest request{
      .method = served.head.method, .url = *base + served.path.rest, .headers = {}};
  if (served.kept_here) request.headers.add("Minben-Token", parts_.own.token);
  for (const auto& [name, value] : served.head.fields.all())
    if (is_forwarded(name) && to_lower_ascii(name) != "minben-consent")
      request.headers.add(name, value);
  served.record.trace = continue_trace(request.headers, parts_.random);
  const bool whole = served.in->ended();
  if (whole) request.body = first.piece.body;
  served.record.forwarded_at = parts_.clock.now();
  auto sent = co_await registers_.send(
      request, whole ? std::nullopt : std::optional(net::More{first.piece.announced}));
  if (!sent) co_return register_failed(sent.error());
  net::Answering& answering = **sent;
  std::string_view body = whole ? std::string_view() : first.piece.body;
  OwnPiece next;
  while (!body.empty() || !served.in->ended()) {
    auto written = co_await answering.write(body);
    if (!written) co_return register_failed(written.error());
    body = {};
    if (served.in->ended()) break;
    served.channel.expire_in(piece_time);
    auto received = co_await next_piece(served.channel);
    if (!received) co_return std::unexpected(std::move(received).error());
    next = std::move(*received);
    const auto seal = served.in->take(*served.view, served.peer, next.piece);
    if (!seal) co_return std::unexpected(seal.error());
    if (served.in->size() > parts_.config.max_stream)
      co_return fail(Kind::too_large, "body_too_large", "larger than this gateway takes");
    body = next.piece.body;
  }
  served.channel.expire_in(std::nullopt);
  auto ended = co_await answering.end();
  if (!ended) co_return register_failed(ended.error());
  note_request(served);
  co_return std::move(*sent);
}

/// What its end tells of a request; one that was refused before it has none.
void Serving::note_request(Served& served) {
  ExchangeRecord& record = served.record;
  record.request_size = served.in->size();
  if (!served.in->ended()) return;
  record.request_hash = served.in->hash();
  record.request_seal = served.in->last_seal();
  record.request_piece = served.in->last_number();
  record.request_body_sha512 = served.in->body_digest();
}

net::Task<Result<void>> Serving::pass_on(Served& served, net::Answering& answering) {
  auto head = co_await answering.head();
  if (!head) co_return register_failed(head.error());
  served.record.answered_at = parts_.clock.now();
  served.record.is_use = served.about_a_person || !served.grant.person.empty();
  if (served.kept_here) note_event(served, *head);
  ++parts_.counters.served;
  if (served.minimised) {
    auto reduced = co_await reduce(served, answering, *head);
    co_return reduced;
  }
  auto streamed = co_await stream(served, answering, *head);
  co_return streamed;
}

net::Task<Result<void>> Serving::reduce(Served& served, net::Answering& answering,
                                        const net::ClientResponse& head) {
  std::string body;
  while (true) {
    const auto piece = co_await answering.read();
    if (!piece) co_return register_failed(piece.error());
    if (piece->empty()) break;
    body += *piece;
    if (body.size() > parts_.config.max_body)
      co_return fail(Kind::unavailable, "register_answer_too_large",
                     "larger than this gateway minimises");
  }
  const bool refusal = head.status >= 400;
  auto reduced = minimise(body, refusal ? problem_fields() : *served.grant.keep);
  if (!reduced && !refusal) co_return std::unexpected(reduced.error());
  net::Headers fields = served.kept_here ? event_fields(head.headers) : net::Headers();
  fields.add("Content-Type", refusal ? "application/problem+json" : "application/json");
  if (!refusal) served.record.fields = std::move(reduced->fields);
  std::string out_body = reduced ? std::move(reduced->body) : std::string();
  auto sent = co_await send_whole(served, head.status, fields, std::move(out_body));
  co_return sent;
}

/// An answer that is at hand.
net::Task<Result<void>> Serving::send_whole(Served& served, int status, const net::Headers& fields,
                                            std::string body) {
  served.record.status = status;
  served.record.response_sha256 = hex_encode(sha256(body));
  Outgoing out(served.channel, parts_.signing, Side::response, served.envelope.request_id,
               answer_head(served, status, fields), body.size());
  served.copies.response.begin(parts_.bodies.limit());
  out.copy_to(served.copies.response);
  out.answers(served.in->hash());
  for (; body.size() > max_piece_body; body.erase(0, max_piece_body)) {
    served.begun = true;
    auto sent = co_await out.send(std::string_view(body).substr(0, max_piece_body));
    if (!sent) co_return sent;
  }
  auto finished = co_await finish(served, out, std::move(body));
  co_return finished;
}

net::Task<Result<void>> Serving::stream(Served& served, net::Answering& answering,
                                        const net::ClientResponse& head) {
  net::Headers fields;
  for (const auto& [name, value] : head.headers.all()) {
    const std::string lower = to_lower_ascii(name);
    // Only gateways say X-Road-Error: a register's answer must not pass for their refusal.
    const bool ours = lower == "date" || lower == "x-road-error" || lower == "minben-event-person";
    if (is_forwarded(lower) && !ours) fields.add(name, value);
  }
  if (!check_size(fields))
    co_return fail(Kind::unavailable, "register_answer_too_large", "its header fields");
  served.record.status = head.status;
  Outgoing out(served.channel, parts_.signing, Side::response, served.envelope.request_id,
               answer_head(served, head.status, fields), answering.length());
  served.copies.response.begin(parts_.bodies.limit());
  out.copy_to(served.copies.response);
  out.answers(served.in->hash());
  Pieces<net::Answering> pieces(answering, answering.length());
  while (true) {
    auto piece = co_await pieces.next();
    if (!piece) co_return register_failed(piece.error());
    if (piece->last) {
      auto finished = co_await finish(served, out, std::move(piece->bytes));
      co_return finished;
    }
    served.begun = true;
    served.channel.expire_in(piece_time);
    auto sent = co_await out.send(piece->bytes);
    if (!sent) co_return sent;
  }
}

// The end of an answer leaves when the whole exchange is on record.
net::Task<Result<void>> Serving::finish(Served& served, Outgoing& out, std::string last) {
  out.answers(served.in->hash());
  served.record.response_head = out.head();
  served.record.response_hash = out.end(std::move(last));
  served.record.response_size = out.size();
  served.record.response_piece = out.last_number();
  served.record.response_body_sha512 = out.body_digest();
  auto committed = co_await parts_.journal.commit(served.record, out.end_leaf());
  if (!committed) co_return committed;
  if (served.record.error.empty()) parts_.bodies.keep(served.record, served.copies);
  served.begun = true;
  served.channel.expire_in(piece_time);
  auto sent = co_await out.send_end(served.record.response_seal);
  co_return sent;
}

std::string Serving::answer_head(const Served& served, int status,
                                 const net::Headers& fields) const {
  AnswerHead head{status, fields};
  if (served.accepted) {
    head.fields.set("X-Road-Client", to_string(served.envelope.client));
    head.fields.set("X-Road-Service", to_string(served.path.service));
  }
  head.fields.set("X-Road-Id", served.envelope.exchange_id);
  head.fields.set("X-Road-Request-Id", served.envelope.request_id);
  head.fields.set("X-Road-Request-Hash", served.in->hash());
  return write_head(head);
}

// Sealed all the same, so that the asking side knows who refused. What is not accepted is not on
// record either: anybody could fill the disk with it.
net::Task<Result<void>> Serving::refuse(Served& served, const Error& error) {
  const net::Response response = problem(error, status_of(error));
  served.record.error = error.code;
  served.record.status = response.status;
  Outgoing out(served.channel, parts_.signing, Side::response, served.envelope.request_id,
               answer_head(served, response.status, response.headers), response.body.size());
  if (served.accepted) {
    note_request(served);
    auto finished = co_await finish(served, out, response.body);
    co_return finished;
  }
  parts_.metrics.refused(Role::served, error.code, response.status);
  out.answers(served.in->hash());
  out.end(response.body);
  auto seal = co_await parts_.signing.seal(out.end_leaf());
  if (!seal) co_return std::unexpected(std::move(seal).error());
  auto sent = co_await out.send_end(std::move(*seal));
  co_return sent;
}

}  // namespace minben::gateway
