// Events that wait: for subscribers that are away, through restarts and kills, in order, each once,
// and only as far as rules and consents allow.
#include <gtest/gtest.h>

#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "event_body.hpp"

namespace minben::gateway::test {
namespace {

ServiceId moves() { return {subsystem("nia", "register"), "moves"}; }      // by law
ServiceId changes() { return {subsystem("nia", "register"), "changes"}; }  // by consent

/// An own system that takes what is posted.
class System {
 public:
  System() {
    server_ = net::Server::start({},
                                 {{net::Method::post,
                                   "/events",
                                   {"anyone"},
                                   1 << 20,
                                   [this](net::Request& request) { return take(request); }}},
                                 {})
                  .value();
    port_ = server_->port();
  }
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/events", port_); }
  void answer(int status) { status_ = status; }
  [[nodiscard]] std::vector<std::int64_t> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  [[nodiscard]] int calls() const { return calls_; }

 private:
  net::Response take(net::Request& request) {
    ++calls_;
    if (status_ != 200) return net::Response::text("no", status_);
    const auto item = parse_json(request.body).value();
    EXPECT_EQ(request.headers.get("Minben-Event-Id"), get_string(item, "id").value());
    const std::lock_guard lock(mutex_);
    taken_.push_back(get_integer(item, "sequence").value());
    return net::Response::text("taken");
  }
  std::uint16_t port_ = 0;
  std::atomic<int> status_ = 200;
  std::atomic<int> calls_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::int64_t> taken_;
  std::unique_ptr<net::Server> server_;
};

struct Answer {
  int status = 0;
  Json json;
  std::string code;  ///< X-Road-Error
  net::Headers headers;
};

class MessagesTest : public ::testing::Test {
 protected:
  MessagesTest() : clock(SystemClock().now()), country(clock) {
    plan();
    for (const char* member : {"nia", "wda"}) country.start(member);
  }
  /// Event types are services, with rules like others.
  void plan() {
    country.more_services = {{moves(), {"遷徙", "Moves"}, true, {"name", "to", "secret"}},
                             {changes(), {"異動", "Changes"}, true, {"name", "status", "expiry"}}};
    country.more_rules = {{subsystem("wda", "casework"),
                           moves(),
                           {net::Method::get},
                           {"planning"},
                           Basis::law,
                           "戶籍法 §1",
                           {"name", "to"}},
                          {subsystem("wda", "casework"),
                           changes(),
                           {net::Method::get},
                           {"work-permit"},
                           Basis::consent,
                           "",
                           {"name", "status"}}};
    country.prepare_again();
  }
  /// gateway.json of a member, before it starts again.
  void configure(const std::string& member, const std::function<void(GatewayConfig&)>& change) {
    const auto file = country.prepared.gateway_configs.at(member);
    auto config = read_gateway_config(file).value();
    change(config);
    ASSERT_TRUE(write_gateway_config(config, file));
  }
  void restart(const std::string& member) {
    country.stop(member);
    country.start(member);
  }

  Answer call(const std::string& member, const std::string& name, net::Method method,
              std::string_view path, const Json& body = nullptr,
              std::vector<std::pair<std::string, std::string>> fields = {}) {
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}/r1/MINBEN/GOV/nia/register{}",
                           country.client_ports[member], path)};
    request.headers.add("X-GovStack-Client", to_string(subsystem(member, name)));
    request.headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + name));
    for (const auto& [field, value] : fields) request.headers.add(field, value);
    if (!body.is_null()) {
      request.body = write_json(body);
      request.headers.add("Content-Type", "application/json");
    }
    const auto answer = net::Client({}).send(request);
    if (!answer) return {0, nullptr, answer.error().code, {}};
    return {answer->status, parse_json(answer->body).value_or(nullptr),
            std::string(answer->headers.get("X-Road-Error")), answer->headers};
  }
  Answer publish(std::string_view type, const JsonObject& event, JsonObject more = {}) {
    more["eventType"] = type;
    more["event"] = event;
    return call("nia", "register", net::Method::post, fmt::format("/pub/v1/{}", type), more,
                {{"Minben-Person", minben::to_string(country.person)}});
  }
  void create(std::string_view type) {
    const auto made = call("nia", "register", net::Method::post, "/api/v1/eventType",
                           JsonObject{{"eventType", type}, {"schema", JsonObject{}}});
    ASSERT_EQ(made.status, 200) << made.code;
  }
  Answer subscribe(std::string_view type, JsonObject item = {}) {
    item["eventType"] = type;
    return call("wda", "casework", net::Method::post, fmt::format("/api/v1/subs/{}", type), item,
                {{"Minben-Purpose", "planning"}});
  }
  JsonObject subscription(std::string_view type = "moves") {
    const auto shown =
        call("wda", "casework", net::Method::get, fmt::format("/api/v1/subs/{}", type));
    EXPECT_EQ(shown.status, 200);
    return shown.json.as_object();
  }
  Answer pull(std::string_view type = "moves") {
    return call("wda", "casework", net::Method::get, fmt::format("/pull/v1/{}", type));
  }
  int confirm(const Answer& event) {
    return call("wda", "casework", net::Method::del,
                fmt::format("/pull/v1/moves/{}", get_string(event.json, "id").value()))
        .status;
  }
  /// Pulls and confirms all that there is; their sequences.
  std::vector<std::int64_t> drain() {
    std::vector<std::int64_t> out;
    while (true) {
      const auto event = pull();
      if (event.status != 200) return out;
      out.push_back(get_integer(event.json, "sequence").value());
      EXPECT_EQ(confirm(event), 204);
    }
  }
  [[nodiscard]] static JsonObject move(int number) {
    return {{"name", fmt::format("林{}", number)}, {"to", "臺南"}, {"secret", "never"}};
  }
  Answer administer(const std::string& member, net::Method method, std::string_view path) {
    const auto state =
        read_gateway_config(country.prepared.gateway_configs.at(member)).value().state_directory;
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}{}", country.client_ports[member], path)};
    request.headers.add("Minben-Admin",
                        trim(trust::read_secret_file(state / "admin.token").value()));
    const auto answer = net::Client({}).send(request).value();
    return {answer.status, parse_json(answer.body).value_or(nullptr), "", {}};
  }

  VirtualClock clock;
  Country country;
};

using Sequences = std::vector<std::int64_t>;

TEST_F(MessagesTest, ASubscriberThatWasAwayForDaysGetsAllInOrderAndReduced) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  country.stop("wda");
  for (int i = 1; i <= 5; ++i) {
    ASSERT_EQ(publish("moves", move(i)).status, 201);
    clock.advance(days(1));
  }
  country.prepare_again();  // a new configuration is valid for 30 days
  restart("nia");           // and the publisher was away too
  country.start("wda");
  const auto first = pull();
  ASSERT_EQ(first.status, 200) << first.code;
  EXPECT_EQ(*find(first.json, "event"), (JsonObject{{"name", "林1"}, {"to", "臺南"}}))
      << "only the fields of the rule leave the publisher";
  EXPECT_EQ(get_string(first.json, "eventType").value(), "moves");
  EXPECT_EQ(get_string(*find(first.json, "publisherId"), "memberCode").value(), "nia");
  EXPECT_EQ(pull().json, first.json) << "until it is confirmed";
  EXPECT_EQ(drain(), (Sequences{1, 2, 3, 4, 5}));
  EXPECT_EQ(pull().status, 404);
  EXPECT_TRUE(country.platform.wait_for(5));
  for (const auto& [id, use] : country.platform.records()) {
    EXPECT_EQ(use.person, minben::to_string(country.person)) << "whom the publisher named";
    EXPECT_EQ(use.service, moves());
    EXPECT_EQ(use.fields, (std::vector<std::string>{"name", "to"}));
  }
  EXPECT_EQ(country.platform.records().size(), 5u) << "no use where nothing was given";
}

TEST_F(MessagesTest, EachDeliveryCanBeProvenByItsExchange) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  ASSERT_EQ(publish("moves", move(1)).status, 201);
  country.gateway("wda").exchange_events();
  const auto event = pull();
  const std::string id(event.headers.get("X-Road-Id"));
  ASSERT_FALSE(id.empty());
  for (const char* member : {"wda", "nia"}) {
    const bool asked = std::string_view(member) == "wda";
    net::ClientRequest request{
        .url =
            fmt::format("http://127.0.0.1:{}/asic?queryId={}&xRoadInstance=MINBEN&memberClass="
                        "GOV&memberCode={}&subsystemCode={}",
                        country.client_ports[member], id, member, asked ? "casework" : "register")};
    request.headers.add(
        "Minben-Token",
        country.prepared.tokens.at(std::string(member) + (asked ? "/casework" : "/register")));
    const auto evidence = net::Client({}).send(request).value();
    EXPECT_EQ(evidence.status, 200) << evidence.body;
  }
}

TEST_F(MessagesTest, PublishingTwiceUnderOneIdIsPublishingOnce) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  const JsonObject id{{"id", "01938c2e-0000-7000-8000-00000000000a"}};
  ASSERT_EQ(publish("moves", move(1), id).status, 201);
  const auto again = publish("moves", move(1), id);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(get_string(again.json, "id").value(), "01938c2e-0000-7000-8000-00000000000a");
  EXPECT_EQ(drain(), Sequences{1});
}

TEST_F(MessagesTest, WhatExpiredIsToldToBothSides) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  const auto gone = publish("moves", move(1));
  EXPECT_EQ(drain(), Sequences{1});
  country.gateway("wda").exchange_events();  // tells the publisher that it has the first
  EXPECT_EQ(get_string(call("nia", "register", net::Method::get,
                            "/pub/v1/moves/" + get_string(gone.json, "id").value())
                           .json,
                       "state")
                .value(),
            "FETCHED");
  country.stop("wda");
  const auto lost = publish("moves", move(2));
  clock.advance(days(20));
  ASSERT_EQ(publish("moves", move(3)).status, 201);
  clock.advance(days(11));
  country.prepare_again();
  restart("nia");
  country.gateway("nia").exchange_events();
  const auto told = call("nia", "register", net::Method::get,
                         "/pub/v1/moves/" + get_string(lost.json, "id").value());
  EXPECT_EQ(get_string(told.json, "state").value(), "EXPIRED");
  EXPECT_EQ(write_json(*find(told.json, "missingAt")), R"(["MINBEN/GOV/wda/casework"])");
  EXPECT_EQ(find(told.json, "event"), nullptr) << "its content is not kept";
  EXPECT_EQ(call("nia", "register", net::Method::get,
                 "/pub/v1/moves/" + get_string(gone.json, "id").value())
                .status,
            404)
      << "all had it: it is just gone";
  country.start("wda");
  EXPECT_EQ(drain(), Sequences{3});
  EXPECT_EQ(subscription().at("missed"), 1);
}

TEST_F(MessagesTest, WithoutARuleThereIsNoSubscriptionAndARuleThatEndsEndsDelivery) {
  create("moves");
  const auto other = call("wda", "register", net::Method::post, "/api/v1/subs/moves",
                          JsonObject{{"eventType", "moves"}}, {{"Minben-Purpose", "planning"}});
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(other.code, "access_denied");
  ASSERT_EQ(subscribe("moves").status, 200);
  country.more_rules.erase(country.more_rules.begin());
  country.prepare_again();
  for (const char* member : {"nia", "wda"}) ASSERT_TRUE(country.gateway(member).refresh());
  ASSERT_EQ(publish("moves", move(1)).status, 201);
  EXPECT_EQ(pull().status, 404);
  EXPECT_EQ(subscription().at("trouble"), "access_denied");
  plan();  // and when it is back, so is the event
  for (const char* member : {"nia", "wda"}) ASSERT_TRUE(country.gateway(member).refresh());
  EXPECT_EQ(drain(), Sequences{1});
  EXPECT_FALSE(subscription().contains("trouble"));
}

TEST_F(MessagesTest, AnotherPurposeThanTheRulesIsRefusedByThePublishersGateway) {
  create("moves");
  ASSERT_EQ(publish("moves", move(1)).status, 201);
  ASSERT_EQ(call("wda", "casework", net::Method::post, "/api/v1/subs/moves",
                 JsonObject{{"eventType", "moves"}}, {{"Minben-Purpose", "curiosity"}})
                .status,
            200);
  EXPECT_EQ(pull().status, 404);
  EXPECT_EQ(subscription().at("trouble"), "purpose_not_allowed");
}

TEST_F(MessagesTest, UnderConsentEventsOfThatPersonAreGivenAndReducedToIt) {
  create("changes");
  const JsonObject event{{"name", "林大文"}, {"status", "valid"}, {"expiry", "2027-01-01"}};
  ASSERT_EQ(publish("changes", event, {{"subject", "someone-else"}}).status, 201);
  ASSERT_EQ(publish("changes", event, {{"subject", resident}}).status, 201);
  auto assertion = country.assertion();
  assertion.service = changes();
  assertion.fields = {"name", "expiry"};  // the rule has name and status
  const auto ask = [&](std::string_view subject, const ConsentAssertion& with, int after = 0) {
    return call("wda", "casework", net::Method::get,
                fmt::format("/pull/v1/changes?subject={}&after={}", subject, after), nullptr,
                {{"Minben-Purpose", "work-permit"},
                 {"Minben-Case", "case-9"},
                 {"Minben-Consent", sign_assertion(with, country.platform_key).value()}});
  };
  const auto given = ask(resident, assertion);
  ASSERT_EQ(given.status, 200) << given.code;
  EXPECT_EQ(get_integer(given.json, "sequence").value(), 2);
  EXPECT_EQ(*find(given.json, "event"), (JsonObject{{"name", "林大文"}}));
  EXPECT_EQ(ask(resident, assertion, 2).status, 404);
  EXPECT_EQ(ask("someone-else", assertion).code, "consent_mismatch");
  EXPECT_EQ(ask("-", assertion).code, "consent_mismatch") << "all of them";
  assertion.service = residence();
  EXPECT_EQ(ask(resident, assertion).code, "consent_mismatch");
  ASSERT_EQ(call("wda", "casework", net::Method::post, "/api/v1/subs/changes",
                 JsonObject{{"eventType", "changes"}}, {{"Minben-Purpose", "work-permit"}})
                .status,
            200);
  EXPECT_EQ(pull("changes").status, 404);
  EXPECT_EQ(subscription("changes").at("trouble"), "consent_missing");
}

TEST_F(MessagesTest, AFullStoreTakesNothingMoreUntilEventsWereFetched) {
  configure("nia", [](GatewayConfig& config) { config.messages.max_events = 3; });
  restart("nia");
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  country.gateway("wda").exchange_events();
  country.stop("wda");
  for (int i = 1; i <= 3; ++i) ASSERT_EQ(publish("moves", move(i)).status, 201);
  const auto full = publish("moves", move(4));
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.code, "store_full");
  country.start("wda");
  country.gateway("wda").exchange_events();  // fetches three, and says so with the next question
  EXPECT_EQ(publish("moves", move(4)).status, 201);
  EXPECT_EQ(drain(), (Sequences{1, 2, 3, 4}));
}

TEST_F(MessagesTest, AFullInboxLeavesEventsAtTheirPublisher) {
  configure("wda", [](GatewayConfig& config) { config.messages.max_events = 2; });
  restart("wda");
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  for (int i = 1; i <= 4; ++i) ASSERT_EQ(publish("moves", move(i)).status, 201);
  country.gateway("wda").exchange_events();
  EXPECT_EQ(subscription().at("sequence"), 2);
  EXPECT_EQ(subscription().at("trouble"), "inbox_full");
  EXPECT_EQ(drain(), (Sequences{1, 2, 3, 4}));
}

TEST_F(MessagesTest, EventsArePostedInOrderUntilTheyAreTaken) {
  System system;
  configure("wda", [&](GatewayConfig& config) { config.messages.push["casework"] = system.url(); });
  restart("wda");
  create("moves");
  const auto made = subscribe("moves");
  ASSERT_EQ(made.status, 200);
  EXPECT_EQ(get_string(made.json, "delivery").value(), "PUSH");
  system.answer(503);
  for (int i = 1; i <= 3; ++i) ASSERT_EQ(publish("moves", move(i)).status, 201);
  country.gateway("wda").exchange_events();
  for (int i = 0; i < 20; ++i) {
    clock.advance(hours(1));
    country.gateway("wda").exchange_events();
  }
  EXPECT_TRUE(system.taken().empty());
  EXPECT_GE(system.calls(), 20) << "it is the system's fault, so the event stays alive";
  system.answer(200);
  clock.advance(hours(1));
  country.gateway("wda").exchange_events();
  EXPECT_EQ(system.taken(), (Sequences{1, 2, 3}));
}

TEST_F(MessagesTest, WhatASystemRefusesIsDeadAndAnAdministratorSendsItAgain) {
  System system;
  configure("wda", [&](GatewayConfig& config) { config.messages.push["casework"] = system.url(); });
  restart("wda");
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  system.answer(422);
  ASSERT_EQ(publish("moves", move(1)).status, 201);
  for (int i = 0; i < 10; ++i) {
    country.gateway("wda").exchange_events();
    clock.advance(hours(1));
  }
  EXPECT_EQ(system.calls(), 5);
  system.answer(200);
  ASSERT_EQ(publish("moves", move(2)).status, 201);
  country.gateway("wda").exchange_events();
  EXPECT_EQ(system.taken(), Sequences{2}) << "the dead one holds up nobody";
  const auto dead = administer("wda", net::Method::get, "/dead-letters");
  ASSERT_EQ(dead.status, 200);
  const auto& letters = find(dead.json, "deadLetters")->as_array();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(get_string(letters[0], "reason").value(), "answered_422");
  const auto measured = net::Client({}).send(
      {.url = fmt::format("http://127.0.0.1:{}/metrics", country.client_ports["wda"])});
  for (const char* line : {"minben_events{state=\"dead\"} 1", "minben_subscriptions 1",
                           "minben_events_total{what=\"posted\"} 1"})
    EXPECT_NE(measured->body.find(line), std::string::npos) << line;
  EXPECT_EQ(find(letters[0], "event"), nullptr) << "an administrator sees no content";
  const std::string one =
      fmt::format("/dead-letters/{}/{}", get_integer(letters[0], "subscription").value(),
                  get_string(letters[0], "id").value());
  EXPECT_EQ(administer("wda", net::Method::post, one + "/retry").status, 204);
  country.gateway("wda").exchange_events();
  EXPECT_EQ(system.taken(), (Sequences{2, 1}));
  EXPECT_EQ(administer("wda", net::Method::del, one).status, 404);
  EXPECT_EQ(net::Client({})
                .send({.url = fmt::format("http://127.0.0.1:{}/dead-letters",
                                          country.client_ports["wda"])})
                .value()
                .status,
            401);
}

TEST_F(MessagesTest, WhatNobodyConfirmsInTimeIsDeadNotLost) {
  create("moves");
  ASSERT_EQ(subscribe("moves", {{"options", {{"TTL", 3600}}}}).status, 200);
  ASSERT_EQ(publish("moves", move(1)).status, 201);
  EXPECT_EQ(pull().status, 200);
  clock.advance(hours(2));
  country.gateway("wda").exchange_events();
  EXPECT_EQ(pull().status, 404);
  const auto dead = administer("wda", net::Method::get, "/dead-letters");
  ASSERT_EQ(find(dead.json, "deadLetters")->as_array().size(), 1u);
  EXPECT_EQ(get_string(find(dead.json, "deadLetters")->as_array()[0], "reason").value(),
            "not_confirmed_in_time");
}

TEST_F(MessagesTest, OnlyThePublisherPublishesAndOnlyWhatTheRegistryKnows) {
  create("moves");
  EXPECT_EQ(call("nia", "register", net::Method::post, "/api/v1/eventType",
                 JsonObject{{"eventType", "moves"}, {"schema", JsonObject{}}})
                .status,
            409);
  EXPECT_EQ(call("nia", "register", net::Method::post, "/api/v1/eventType",
                 JsonObject{{"eventType", "unheard"}, {"schema", JsonObject{}}})
                .code,
            "unknown_service");
  EXPECT_EQ(call("nia", "register", net::Method::post, "/api/v1/eventType",
                 JsonObject{{"eventType", "maps"}, {"schema", JsonObject{}}})
                .code,
            "service_has_register");
  EXPECT_EQ(call("wda", "casework", net::Method::post, "/pub/v1/moves",
                 JsonObject{{"eventType", "moves"}, {"event", JsonObject{}}})
                .code,
            "not_the_publisher");
  EXPECT_EQ(publish("changes", move(1)).code, "unknown_event_type");
  EXPECT_EQ(publish("moves", {{"long", std::string(max_event, 'x')}}).status, 413);
  EXPECT_EQ(call("nia", "register", net::Method::post, "/pub/v1/moves",
                 JsonObject{{"eventType", "moves"}, {"event", "text"}})
                .code,
            "wrong_type");
}

TEST_F(MessagesTest, AnEventCanBeStoppedAndATypeWithoutWaitingEventsDeleted) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  country.stop("wda");
  const std::string first = get_string(publish("moves", move(1)).json, "id").value();
  const std::string path = "/pub/v1/moves/" + first;
  EXPECT_EQ(call("nia", "register", net::Method::del, "/api/v1/eventType/moves").code,
            "events_waiting");
  EXPECT_EQ(call("nia", "register", net::Method::del, path).status, 204);
  EXPECT_EQ(get_string(call("nia", "register", net::Method::get, path).json, "state").value(),
            "STOPPED");
  EXPECT_EQ(call("nia", "register", net::Method::del, "/api/v1/eventType/moves").status, 204);
  create("moves");
  ASSERT_EQ(publish("moves", move(2)).status, 201);
  country.start("wda");
  EXPECT_EQ(drain(), Sequences{2}) << "numbers go on";
  EXPECT_EQ(subscription().at("missed"), 0) << "a stopped event is not missed";
}

TEST_F(MessagesTest, APublisherThatLostItsStoreLosesNoneOfWhatItPublishesAfterwards) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  for (int i = 1; i <= 3; ++i) ASSERT_EQ(publish("moves", move(i)).status, 201);
  EXPECT_EQ(drain(), (Sequences{1, 2, 3}));
  country.stop("nia");
  for (const char* file : {"outbox.db", "outbox.db-wal", "outbox.db-shm"})
    std::filesystem::remove(country.home("nia") / "state" / file);
  country.start("nia");
  create("moves");
  ASSERT_EQ(publish("moves", {{"name", "new"}}).status, 201);
  country.gateway("wda").exchange_events();  // is told that its place is not there any more
  const auto event = pull();
  ASSERT_EQ(event.status, 200);
  EXPECT_EQ(*find(event.json, "event"), (JsonObject{{"name", "new"}}));
}

TEST_F(MessagesTest, TheMailboxIsForTheGatewayItselfOnly) {
  create("moves");
  ASSERT_EQ(publish("moves", move(1)).status, 201);
  net::ClientRequest request{.url =
                                 fmt::format("http://127.0.0.1:{}/mailbox/register/moves/-/after/0",
                                             country.client_ports["nia"])};
  request.headers.add("X-Road-Client", "MINBEN/GOV/wda/casework");
  EXPECT_EQ(net::Client({}).send(request).value().status, 401);
  request.headers.add("Minben-Token", country.prepared.tokens.at("nia/register"));
  EXPECT_EQ(net::Client({}).send(request).value().status, 401);
}

TEST_F(MessagesTest, FilesOfAGatewayDoNotShowWhatEventsSay) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  ASSERT_EQ(publish("moves", {{"name", "Unmistakable"}}, {{"subject", "Unmistakable-key"}}).status,
            201);
  country.gateway("wda").exchange_events();
  ASSERT_EQ(pull().status, 200);
  for (const char* member : {"nia", "wda"}) country.gateway(member).settle();
  int looked = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(country.directory.path())) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(bytes.find("Unmistakable"), bytes.npos) << file.path();
    ++looked;
  }
  EXPECT_GT(looked, 20);
}

TEST_F(MessagesTest, HundredsOfEventsComeThroughByThemselves) {
  create("moves");
  ASSERT_EQ(subscribe("moves").status, 200);
  for (int i = 0; i < 300; ++i) ASSERT_EQ(publish("moves", move(i)).status, 201);
  const auto end = std::chrono::steady_clock::now() + seconds(60);
  while (subscription().at("sequence") != 300 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(20));
  const auto all = drain();
  ASSERT_EQ(all.size(), 300u);
  EXPECT_TRUE(std::ranges::is_sorted(all));
}

}  // namespace
}  // namespace minben::gateway::test
