// Consent, two real gateways, a register, and the usage record that comes back: nothing faked
// between the person's decision and the line in the person's list.
#include <thread>

#include "fixture.hpp"
#include "gateway/gateway.hpp"
#include "net/net.hpp"
#include "support/port.hpp"

namespace minben::mydata {
namespace {

constexpr net::Access anyone{"anyone"};

std::unique_ptr<net::Server> serve(net::Method method, std::string pattern, net::Handler handler) {
  return net::Server::start(
             {}, {{method, std::move(pattern), anyone, 64u << 10, std::move(handler)}}, {})
      .value();
}

/// MyDataTest with the country's gateways behind it instead of a function.
struct WithGateways : MyDataTest {
  std::atomic<int> register_calls = 0;
  std::unique_ptr<net::Server> nia_register =
      serve(net::Method::get, "/residence/{key}", [this](net::Request& request) {
        ++register_calls;
        if (request.parameter("key") != "AC01234567") {
          return net::Response::problem(Error{Kind::not_found, "unknown", {}, {}, 0, 0});
        }
        return net::Response::json(JsonObject{
            {"residence", "resident"}, {"expiry", "2027-01-31"}, {"address", "nobody's business"}});
      });
  std::unique_ptr<net::Server> intake =
      serve(net::Method::post, "/exchange/usage", [this](net::Request& request) {
        const auto ids =
            run([&](store::Transaction& tx) { return mydata.ingest(tx, request.body); });
        return ids ? net::Response::json(JsonObject{{"taken", ids->size()}})
                   : net::Response::problem(ids.error());
      });
  gateway::Prepared prepared = prepare();
  std::map<std::string, std::unique_ptr<gateway::Gateway>> gateways;
  std::unique_ptr<exchange::Consumer> consumer;

  gateway::Prepared prepare() {
    gateway::Plan plan{"MINBEN",
                       {},
                       {},
                       {},
                       platform.verify_key(),
                       fmt::format("http://127.0.0.1:{}/exchange/usage", intake->port()),
                       30};
    for (const char* member : {"nia", "wda"}) {
      gateway::PlannedMember planned;
      planned.code = {member};
      planned.name = {member, member};
      planned.client_port = test::free_port();
      planned.peer_port = test::free_port();
      planned.subsystems = {"cards", "permits"};
      plan.members.push_back(planned);
    }
    plan.members[0].registers = {
        {"cards/residence", fmt::format("http://127.0.0.1:{}/residence", nia_register->port())}};
    const exchange::ServiceId residence{{"MINBEN", "GOV", "nia", "cards"}, "residence"};
    plan.services = {{residence, {"居留", "Residence"}, true, {"residence", "expiry", "address"}}};
    plan.rules = {{exchange::SubsystemId{"MINBEN", "GOV", "wda", "permits"},
                   residence,
                   {net::Method::get},
                   {"gold-card-review"},
                   exchange::Basis::consent,
                   "",
                   {"residence", "expiry", "address"}}};
    SystemRandom real;
    return gateway::prepare(temporary.path() / "country", plan, clock, real).value();
  }

  void SetUp() override {
    for (const char* member : {"nia", "wda"}) {
      const auto config = gateway::read_gateway_config(prepared.gateway_configs.at(member)).value();
      gateways[member] = gateway::Gateway::start(config, clock, random).value();
    }
    nia_key = trust::SigningKey::load(
                  gateway::read_gateway_config(prepared.gateway_configs.at("nia"))->signing_key)
                  .value();
    consumer = std::make_unique<exchange::Consumer>(
        exchange::ConsumerConfig{fmt::format("http://127.0.0.1:{}", gateways["wda"]->client_port()),
                                 {"MINBEN", "GOV", "wda", "permits"},
                                 prepared.tokens.at("wda/permits"),
                                 milliseconds(15000)});
    answer = [this](const GatewayCall& call) { return through_gateways(call); };
  }
  void TearDown() override { gateways.clear(); }

  Result<Json> through_gateways(const GatewayCall& call) {
    exchange::ExchangeRequest request;
    request.service = {{"MINBEN", "GOV", call.provider.value, call.subsystem}, call.service};
    request.path = "/" + net::percent_encode(register_key(call.query));
    request.purpose = call.purpose_code;
    request.case_id = to_string(call.case_id);
    request.exchange_id = call.request_id;
    request.consent = call.assertion;
    MINBEN_TRY(response, consumer->call(request));
    if (response.status != 200) return fail(Kind::not_found, "not_in_register");
    return parse_json(response.body);
  }

  std::vector<Usage> usages_when(std::size_t count) {
    for (int i = 0; i < 1000 && usages().size() < count; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    return usages();
  }
};

TEST_F(WithGateways, AConsentedFetchArrivesAndItsUsageIsListed) {
  const ConsentId id = granted();
  const auto fetched = fetch(id);
  ASSERT_TRUE(fetched) << describe(fetched.error());
  EXPECT_EQ(fetched->data, parse_json(R"({"residence":"resident","expiry":"2027-01-31"})").value());

  const auto list = usages_when(1);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].agency, wda);
  EXPECT_EQ(list[0].provider->value, "nia");
  EXPECT_THAT(list[0].fields, testing::UnorderedElementsAreArray(terms().fields));
  EXPECT_EQ(list[0].consent, id);
  EXPECT_EQ(list[0].case_id, case_id);
  sequencer.run_once().value();
  const auto receipt =
      run([&](store::Transaction& tx) { return mydata.receipt_of(tx, person, list[0].id); });
  ASSERT_TRUE(receipt) << describe(receipt.error());
  EXPECT_TRUE(ledger::verify_receipt(*receipt, log->vkey()));
}

TEST_F(WithGateways, AnotherPersonsKeyIsRefusedByTheGatewayItself) {
  const ConsentId id = granted();
  answer = [this](GatewayCall call) {
    call.query =
        JsonObject{{"ui_number", "AD07654321"}};  // a recipient that asks for somebody else
    return through_gateways(call);
  };
  EXPECT_EQ(fetch_error(id), "consent_mismatch");
  EXPECT_EQ(register_calls, 0);
  EXPECT_EQ(consent(id).fetches, 0);
}

TEST_F(WithGateways, AnAssertionThatIsHeldBackExpires) {
  const ConsentId id = granted();
  answer = [this](const GatewayCall& call) {
    clock.advance(seconds(61));
    return through_gateways(call);
  };
  EXPECT_EQ(fetch_error(id), "consent_expired");
  EXPECT_EQ(register_calls, 0);
}

}  // namespace
}  // namespace minben::mydata
