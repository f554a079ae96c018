#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <thread>

#include <fmt/format.h>

#include "support.hpp"
#include "support/shared.hpp"

namespace minben::net::test {
namespace {

Response hello(Request&) { return Response::text("hello"); }

Response echo(Request& request) { return Response::text(request.body); }

std::vector<Route> simple_routes() {
  return {route(Method::get, "/hello", hello), route(Method::post, "/echo", echo, 1000),
          route(Method::get, "/people/{person}/cards/{card}", [](Request& request) {
            return Response::text(
                fmt::format("{}|{}", request.parameter("person"), request.parameter("card")));
          })};
}

TEST(NetServer, AnswersAndKeepsTheConnection) {
  const auto server = serve(simple_routes());
  const Wire wire(server->port());
  for (int i = 0; i < 3; ++i) {
    wire.say("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = wire.hear("hello");
    EXPECT_EQ(status_of(answer), 200) << answer;
    EXPECT_NE(answer.find("\r\nDate: "), answer.npos);
    EXPECT_NE(answer.find("Content-Length: 5\r\n"), answer.npos);
  }
}

TEST(NetServer, AnswersPipelinedRequestsInOrder) {
  const auto server = serve(simple_routes());
  const std::string answers =
      talk(*server,
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
           "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\ntwo\r\n0\r\n\r\n"
           "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto one = answers.find("one"), two = answers.find("two"), three = answers.find("hello");
  ASSERT_NE(three, answers.npos) << answers;
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
}

TEST(NetServer, ReadsARequestThatComesByteByByte) {
  const auto server = serve(simple_routes());
  const Wire wire(server->port());
  for (const char c : std::string_view("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                                       "chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")) {
    ASSERT_TRUE(wire.say({&c, 1}));
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(status_of(wire.hear("abcde")), 200);
}

TEST(NetServer, HeadHasTheLengthButNoBody) {
  const auto server = serve(simple_routes());
  const std::string answer =
      talk(*server, "HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 5\r\n"), answer.npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(NetServer, SaysContinueOnlyWhereABodyIsWelcome) {
  const auto server = serve(simple_routes());
  const Wire wire(server->port());
  wire.say("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(status_of(wire.hear("\r\n\r\n")), 100);
  wire.say("ok");
  EXPECT_EQ(status_of(wire.hear("ok")), 200);
  const std::string refused = talk(
      *server,
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
  EXPECT_EQ(status_of(refused), 413) << refused;
}

TEST(NetServer, RefusesTooLargeABodyBeforeItHasArrived) {
  const auto server = serve(simple_routes());
  EXPECT_EQ(
      status_of(talk(*server, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")),
      413);
  std::string chunks = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 3; ++i) chunks += "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(status_of(talk(*server, chunks)), 413);
}

TEST(NetServer, ReadsParametersDecoded) {
  const auto server = serve(simple_routes());
  Client client({});
  const auto response =
      client.send({.url = url(*server, "/people/%E6%B0%91%20b/cards/1%2B2?x=%C3%A9")});
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "民 b|1+2");
}

TEST(NetServer, RefusesPathsThatTwoPartiesCouldReadDifferently) {
  const auto server = serve(simple_routes());
  for (const std::string_view path :
       {"/../hello", "/a/../hello", "/%2e%2e/hello", "/%2E./hello", "/a%2fhello", "/a%5chello",
        "/hello%00", "/%zz", "/%ff", "/./hello", "hello", "/he%0allo", "/hello#x"}) {
    const auto answer =
        talk(*server, fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path));
    EXPECT_EQ(status_of(answer), 400) << path << "\n" << answer;
  }
}

TEST(NetServer, KnowsWhatItDoesNotKnow) {
  const auto server = serve(simple_routes());
  const auto ask = [&](std::string_view line) {
    return talk(*server, fmt::format("{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line));
  };
  const std::string missing = ask("GET /nowhere");
  EXPECT_EQ(status_of(missing), 404);
  EXPECT_NE(missing.find("application/problem+json"), missing.npos);
  EXPECT_NE(missing.find("urn:minben:problem:not_found"), missing.npos);
  const std::string wrong = ask("DELETE /hello");
  EXPECT_EQ(status_of(wrong), 405);
  EXPECT_NE(wrong.find("Allow: GET, HEAD\r\n"), wrong.npos) << wrong;
  EXPECT_EQ(status_of(ask("BREW /hello")), 501);
}

// RFC 9112 §11.2 and what scanners for request smuggling send.
TEST(NetServer, RefusesAmbiguousFraming) {
  const auto server = serve(simple_routes());
  for (const std::string_view head :
       {"Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n", "Content-Length: +3\r\n", "Content-Length: -1\r\n",
        "Content-Length: 3, 3\r\n", "Content-Length: 0x3\r\n", "Content-Length : 3\r\n",
        "Content-Length: 99999999999999999999\r\n", "Host: y\r\nContent-Length: 3\r\n"}) {
    const auto answer = talk(
        *server,
        fmt::format(
            "POST /echo HTTP/1.1\r\nHost: x\r\n{}\r\nabcGET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
            head));
    EXPECT_EQ(status_of(answer), 400) << head << "\n" << answer;
    EXPECT_EQ(answer.find("hello"), answer.npos) << head;
  }
  EXPECT_EQ(status_of(talk(*server, "GET /hello HTTP/1.1\r\n\r\n")), 400);  // no Host
  EXPECT_EQ(status_of(talk(*server, "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n")), 400);
  EXPECT_EQ(status_of(talk(*server, "\x16\x03\x01\x02garbage\r\n\r\n")), 400);
}

TEST(NetServer, BoundsTheHead) {
  const auto server = serve(simple_routes());
  const std::string answer =
      talk(*server, "GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
  EXPECT_EQ(status_of(answer), 431) << answer;
}

TEST(NetServer, EndsSlowLorisAndIdleConnections) {
  ServerConfig config;
  config.read_timeout_s = seconds(1);
  config.idle_timeout_s = seconds(1);
  const auto server = serve(simple_routes(), config);
  const Wire idle(server->port());
  const Wire slow(server->port());
  std::jthread dripping([&](const std::stop_token& stop) {
    slow.say("GET /hello HTTP/1.1\r\n");
    while (!stop.stop_requested() && slow.say("X: y\r\n"))
      std::this_thread::sleep_for(milliseconds(200));
  });
  EXPECT_TRUE(idle.closed_within(seconds(3)));
  EXPECT_TRUE(slow.closed_within(seconds(3)));
}

TEST(NetServer, AnswersBusyWhenTheQueueIsFull) {
  std::latch entered(1), leave(1);
  ServerConfig config;
  config.workers = 1;
  config.max_waiting = 0;
  const auto server = serve({route(Method::get, "/slow",
                                   [&](Request&) {
                                     entered.count_down();
                                     leave.wait();
                                     return Response::text("done");
                                   })},
                            config);
  const Wire first(server->port());
  first.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  const std::string busy =
      talk(*server, "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  leave.count_down();
  EXPECT_EQ(status_of(busy), 503);
  EXPECT_NE(busy.find("Retry-After: "), busy.npos);
  EXPECT_EQ(status_of(first.hear("done")), 200);
}

TEST(NetServer, LimitsTheRateOfAnAddress) {
  ServerConfig config;
  config.requests_per_second_per_address = 5;
  const auto server = serve(simple_routes(), config);
  Client client({});
  int limited = 0;
  for (int i = 0; i < 30; ++i) {
    const auto response = client.send({.url = url(*server, "/hello")});
    ASSERT_TRUE(response) << describe(response.error());
    if (response->status != 429) continue;
    ++limited;
    EXPECT_TRUE(response->headers.has("Retry-After"));
  }
  EXPECT_GE(limited, 15);
  EXPECT_LE(limited, 20);
}

TEST(NetServer, GuardRefusesAndFinishTouchesEverything) {
  Server::Hooks hooks;
  hooks.guard = [](const Route& asked, Request& request) -> std::optional<Response> {
    if (asked.pattern == "/hello" && !request.headers.has("Key"))
      return Response::problem({Kind::unauthorised, "sign_in", "", {}, 0, 0});
    return std::nullopt;
  };
  hooks.finish = [](const Request&, Response& response) { response.headers.set("X-Seen", "yes"); };
  const auto server = serve(simple_routes(), {}, hooks);
  Client client({});
  ClientRequest request{.url = url(*server, "/hello")};
  EXPECT_EQ(client.send(request)->status, 401);
  request.headers.add("key", "1");
  EXPECT_EQ(client.send(request)->status, 200);
  const auto missing = client.send({.url = url(*server, "/nothing")});
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->headers.get("x-seen"), "yes");
}

TEST(NetServer, AThrowingHandlerIsAnInternalErrorWithoutItsWords) {
  const auto server = serve({route(
      Method::get, "/throw", [](Request&) -> Response { throw std::runtime_error("secret"); })});
  Client client({});
  const auto response = client.send({.url = url(*server, "/throw")});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body.find("secret"), response->body.npos);
}

TEST(NetServer, HeaderInjectionIsDefused) {
  const auto server = serve({route(Method::get, "/go", [](Request& request) {
    return Response::see_other(request.query.get("to"));
  })});
  Client client({});
  const auto response =
      client.send({.url = url(*server, "/go?to=%2Fx%0D%0ASet-Cookie%3A%20a%3Db")});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 303);
  EXPECT_FALSE(response->headers.has("Set-Cookie"));
}

TEST(NetServer, SendsFiles) {
  const minben::test::TemporaryDirectory directory;
  const auto path = directory.path() / "big";
  const std::string content(3u << 20, 'm');
  std::ofstream(path, std::ios::binary) << content;
  const auto server =
      serve({route(Method::get, "/big",
                   [&](Request&) { return Response::send_file(path, "application/pdf"); }),
             route(Method::get, "/gone",
                   [](Request&) { return Response::send_file("/nowhere/x", "text/plain"); })});
  Client client({});
  const auto response = client.send({.url = url(*server, "/big")});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, content);
  EXPECT_EQ(response->headers.get("content-type"), "application/pdf");
  EXPECT_EQ(client.send({.url = url(*server, "/gone")})->status, 404);
}

TEST(NetServer, StopsGracefully) {
  std::latch entered(1);
  auto server = serve({route(Method::get, "/slow", [&](Request&) {
    entered.count_down();
    std::this_thread::sleep_for(milliseconds(300));
    return Response::text("finished");
  })});
  const Wire idle(server->port());
  const Wire busy(server->port());
  busy.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  const auto began = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(4));
  EXPECT_NE(busy.hear().find("finished"), std::string::npos);
  EXPECT_TRUE(idle.closed_within(seconds(1)));
}

TEST(NetServer, RefusesATakenPortAndAmbiguousRoutes) {
  const auto server = serve(simple_routes());
  for (const int io_threads : {1, 2}) {
    ServerConfig config;
    config.port = server->port();
    config.io_threads = io_threads;
    const auto second = Server::start(config, simple_routes(), {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "address_in_use");
  }
  auto routes = simple_routes();
  routes.push_back(route(Method::get, "/people/{other}/cards/{name}", hello));
  const auto ambiguous = Server::start({}, std::move(routes), {});
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, "duplicate_route");
}

TEST(NetServer, ManyThreadsManyRequests) {
  ServerConfig config;
  config.io_threads = 2;
  const auto server = serve(simple_routes(), config);
  Client client({});
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          const std::string body = fmt::format("{}-{}", t, i);
          const auto response =
              client.send({.method = Method::post, .url = url(*server, "/echo"), .body = body});
          good += response && response->body == body;
        }
      });
  }
  EXPECT_EQ(good, 800);
}

TEST(NetServer, WhoIsBeingServedIsNotClosedForANewConnection) {
  ServerConfig config;
  config.max_connections = 1;
  std::latch begun(1), over(1);
  const auto server = serve({route(Method::get, "/slow",
                                   [&](Request&) {
                                     begun.count_down();
                                     over.wait();
                                     return Response::text("slow");
                                   })},
                            config);
  const Wire wire(server->port());
  ASSERT_TRUE(wire.say("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  begun.wait();
  EXPECT_TRUE(Wire(server->port()).closed_within(seconds(2))) << "there is no place";
  over.count_down();
  EXPECT_TRUE(wire.hear("slow").ends_with("slow"));
}

}  // namespace
}  // namespace minben::net::test
