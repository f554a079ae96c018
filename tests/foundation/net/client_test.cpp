#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "support.hpp"
#include "support/shared.hpp"
#include "trust/trust.hpp"

namespace minben::net::test {
namespace {

/// An authority with a certificate for the server and one for a client, in files.
class Certificates {
 public:
  Certificates() : authority_(trust::Authority::create("Test", 30, clock_).value()) {
    write("ca.pem", authority_.certificate().pem);
  }
  TlsConfig issue(const std::string& name, std::vector<std::string> dns,
                  std::vector<std::string> ips) {
    const auto key = trust::SigningKey::generate(trust::KeyType::p256);
    EXPECT_TRUE(key.save(directory_.path() / (name + ".key")));
    const auto certificate = authority_.issue(key.verify_key(),
                                              {.common_name = name,
                                               .member = name,
                                               .dns_names = std::move(dns),
                                               .ip_addresses = std::move(ips)},
                                              clock_);
    EXPECT_TRUE(certificate) << describe(certificate.error());
    write(name + ".pem", certificate->pem);
    return {directory_.path() / (name + ".pem"), directory_.path() / (name + ".key"), {}};
  }
  [[nodiscard]] std::filesystem::path ca() const { return directory_.path() / "ca.pem"; }

 private:
  void write(const std::string& name, std::string_view text) {
    std::ofstream(directory_.path() / name) << text;
  }
  SystemClock clock_;
  minben::test::TemporaryDirectory directory_;
  trust::Authority authority_;
};

Response who(Request& request) {
  if (request.peer_certificate_der.empty()) return Response::text("nobody");
  return Response::text(trust::read_certificate(as_bytes(request.peer_certificate_der))->member);
}

std::string https(const Server& server, std::string_view host) {
  return fmt::format("https://{}:{}/who", host, server.port());
}

TEST(NetTls, VerifiesTheServersNameAndAuthority) {
  Certificates ours, others;
  ServerConfig config;
  config.tls = ours.issue("server", {"localhost"}, {"127.0.0.1"});
  const auto server = serve({route(Method::get, "/who", who)}, config);
  Client good({.server_ca_pem = ours.ca()});
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto response = good.send({.url = https(*server, host)});
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_EQ(response->body, "nobody");
    EXPECT_EQ(trust::read_certificate(as_bytes(response->peer_certificate_der))->member, "server");
  }
  Client wrong_authority({.server_ca_pem = others.ca()});
  EXPECT_EQ(wrong_authority.send({.url = https(*server, "localhost")}).error().code, "tls_failed");
  EXPECT_EQ(Client({}).send({.url = https(*server, "localhost")}).error().code, "tls_server_ca");

  ServerConfig misnamed;
  misnamed.tls = ours.issue("elsewhere", {"elsewhere.example"}, {"127.0.0.2"});
  const auto other = serve({route(Method::get, "/who", who)}, misnamed);
  for (const char* host : {"localhost", "127.0.0.1"})
    EXPECT_EQ(good.send({.url = https(*other, host)}).error().code, "tls_failed") << host;
}

TEST(NetTls, MutualTlsWantsACertificateOfTheAuthority) {
  Certificates ours, others;
  ServerConfig config;
  config.tls = ours.issue("server", {"localhost"}, {"127.0.0.1"});
  config.tls->client_ca_pem = ours.ca();
  const auto server = serve({route(Method::get, "/who", who)}, config);
  Client member({.tls = ours.issue("nia", {"localhost"}, {}), .server_ca_pem = ours.ca()});
  for (int i = 0; i < 3; ++i) {
    const auto response = member.send({.url = https(*server, "localhost")});
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_EQ(response->body, "nia");
  }
  Client nameless({.server_ca_pem = ours.ca()});
  EXPECT_FALSE(nameless.send({.url = https(*server, "localhost")}));
  Client stranger({.tls = others.issue("nia", {"localhost"}, {}), .server_ca_pem = ours.ca()});
  EXPECT_FALSE(stranger.send({.url = https(*server, "localhost")}));
}

TEST(NetTls, PlainTextToATlsServerGetsNothing) {
  Certificates ours;
  ServerConfig config;
  config.tls = ours.issue("server", {"localhost"}, {});
  const auto server = serve({route(Method::get, "/who", who)}, config);
  EXPECT_EQ(talk(*server, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1 200"),
            std::string::npos);
}

// With room for one connection only, fifty requests succeed only when they share it.
TEST(NetClient, KeepsConnections) {
  ServerConfig config;
  config.max_connections = 2;
  const auto server =
      serve({route(Method::get, "/a", [](Request&) { return Response::text("a"); })}, config);
  Wire first(server->port());
  Client client({});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.send({.url = url(*server, "/a")}));
  Wire third(server->port());
  EXPECT_TRUE(first.closed_within(seconds(2))) << "the kept one and the third need both places";
  ASSERT_TRUE(client.send({.url = url(*server, "/a")}));
  EXPECT_FALSE(third.closed_within(milliseconds(200)));
}

TEST(NetClient, SurvivesAServerThatClosedAKeptConnection) {
  ServerConfig config;
  auto first =
      serve({route(Method::get, "/a", [](Request&) { return Response::text("one"); })}, config);
  config.port = first->port();
  Client client({});
  EXPECT_EQ(client.send({.url = url(*first, "/a")})->body, "one");
  first.reset();
  const auto second =
      serve({route(Method::get, "/a", [](Request&) { return Response::text("two"); })}, config);
  const auto response = client.send({.url = url(*second, "/a")});
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "two");
}

TEST(NetClient, GivesUpInTimeAndBoundsWhatItReads) {
  const auto server = serve({route(Method::get, "/slow",
                                   [](Request&) {
                                     std::this_thread::sleep_for(milliseconds(600));
                                     return Response::text("late");
                                   }),
                             route(Method::get, "/big", [](Request&) {
                               return Response::text(std::string(100000, 'x'));
                             })});
  Client client({.timeout_ms = milliseconds(200), .max_response_bytes = 1000});
  EXPECT_EQ(client.send({.url = url(*server, "/slow")}).error().code, "timeout");
  EXPECT_EQ(client.send({.url = url(*server, "/big")}).error().code, "response_too_large");
  EXPECT_EQ(client.send({.url = "http://127.0.0.1:1/x"}).error().code, "connect_failed");
}

TEST(NetClient, RefusesUrlsAndHeadersThatCouldSplitARequest) {
  Client client({});
  for (const char* bad : {"ftp://x/", "http://", "http://a b/", "http://x/\r\nHost: y",
                          "http://u:p@x/", "http://x:0/", "http://x:99999/"})
    EXPECT_EQ(client.send({.url = bad}).error().code, "bad_url") << bad;
  ClientRequest request{.url = "http://127.0.0.1:1/"};
  request.headers.add("X", "a\r\nY: b");
  EXPECT_EQ(client.send(request).error().code, "bad_header");
}

}  // namespace
}  // namespace minben::net::test
