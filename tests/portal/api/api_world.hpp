#pragma once
// The interface as machines meet it: a real server over a real database, and a client with a token.
#include <set>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/api.hpp"
#include "support/database.hpp"

namespace minben::api {

inline constexpr net::Access machine{"machine"};

inline constexpr std::string_view permit = R"(<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:minben="https://minben.tw/bpmn/1" id="d">
<bpmn:message id="m" name="paid" />
<bpmn:process id="p" isExecutable="true">
  <bpmn:startEvent id="start"/>
  <bpmn:userTask id="check" name="查核" minben:nameEn="Check" minben:role="officer"/>
  <bpmn:exclusiveGateway id="way" default="no"/>
  <bpmn:receiveTask id="pay" messageRef="m"/>
  <bpmn:endEvent id="end"/><bpmn:endEvent id="refused"/>
  <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
  <bpmn:sequenceFlow id="f2" sourceRef="check" targetRef="way"/>
  <bpmn:sequenceFlow id="yes" sourceRef="way" targetRef="pay">
    <bpmn:conditionExpression>amount > 100</bpmn:conditionExpression></bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="no" sourceRef="way" targetRef="refused"/>
  <bpmn:sequenceFlow id="f3" sourceRef="pay" targetRef="end"/>
</bpmn:process>
</bpmn:definitions>)";

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    clients_ = std::make_unique<Clients>(db_.database(), clock_, random_);
    webhooks_ = std::make_unique<Webhooks>(db_.database(), clock_, random_, *keys_);
    processes_ =
        std::make_unique<process::Processes>(clock_, process::Ports{.observer = webhooks_.get()});
    batches_ = std::make_unique<process::Batches>(*processes_, clock_, random_);
    processes_->on_outside(outside_calls(clock_));
    processes_->attach(workers_);
    batches_->attach(workers_);
    webhooks_->attach(workers_);
    auto server = net::Server::start(
        {},
        routes({db_.database(), clock_, random_, *processes_, *batches_, *clients_, *webhooks_},
               machine),
        {[](const net::Route&, net::Request&) { return std::nullopt; }, {}, {}});
    EXPECT_TRUE(server.has_value()) << describe(server.error());
    server_ = std::move(*server);
    token_ = token_of("wda", {Scope::read, Scope::work, Scope::deploy, Scope::operate});
  }

  std::string token_of(std::string_view agency, std::set<Scope> scopes) {
    auto made = clients_->add({*AgencyCode::parse(agency), "case system", std::move(scopes)});
    EXPECT_TRUE(made.has_value()) << describe(made.error());
    return made->second;
  }

  net::ClientResponse send(net::Method method, std::string_view path, std::string body = {},
                           std::string_view token = {}) {
    net::ClientRequest request{
        method,
        fmt::format("http://127.0.0.1:{}/api/process/v1{}", server_->port(), path),
        {},
        std::move(body)};
    request.headers.set("Authorization", fmt::format("Bearer {}", token.empty() ? token_ : token));
    if (!request.body.empty())
      request.headers.set("Content-Type",
                          request.body.starts_with('<') ? "application/xml" : "application/json");
    auto answer = client_.send(request);
    EXPECT_TRUE(answer.has_value()) << describe(answer.error());
    return answer ? std::move(*answer) : net::ClientResponse{};
  }

  Json json(const net::ClientResponse& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    auto parsed = parse_json(response.body);
    EXPECT_TRUE(parsed.has_value()) << response.body;
    return parsed ? std::move(*parsed) : Json();
  }
  Json post(std::string_view path, const JsonObject& body, int status) {
    return json(send(net::Method::post, path, write_json(body)), status);
  }
  Json get(std::string_view path, int status = 200) {
    return json(send(net::Method::get, path), status);
  }
  static std::string text(const Json& object, std::string_view name) {
    return string_or(object, name);
  }
  static const JsonArray& list(const Json& object, std::string_view name) {
    return find(object, name)->as_array();
  }

  void deploy(std::string_view model = permit) {
    EXPECT_EQ(send(net::Method::put, "/models/permit", std::string(model)).status, 201);
  }
  Json start(JsonObject more = {}) {
    more["model"] = "permit";
    return post("/instances", more, 201);
  }

  VirtualClock clock_{*parse_instant("2026-11-23T01:00:00Z")};
  SystemRandom random_;
  test::TestDatabase db_{clock_, {keys::migrations(), process::migrations(), migrations()}};
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  std::unique_ptr<Webhooks> webhooks_;
  std::unique_ptr<process::Processes> processes_;
  std::unique_ptr<process::Batches> batches_;
  store::Workers workers_{db_.database(), clock_, 1};
  std::unique_ptr<net::Server> server_;
  net::Client client_{{}};
  std::string token_;
};

}  // namespace minben::api
