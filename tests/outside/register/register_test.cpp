#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "process.hpp"
#include "register/register.hpp"
#include "support/shared.hpp"

namespace outside::test {
namespace {

class RegisterTest : public ::testing::Test {
 protected:
  RegisterTest() {
    std::ofstream(directory.path() / "nia.jsonl")
        << R"({"service":"residence","key":"P1","value":{"status":"resident","valid_until":null}})"
        << "\n"
        << R"({"service":"residence","key":"P 2/x","value":{"status":"none","valid_until":"2027-01-01"}})"
        << "\n";
    process.emplace(std::vector<std::string>{std::string(MINBEN_BINARY_DIR) + "/outside/register",
                                             "--port", "0", "--data",
                                             (directory.path() / "nia.jsonl").string(), "--state",
                                             (directory.path() / "nia.state").string()});
  }
  net::ClientResponse send(net::Method method, std::string_view path, std::string body = {},
                           std::string_view idempotency_key = {}) {
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}{}", process->ports().at(0), path),
        .body = std::move(body)};
    if (!idempotency_key.empty()) request.headers.add("Idempotency-Key", idempotency_key);
    auto response = net::Client({}).send(request);
    return response ? *response : net::ClientResponse{};
  }
  minben::test::TemporaryDirectory directory;
  std::optional<Process> process;
};

TEST_F(RegisterTest, ReadsRecordsByKey) {
  using enum net::Method;
  EXPECT_EQ(send(get, "/residence/P1").body, R"({"status":"resident","valid_until":null})");
  EXPECT_EQ(send(get, "/residence/P%202%2Fx").status, 400);  // an encoded slash is nobody's key
  EXPECT_EQ(send(get, "/residence/P3").status, 404);
  EXPECT_EQ(send(get, "/nothing/P1").status, 404);
  EXPECT_EQ(send(put, "/residence/P1", "{}").status, 403);
}

/// A gateway as far as a publisher sees one: it makes event types and takes events.
class PublishersGateway {
 public:
  PublishersGateway() {
    const net::Access anyone{"anyone"};
    server_ = net::Server::start(
                  {},
                  {{net::Method::post, "/r1/MINBEN/GOV/ris/register/api/v1/eventType", anyone,
                    1 << 20, [this](net::Request& request) { return take(request, types_); }},
                   {net::Method::post, "/r1/MINBEN/GOV/ris/register/pub/v1/deaths", anyone, 1 << 20,
                    [this](net::Request& request) { return take(request, events_); }},
                   {net::Method::post, "/r1/MINBEN/GOV/ris/register/pub/v1/changes", anyone,
                    1 << 20, [this](net::Request& request) { return take(request, events_); }}},
                  {})
                  .value();
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}", server_->port());
  }
  void refuse(bool on) { refusing_ = on; }
  [[nodiscard]] std::vector<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  net::Response take(net::Request& request, std::vector<std::string>& into) {
    if (refusing_ || request.headers.get("Minben-Token") != "secret")
      return net::Response::text("no", 503);
    const std::lock_guard lock(mutex_);
    into.push_back(request.body);
    return net::Response::text("taken", 201);
  }
  std::atomic<bool> refusing_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> types_, events_;
  std::unique_ptr<net::Server> server_;
};

TEST_F(RegisterTest, TellsItsGatewayWhatAClerkChangedAlsoAfterAKill) {
  using enum net::Method;
  PublishersGateway gateway;
  gateway.refuse(true);
  std::ofstream(directory.path() / "token") << "secret\n";
  std::ofstream(directory.path() / "pseudonyms") << "shared\n";
  const std::vector<std::string> command{std::string(MINBEN_BINARY_DIR) + "/outside/register",
                                         "--port",
                                         "0",
                                         "--data",
                                         (directory.path() / "nia.jsonl").string(),
                                         "--state",
                                         (directory.path() / "ris.state").string(),
                                         "--gateway",
                                         gateway.url(),
                                         "--client",
                                         "MINBEN/GOV/ris/register",
                                         "--token-file",
                                         (directory.path() / "token").string(),
                                         "--pseudonym-file",
                                         (directory.path() / "pseudonyms").string(),
                                         "--counter",
                                         "residence",
                                         "--publish",
                                         "changes",
                                         "--publish-fields",
                                         "status"};
  process.emplace(command);
  EXPECT_EQ(send(patch, "/counter/residence/P9", R"({"status":"citizen"})").status, 404);
  EXPECT_EQ(send(patch, "/counter/cards/P1", R"({"status":"citizen"})").status, 403);
  EXPECT_EQ(send(patch, "/counter/residence/P1", "[]").status, 400);
  EXPECT_EQ(send(patch, "/counter/residence/P1", R"({"valid_until":"2030-01-01"})").status, 200);
  EXPECT_EQ(send(patch, "/counter/residence/P1", R"({"status":"citizen"})").status, 200);
  EXPECT_EQ(send(patch, "/counter/residence/P1", R"({"status":"citizen"})").status, 200);
  EXPECT_NE(send(get, "/status").body.find(R"("events_waiting":1)"), std::string::npos);
  process.reset();  // by SIGKILL
  gateway.refuse(false);
  process.emplace(command);
  for (int i = 0; i < 100 && gateway.events().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(gateway.events().size(), 1u) << send(get, "/status").body;
  const auto event = parse_json(gateway.events()[0]).value();
  const Json& told = event.at("event");
  EXPECT_EQ(write_json(told.at("changed")), R"(["status"])");
  EXPECT_EQ(told.at("person").as_string().size(), 16u);
  EXPECT_EQ(gateway.events()[0].find("P1"), std::string::npos) << "a pseudonym, and no number";
  EXPECT_EQ(send(get, "/residence/P1").body, R"({"status":"citizen","valid_until":"2030-01-01"})");
}

TEST_F(RegisterTest, OneRecordIsFoundAndChangedByEachOfItsKeys) {
  using enum net::Method;
  PublishersGateway gateway;
  std::ofstream(directory.path() / "token") << "secret\n";
  std::ofstream(directory.path() / "pseudonyms") << "shared\n";
  std::ofstream(directory.path() / "ris.jsonl")
      << R"({"service":"person","keys":["P1","A1"],"value":{"address_zh":"臺北市"}})" << "\n"
      << R"({"service":"check","keys":["A1"],"value":{"state":"living","household_number":"Y1"}})"
      << "\n";
  std::vector<std::string> command{std::string(MINBEN_BINARY_DIR) + "/outside/register",
                                   "--port",
                                   "0",
                                   "--data",
                                   (directory.path() / "ris.jsonl").string(),
                                   "--state",
                                   (directory.path() / "ris.state").string(),
                                   "--gateway",
                                   gateway.url(),
                                   "--client",
                                   "MINBEN/GOV/ris/register",
                                   "--token-file",
                                   (directory.path() / "token").string(),
                                   "--pseudonym-file",
                                   (directory.path() / "pseudonyms").string(),
                                   "--counter",
                                   "person",
                                   "check",
                                   "--publish",
                                   "changes",
                                   "--publish-fields",
                                   "address_zh",
                                   "--publish-keys",
                                   "deaths",
                                   "--publish-keys-fields",
                                   "state"};
  process.emplace(command);
  const auto event = [&](std::size_t number) {
    for (int i = 0; i < 100 && gateway.events().size() <= number; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return parse_json(gateway.events().at(number)).value().at("event");
  };
  ASSERT_EQ(send(patch, "/counter/person/A1", R"({"address_zh":"臺南市東區"})").status, 200);
  EXPECT_EQ(send(get, "/person/P1").body, R"({"address_zh":"臺南市東區"})");
  ASSERT_EQ(send(patch, "/counter/person/P1", R"({"address_zh":"高雄市"})").status, 200);
  EXPECT_EQ(send(get, "/person/A1").body, R"({"address_zh":"高雄市"})");
  EXPECT_EQ(event(0).at("person"), event(1).at("person")) << "one person, whoever came with what";
  process.emplace(command);  // after a SIGKILL too
  EXPECT_EQ(send(get, "/person/A1").body, R"({"address_zh":"高雄市"})");
  ASSERT_EQ(send(patch, "/counter/check/A1", R"({"state":"deceased"})").status, 200);
  EXPECT_EQ(event(2).at("key").as_string(), "A1");
  EXPECT_EQ(event(2).at("state").as_string(), "deceased");
  EXPECT_EQ(write_json(event(2)).find("Y1"), std::string::npos) << "and nothing else of it";
}

TEST_F(RegisterTest, HearsOfWhomItKnowsOnly) {
  using enum net::Method;
  std::ofstream(directory.path() / "pseudonyms") << "shared\n";
  process.emplace(
      std::vector<std::string>{std::string(MINBEN_BINARY_DIR) + "/outside/register", "--port", "0",
                               "--data", (directory.path() / "nia.jsonl").string(), "--state",
                               (directory.path() / "wda.state").string(), "--pseudonym-file",
                               (directory.path() / "pseudonyms").string(), "--match", "residence"});
  const Sha256 digest =
      hmac_sha256(as_bytes(std::string_view("shared")), as_bytes(std::string_view("P1")));
  const std::string known = hex_encode(std::span(digest).first(8));
  const auto event = [&](std::string_view person) {
    return fmt::format(R"({{"id":"1","event":{{"person":"{}","changed":["status"]}}}})", person);
  };
  EXPECT_EQ(send(post, "/events", event(known)).status, 200);
  EXPECT_EQ(send(post, "/events", event(known)).status, 200);  // again, as is promised
  EXPECT_EQ(send(post, "/events", event("0123456789abcdef")).status, 200);
  EXPECT_EQ(send(post, "/events", "{}").status, 400);
  EXPECT_EQ(send(get, "/notices/P1").body, R"({"changed":["status"]})");
  EXPECT_NE(send(get, "/status").body.find(R"("notices":{"records":1)"), std::string::npos);
}

TEST_F(RegisterTest, OnlyAnswersQuestionsWhereItIsAsked) {
  using enum net::Method;
  std::ofstream(directory.path() / "asked.jsonl")
      << R"({"service":"secrets","key":"P1","value":{"a":"1","b":"2","name":"N"}})" << "\n";
  process.reset();
  process.emplace(
      std::vector<std::string>{std::string(MINBEN_BINARY_DIR) + "/outside/register", "--port", "0",
                               "--data", (directory.path() / "asked.jsonl").string(), "--state",
                               (directory.path() / "asked.state").string(), "--asked", "secrets"});
  const auto ask = [&](std::string body) { return send(post, "/secrets", std::move(body)).body; };
  EXPECT_EQ(ask(R"({"key":"P1","known":{"a":"1"}})"), R"({"b":"2","name":"N","match":true})");
  EXPECT_EQ(ask(R"({"key":"P1","known":{"a":"1","b":"3"}})"), R"({"match":false})");
  EXPECT_EQ(ask(R"({"key":"P1","known":{"c":"1"}})"), R"({"match":false})");
  EXPECT_EQ(ask(R"({"key":"P2","known":{"a":"1"}})"), R"({"match":false})") << "nobody of that key";
  EXPECT_EQ(send(post, "/secrets", R"({"key":"P1","known":{}})").status, 400);
  EXPECT_EQ(send(post, "/secrets", R"({"key":"P1"})").status, 400);
  EXPECT_EQ(send(get, "/secrets/P1").status, 403) << "who knows nothing learns nothing";
}

TEST_F(RegisterTest, StoresCardsIdempotently) {
  using enum net::Method;
  EXPECT_EQ(send(put, "/cards/123456789012", R"({"holder":"P1"})").status, 201);
  EXPECT_EQ(send(put, "/cards/123456789012", R"({"holder":"P1"})").status, 200);
  EXPECT_EQ(send(put, "/cards/123456789012", R"({"holder":"P2"})").status, 200);
  EXPECT_EQ(send(get, "/cards/123456789012").body, R"({"holder":"P2"})");
  EXPECT_EQ(send(put, "/cards/1", "[]").status, 400);
  EXPECT_EQ(send(put, "/cards/1", "{").status, 400);
}

TEST_F(RegisterTest, NumbersOutcomesOnce) {
  using enum net::Method;
  EXPECT_EQ(send(post, "/outcomes", R"({"a":1})").status, 400);  // no Idempotency-Key
  EXPECT_EQ(send(post, "/outcomes", R"({"a":1})", "k1").body, R"({"stored":true,"number":1})");
  EXPECT_EQ(send(post, "/outcomes", R"({"a":2})", "k2").body, R"({"stored":true,"number":2})");
  EXPECT_EQ(send(post, "/outcomes", R"({"a":1})", "k1").body, R"({"stored":true,"number":1})");
  EXPECT_EQ(send(post, "/outcomes", R"({"a":3})", "k1").status, 409);
}

TEST_F(RegisterTest, DescribesItself) {
  const auto response = send(net::Method::get, "/openapi.json");
  const Json api = parse_json(response.body).value();
  EXPECT_EQ(string_or(api, "openapi"), "3.1.0");
  const auto& paths = find(api, "paths")->as_object();
  EXPECT_TRUE(paths.at("/residence/{key}").as_object().contains("get"));
  EXPECT_FALSE(paths.at("/residence/{key}").as_object().contains("put"));
  EXPECT_TRUE(paths.at("/cards/{key}").as_object().contains("put"));
  EXPECT_TRUE(paths.at("/outcomes").as_object().contains("post"));
  const auto& schemas = find(*find(api, "components"), "schemas")->as_object();
  EXPECT_EQ(schemas.at("residence").at("properties").at("valid_until").at("type").as_array()[0],
            "string");
}

TEST_F(RegisterTest, WhatWasAcknowledgedSurvivesSigkill) {
  std::set<int> stored;
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> killed = false;
    std::jthread killer([&] {
      std::this_thread::sleep_for(milliseconds(40));
      killed = true;
      process->end(SIGKILL);
    });
    const std::uint16_t port = process->ports().at(0);
    net::Client client({});
    for (int i = 0; !killed && i < 100000; ++i) {
      const int number = round * 100000 + i;
      const auto response =
          client.send({.method = net::Method::put,
                       .url = fmt::format("http://127.0.0.1:{}/cards/{}", port, number),
                       .body = fmt::format(R"({{"n":{}}})", number)});
      if (response && response->status == 201) stored.insert(number);
    }
    killer.join();
    process->start();
    ASSERT_FALSE(process->ports().empty()) << "did not start again";
  }
  EXPECT_GT(stored.size(), 5u);
  for (const int number : stored)
    EXPECT_EQ(send(net::Method::get, fmt::format("/cards/{}", number)).body,
              fmt::format(R"({{"n":{}}})", number));
}

TEST_F(RegisterTest, ATornLastLineIsForgottenAndAnyOtherDamageIsNamed) {
  send(net::Method::put, "/cards/1", R"({"n":1})");
  process->end(SIGKILL);
  std::ofstream(directory.path() / "nia.state", std::ios::app)
      << R"({"service":"cards","key":"2","val)";
  process->start();
  EXPECT_EQ(send(net::Method::get, "/cards/1").status, 200);
  EXPECT_EQ(send(net::Method::get, "/cards/2").status, 404);
  EXPECT_EQ(process->end(SIGTERM), 0);
  std::ofstream(directory.path() / "nia.state", std::ios::app) << "damage\n";
  const auto damaged =
      registers::Book::open(directory.path() / "nia.jsonl", directory.path() / "nia.state");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().line, 2);
}

}  // namespace
}  // namespace outside::test
