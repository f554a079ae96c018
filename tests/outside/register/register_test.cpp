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
