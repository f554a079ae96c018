// Webhooks over real HTTP: asked first, signed, in order, again after failures, stopped when nobody
// wants them.
#include "fixture.hpp"

namespace minben::streams {
namespace {

/// Somebody's server.
struct Callback {
  std::mutex mutex;
  std::vector<net::Headers> headers;
  std::vector<std::string> bodies;
  int status = 200;
  bool agrees = true;
  std::unique_ptr<net::Server> server = start();

  std::unique_ptr<net::Server> start() {
    static constexpr net::Access anyone{"anyone"};
    net::Route route{net::Method::post, "/hook", anyone, 1u << 20, [this](net::Request& request) {
                       const std::lock_guard lock(mutex);
                       const Json body = parse_json(request.body).value_or(Json());
                       if (string_or(body, "type") == "stream.challenge")
                         return net::Response::text(agrees ? string_or(body, "challenge") : "no");
                       headers.push_back(request.headers);
                       bodies.push_back(request.body);
                       return net::Response::text("", status);
                     }};
    return must(net::Server::start({}, {route}, {}));
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/hook", server->port());
  }
  Json last() { return parse_json(bodies.back()).value(); }
};

struct HooksTest : StreamsTest {
  Callback callback;
  std::vector<HookId> disabled;
  Hooks hooks{db.database(), streams, *key_store, clock, random, settings()};
  const HookOwner program{{}, "client-1"};

  HooksConfig settings() {
    HooksConfig made;
    made.fetcher.networks = {*net::Network::parse("127.0.0.0/8")};
    made.allow_http = true;
    made.origin = "https://data.example.tw";
    made.batch = 3;
    made.on_disabled = [this](store::Transaction&, const Hook& hook) -> Result<void> {
      disabled.push_back(hook.id);
      return {};
    };
    return made;
  }
  void send_all() {
    while (must(hooks.send_one())) {
    }
  }
};

TEST_F(HooksTest, RecordsArriveInOrderAndSigned) {
  const Stream stream = air();
  ASSERT_TRUE(publish(stream, one("a", 1)));
  const auto [hook, secret] = must(hooks.add({stream.id, program, callback.url(), {}, {}}));
  EXPECT_EQ(hook.cursor, 1);
  send_all();
  EXPECT_THAT(callback.bodies, SizeIs(0));  // what was before is not asked for
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(publish(stream, one("a", i)));
  send_all();
  ASSERT_THAT(callback.bodies, SizeIs(3));
  std::vector<std::int64_t> got;
  for (const std::string& body : callback.bodies) {
    const Json message = parse_json(body).value();
    for (const Json& each : message.at("records").as_array())
      got.push_back(get_integer(each, "sequence").value());
  }
  EXPECT_THAT(got, ElementsAre(2, 3, 4, 5, 6, 7, 8));
  const net::Headers& headers = callback.headers.back();
  const Bytes key = base64_decode(secret.substr(6)).value();
  EXPECT_EQ(headers.get("webhook-signature"),
            hook_signature(key, headers.get("webhook-id"),
                           parse_integer(headers.get("webhook-timestamp")).value(),
                           callback.bodies.back()));
  EXPECT_EQ(must(hooks.find(program, hook.id)).cursor, 8);
}

TEST_F(HooksTest, OnlyWhoAnswersTheChallengeIsSentAnything) {
  const Stream stream = air();
  callback.agrees = false;
  EXPECT_EQ(hooks.add({stream.id, program, callback.url(), {}, {}}).error().code,
            "challenge_failed");
  EXPECT_EQ(hooks.add({stream.id, program, "ftp://x/", {}, {}}).error().code, "bad_url");
  // Our own networks are nobody's callback.
  Hooks outside(db.database(), streams, *key_store, clock, random, {.allow_http = true});
  callback.agrees = true;
  EXPECT_EQ(outside.add({stream.id, program, callback.url(), {}, {}}).error().code,
            "challenge_failed");
  EXPECT_THAT(callback.bodies, SizeIs(0));
}

TEST_F(HooksTest, WhatFailsIsTriedAgainAndAfterDaysDisabled) {
  const Stream stream = air();
  const auto [hook, secret] = must(hooks.add({stream.id, program, callback.url(), {}, {}}));
  callback.status = 500;
  ASSERT_TRUE(publish(stream, one("a", 1)));
  send_all();
  EXPECT_THAT(callback.bodies, SizeIs(1));
  clock.advance(seconds{2});
  send_all();
  EXPECT_THAT(callback.bodies, SizeIs(2));
  clock.advance(seconds{2});
  send_all();
  EXPECT_THAT(callback.bodies, SizeIs(2));  // the pause has grown
  EXPECT_EQ(must(hooks.find(program, hook.id)).last_error, "answered 500");
  callback.status = 200;
  clock.advance(seconds{2});
  send_all();
  ASSERT_THAT(callback.bodies, SizeIs(3));
  EXPECT_EQ(callback.headers[0].get("webhook-id"), callback.headers[2].get("webhook-id"));
  EXPECT_EQ(must(hooks.find(program, hook.id)).failures, 0);

  callback.status = 503;
  ASSERT_TRUE(publish(stream, one("a", 2)));
  send_all();
  for (int i = 0; i < 80 && disabled.empty(); ++i) {
    clock.advance(hours{1});
    send_all();
  }
  EXPECT_THAT(disabled, ElementsAre(hook.id));
  EXPECT_FALSE(must(hooks.find(program, hook.id)).active);
  const auto tries = callback.bodies.size();
  clock.advance(hours{48});
  send_all();
  EXPECT_EQ(callback.bodies.size(), tries);
  callback.status = 200;
  must(hooks.resume(program, hook.id));
  send_all();
  EXPECT_EQ(get_integer(callback.last(), "first").value(), 2);
}

TEST_F(HooksTest, TheStopAddressAndTheOwnerStopItAndNobodyElse) {
  const Stream stream = air();
  const auto [hook, secret] = must(hooks.add({stream.id, program, callback.url(), {}, {}}));
  ASSERT_TRUE(publish(stream, one("a", 1)));
  send_all();
  const std::string stop = string_or(callback.last(), "stop");
  ASSERT_THAT(stop, HasSubstr("https://data.example.tw/api/streams/hooks/" + to_string(hook.id) +
                              "?stop="));
  EXPECT_EQ(hooks.remove({{}, "client-2"}, hook.id).error().code, "no_such_hook");
  EXPECT_EQ(hooks.stop_by_token(hook.id, "guess").error().code, "no_such_hook");
  must(hooks.stop_by_token(hook.id, stop.substr(stop.find('=') + 1)));
  EXPECT_THAT(must(hooks.list(program)), SizeIs(0));
}

TEST_F(HooksTest, AKeyNarrowsAndAWithdrawalEnds) {
  const Stream stream = air();
  (void)must(hooks.add({stream.id, program, callback.url(), "b", {}}));
  for (const char* station : {"a", "b", "a", "b"}) ASSERT_TRUE(publish(stream, one(station, 1)));
  send_all();
  ASSERT_THAT(callback.bodies, SizeIs(1));
  EXPECT_THAT(callback.last().at("records").as_array(), SizeIs(2));
  ASSERT_TRUE(publish(stream, one("b", 1)));
  withdraw();
  must(hooks.send_one());
  EXPECT_THAT(callback.bodies, SizeIs(1));
}

TEST_F(HooksTest, APersonsHooksGoWithTheirAccount) {
  const Stream stream = air();
  const HookOwner person{PersonId::make(clock, random), {}};
  (void)must(hooks.add({stream.id, person, callback.url(), {}, {}}));
  EXPECT_THAT(must(hooks.list(person)), SizeIs(1));
  must(
      db->transact([&](store::Transaction& tx) { return hooks.account_ended(tx, person.person); }));
  EXPECT_THAT(must(hooks.list(person)), SizeIs(0));
}

}  // namespace
}  // namespace minben::streams
