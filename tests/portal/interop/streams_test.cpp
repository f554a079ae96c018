// Live streams over HTTP: made and fed with a key, read, and followed by a real connection that
// breaks and comes back.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "house.hpp"
#include "keys/keys.hpp"
#include "streams/live.hpp"

namespace minben::interop {
namespace {

using testing::HasSubstr;

/// A connection that follows, as curl would.
class Following {
 public:
  Following(std::uint16_t port, const std::string& target, const std::string& more = {}) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const std::string head = fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", target, more);
    EXPECT_EQ(::send(socket_, head.data(), head.size(), 0), static_cast<ssize_t>(head.size()));
  }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;
  ~Following() { ::close(socket_); }
  /// All that has come, once it holds the text or the other end has closed.
  const std::string& until(std::string_view text) {
    std::array<char, 65536> piece{};
    while (all_.find(text) == all_.npos) {
      const auto got = ::recv(socket_, piece.data(), piece.size(), 0);
      if (got <= 0) break;
      all_.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all_;
  }
  const std::string& to_end() { return until("\x01 never"); }

 private:
  int socket_ = -1;
  std::string all_;
};

std::vector<int> ids_in(const std::string& text) {
  std::vector<int> out;
  for (const auto line : split(text, '\n'))
    if (line.starts_with("id: "))
      out.push_back(static_cast<int>(parse_integer(line.substr(4)).value()));
  return out;
}

struct LiveStreams : House {
  minben::test::TestDatabase own{clock,
                                 {keys::migrations(), catalogue::migrations(),
                                  datastore::migrations(), streams::migrations()}};
  std::unique_ptr<keys::Keys> key_store =
      *keys::Keys::open(own.database(), clock, random, std::make_shared<trust::KeyRing>());
  std::unique_ptr<datastore::Datastore> own_tables = *datastore::Datastore::open(
      {.directory = temporary.path() / "own"}, own.database(), clock, random);
  streams::Live live{own.database(), catalogue, *own_tables, *key_store, clock, random, settings()};
  std::unique_ptr<net::Server> there = serve();
  std::string id;

  static streams::LiveConfig settings() {
    streams::LiveConfig made;
    made.feed.max_per_address = 3;
    made.feed.origin = "https://data.example.tw";
    made.hooks.fetcher.networks = {*net::Network::parse("127.0.0.0/8")};
    made.hooks.allow_http = true;
    return made;
  }
  std::unique_ptr<net::Server> serve() {
    const auto key_of = [](std::string_view key) -> Result<Key> {
      if (key == "moenv-key") return Key{"one", AgencyCode{"moenv"}};
      if (key == "taipei-key") return Key{"two", AgencyCode{"taipei"}};
      return fail(Kind::unauthorised, "bad_token", "unknown or revoked");
    };
    Dependencies parts{own.database(),
                       catalogue,
                       *index,
                       *own_tables,
                       clock,
                       key_of,
                       {.origin = "https://data.example.tw"},
                       {},
                       {},
                       nullptr,
                       &live};
    return *net::Server::start({}, routes(parts, anyone), {});
  }
  net::ClientResponse call(net::Method method, const std::string& target, std::string body = {},
                           std::string_view key = "moenv-key",
                           const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    net::ClientRequest request{
        method, fmt::format("http://127.0.0.1:{}{}", there->port(), target), {}, std::move(body)};
    if (!request.body.empty()) request.headers.set("Content-Type", "application/json");
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    if (!key.empty()) request.headers.set("Authorization", key);
    auto answer = client.send(request);
    EXPECT_TRUE(answer) << target << ": " << describe(answer.error());
    return answer.value_or(net::ClientResponse{});
  }
  static Json json_of(const net::ClientResponse& response) {
    return parse_json(response.body).value_or(Json());
  }
  [[nodiscard]] std::string at(std::string_view call) const {
    return fmt::format("/api/streams/{}{}", id, call);
  }

  void SetUp() override {
    ASSERT_TRUE(own->transact([&](auto& tx) {
      catalogue::Publisher made;
      made.code = {"moenv"};
      made.title = {"環境部", ""};
      made.agency = "moenv";
      return catalogue.save(tx, made);
    }));
    catalogue::Dataset dataset;
    dataset.name = "air";
    dataset.title = {"空氣", "Air"};
    dataset.description.zh_hant = "說明";
    dataset.publisher = {"moenv"};
    dataset.licence = "OGDL-TW-1.0";
    ASSERT_TRUE(own->transact([&](auto& tx) { return catalogue.put(tx, {&dataset, 1}, {}); }));
    live.start();
    const auto made = call(net::Method::post, "/api/streams",
                           write_json(parse_json(R"({"dataset":"air","key":"station",
      "every_seconds":60,"fields":[{"name":"station","label":"測站"},{"name":"pm25","type":"number","unit":"μg/m³"}]})")
                                          .value()));
    ASSERT_EQ(made.status, 201) << made.body;
    id = string_or(json_of(made), "id");
  }
  void publish(int from, int to) {
    for (; from <= to; ++from)
      ASSERT_EQ(
          call(net::Method::post, at("/records"),
               fmt::format(R"({{"station":"{}","pm25":{}}})", from % 2 ? "小港" : "左營", from))
              .status,
          201);
  }
};

TEST_F(LiveStreams, AStreamIsDescribedAndItsDatasetHasTheDistribution) {
  const Json shown = json_of(call(net::Method::get, at("")));
  EXPECT_EQ(string_or(shown, "dataset"), "air");
  EXPECT_EQ(string_or(shown, "events_url"), "https://data.example.tw" + at("/events"));
  const Json all = json_of(call(net::Method::get, "/api/streams?dataset=air", "", ""));
  EXPECT_EQ(all.at("streams").as_array().size(), 1u);
  const Json package = json_of(call(net::Method::get, "/api/3/action/package_show?id=air", "", ""));
  EXPECT_EQ(string_or(package.at("result").at("resources").at(0), "id"), id);
  // Its table is there from the beginning.
  EXPECT_EQ(
      json_of(call(net::Method::get, "/api/3/action/datastore_search?resource_id=" + id, "", ""))
          .at("result")
          .at("total"),
      Json(0));
}

TEST_F(LiveStreams, OnlyThePublishersOwnKeyFeedsIt) {
  EXPECT_EQ(call(net::Method::post, at("/records"), R"({"station":"a"})", "").status, 401);
  EXPECT_EQ(call(net::Method::post, at("/records"), R"({"station":"a"})", "taipei-key").status,
            403);
  EXPECT_EQ(call(net::Method::del, at(""), "", "taipei-key").status, 403);
  EXPECT_EQ(
      call(net::Method::post, "/api/streams/" + std::string(36, '0') + "/records", "{}").status,
      404);
  const auto wrong =
      call(net::Method::post, at("/records"), R"([{"station":"a"},{"station":"b","pm25":"x"}])");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(string_or(json_of(wrong).at("errors").at(0), "field"), "/1/pm25");
}

TEST_F(LiveStreams, WhoComesBackMissesNothingAndGetsNothingTwice) {
  publish(1, 3);
  {
    Following first(there->port(), at("/events?after=1"));
    const std::string heard = first.until("id: 3\n");
    EXPECT_THAT(heard, HasSubstr("200 OK"));
    EXPECT_THAT(heard, HasSubstr("Content-Type: text/event-stream"));
    EXPECT_THAT(heard, HasSubstr("Access-Control-Allow-Origin: *"));
    publish(4, 5);
    EXPECT_THAT(ids_in(first.until("id: 5\n")), testing::ElementsAre(2, 3, 4, 5));
  }
  publish(6, 8);
  Following back(there->port(), at("/events?after=1"), "Last-Event-ID: 5\r\n");
  back.until("id: 8\n");
  publish(9, 9);
  EXPECT_THAT(ids_in(back.until("id: 9\n")), testing::ElementsAre(6, 7, 8, 9));
  Following one_key(there->port(), at("/events?after=0&key=%E5%B7%A6%E7%87%9F"));
  EXPECT_THAT(ids_in(one_key.until("id: 8\n")), testing::ElementsAre(2, 4, 6, 8));
}

TEST_F(LiveStreams, TooManyFromOneAddressAreAskedToWait) {
  std::vector<std::unique_ptr<Following>> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(std::make_unique<Following>(there->port(), at("/events")));
    all.back()->until("retry");
  }
  Following more(there->port(), at("/events"));
  const std::string answer = more.until("too_many_from_address");
  EXPECT_THAT(answer, HasSubstr("429 Too Many Requests"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 10"));
}

TEST_F(LiveStreams, RecordsComeByPagesInThreeForms) {
  publish(1, 5);
  const auto page = call(net::Method::get, at("/records?after=1&limit=2"), "", "");
  EXPECT_THAT(page.body, HasSubstr(R"("next_after":3,"more":true)"));
  EXPECT_THAT(std::string(page.headers.get("Link")), HasSubstr("after=3&limit=2>; rel=\"next\""));
  const auto lines = call(net::Method::get, at("/records?after=3&format=ndjson"), "", "");
  EXPECT_EQ(std::ranges::count(lines.body, '\n'), 2);
  const auto csv = call(net::Method::get, at("/records?after=4&format=csv"), "", "");
  EXPECT_EQ(
      csv.body,
      "sequence,received_at,\"station\",\"pm25\"\r\n5,2026-11-30T04:05:06.000007Z,\"小港\",5\r\n");
  const Json latest = json_of(call(net::Method::get, at("/latest"), "", ""));
  EXPECT_EQ(latest.at("records").as_array().size(), 2u);
  EXPECT_EQ(call(net::Method::get, at("/records?limit=0"), "", "").status, 400);
  EXPECT_EQ(call(net::Method::get, at("/events?after=99"), "", "").status, 400);
}

TEST_F(LiveStreams, ALostAnswerIsGivenAgain) {
  const auto send = [&] {
    return call(net::Method::post, at("/records"), R"([{"station":"a","pm25":1}])", "moenv-key",
                {{"Idempotency-Key", "k1"}});
  };
  EXPECT_EQ(send().status, 201);
  const auto again = send();
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");
  EXPECT_EQ(json_of(again).at("first"), Json(1));
}

TEST_F(LiveStreams, WithdrawalClosesFollowersAndIsSaid) {
  Following follower(there->port(), at("/events"));
  follower.until("retry");
  ASSERT_EQ(
      call(net::Method::post, "/api/3/action/package_delete", R"({"id":"air","reason":"錯誤"})")
          .status,
      200);
  EXPECT_THAT(follower.to_end(), HasSubstr("event: closed\n"));
  const auto after = call(net::Method::get, at("/events"), "", "");
  EXPECT_EQ(after.status, 410) << after.body;
  EXPECT_EQ(call(net::Method::get, at("/records"), "", "").status, 410);
  EXPECT_EQ(call(net::Method::post, at("/records"), R"({"station":"a"})").status, 410);
}

TEST_F(LiveStreams, AProgramRegistersAWebhook) {
  std::mutex mutex;
  std::vector<std::string> got;
  net::Route hook{net::Method::post, "/h", anyone, 1u << 20, [&](net::Request& request) {
                    const std::lock_guard lock(mutex);
                    got.push_back(request.body);
                    return net::Response::text(request.body);
                  }};
  const auto receiver = *net::Server::start({}, {hook}, {});
  const auto made = call(net::Method::post, at("/hooks"),
                         fmt::format(R"({{"url":"http://127.0.0.1:{}/h"}})", receiver->port()));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(string_or(json_of(made), "secret"), HasSubstr("whsec_"));
  publish(1, 2);
  for (int i = 0; i < 500; ++i) {
    ::usleep(20'000);
    const std::lock_guard lock(mutex);
    if (!got.empty() && got.back().find("\"last\":2") != std::string::npos) break;
  }
  const std::string path = "/api/streams/hooks/" + string_or(json_of(made), "id");
  EXPECT_EQ(get_integer(json_of(call(net::Method::get, path)), "cursor").value_or(0), 2);
  EXPECT_EQ(call(net::Method::get, path, "", "taipei-key").status, 404);
  EXPECT_EQ(call(net::Method::del, path).status, 204);
  EXPECT_EQ(call(net::Method::get, path).status, 404);
}

}  // namespace
}  // namespace minben::interop
