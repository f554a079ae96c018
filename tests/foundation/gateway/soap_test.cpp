// SOAP 1.1 through both gateways, as a body like any other: byte for byte, sealed, on record.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "country.hpp"
#include "exchange/evidence.hpp"

namespace minben::gateway::test {
namespace {

constexpr std::string_view envelope = R"(<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="urn:example:maps">
  <soapenv:Header><m:reader>測繪</m:reader></soapenv:Header>
  <soapenv:Body><m:GetSheet number="97233"/></soapenv:Body>
</soapenv:Envelope>
)";
constexpr std::string_view answer =
    R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><m:Sheet xmlns:m="urn:example:maps">臺北</m:Sheet></soapenv:Body></soapenv:Envelope>)";
constexpr std::string_view fault =
    R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>no such sheet</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>)";
constexpr std::string_view soap_type = "text/xml; charset=utf-8";

/// A register that speaks SOAP: what it was sent, and a fault where the action says so.
class SoapRegister {
 public:
  SoapRegister() {
    server_ = net::Server::start({},
                                 {{net::Method::post, "/soap", net::Access{"anyone"}, 1 << 16,
                                   [this](net::Request& request) { return take(request); }}},
                                 {})
                  .value();
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/soap", server_->port());
  }
  net::Headers fields;
  std::string body;

 private:
  net::Response take(net::Request& request) {
    fields = request.headers;
    body = request.body;
    const bool wrong = fields.get("SOAPAction") == "\"urn:example:maps#Fail\"";
    auto response = net::Response::bytes(std::string(wrong ? fault : answer), soap_type);
    response.status = wrong ? 500 : 200;
    return response;
  }
  std::unique_ptr<net::Server> server_;
};

class SoapTest : public ::testing::Test {
 protected:
  SoapTest() : clock(SystemClock().now()), country(clock) {
    change("nia", [&](GatewayConfig& config) { config.registers["register/maps"] = soap.url(); });
    change("wda", [](GatewayConfig& config) { config.errors = ErrorForm::x_road; });
    for (const char* member : {"nia", "wda"}) country.start(member);
  }
  template <class Change>
  void change(const std::string& member, Change change) {
    const auto& file = country.prepared.gateway_configs.at(member);
    GatewayConfig config = read_gateway_config(file).value();
    change(config);
    MINBEN_ASSERT(write_gateway_config(config, file).has_value());
  }
  net::ClientResponse call(std::string_view action, std::string_view purpose = "planning") {
    net::ClientRequest request{.method = net::Method::post,
                               .url = fmt::format("http://127.0.0.1:{}/r1/{}",
                                                  country.client_ports["wda"], to_string(maps())),
                               .body = std::string(envelope)};
    for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
             {"X-Road-Client", "MINBEN/GOV/wda/casework"},
             {"X-Road-Id", "soap-1"},
             {"Minben-Token", country.prepared.tokens.at("wda/casework")},
             {"Minben-Purpose", std::string(purpose)},
             {"Content-Type", std::string(soap_type)},
             {"Accept", "text/xml"},
             {"SOAPAction", fmt::format("\"urn:example:maps#{}\"", action)}})
      request.headers.add(name, value);
    return net::Client({}).send(request).value();
  }
  VirtualClock clock;
  SoapRegister soap;
  Country country;
};

TEST_F(SoapTest, AnEnvelopeGoesThroughByteForByteAndIsProven) {
  const auto received = call("GetSheet");
  EXPECT_EQ(received.status, 200) << received.body;
  EXPECT_EQ(received.body, answer);
  EXPECT_EQ(received.headers.get("Content-Type"), soap_type);
  EXPECT_EQ(soap.body, envelope);
  EXPECT_EQ(soap.fields.get("SOAPAction"), "\"urn:example:maps#GetSheet\"");
  EXPECT_EQ(soap.fields.get("Content-Type"), soap_type);
  for (const auto& [member, name] :
       {std::pair<std::string, std::string>{"wda", "casework"}, {"nia", "register"}}) {
    const std::string base = fmt::format("http://127.0.0.1:{}", country.client_ports[member]);
    net::ClientRequest request{
        .url = fmt::format("{}/asic?queryId=soap-1&xRoadInstance=MINBEN&memberClass=GOV"
                           "&memberCode={}&subsystemCode={}",
                           base, member, name)};
    request.headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + name));
    const auto container = net::Client({}).send(request).value();
    ASSERT_EQ(container.status, 200) << container.body;
    EvidenceTrust trust{.roots = country.prepared.configuration.trust_anchors};
    trust.ledger_keys.emplace_back(
        trim(net::Client({}).send({.url = base + "/ledger/vkey"})->body));
    const auto report = verify_evidence(container.body, trust);
    ASSERT_TRUE(report) << describe(report.error());
    for (const Error& wrong : report->faults) ADD_FAILURE() << describe(wrong);
    EXPECT_TRUE(report->request && report->response);
  }
}

TEST_F(SoapTest, AFaultOfTheRegisterIsItsAnswer) {
  const auto received = call("Fail");
  EXPECT_EQ(received.status, 500);
  EXPECT_EQ(received.body, fault);
  EXPECT_EQ(received.headers.get("Content-Type"), soap_type);
  EXPECT_FALSE(received.headers.has("X-Road-Error")) << "no gateway refused";
}

TEST_F(SoapTest, ARefusalIsNoSoapButXRoadsError) {
  const auto refused = call("GetSheet", "curiosity");
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.headers.get("X-Road-Error"), "server.serverproxy.access_denied");
  EXPECT_TRUE(refused.headers.get("Content-Type").starts_with("text/xml"))
      << refused.headers.get("Content-Type");
  EXPECT_NE(refused.body.find("<error>"), std::string::npos) << refused.body;
  EXPECT_EQ(soap.body, "");
}

}  // namespace
}  // namespace minben::gateway::test
