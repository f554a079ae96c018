// The list of uses as another portal asks for it: the platform's own tables behind two real
// gateways.
#include "tracker/tracker.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "exchange/exchange.hpp"
#include "gateway/gateway.hpp"
#include "mydata/use_list.hpp"
#include "support/database.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"

namespace minben::tracker {
namespace {

const std::string lin = "A123456789";
const std::string wang = "B234567890";

class TrackerTest : public testing::Test {
 protected:
  TrackerTest() {
    person = add_person(lin);
    add_person(wang);
    server =
        net::Server::start({},
                           routes({db.database(), identity, commitments, clock, random,
                                   [](const AgencyCode& code) {
                                     return code.value == "wda" ? "勞動部勞動力發展署" : code.value;
                                   },
                                   AgencyCode{"moda"}}),
                           {})
            .value();
  }
  template <class Work>
  auto run(Work work) {
    return db.database().transact(work);
  }
  PersonId add_person(const std::string& national_id) {
    return run([&](store::Transaction& tx) {
             return identity.add_person(
                 tx, {.email = national_id + "@people.example", .national_id = national_id});
           })
        .value();
  }
  /// An officer of wda has looked at the person's case.
  void used(PersonId whom, Instant at) {
    clock.set(at);
    mydata::View view{whom,
                      CaseId::make(clock, random),
                      {"wda"},
                      "caseworker",
                      {{"/passport", {"護照", "Passport"}}},
                      "gold-card-review",
                      {"就業金卡審查", "Gold card review"},
                      {"法", "Law"}};
    ASSERT_TRUE(run([&](store::Transaction& tx) { return mydata.record_view(tx, view); }));
  }
  net::ClientResponse get(std::string_view target, const std::string& user = lin,
                          const std::string& request_id = "") {
    net::ClientRequest request{.url = fmt::format("http://127.0.0.1:{}{}", server->port(), target)};
    if (!user.empty()) request.headers.add("X-Road-UserId", user);
    request.headers.add("X-Road-Client", "MINBEN/GOV/ris/casework");
    request.headers.add("Minben-Purpose", "usage-list");
    if (!request_id.empty()) request.headers.add("X-Road-Request-Id", request_id);
    return net::Client({}).send(request).value();
  }
  JsonObject found(std::string_view query, const std::string& user = lin) {
    const auto answer = get(fmt::format("/v2/findUsage?{}", query), user);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return parse_json(answer.body).value().as_object();
  }
  std::string refused(std::string_view query, const std::string& user = lin) {
    const auto answer = get(fmt::format("/v2/findUsage?{}", query), user);
    const auto type = string_or(parse_json(answer.body).value(), "type");
    return fmt::format("{} {}", answer.status, type.substr(type.rfind(':') + 1));
  }
  std::size_t uses_of(PersonId whom) {
    return run([&](store::Transaction& tx) { return mydata.usages_of(tx, whom); })->size();
  }

  VirtualClock clock{parse_instant("2026-11-23T04:00:00Z").value()};
  SystemRandom random;
  test::TemporaryDirectory temporary;
  test::TestDatabase db{
      clock,
      {ledger::migrations(), keys::migrations(), identity::migrations(), mydata::migrations()}};
  std::unique_ptr<keys::Keys> keys =
      *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  identity::Identity identity{db.database(), clock, random, *keys, {}};
  std::unique_ptr<ledger::Log> log =
      ledger::Log::open(temporary.path() / "log", "minben.example/log",
                        trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  ledger::Commitments commitments{clock, random};
  ledger::Logs logs{*log};
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  mydata::MyData mydata{mydata::Parts{
      db.database(), clock, random, commitments, logs, platform,
      [](const mydata::GatewayCall&) -> Result<Json> { return fail(Kind::internal, "not_asked"); },
      [](const AgencyCode&) -> Result<std::vector<trust::VerifyKey>> {
        return fail(Kind::not_found, "unknown_member");
      }}};
  PersonId person;
  std::unique_ptr<net::Server> server;
};

const Instant monday = parse_instant("2026-11-23T04:00:00Z").value();

TEST_F(TrackerTest, TellsUsesInTheFormOfEstoniasTracker) {
  used(person, monday);
  const JsonObject answer = found("userCode=" + lin);
  EXPECT_EQ(answer.at("totalUsages").as_int64(), 1);
  const JsonObject expected{{"logtime", "2026-11-23T04:00:00Z"},
                            {"action", "就業金卡審查"},
                            {"receiverCode", "wda"},
                            {"receiverName", "勞動部勞動力發展署"},
                            {"receiverSystem", "desk"}};
  ASSERT_EQ(answer.at("usages").as_array().size(), 1u);
  EXPECT_EQ(answer.at("usages").at(0).as_object(), expected);
  EXPECT_EQ(get("/v2/findUsage?userCode=" + lin).headers.get("Cache-Control"), "no-store");
}

TEST_F(TrackerTest, AReadOfTheListIsAUseThatThePersonSees) {
  const std::string id = to_string(new_uuid(clock, random));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(get("/v2/findUsage?userCode=TW" + lin, "TW" + lin, id).status, 200);
  const auto uses = run([&](store::Transaction& tx) { return mydata.usages_of(tx, person); });
  ASSERT_EQ(uses->size(), 1u) << "once, however often the request comes";
  EXPECT_EQ(to_string(uses->front().id), id);
  EXPECT_EQ(uses->front().agency.value, "ris");
  EXPECT_EQ(uses->front().provider->value, "moda");
  const JsonObject next = found("userCode=" + lin);
  EXPECT_EQ(next.at("usages").at(0).at("receiverSystem").as_string(), "MINBEN/GOV/ris/casework");
}

TEST_F(TrackerTest, AnswersAboutWhoAsksAndNobodyElse) {
  used(person, monday);
  EXPECT_EQ(refused("userCode=" + lin, wang), "403 other_person");
  EXPECT_EQ(refused("userCode=" + lin, ""), "400 missing");
  EXPECT_EQ(refused("", lin), "400 missing");
  EXPECT_EQ(found("userCode=" + wang, wang).at("totalUsages").as_int64(), 0);
  EXPECT_EQ(found("userCode=C111111111", "C111111111").at("totalUsages").as_int64(), 0);
  net::ClientRequest request{
      .url = fmt::format("http://127.0.0.1:{}/v2/findUsage?userCode={}", server->port(), lin)};
  request.headers.add("X-Road-UserId", lin);
  request.headers.add("X-Road-Client", "MINBEN/GOV/ris/casework");
  request.headers.add("Minben-Person", to_string(PersonId::make(clock, random)));
  EXPECT_EQ(net::Client({}).send(request)->status, 403) << "a pseudonym of somebody else";
  EXPECT_EQ(uses_of(person), 1u) << "what was refused is no use";
}

TEST_F(TrackerTest, PeriodOffsetAndLimitChooseAWindow) {
  for (int i = 0; i < 5; ++i) used(person, monday + hours(i));
  const auto times = [&](std::string_view query) {
    std::string out;
    const JsonObject answer = found(fmt::format("userCode={}&{}", lin, query));
    for (const Json& use : answer.at("usages").as_array())
      out += string_or(use, "logtime").substr(11, 2) + " ";
    return fmt::format("{}of {}", out, answer.at("totalUsages").as_int64());
  };
  clock.set(monday + days(1));  // reads of the list come after the period
  const std::string period = "periodStart=2026-11-23T05:00:00Z&periodEnd=2026-11-23T15:00:00";
  EXPECT_EQ(times(period), "07 06 05 of 3") << "15:00 in Taiwan is 07:00, and belongs to it";
  EXPECT_EQ(times(period + "&offset=1&limit=1"), "06 of 3");
  EXPECT_EQ(times(period + "&offset=3"), "of 3");
  EXPECT_EQ(times(period + "&limit=5000"), "07 06 05 of 3") << "more than is given at once";
  for (const char* wrong : {"limit=0", "limit=-1", "limit=x", "offset=-1", "offset=99999999999"})
    EXPECT_EQ(refused(fmt::format("userCode={}&{}", lin, wrong)), "400 out_of_range") << wrong;
  for (const char* wrong : {"periodStart=yesterday", "periodEnd=2026-11-23T25:00:00"})
    EXPECT_EQ(refused(fmt::format("userCode={}&{}", lin, wrong)), "400 bad_instant") << wrong;
  EXPECT_EQ(refused("userCode=!", "!"), "400 national_id");
}

TEST_F(TrackerTest, TellsSinceWhenThereAreUsesAndThatItWorks) {
  EXPECT_EQ(get("/v2/usagePeriod").body, R"({"periodStart":"2026-11-23T04:00:00Z"})");
  used(person, monday + hours(1));
  used(person, monday + hours(2));
  EXPECT_EQ(get("/v2/usagePeriod").body, R"({"periodStart":"2026-11-23T05:00:00Z"})");
  EXPECT_EQ(get("/v2/heartbeat").body, R"({"status":"OK","message":"API is ready"})");
}

TEST_F(TrackerTest, IsReachedThroughGatewaysUnderTheirRules) {
  used(person, monday);
  clock.set(SystemClock().now());  // gateways' certificates are of today
  const exchange::ServiceId service{{"MINBEN", "GOV", "moda", "register"}, "usage"};
  const exchange::SubsystemId portal{"MINBEN", "GOV", "ris", "casework"};
  const std::vector<std::string> fields{"totalUsages", "usages/*/logtime", "usages/*/action",
                                        "usages/*/receiverCode", "usages/*/receiverSystem"};
  gateway::Plan plan{"MINBEN", {}, {}, {}, platform.verify_key(), "", 30};
  for (const char* member : {"moda", "ris"}) {
    gateway::PlannedMember planned;
    planned.code = {member};
    planned.name = {member, member};
    planned.client_port = test::free_port();
    planned.peer_port = test::free_port();
    planned.subsystems = {"casework", "register"};
    plan.members.push_back(planned);
  }
  plan.members[0].registers = {
      {"register/usage", fmt::format("http://127.0.0.1:{}", server->port())}};
  plan.services = {{service, {"使用紀錄", "Uses"}, false, fields}};
  plan.rules = {{portal,
                 service,
                 {net::Method::get},
                 {"usage-list"},
                 exchange::Basis::law,
                 "個人資料保護法 §3",
                 fields}};
  const auto prepared = gateway::prepare(temporary.path() / "country", plan, clock, random).value();
  std::vector<std::unique_ptr<gateway::Gateway>> gateways;
  for (const auto& [member, file] : prepared.gateway_configs)
    gateways.push_back(
        gateway::Gateway::start(gateway::read_gateway_config(file).value(), clock, random).value());
  exchange::Consumer consumer({fmt::format("http://127.0.0.1:{}", plan.members[1].client_port),
                               portal, prepared.tokens.at("ris/casework"), milliseconds(15000)});
  exchange::ExchangeRequest request{.service = service,
                                    .path = "/v2/findUsage?userCode=" + lin,
                                    .purpose = "usage-list",
                                    .user = lin};
  const auto answer = consumer.call(request);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(parse_json(answer->body).value(),
            parse_json(R"({"totalUsages":1,"usages":[{"logtime":"2026-11-23T04:00:00Z",
                           "action":"就業金卡審查","receiverCode":"wda","receiverSystem":"desk"}]})")
                .value())
      << "what no rule names does not leave";
  const auto uses = run([&](store::Transaction& tx) { return mydata.usages_of(tx, person); });
  ASSERT_EQ(uses->size(), 2u);
  EXPECT_EQ(to_string(uses->front().id), answer->request_id) << "as in both gateways' evidence";
  request.user = wang;
  EXPECT_EQ(consumer.call(request)->status, 403);
  request.user = lin;
  request.purpose = "curiosity";
  EXPECT_EQ(consumer.call(request).error().code, "purpose_not_allowed");
}

}  // namespace
}  // namespace minben::tracker
