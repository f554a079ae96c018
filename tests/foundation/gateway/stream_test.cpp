// Bodies that are handed on as they come: whole, broken off, too slow, too many.
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "country.hpp"
#include "peer.hpp"

namespace minben::gateway::test {
namespace {

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() : clock(SystemClock().now()), country(clock) {
    for (const char* member : {"nia", "wda"}) country.start(member);
  }
  [[nodiscard]] net::ClientRequest request(const std::string& key) {
    net::ClientRequest made{.url =
                                fmt::format("http://127.0.0.1:{}/r1/{}/{}",
                                            country.client_ports["wda"], to_string(maps()), key)};
    made.headers.add("X-Road-Client", "MINBEN/GOV/wda/casework");
    made.headers.add("Minben-Token", country.prepared.tokens.at("wda/casework"));
    made.headers.add("Minben-Purpose", "planning");
    return made;
  }
  Result<net::ClientResponse> send(const net::ClientRequest& made) {
    return net::Client({.timeout_ms = milliseconds(60000), .max_response_bytes = 256u << 20})
        .send(made);
  }
  VirtualClock clock;
  Country country;
};

TEST_F(StreamTest, LargeAnswersArriveWholeAndProvenByOneHash) {
  const auto answer = send(request("200"));  // 10 MB, more than any buffer on the way
  ASSERT_TRUE(answer) << describe(answer.error());
  ASSERT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->headers.get("Content-Type"), "application/octet-stream");
  std::string expected;
  for (std::size_t i = 0; i < 200; ++i) expected += map_piece(i);
  EXPECT_TRUE(answer->body == expected);
  EXPECT_EQ(answer->headers.get("Transfer-Encoding"), "chunked");
}

TEST_F(StreamTest, LargeRequestsArriveWhole) {
  net::ClientRequest made = request("1");
  made.method = net::Method::put;
  made.headers.add("Content-Type", "application/octet-stream");
  for (std::size_t i = 0; i < 200; ++i) made.body += map_piece(i);
  const auto answer = send(made);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, hex_encode(sha256(made.body)));
  EXPECT_EQ(country.nia_register.maps_taken(), 1);
}

TEST_F(StreamTest, AnAnswerThatBreaksOffIsNeverGivenAsWhole) {
  const auto answer = send(request("broken"));
  ASSERT_FALSE(answer) << "an answer without its end was taken for whole";
  EXPECT_TRUE(answer.error().code == "truncated" || answer.error().code == "broken")
      << answer.error().code;
  // The gateways go on as if nothing had been.
  const auto next = send(request("1"));
  ASSERT_TRUE(next) << describe(next.error());
  EXPECT_EQ(next->body, map_piece(0));
}

TEST_F(StreamTest, ARefusalComesBeforeALargeRequestWasSentWhole) {
  net::ClientRequest made = request("1");
  made.method = net::Method::del;  // no rule
  made.body.assign(20u << 20, 'x');
  const auto answer = send(made);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->headers.get("X-Road-Error"), "access_denied");
  EXPECT_EQ(country.nia_register.calls(), 0);
}

/// To this machine; with a small buffer for what comes back, or the usual one.
int connected_to(std::uint16_t port, int receive_buffer = 0) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  MINBEN_ASSERT(made >= 0);
  if (receive_buffer > 0)
    ::setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  MINBEN_ASSERT(::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return made;
}

/// A client that reads nothing of its answer.
class Deaf {
 public:
  Deaf(std::uint16_t port, const std::string& bytes) : socket_(connected_to(port, 4096)) {
    MINBEN_ASSERT(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
  }
  ~Deaf() { ::close(socket_); }

 private:
  int socket_ = -1;
};

TEST_F(StreamTest, WhoDoesNotReadIsNotSentTo) {
  const std::string text = fmt::format(
      "GET /r1/{}/100000 HTTP/1.1\r\nHost: localhost\r\nX-Road-Client: "
      "MINBEN/GOV/wda/casework\r\nMinben-Token: {}\r\nMinben-Purpose: planning\r\n\r\n",
      to_string(maps()), country.prepared.tokens.at("wda/casework"));
  const Deaf deaf(country.client_ports["wda"], text);
  int before = -1, now = country.nia_register.pieces_sent();
  for (int i = 0; i < 100 && now != before; ++i) {  // until nothing moves any more
    before = now;
    std::this_thread::sleep_for(milliseconds(500));
    now = country.nia_register.pieces_sent();
  }
  // 5 GB are offered; what fits into the sockets on the way has gone, and no more.
  EXPECT_GT(now, 0);
  EXPECT_LT(now, 1000) << "50 kB each";
  EXPECT_TRUE(send(request("1"))) << "others are served meanwhile";
}

/// Connections that say `text` and then nothing for as long as they are let.
class Idle {
 public:
  Idle(std::uint16_t port, int count, std::string_view text) {
    for (int i = 0; i < count; ++i) {
      sockets_.push_back(connected_to(port));
      ::send(sockets_.back(), text.data(), text.size(), MSG_NOSIGNAL);
    }
  }
  ~Idle() {
    for (const int each : sockets_) ::close(each);
  }
  /// That were not closed by the other side.
  [[nodiscard]] int open() const {
    return static_cast<int>(std::ranges::count_if(sockets_, [](int each) {
      char byte = 0;
      return ::recv(each, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
    }));
  }

 private:
  std::vector<int> sockets_;
};

/// True: a process may have as many.
bool allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < count && ::geteuid() == 0) limit.rlim_max = count;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, count));
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count;
}

TEST_F(StreamTest, TenThousandIdleConnectionsDisturbNobody) {
  ASSERT_TRUE(allow_descriptors(15'000)) << "raise the limit: ulimit -n";
  ASSERT_TRUE(send(request("1")));
  const Idle idle(country.client_ports["wda"], 10'000, "GET /");
  const auto answer = send(request("1"));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200);
  const int open = idle.open();
  EXPECT_LE(open, 4096) << "who has waited for longest is let go";
  EXPECT_GE(open, 4000);
}

TEST_F(StreamTest, TenThousandWhoOnlyConnectKeepNoPeerOut) {
  ASSERT_TRUE(allow_descriptors(12'000)) << "raise the limit: ulimit -n";
  const Idle idle(country.peer_ports["nia"], 10'000, "");
  const auto answer = send(request("1"));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_LE(idle.open(), 1024);
  // A channel that was kept open and had nothing to carry is let go like any other; the next call
  // has a new one.
  const Idle more(country.peer_ports["nia"], 3'000, "");
  const auto next = send(request("1"));
  ASSERT_TRUE(next) << describe(next.error());
  EXPECT_EQ(next->status, 200);
}

TEST_F(StreamTest, HeadersThatAreTooManyOrTooLongAreRefused) {
  net::ClientRequest made = request("1");
  for (int i = 0; i < 200; ++i) made.headers.add(fmt::format("x-{}", i), "y");
  const auto many = send(made);
  ASSERT_TRUE(many) << describe(many.error());
  EXPECT_EQ(many->status, 431);
  made = request("1");
  made.headers.add("x-long", std::string(15'000, 'y') + std::string(15'000, 'z'));
  const auto long_one = send(made);
  ASSERT_TRUE(long_one) << describe(long_one.error());
  EXPECT_EQ(long_one->status, 431);
  made = request("1");
  made.headers.add("x-long", std::string(15'500, 'y'));  // HTTP takes it, a piece has no room
  const auto nearly = send(made);
  ASSERT_TRUE(nearly) << describe(nearly.error());
  EXPECT_EQ(nearly->status, 431);
  EXPECT_EQ(country.nia_register.calls(), 0);
}

/// Bodies larger than what a gateway takes.
class FloodTest : public ::testing::Test {
 protected:
  static constexpr std::size_t most = 200'000;
  FloodTest() : clock(SystemClock().now()), country(clock) {}
  void start(const std::string& member, std::size_t max_stream) {
    const auto file = country.prepared.gateway_configs.at(member);
    GatewayConfig config = read_gateway_config(file).value();
    config.max_stream = max_stream;
    ASSERT_TRUE(write_gateway_config(config, file));
    country.start(member);
  }
  [[nodiscard]] net::ClientRequest put(std::size_t bytes) const {
    net::ClientRequest made{.method = net::Method::put,
                            .url = fmt::format("http://127.0.0.1:{}/r1/{}/1",
                                               country.client_ports.at("wda"), to_string(maps())),
                            .body = std::string(bytes, 'x')};
    made.headers.add("X-Road-Client", "MINBEN/GOV/wda/casework");
    made.headers.add("Minben-Token", country.prepared.tokens.at("wda/casework"));
    made.headers.add("Minben-Purpose", "planning");
    return made;
  }
  /// Status of the answer to a body without an announced length, which ends after so many pieces;
  /// 0: the connection was closed.
  int put_pieces(std::size_t count) {
    net::ClientRequest request = put(0);
    int status = 0;
    run_task([&]() -> net::Task<void> {
      net::FlowClient client(net::ClientConfig{});
      auto sent = co_await client.send(request, net::More{});
      if (!sent) co_return;
      for (std::size_t i = 0; i < count; ++i) {
        const auto written = co_await (*sent)->write(std::string(most / 4, 'x'));
        if (!written) break;
      }
      static_cast<void>(co_await (*sent)->end());
      const auto head = co_await (*sent)->head();
      if (head) status = head->status;
    }());
    return status;
  }
  VirtualClock clock;
  Country country;
};

TEST_F(FloodTest, AClientsBodyIsRefusedByItsOwnGateway) {
  start("nia", std::size_t{8} << 30);
  start("wda", most);
  EXPECT_EQ(net::Client({}).send(put(most)).value().status, 200);
  const auto announced = net::Client({}).send(put(most + 1));
  ASSERT_TRUE(announced) << describe(announced.error());
  EXPECT_EQ(announced->status, 413);
  EXPECT_EQ(put_pieces(4), 200);
  EXPECT_EQ(put_pieces(40), 413);
  EXPECT_EQ(country.nia_register.maps_taken(), 2) << "no end of what was too large";
}

TEST_F(FloodTest, APeersBodyIsRefusedByTheProvider) {
  start("nia", most);
  start("wda", std::size_t{8} << 30);
  EXPECT_EQ(net::Client({}).send(put(most)).value().status, 200);
  const auto large = net::Client({}).send(put(10 * most));
  ASSERT_TRUE(large) << describe(large.error());
  EXPECT_EQ(large->status, 413) << large->body;
  EXPECT_EQ(large->headers.get("X-Road-Error"), "body_too_large");
  EXPECT_EQ(country.nia_register.maps_taken(), 1);
  EXPECT_EQ(net::Client({}).send(put(1)).value().status, 200) << "and all goes on";
}

}  // namespace
}  // namespace minben::gateway::test
