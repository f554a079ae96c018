#include "peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace minben::gateway::test {

void run_task(net::Task<void> task) {
  boost::asio::io_context loop(1);
  std::exception_ptr thrown;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr exception) {
    thrown = exception;
    loop.stop();
  });
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
}

Peer::Peer(Country& country, const std::string& member) : country_(country) {
  connect_as(member);
  seal_as(member);
}

void Peer::connect_as(const std::string& member) {
  client_ = {.tls =
                 net::TlsConfig{
                     country_.home(member) / "tls.pem", country_.home(member) / "tls.key.pem", {}},
             .server_ca_pem = country_.home("wda") / "state" / "trust-anchor.pem"};
}

void Peer::seal_as(const std::string& member) {
  auto key = trust::SigningKey::load(country_.home(member) / "seal.key.pem").value();
  auto certificate =
      trust::certificate_from_pem(minben::test::read_file(country_.home(member) / "seal.pem"))
          .value();
  sealer_ = Sealer::make(std::move(key), std::move(certificate)).value();
}

PeerRequest Peer::request() {
  PeerRequest made;
  made.request_id = minben::to_string(new_uuid(country_.clock, country_.random));
  made.head.target = "/r1/MINBEN/GOV/nia/register/residence/AC01234567";
  net::Headers& fields = made.head.fields;
  fields.add("X-Road-Client", "MINBEN/GOV/wda/casework");
  fields.add("Minben-Purpose", "work-permit");
  fields.add("Minben-Case", "case-9");
  fields.add("Minben-Consent", country_.signed_assertion());
  fields.add("X-Road-Id", "x-9");
  fields.add("x-road-request-id", made.request_id);
  fields.add("minben-timestamp", minben::to_string(country_.clock.now()));
  return made;
}

void Peer::seal(PeerRequest& request) {
  request.sealed_head = write_head(request.head);
  request.announced_head = request.sealed_head;
  MessageHash hash(request.sealed_head);
  const Sha512 digest = hash.add(request.body, request.whole);
  const ledger::Hash leaf = statement_leaf(
      write_statement({Side::request, request.request_id, 0, request.whole, digest}));
  request.seal.clear();
  write_seal(sealer_->seal({&leaf, 1}, country_.clock.now()).value().front(), request.seal);
}

std::string Peer::outcome(const PeerRequest& request) {
  std::string bytes;
  write_piece({.side = Side::request,
               .first = true,
               .last = request.whole,
               .number = 0,
               .announced = request.body.size(),
               .seal = request.seal,
               .head = request.announced_head,
               .body = request.body},
              bytes);
  const auto said = say(bytes);
  if (!said) return said.error().code;
  const auto piece = read_piece(*said);
  if (!piece || !*piece) return "nothing";
  const auto head = read_answer_head((*piece)->piece.head);
  if (!head) return head.error().code;
  return head->status == 200 ? "answered" : std::string(head->fields.get("X-Road-Error"));
}

Result<std::string> Peer::say(std::string_view bytes, milliseconds patience) {
  Result<std::string> outcome = fail(Kind::internal, "not_run");
  const std::string url = fmt::format("https://localhost:{}", country_.peer_ports[provider]);
  run_task([&]() -> net::Task<void> {
    net::ChannelClient client(client_, std::string(channel_protocol));
    auto opened = co_await client.open(url);
    if (!opened) {
      outcome = std::unexpected(opened.error());
      co_return;
    }
    net::Channel& channel = **opened;
    channel.expire_in(patience);
    auto sent = co_await channel.send(bytes);
    Result<OwnPiece> piece = co_await next_piece(channel);
    if (piece) {
      outcome = std::move(piece->bytes);
    } else {
      outcome = std::unexpected(sent ? piece.error() : sent.error());
    }
  }());
  return outcome;
}

}  // namespace minben::gateway::test
