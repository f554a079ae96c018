// The interface for machines over HTTP, with a real engine behind it.
#include "api_world.hpp"

namespace minben::api {

namespace {

TEST_F(ApiTest, ACaseFromStartToEnd) {
  deploy();
  const Json step = start({{"businessKey", "A-1"}, {"variables", JsonObject{{"amount", 200}}}});
  const std::string id = text(step, "instance");
  ASSERT_EQ(list(step, "openedTasks").size(), 1u);
  const Json listed = get("/tasks?model=permit&role=officer&unassigned=true");
  ASSERT_EQ(list(listed, "tasks").size(), 1u);
  const Json& task = list(listed, "tasks").front();
  EXPECT_EQ(text(task, "element"), "check");
  EXPECT_EQ(text(*find(task, "name"), "en"), "Check");
  EXPECT_EQ(text(task, "businessKey"), "A-1");

  const std::string path = "/tasks/" + text(task, "id");
  EXPECT_EQ(send(net::Method::post, path + "/claim", R"({"assignee":"lin"})").status, 204);
  post(path + "/claim", {{"assignee", "chen"}}, 409);
  EXPECT_EQ(text(get(path), "assignee"), "lin");
  EXPECT_TRUE(list(get("/tasks?model=permit&unassigned=true"), "tasks").empty());
  EXPECT_EQ(list(get("/tasks?assignee=lin"), "tasks").size(), 1u);
  EXPECT_EQ(
      text(post(path + "/complete", {{"variables", JsonObject{{"done", true}}}}, 200), "status"),
      "running");
  EXPECT_EQ(text(post(path + "/complete", {}, 409), "type"), "urn:minben:problem:task_not_open");

  EXPECT_EQ(text(post("/messages", {{"name", "paid"}, {"key", "A-1"}}, 200), "instance"), id);
  const Json shown = get("/instances/" + id);
  EXPECT_EQ(text(shown, "status"), "completed");
  EXPECT_EQ(find(shown, "variables")->as_object().at("done"), Json(true));
  const Json history = get("/instances/" + id + "/history");
  std::int64_t number = 0;
  for (const Json& entry : list(history, "entries"))
    EXPECT_EQ(*get_integer(entry, "number"), ++number) << "without gaps";
  EXPECT_GT(number, 5);
}

TEST_F(ApiTest, AStartThatIsSentAgainStartsOnce) {
  deploy();
  const std::string id = "0190aaaa-0000-7000-8000-000000000001";
  const Json first = start({{"id", id}, {"businessKey", "A-2"}});
  const Json again =
      post("/instances", {{"model", "permit"}, {"id", id}, {"businessKey", "A-2"}}, 200);
  EXPECT_EQ(text(first, "instance"), text(again, "instance"));
  EXPECT_EQ(list(again, "openedTasks").size(), 1u);
  EXPECT_EQ(list(get("/instances?model=permit"), "instances").size(), 1u);
  const Json other =
      post("/instances", {{"model", "permit"}, {"id", id}, {"businessKey", "B"}}, 409);
  EXPECT_EQ(text(other, "type"), "urn:minben:problem:id_taken");
}

TEST_F(ApiTest, AnotherAgencySeesNothing) {
  deploy();
  const Json step = start();
  const std::string id = text(step, "instance");
  const std::string task = text(list(step, "openedTasks").front(), "id");
  const std::string stranger =
      token_of("nia", {Scope::read, Scope::work, Scope::deploy, Scope::operate});
  const auto by_stranger = [&](net::Method method, std::string_view path, std::string body = {}) {
    return send(method, path, std::move(body), stranger);
  };
  EXPECT_EQ(by_stranger(net::Method::get, "/instances/" + id).status, 404);
  EXPECT_EQ(by_stranger(net::Method::get, "/tasks/" + task).status, 404);
  EXPECT_EQ(
      by_stranger(net::Method::post, "/tasks/" + task + "/claim", R"({"assignee":"x"})").status,
      409);
  EXPECT_EQ(by_stranger(net::Method::post, "/tasks/" + task + "/complete").status, 404);
  EXPECT_EQ(
      by_stranger(net::Method::post, "/instances/" + id + "/cancel", R"({"reason":"x"})").status,
      404);
  EXPECT_EQ(by_stranger(net::Method::post, "/messages", R"({"name":"paid","key":"A-1"})").status,
            404);
  EXPECT_EQ(by_stranger(net::Method::get, "/tasks").body, R"({"tasks":[]})");
  EXPECT_EQ(by_stranger(net::Method::get, "/models/permit").status, 404);
  EXPECT_EQ(text(get("/instances/" + id), "status"), "running") << "and changed nothing";
  EXPECT_TRUE(find(list(get("/instances/" + id), "tasks").front(), "assignee")->is_null());
}

TEST_F(ApiTest, WithoutTokenOrScopeNothing) {
  deploy();
  const std::string reader = token_of("wda", {Scope::read});
  EXPECT_EQ(send(net::Method::get, "/tasks", {}, reader).status, 200);
  const auto refused = send(net::Method::post, "/instances", R"({"model":"permit"})", reader);
  EXPECT_EQ(refused.status, 403);
  for (const std::string& token : {std::string("minben_no-such-token"), std::string("x"),
                                   std::string("minben_") + std::string(200, 'a')}) {
    const auto unknown = send(net::Method::get, "/tasks", {}, token);
    EXPECT_EQ(unknown.status, 401);
    EXPECT_NE(unknown.headers.get("WWW-Authenticate").find("Bearer"), std::string_view::npos);
  }
  const auto listed = clients_->list();
  ASSERT_EQ(listed->size(), 2u);
  const auto mine =
      std::ranges::find_if(*listed, [](const Client& c) { return c.scopes.size() == 1; });
  ASSERT_TRUE(clients_->revoke(mine->id).has_value());
  clock_.advance(seconds{11});
  EXPECT_EQ(send(net::Method::get, "/tasks", {}, reader).status, 401);
}

TEST_F(ApiTest, BadInputNamesEachField) {
  deploy();
  const Json faults = post("/instances", {{"businessKey", 7}, {"varables", JsonObject()}}, 400);
  std::string named;
  for (const Json& each : list(faults, "errors")) named += text(each, "field") + " ";
  EXPECT_EQ(named, "/model /businessKey /varables ");
  EXPECT_EQ(send(net::Method::post, "/instances", "{not json").status, 400);
  EXPECT_EQ(text(post("/instances", {{"model", "none"}}, 404), "type"),
            "urn:minben:problem:no_such_process");
  EXPECT_EQ(get("/tasks?limit=0", 400).at("field"), Json("limit"));
  EXPECT_EQ(get("/instances?model=permit&after=x", 400).at("field"), Json("after"));
  EXPECT_EQ(get("/instances/not-an-id", 404).at("status"), Json(404));

  std::string broken(permit);
  broken.replace(broken.find("targetRef=\"way\""), 15, "targetRef=\"gone\"");
  const auto refused = send(net::Method::put, "/models/permit", broken);
  const Json told = json(refused, 400);
  EXPECT_EQ(*get_integer(list(told, "errors").front(), "line"), 12);
  EXPECT_EQ(list(get("/models/permit"), "versions").size(), 1u) << "the old version stays";
}

TEST_F(ApiTest, InstancesComeInPages) {
  deploy();
  for (int i = 0; i < 5; ++i) {
    clock_.advance(seconds{1});
    start({{"businessKey", fmt::format("P-{}", i)}});
  }
  std::string found, after;
  for (int page = 0; page < 3; ++page) {
    const Json lines = get("/instances?model=permit&status=running&limit=2" +
                           (after.empty() ? "" : "&after=" + net::percent_encode(after)));
    for (const Json& line : list(lines, "instances")) found += text(line, "businessKey") + " ";
    after = text(lines, "next");
  }
  EXPECT_EQ(found, "P-4 P-3 P-2 P-1 P-0 ");
  EXPECT_EQ(list(get("/instances?model=permit&businessKey=P-3"), "instances").size(), 1u);
}

TEST_F(ApiTest, OperatorsFreeWhatIsStuck) {
  std::string strict(permit);  // no way is the default one
  strict.replace(strict.find(" default=\"no\""), 13, "");
  const std::string_view no = R"(sourceRef="way" targetRef="refused"/>)";
  strict.replace(strict.find(no), no.size(),
                 R"(sourceRef="way" targetRef="refused"><bpmn:conditionExpression>amount &lt;= 100)"
                 R"(</bpmn:conditionExpression></bpmn:sequenceFlow>)");
  deploy(strict);
  for (const char* key : {"S-1", "S-2"}) {
    const Json step = start({{"businessKey", key}});
    post("/tasks/" + text(list(step, "openedTasks").front(), "id") + "/complete",
         {{"variables", JsonObject{{"amount", "many"}}}}, 200);
  }
  const Json stuck = get("/incidents?model=permit");
  ASSERT_EQ(list(stuck, "incidents").size(), 2u);
  const Json& first = list(stuck, "incidents").front();
  EXPECT_EQ(text(first, "code"), "expression_failed");
  EXPECT_EQ(text(first, "element"), "way");
  EXPECT_EQ(list(get("/instances?model=permit&incidents=true"), "instances").size(), 2u);

  const std::string path = "/instances/" + text(first, "instance");
  EXPECT_EQ(send(net::Method::patch, path + "/variables", R"({"variables":{"amount":200}})").status,
            200);
  const Json begun = post("/batches", {{"model", "permit"}, {"operation", "retry"}}, 202);
  EXPECT_EQ(*get_integer(begun, "waiting"), 2);
  ASSERT_TRUE(workers_.run_due().has_value());
  const Json batch = get("/batches/" + text(begun, "id"));
  EXPECT_EQ(*get_integer(batch, "done"), 1);
  EXPECT_EQ(*get_integer(batch, "failed"), 1);
  EXPECT_EQ(text(list(batch, "causes").front(), "code"), "expression_failed");
  EXPECT_EQ(list(get("/batches/" + text(begun, "id") + "/items?status=failed"), "items").size(),
            1u);
  EXPECT_EQ(text(list(get(path), "positions").front(), "element"), "pay") << "the one is free";
  ASSERT_EQ(list(get("/incidents?model=permit"), "incidents").size(), 1u) << "the other is not";
}

TEST_F(ApiTest, OperatorsHoldMoveAndEndInstances) {
  deploy();
  const Json step = start();
  const std::string path = "/instances/" + text(step, "instance");
  const std::string task = text(list(step, "openedTasks").front(), "id");
  EXPECT_EQ(text(post(path + "/suspend", {}, 200), "status"), "suspended");
  post("/tasks/" + task + "/complete", {}, 409);
  EXPECT_EQ(text(post(path + "/resume", {}, 200), "status"), "running");
  const auto token = parse_integer(task.substr(task.find('.') + 1), 1);
  post(path + "/modify", {{"remove", JsonArray{*token}}, {"startBefore", JsonArray{"pay"}}}, 200);
  EXPECT_EQ(text(list(get(path), "positions").front(), "element"), "pay");
  EXPECT_EQ(text(post(path + "/cancel", {{"reason", "withdrawn"}}, 200), "status"), "cancelled");
  post(path + "/cancel", {{"reason", "withdrawn"}}, 409);
}

TEST_F(ApiTest, MigrationSaysWhatStandsAgainstIt) {
  deploy();
  const std::string id = text(start(), "instance");
  std::string renamed(permit);
  for (auto at = renamed.find("\"check\""); at != renamed.npos; at = renamed.find("\"check\""))
    renamed.replace(at, 7, "\"look\"");
  deploy(renamed);
  ASSERT_EQ(list(get("/models/permit"), "versions").size(), 2u);
  const Json dry = post("/instances/" + id + "/migrate", {{"version", 2}, {"dryRun", true}}, 200);
  EXPECT_EQ(*get_bool(dry, "moves"), false);
  EXPECT_EQ(text(list(dry, "obstacles").front(), "code"), "element_gone");
  post("/instances/" + id + "/migrate", {{"version", 2}}, 409);
  EXPECT_EQ(*get_integer(get("/instances/" + id), "version"), 1);
  post("/instances/" + id + "/migrate",
       {{"version", 2}, {"renames", JsonObject{{"check", "look"}}}}, 200);
  EXPECT_EQ(*get_integer(get("/instances/" + id), "version"), 2);
  EXPECT_EQ(text(list(get("/instances/" + id), "tasks").front(), "element"), "look");
  EXPECT_EQ(send(net::Method::get, "/models/permit/versions/2").body, renamed);
}

TEST_F(ApiTest, AllInstancesMoveToAVersionAndTheResultOfEachIsKept) {
  deploy();
  std::vector<std::string> ids;
  for (int i = 0; i < 120; ++i) ids.push_back(text(start(), "instance"));
  const Json stands = get("/instances/" + ids.back());
  post("/tasks/" + text(list(stands, "tasks").front(), "id") + "/complete",
       {{"variables", JsonObject{{"amount", 200}}}}, 200);  // this one waits for "pay"
  std::string without(permit);
  for (auto at = without.find("\"pay\""); at != without.npos; at = without.find("\"pay\""))
    without.replace(at, 5, "\"fee\"");
  deploy(without);

  const JsonObject wanted{
      {"model", "permit"}, {"operation", "migrate"}, {"version", 1}, {"toVersion", 2}};
  JsonObject rehearsal = wanted;
  rehearsal["dryRun"] = true;
  const Json dry = post("/batches", rehearsal, 202);
  ASSERT_TRUE(workers_.run_due().has_value());
  const Json said = get("/batches/" + text(dry, "id"));
  EXPECT_EQ(*get_integer(said, "done"), 119);
  EXPECT_EQ(*get_integer(said, "failed"), 1);
  EXPECT_EQ(text(list(said, "causes").front(), "code"), "element_gone");
  EXPECT_EQ(*get_integer(get("/instances/" + ids.front()), "version"), 1) << "only said";

  const Json moved = post("/batches", wanted, 202);
  ASSERT_TRUE(workers_.run_due().has_value());
  EXPECT_FALSE(find(get("/batches/" + text(moved, "id")), "finishedAt")->is_null());
  EXPECT_EQ(*get_integer(get("/instances/" + ids.front()), "version"), 2);
  EXPECT_EQ(*get_integer(get("/instances/" + ids.back()), "version"), 1) << "could not move";
  EXPECT_EQ(list(get("/batches?model=permit"), "batches").size(), 2u) << "what operators did";
  post("/batches", {{"model", "permit"}, {"operation", "migrate"}, {"toVersion", 9}}, 400);
  const Json faults = post("/batches", {{"model", "permit"}, {"operation", "fly"}}, 400);
  EXPECT_EQ(text(faults, "field"), "/operation");
}

constexpr std::string_view with_service = R"(<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:minben="https://minben.tw/bpmn/1" id="d">
<bpmn:error id="e" errorCode="not_found"/>
<bpmn:process id="p" isExecutable="true">
  <bpmn:startEvent id="start"/>
  <bpmn:serviceTask id="ask" minben:topic="land" minben:input="{ parcel: parcel }"/>
  <bpmn:boundaryEvent id="gone" attachedToRef="ask"><bpmn:errorEventDefinition id="ed" errorRef="e"/></bpmn:boundaryEvent>
  <bpmn:endEvent id="end"/><bpmn:userTask id="search"/><bpmn:endEvent id="end2"/>
  <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
  <bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="end"/>
  <bpmn:sequenceFlow id="f3" sourceRef="gone" targetRef="search"/>
  <bpmn:sequenceFlow id="f4" sourceRef="search" targetRef="end2"/>
</bpmn:process>
</bpmn:definitions>)";

class ServiceCalls : public ApiTest {
 protected:
  ServiceCalls() { deploy(with_service); }
  std::string begin() {
    const Json step = start({{"variables", JsonObject{{"parcel", "0012"}}}});
    EXPECT_TRUE(workers_.run_due().has_value());
    return text(step, "instance");
  }
  JsonArray fetch(std::string_view worker = "w1") {
    const Json found =
        post("/service-calls/fetch",
             {{"topics", JsonArray{"land"}}, {"worker", worker}, {"lockSeconds", 30}}, 200);
    return list(found, "calls");
  }
};

TEST_F(ServiceCalls, AreFetchedByOneWorkerAndDoneOnce) {
  const std::string id = begin();
  const auto calls = fetch();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls.front().at("input"), Json(JsonObject{{"parcel", "0012"}}));
  EXPECT_EQ(calls.front().at("idempotencyKey"), calls.front().at("id"));
  EXPECT_TRUE(fetch("w2").empty()) << "the first has it";
  const std::string path = "/service-calls/" + text(calls.front(), "id");
  EXPECT_EQ(
      text(post(path + "/complete", {{"variables", JsonObject{{"owner", 3}}}}, 200), "status"),
      "completed");
  post(path + "/complete", {}, 409);
  EXPECT_EQ(find(get("/instances/" + id), "variables")->as_object().at("owner"), Json(3));
}

TEST_F(ServiceCalls, ComeBackWhenAWorkerDies) {
  begin();
  const auto first = fetch();
  ASSERT_EQ(first.size(), 1u);
  clock_.advance(seconds{31});
  const auto again = fetch("w2");
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again.front().at("idempotencyKey"), first.front().at("idempotencyKey"));
  EXPECT_EQ(again.front().at("attempt"), Json(2));
}

TEST_F(ServiceCalls, ThrowErrorsToTheirBoundaryEvent) {
  const std::string id = begin();
  const std::string call = text(fetch().front(), "id");
  post("/service-calls/" + call + "/error", {{"code", "not_found"}}, 200);
  EXPECT_EQ(text(list(get("/instances/" + id), "tasks").front(), "element"), "search");
}

TEST_F(ServiceCalls, BecomeAnIncidentAfterEightTriesAndCanBeTriedAgain) {
  const std::string id = begin();
  for (int attempt = 1; attempt <= 8; ++attempt) {
    const auto calls = fetch();
    ASSERT_EQ(calls.size(), 1u) << attempt;
    const Json answer = post("/service-calls/" + text(calls.front(), "id") + "/fail",
                             {{"code", "register_down"}}, 200);
    EXPECT_EQ(*get_bool(answer, "incident"), attempt == 8);
    clock_.advance(seconds{300});
  }
  EXPECT_TRUE(fetch().empty());
  EXPECT_EQ(text(list(get("/incidents?model=permit"), "incidents").front(), "code"),
            "register_down");
  post("/batches", {{"model", "permit"}, {"operation", "retry"}}, 202);
  ASSERT_TRUE(workers_.run_due().has_value());
  ASSERT_EQ(fetch().size(), 1u);
  EXPECT_EQ(text(get("/instances/" + id), "status"), "running");
}

TEST_F(ServiceCalls, AreNotHandedOutWhenNobodyWaitsAnyMore) {
  const std::string id = begin();
  post("/instances/" + id + "/cancel", {{"reason", "withdrawn"}}, 200);
  EXPECT_TRUE(fetch().empty());
  post("/service-calls/fetch", {{"topics", JsonArray{}}, {"limit", 0}}, 400);
}

/// A system of the agency that listens.
class Listener {
 public:
  Listener() {
    static constexpr net::Access anyone{"anyone"};
    auto started =
        net::Server::start({},
                           {{net::Method::post, "/told", anyone, 64u << 10,
                             [this](net::Request& request) {
                               const std::lock_guard lock(mutex_);
                               heard_.push_back(request);
                               net::Response response;
                               response.status = status;
                               return response;
                             }}},
                           {[](const net::Route&, net::Request&) { return std::nullopt; }, {}, {}});
    EXPECT_TRUE(started.has_value());
    server_ = std::move(*started);
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/told", server_->port());
  }
  std::vector<net::Request> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  std::atomic<int> status = 204;

 private:
  std::mutex mutex_;
  std::vector<net::Request> heard_;
  std::unique_ptr<net::Server> server_;
};

TEST_F(ApiTest, WebhooksTellWhatHappensSignedAndAgainUntilHeard) {
  Listener listener;
  const Json hook =
      post("/webhooks",
           {{"url", listener.url()}, {"events", JsonArray{"task.opened", "instance.ended"}}}, 201);
  const std::string secret_text = text(hook, "secret");
  ASSERT_TRUE(secret_text.starts_with("whsec_"));
  const auto secret = base64_decode(secret_text.substr(6));
  ASSERT_TRUE(secret.has_value());
  EXPECT_EQ(list(get("/webhooks"), "webhooks").size(), 1u);
  EXPECT_FALSE(list(get("/webhooks"), "webhooks").front().as_object().contains("secret"));

  listener.status = 500;
  deploy();
  const std::string task = text(list(start(), "openedTasks").front(), "id");
  ASSERT_TRUE(workers_.run_due().has_value());
  ASSERT_EQ(listener.heard().size(), 1u);
  listener.status = 204;
  clock_.advance(seconds{2});
  ASSERT_TRUE(workers_.run_due().has_value());
  const auto heard = listener.heard();
  ASSERT_EQ(heard.size(), 2u) << "again, until it is heard";
  EXPECT_EQ(heard[0].headers.get("webhook-id"), heard[1].headers.get("webhook-id"));
  const auto body = parse_json(heard[1].body);
  EXPECT_EQ(text(*body, "type"), "task.opened");
  EXPECT_EQ(text(*find(*body, "data"), "task"), task);
  const auto at = parse_integer(heard[1].headers.get("webhook-timestamp"));
  EXPECT_EQ(heard[1].headers.get("webhook-signature"),
            webhook_signature(*secret, heard[1].headers.get("webhook-id"), *at, heard[1].body));

  post("/tasks/" + task + "/complete", {{"variables", JsonObject{{"amount", 1}}}}, 200);
  ASSERT_TRUE(workers_.run_due().has_value());
  EXPECT_EQ(text(*parse_json(listener.heard().back().body), "type"), "instance.ended");
  EXPECT_EQ(send(net::Method::del, "/webhooks/" + text(hook, "id")).status, 204);
  start();
  ASSERT_TRUE(workers_.run_due().has_value());
  EXPECT_EQ(listener.heard().size(), 3u) << "not told any more";
}

TEST_F(ApiTest, WebhooksAreRefusedWhenTheyCannotBeSafe) {
  for (const char* url : {"http://example.org/x", "ftp://127.0.0.1/", "https:/x"})
    EXPECT_EQ(
        text(post("/webhooks", {{"url", url}, {"events", JsonArray{"task.opened"}}}, 400), "field"),
        "/url");
  EXPECT_EQ(
      text(post("/webhooks", {{"url", "https://a.example/"}, {"events", JsonArray{"all"}}}, 400),
           "field"),
      "/events");
  // The example of the specification's own libraries, computed apart.
  EXPECT_EQ(webhook_signature(*base64_decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                              "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

}  // namespace
}  // namespace minben::api
