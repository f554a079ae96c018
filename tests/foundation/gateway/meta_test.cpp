// Metaservices and forms of errors, as information systems written for X-Road see them.
#include <gtest/gtest.h>

#include <fstream>

#include <fmt/format.h>

#include "country.hpp"
#include "error_form.hpp"
#include "exchange/evidence.hpp"
#include "peer.hpp"

namespace minben::gateway::test {
namespace {

constexpr net::Access anyone{"anyone"};
const ServiceId raw{subsystem("nia", "register"), "raw"};

/// Larger than a piece between gateways.
std::string openapi_text() {
  return R"({"openapi":"3.1.0","info":{"title":")" + std::string(200'000, 'x') + R"("}})";
}

/// A register that says what only gateways may say.
std::unique_ptr<net::Server> forging_register() {
  std::vector<net::Route> routes;
  routes.push_back({net::Method::get, "/raw", anyone, 0, [](net::Request&) {
                      net::Response response = net::Response::text("as it is");
                      response.headers.add("X-Road-Error", "access_denied");
                      return response;
                    }});
  return std::move(net::Server::start({}, std::move(routes), {})).value();
}

class MetaTest : public ::testing::Test {
 protected:
  MetaTest() : clock(SystemClock().now()), country(clock), forging(forging_register()) {
    file = country.directory.path() / "cards.json";
    std::ofstream(file) << openapi_text();
    prepare_with(hex_encode(sha256(openapi_text())));
    configure("nia", [&](GatewayConfig& config) { config.openapi["register/cards"] = file; });
  }

  void prepare_with(const std::string& digest) {
    Plan plan = country.plan();
    for (Service& service : plan.services)
      if (service.id == cards()) {
        service.endpoints = {{net::Method::get, "/{key}"}, {net::Method::put, "/{key}"}};
        service.openapi_sha256 = digest;
      }
    plan.services.push_back({raw, {"原樣", "Raw"}, false, {}});
    plan.rules[0].valid_until = clock.now() + hours(1);
    plan.rules.push_back(plan.rules[1]);
    plan.rules.back().service = raw;
    plan.rules.back().methods = {net::Method::get};
    plan.rules.back().fields = {};
    for (PlannedMember& member : plan.members)
      if (member.code.value == "nia")
        member.registers["register/raw"] = fmt::format("http://127.0.0.1:{}/raw", forging->port());
    country.prepared =
        prepare(country.directory.path(), plan, country.clock, country.random).value();
    country.platform.know(country.prepared.configuration);
  }

  void configure(const std::string& member, const std::function<void(GatewayConfig&)>& change) {
    const std::filesystem::path path = country.prepared.gateway_configs.at(member);
    GatewayConfig config = read_gateway_config(path).value();
    change(config);
    ASSERT_TRUE(write_gateway_config(config, path));
  }
  void speak_as_x_road(const std::string& member) {
    configure(member, [](GatewayConfig& config) { config.errors = ErrorForm::x_road; });
  }
  void start() {
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;
  net::ClientResponse ask(const std::string& member, const std::string& target,
                          const Fields& fields = {}, net::Method method = net::Method::get) {
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}{}", country.client_ports[member], target)};
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    auto answer = net::Client({}).send(request);
    EXPECT_TRUE(answer) << target;
    return answer ? std::move(*answer) : net::ClientResponse{};
  }
  [[nodiscard]] Fields as(const std::string& member, const std::string& name,
                          Fields more = {}) const {
    more.emplace_back("X-Road-Client", to_string(subsystem(member, name)));
    more.emplace_back("Minben-Token", country.prepared.tokens.at(member + "/" + name));
    return more;
  }

  const std::string provider = "/r1/MINBEN/GOV/nia/register/";
  VirtualClock clock;
  Country country;
  std::unique_ptr<net::Server> forging;
  std::filesystem::path file;
};

std::string code_of(const net::ClientResponse& answer) {
  return fmt::format("{} {}", answer.status, answer.headers.get("X-Road-Error"));
}

/// Whatever order members have.
Json json(std::string_view text) { return parse_json(text).value(); }

TEST_F(MetaTest, ListClientsNamesMembersAndSubsystems) {
  start();
  const auto asked = ask("wda", "/listClients?xRoadInstance=MINBEN",
                         {{"Accept", "text/html, application/json;q=0.9"}});
  EXPECT_EQ(asked.status, 200);
  EXPECT_TRUE(asked.headers.get("Content-Type").starts_with("application/json"));
  const Json list = json(asked.body);
  ASSERT_EQ(list.at("member").as_array().size(), 9u);
  EXPECT_EQ(list.at("member").at(3), json(R"({"id": {"object_type": "MEMBER",
      "xroad_instance": "MINBEN", "member_class": "GOV", "member_code": "nia"}, "name": "nia"})"));
  EXPECT_EQ(list.at("member").at(5), json(R"({"id": {"object_type": "SUBSYSTEM",
      "xroad_instance": "MINBEN", "member_class": "GOV", "member_code": "nia",
      "subsystem_code": "register"}, "name": "nia"})"));

  const auto xml = ask("wda", "/listClients", {{"Accept", "*/*"}});
  EXPECT_EQ(xml.headers.get("Content-Type"), "text/xml; charset=utf-8");
  EXPECT_TRUE(xml.body.starts_with(
      R"(<?xml version="1.0"?><ns2:clientList xmlns:ns1="http://x-road.eu/xsd/identifiers")"
      R"( xmlns:ns2="http://x-road.eu/xsd/xroad.xsd"><ns2:member><ns2:id ns1:objectType="MEMBER">)"
      R"(<ns1:xRoadInstance>MINBEN</ns1:xRoadInstance><ns1:memberClass>GOV</ns1:memberClass>)"
      R"(<ns1:memberCode>boca</ns1:memberCode></ns2:id><ns2:name>boca</ns2:name></ns2:member>)"
      R"(<ns2:member><ns2:id ns1:objectType="SUBSYSTEM"><ns1:xRoadInstance>MINBEN)"))
      << xml.body;
  EXPECT_TRUE(xml.body.ends_with(
      "<ns1:subsystemCode>register</ns1:subsystemCode></ns2:id><ns2:name>wda</ns2:name>"
      "</ns2:member></ns2:clientList>"))
      << xml.body;
  EXPECT_EQ(code_of(ask("wda", "/listClients?xRoadInstance=EE")), "404 unknown_instance");
  clock.advance(days(31));
  EXPECT_EQ(code_of(ask("wda", "/listClients")), "503 configuration_expired");
}

TEST_F(MetaTest, ListMethodsNeedsNoRuleAndIsSealedAndLoggedLikeAnyCall) {
  start();
  const auto answer =
      ask("wda", provider + "listMethods", as("wda", "register", {{"X-Road-Id", "m-1"}}));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.get("X-Road-Service"), "MINBEN/GOV/nia/register/listMethods");
  EXPECT_EQ(answer.headers.get("X-Road-Id"), "m-1");
  EXPECT_FALSE(answer.headers.get("X-Road-Request-Hash").empty());
  const Json list = json(answer.body).at("service");
  ASSERT_EQ(list.as_array().size(), 4u);
  EXPECT_EQ(list.at(1), json(R"({"object_type": "SERVICE", "xroad_instance": "MINBEN",
      "member_class": "GOV", "member_code": "nia", "subsystem_code": "register",
      "service_code": "cards", "service_type": "OPENAPI", "endpoint_list": [
      {"method": "GET", "path": "/*"}, {"method": "PUT", "path": "/*"}]})"));
  for (const std::size_t other : {2u, 3u}) {  // maps and raw say nothing of their operations
    EXPECT_EQ(list.at(other).at("service_type"), "REST");
    EXPECT_EQ(list.at(other).at("endpoint_list"), JsonArray{});
  }

  for (const auto& [member, name] :
       {std::pair<std::string, std::string>{"wda", "register"}, {"nia", "register"}}) {
    const auto container =
        ask(member,
            fmt::format("/asic?queryId=m-1&xRoadInstance=MINBEN&memberClass=GOV&memberCode={}"
                        "&subsystemCode={}",
                        member, name),
            as(member, name));
    ASSERT_EQ(container.status, 200) << container.body;
    EvidenceTrust trust{.roots = country.prepared.configuration.trust_anchors};
    trust.ledger_keys.emplace_back(trim(ask(member, "/ledger/vkey").body));
    const auto report = verify_evidence(container.body, trust);
    ASSERT_TRUE(report) << describe(report.error());
    EXPECT_TRUE(report->faults.empty());
    EXPECT_EQ(report->record->exchange_id, "m-1");
  }
  EXPECT_EQ(country.nia_register.calls(), 0);
  EXPECT_EQ(country.gateway("nia").deliver(), 0u) << "no person's data was used";
  EXPECT_TRUE(country.platform.records().empty());
}

TEST_F(MetaTest, AllowedMethodsAreThoseOfTheAskingSubsystemNow) {
  start();
  const auto allowed = [&](const std::string& member, const std::string& name) {
    std::string text;
    const auto answer = ask(member, provider + "allowedMethods", as(member, name));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const Json list = json(answer.body).at("service");
    for (const Json& service : list.as_array())
      for (const Json& endpoint : service.at("endpoint_list").as_array())
        text += fmt::format("{} {} {}\n", std::string(service.at("service_code").as_string()),
                            string_or(endpoint, "method"), string_or(endpoint, "path"));
    return text;
  };
  EXPECT_EQ(allowed("boca", "casework"), "cards GET /*\ncards PUT /*\nraw GET /**\n");
  EXPECT_EQ(allowed("wda", "casework"),
            "residence GET /**\nmaps GET /**\nmaps PUT /**\nmaps POST /**\n");
  EXPECT_EQ(allowed("wda", "register"), "");
  clock.advance(hours(1));
  EXPECT_EQ(allowed("wda", "casework"), "maps GET /**\nmaps PUT /**\nmaps POST /**\n")
      << "the other rule has ended";
}

TEST_F(MetaTest, MetaservicesAreForKnownClientsAndExistingSubsystems) {
  start();
  const auto known = as("wda", "casework");
  EXPECT_EQ(
      code_of(ask("wda", provider + "listMethods", {{"X-Road-Client", "MINBEN/GOV/wda/casework"}})),
      "401 client_not_known");
  for (const char* name : {"nia/nothing", "nobody/register"})
    EXPECT_EQ(code_of(ask("wda", fmt::format("/r1/MINBEN/GOV/{}/listMethods", name), known)),
              "404 unknown_member");
  EXPECT_EQ(code_of(ask("wda", "/r1/MINBEN/COM/nia/register/listMethods", known)),
            "404 unknown_member");
  EXPECT_EQ(code_of(ask("wda", provider + "listMethods/more", known)), "404 unknown_service");
  EXPECT_EQ(code_of(ask("wda", provider + "listMethods", known, net::Method::del)),
            "404 unknown_service");
  EXPECT_EQ(code_of(ask("wda", provider + "getWsdl?serviceCode=cards", known)),
            "404 unknown_service");

  // The provider's gateway relies on nobody's having looked before.
  Peer peer(country, "wda");
  const auto outcome = [&](const std::string& target, bool alter = false) {
    PeerRequest made = peer.request();
    made.head.target = target;
    peer.seal(made);
    if (alter) made.announced_head.replace(made.announced_head.find("listMethods"), 1, "L");
    return peer.outcome(made);
  };
  EXPECT_EQ(outcome(provider + "listMethods"), "answered");
  EXPECT_EQ(outcome(provider + "listMethods", true), "signature_invalid");
  EXPECT_EQ(outcome("/r1/MINBEN/GOV/nia/nothing/listMethods"), "unknown_member");
  EXPECT_EQ(outcome(provider + "getOpenAPI?serviceCode=%FF"), "bad_path");
  EXPECT_EQ(outcome("/r1/MINBEN/GOV/boca/register/listMethods"), "unknown_service");
  peer.seal_as("boca");
  EXPECT_EQ(outcome(provider + "listMethods"), "certificate_unknown");
}

TEST_F(MetaTest, GetOpenApiGivesTheFileThatWasRegistered) {
  start();
  const auto known = as("wda", "register");
  const auto answer = ask("wda", provider + "getOpenAPI?x=1&serviceCode=c%61rds", known);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json");
  EXPECT_TRUE(answer.body == openapi_text());
  EXPECT_EQ(code_of(ask("wda", provider + "getOpenAPI?serviceCode=residence", known)),
            "404 no_openapi_file");
  EXPECT_EQ(code_of(ask("wda", provider + "getOpenAPI?serviceCode=nothing", known)),
            "404 unknown_service");
  EXPECT_EQ(code_of(ask("wda", provider + "getOpenAPI", known)), "400 missing");

  std::ofstream(file) << "openapi: 3.1.0\n";
  country.stop("nia");
  country.start("nia");
  EXPECT_EQ(code_of(ask("wda", provider + "getOpenAPI?serviceCode=cards", known)),
            "404 openapi_file_differs");
}

TEST_F(MetaTest, StartsOnlyWithFilesAndFormsThatItKnows) {
  const auto path = country.prepared.gateway_configs.at("nia");
  EXPECT_EQ(read_gateway_config(path)->openapi.at("register/cards").lexically_normal(), file);
  configure("nia", [&](GatewayConfig& config) { config.openapi["register/raw"] = file / "none"; });
  const auto gateway = Gateway::start(read_gateway_config(path).value(), clock, country.random);
  ASSERT_FALSE(gateway);
  EXPECT_EQ(gateway.error().code, "openapi_file");
  std::string text = minben::test::read_file(path);
  text.replace(text.find("\"problem\""), 9, "\"soap\"");
  std::ofstream(path) << text;
  EXPECT_NE(read_gateway_config(path).error().detail.find("problem or x-road"), std::string::npos);
}

TEST_F(MetaTest, NoServiceMayHaveTheNameOfAMetaservice) {
  for (const char* name : {"listMethods", "allowedMethods", "getOpenAPI", "getWsdl"}) {
    Configuration configuration = country.prepared.configuration;
    configuration.services[1].id.service = name;
    const auto sound = check_rules(configuration);
    ASSERT_FALSE(sound) << name;
    EXPECT_EQ(sound.error().code, "reserved_name");
    EXPECT_EQ(sound.error().field, "services/1/id");
  }
}

TEST_F(MetaTest, ARegistersAnswerDoesNotPassForAGatewaysRefusal) {
  speak_as_x_road("boca");
  start();
  const auto answer =
      ask("boca", provider + "raw", as("boca", "casework", {{"Minben-Purpose", "issue"}}));
  EXPECT_EQ(code_of(answer), "200 ");
  EXPECT_EQ(answer.body, "as it is");
}

/// Type, status and body agree, and the detail is the id of the exchange, where there is one.
std::string x_road_outcome(const net::ClientResponse& answer) {
  const Json body = json(answer.body);
  EXPECT_EQ(body.as_object().size(), 3u);
  EXPECT_EQ(string_or(body, "type"), answer.headers.get("X-Road-Error"));
  EXPECT_TRUE(parse_uuid(string_or(body, "detail"))) << answer.body;
  EXPECT_FALSE(string_or(body, "message").empty());
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json; charset=utf-8");
  if (answer.headers.has("X-Road-Request-Id"))
    EXPECT_EQ(string_or(body, "detail"), answer.headers.get("X-Road-Request-Id"));
  return fmt::format("{} {}", answer.status, string_or(body, "type"));
}

TEST_F(MetaTest, RefusalsInXRoadsForm) {
  for (const char* member : {"wda", "boca"}) speak_as_x_road(member);
  start();
  const std::string target = provider + "residence/AC01234567";
  const Fields consent{{"Minben-Consent", country.signed_assertion()}, {"Minben-Case", "case-9"}};
  const auto outcome = [&](const std::string& asked, const Fields& fields) {
    return x_road_outcome(ask("wda", asked, fields));
  };
  // The own gateway's.
  EXPECT_EQ(outcome(target, {}), "400 client.invalid_client_identifier");
  EXPECT_EQ(outcome(target, as("wda", "casework", {{"X-Road-Id", "1"}, {"X-Road-Id", "2"}})),
            "400 client.duplicate_header_field");
  EXPECT_EQ(outcome(target, {{"X-Road-Client", "MINBEN/GOV/wda/casework"}}),
            "500 server.clientproxy.ssl_authentication_failed");
  EXPECT_EQ(outcome(target, as("wda", "register")), "500 server.serverproxy.access_denied");
  EXPECT_EQ(outcome(provider + "nothing", as("wda", "casework")),
            "500 server.serverproxy.unknown_service");
  EXPECT_EQ(outcome("/listClients?xRoadInstance=EE", {}),
            "500 server.clientproxy.unknown_instance");
  EXPECT_TRUE(outcome(target + "/%2e%2e", as("wda", "casework")).starts_with("400 client."));
  // The provider's.
  const auto refused = ask("wda", target, as("wda", "casework", {{"Minben-Purpose", "curiosity"}}));
  EXPECT_EQ(x_road_outcome(refused), "500 server.serverproxy.access_denied");
  EXPECT_NE(refused.body.find("purpose_not_allowed"), std::string::npos) << refused.body;
  EXPECT_TRUE(refused.headers.has("X-Road-Request-Id"));
  EXPECT_EQ(outcome(provider + "getOpenAPI?serviceCode=raw", as("wda", "casework")),
            "500 server.serverproxy.no_openapi_file");
  // A register's are its own.
  const auto own = ask("boca", provider + "cards/missing",
                       as("boca", "casework", {{"Minben-Purpose", "issue"}}));
  EXPECT_EQ(code_of(own), "404 ");
  EXPECT_EQ(own.body, R"({"title":"unknown"})");
  country.nia_register.stop();
  Fields good = as("wda", "casework", consent);
  good.emplace_back("Minben-Purpose", "work-permit");
  EXPECT_EQ(outcome(target, good), "500 server.serverproxy.network_error");
  country.stop("nia");
  EXPECT_EQ(outcome(target, good), "500 server.clientproxy.network_error");
  clock.advance(days(31));
  EXPECT_EQ(outcome(target, good), "500 server.clientproxy.outdated_global_conf");
}

TEST_F(MetaTest, TheFormIsXmlOrProblemDetailsWhereAcceptSaysSo) {
  speak_as_x_road("wda");
  start();
  const std::string target = provider + "residence/AC01234567";
  const auto accepting = [&](std::string_view types) {
    return ask(
        "wda", target,
        as("wda", "casework", {{"Minben-Purpose", "<other>"}, {"Accept", std::string(types)}}));
  };
  for (const auto& [asked, type] :
       {std::pair<std::string_view, std::string_view>{"text/*", "text/xml"},
        {"application/json;q=0.5, Application/XML ;q=0.1", "application/xml"}}) {
    const auto xml = accepting(asked);
    EXPECT_EQ(xml.status, 500);
    EXPECT_EQ(xml.headers.get("Content-Type"), fmt::format("{}; charset=utf-8", type));
    EXPECT_TRUE(xml.body.starts_with(
        "<?xml version=\"1.0\"?><error><type>server.serverproxy.access_denied</type><message>"
        "purpose_not_allowed"))
        << xml.body;
    EXPECT_TRUE(xml.body.ends_with(
        fmt::format("</message><detail>{}</detail></error>", xml.headers.get("X-Road-Request-Id"))))
        << xml.body;
    EXPECT_EQ(xml.body.find("<other>"), std::string::npos);
  }
  const auto problem = accepting("application/json, application/problem+json");
  EXPECT_EQ(code_of(problem), "403 purpose_not_allowed");
  EXPECT_EQ(problem.headers.get("Content-Type"), "application/problem+json");

  // So the platform's own consumer keeps its codes.
  ExchangeRequest request = country.residence_request();
  request.purpose = "curiosity";
  EXPECT_EQ(country.consumer()->call(request).error().code, "purpose_not_allowed");
  EXPECT_TRUE(country.consumer()->call(country.residence_request()));
}

TEST(GatewayErrorForm, CodesThatAreNoneAreNotPassedOn) {
  net::Response refusal;
  refusal.headers.set("X-Road-Error", "a\xff\"b");
  retell_as_x_road(refusal, "id", {});
  EXPECT_EQ(refusal.status, 500);
  EXPECT_EQ(refusal.headers.get("X-Road-Error"), "server.serverproxy.internal_error");
}

TEST(GatewayErrorForm, ControlCharactersStayOutOfXml) {
  net::Response refusal;
  refusal.body = R"({"detail": "a\u0001\nb"})";
  refusal.headers.set("X-Road-Error", "some_new_code");
  net::Headers asked;
  asked.add("Accept", "text/xml");
  retell_as_x_road(refusal, "id", asked);
  EXPECT_EQ(refusal.body,
            "<?xml version=\"1.0\"?><error><type>server.serverproxy.some_new_code</type><message>"
            "some_new_code: a  b</message><detail>id</detail></error>");
}

}  // namespace
}  // namespace minben::gateway::test
