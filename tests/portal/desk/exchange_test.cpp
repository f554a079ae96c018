// Officers of the exchange let agencies in, and keep services, rules and certificates.
#include "desk_house.hpp"

namespace minben::desk {
namespace {

using testing::HasSubstr;

struct ExchangeDesk : DeskHouse {
  trust::SigningKey signing = trust::SigningKey::generate(trust::KeyType::ed25519);
  trust::SigningKey tls = trust::SigningKey::generate(trust::KeyType::p256);
  trust::SigningKey seal = trust::SigningKey::generate(trust::KeyType::p256);
  Browser operators = browser_of(officer_with("moda", {"exchange_operator"}, "x@moda.example"));

  std::string request_of(const std::string& member) {
    registry::JoinRequest wanted;
    wanted.member = AgencyCode{member};
    wanted.name = {"國民健康署", "Health <Promotion>"};
    wanted.url = "https://gw.hpa.example:7100";
    wanted.subsystems = {"casework", "register"};
    wanted.made_at = world_->clock().now();
    return must(registry::make_join_request(wanted, {signing, tls, seal}));
  }
  /// Uploaded; the address of its page.
  std::string upload(const std::string& file) {
    operators.get("/en/desk/exchange");
    const Page sent =
        operators.post_files("/en/desk/exchange/requests", {},
                             {{"file", "join-request.json", "application/json", file}});
    EXPECT_EQ(sent.status, 303) << sent.body;
    return sent.location;
  }
  void let_in(const std::string& member) {
    const std::string place = upload(request_of(member));
    operators.get(place);
    EXPECT_EQ(operators.post(place + "/approve", {{"compared", "yes"}}).status, 303);
  }
  exchange::Configuration published() { return *must(registry_->published())->configuration; }
  static std::string openapi() {
    return R"({"openapi": "3.0.3", "info": {"title": "V"}, "paths": {"/{number}": {"get":
      {"responses": {"200": {"description": "", "content": {"application/json": {"schema":
      {"type": "object", "properties": {"dose": {}, "name": {}}}}}}}}}}})";
  }
  void add_service() {
    operators.get("/en/desk/exchange/services");
    const Page added = operators.post_files("/en/desk/exchange/services",
                                            {{"provider", "MINBEN/GOV/hpa/register"},
                                             {"code", "vaccinations"},
                                             {"title_zh", "接種"},
                                             {"title_en", "Vaccinations"},
                                             {"about_a_person", "yes"}},
                                            {{"openapi", "v.json", "application/json", openapi()}});
    EXPECT_EQ(added.status, 303) << added.body;
  }
};

TEST_F(ExchangeDesk, LetsAnAgencyInAfterComparingItsFingerprint) {
  const std::string file = request_of("hpa");
  const std::string id = must(registry::read_join_request(file)).id;
  const std::string place = upload(file);
  EXPECT_EQ(place, "/en/desk/exchange/requests/" + id);
  Page page = operators.get(place);
  EXPECT_TRUE(page.has(registry::spoken_fingerprint(id)));
  EXPECT_TRUE(page.has("Health &lt;Promotion&gt;"));
  EXPECT_TRUE(page.has("a new agency with its gateway joins"));
  page = operators.post(place + "/approve", {});
  EXPECT_EQ(page.status, 422);
  EXPECT_TRUE(page.has("Compare the fingerprint by telephone"));
  EXPECT_TRUE(published().members.empty());

  page = operators.post(place + "/approve", {{"compared", "yes"}});
  EXPECT_EQ(page.status, 303) << page.body;
  EXPECT_TRUE(operators.follow(page).has("Approved and published"));
  EXPECT_TRUE(published().member("hpa"));
  page = operators.get("/zh-Hant/desk/exchange");
  EXPECT_TRUE(page.has("國民健康署") && page.has("核准加入") && page.has("剩 364 天"));
  EXPECT_EQ(operators.post(place + "/approve", {{"compared", "yes"}}).status, 409);
}

TEST_F(ExchangeDesk, RefusesWithAReason) {
  const std::string place = upload(request_of("hpa"));
  operators.get(place);
  EXPECT_EQ(operators.post(place + "/refuse", {{"note", " "}}).status, 422);
  EXPECT_EQ(operators.post(place + "/refuse", {{"note", "指紋不符"}}).status, 303);
  const Page page = operators.get(place);
  EXPECT_TRUE(page.has("Refused") && page.has("指紋不符"));
  EXPECT_FALSE(page.has("/approve"));
  EXPECT_TRUE(published().members.empty());
}

TEST_F(ExchangeDesk, SaysWhatIsWrongWithAFile) {
  operators.get("/en/desk/exchange");
  Page page = operators.post_files("/en/desk/exchange/requests", {},
                                   {{"file", "x.json", "application/json", "{}"}});
  EXPECT_EQ(page.status, 422);
  EXPECT_TRUE(page.has("not a file with which an agency can join"));
  page = operators.post_files("/en/desk/exchange/requests", {}, {});
  EXPECT_EQ(page.status, 422);
  EXPECT_TRUE(page.has("Choose a file"));
}

TEST_F(ExchangeDesk, KeepsServicesAndRules) {
  let_in("hpa");
  add_service();
  Page page = operators.get("/en/desk/exchange/services");
  EXPECT_TRUE(page.has("GET /{number}") && page.has("dose, name"));
  const Fields rule{{"consumer", "MINBEN/GOV/hpa/casework"},
                    {"service", "MINBEN/GOV/hpa/register/vaccinations"},
                    {"methods", "GET"},
                    {"purposes", "school-entry, audit"},
                    {"basis", "law"},
                    {"legal_basis", "傳染病防治法 §27"},
                    {"fields", "dose"}};
  operators.get("/en/desk/exchange/rules");
  Fields wrong = rule;
  wrong[6].second = "salary";
  page = operators.post("/en/desk/exchange/rules", wrong);
  EXPECT_EQ(page.status, 422);
  EXPECT_TRUE(page.has("salary"));
  page = operators.post("/en/desk/exchange/rules", rule);
  EXPECT_EQ(page.status, 303) << page.body;
  ASSERT_EQ(published().rules.size(), 1u);
  EXPECT_EQ(published().rules[0].purposes, (std::vector<std::string>{"school-entry", "audit"}));
  page = operators.get("/en/desk/exchange/rules");
  EXPECT_TRUE(page.has("傳染病防治法 §27"));
  const std::string id = to_string(must(registry_->rules()).front().id);
  EXPECT_EQ(operators.post("/en/desk/exchange/rules/" + id + "/end", {}).status, 303);
  EXPECT_TRUE(published().rules.empty());
  operators.get("/en/desk/exchange/services");
  EXPECT_EQ(operators
                .post("/en/desk/exchange/services/end",
                      {{"service", "MINBEN/GOV/hpa/register/vaccinations"}})
                .status,
            303);
  EXPECT_TRUE(published().services.empty());
}

TEST_F(ExchangeDesk, MakesAndChangesGroupsThatRulesName) {
  let_in("hpa");
  add_service();
  const Fields group{{"code", "health"},
                     {"name_zh", "衛生"},
                     {"name_en", "Health <all>"},
                     {"subsystems", "MINBEN/GOV/hpa/casework"}};
  operators.get("/en/desk/exchange/groups");
  Fields wrong = group;
  wrong.pop_back();
  Page page = operators.post("/en/desk/exchange/groups", wrong);
  EXPECT_EQ(page.status, 422);
  EXPECT_TRUE(page.has("value=\"health\"")) << "what was typed stays";
  wrong = group;
  wrong[0].second = "Health!";
  EXPECT_EQ(operators.post("/en/desk/exchange/groups", wrong).status, 422);
  page = operators.post("/en/desk/exchange/groups", group);
  EXPECT_EQ(page.status, 303) << page.body;
  EXPECT_TRUE(operators.follow(page).has("Health &lt;all&gt;"));
  EXPECT_EQ(operators.post("/en/desk/exchange/groups", group).status, 422) << "taken";

  operators.get("/en/desk/exchange/rules");
  page = operators.post("/en/desk/exchange/rules",
                        {{"consumer", "group:health"},
                         {"service", "MINBEN/GOV/hpa/register/vaccinations"},
                         {"methods", "GET"},
                         {"purposes", "school-entry"},
                         {"basis", "law"},
                         {"legal_basis", "傳染病防治法 §27"}});
  EXPECT_EQ(page.status, 303) << page.body;
  ASSERT_EQ(published().rules.size(), 1u);
  EXPECT_EQ(to_string(published().rules[0].consumer), "health");

  page = operators.get("/en/desk/exchange/groups/health");
  EXPECT_TRUE(page.has("Change the group") && page.has("checked"));
  EXPECT_EQ(
      operators
          .post("/en/desk/exchange/groups/health", {{"name_zh", "衛生"},
                                                    {"name_en", "Health"},
                                                    {"subsystems", "MINBEN/GOV/hpa/casework"},
                                                    {"subsystems", "MINBEN/GOV/hpa/register"}})
          .status,
      303);
  EXPECT_EQ(published().groups.at(0).subsystems.size(), 2u);
  operators.get("/en/desk/exchange/groups/health");
  EXPECT_EQ(operators.post("/en/desk/exchange/groups/health", {{"name_zh", "衛生"}}).status, 422);
  EXPECT_EQ(operators.get("/en/desk/exchange/groups/nobody").status, 404);
  operators.get("/en/desk/exchange/groups");
  EXPECT_EQ(operators.post("/en/desk/exchange/groups/health/end", {}).status, 303);
  EXPECT_TRUE(published().groups.empty());
  EXPECT_TRUE(published().rules.empty());
  page = operators.get("/zh-Hant/desk/exchange");
  EXPECT_TRUE(page.has("停用群組") && page.has("新增群組"));
}

TEST_F(ExchangeDesk, RevokesCertificates) {
  let_in("hpa");
  const std::string serial = must(registry_->members()).front().certificates.front().serial;
  const std::string place = "/en/desk/exchange/members/hpa/certificates/" + serial;
  EXPECT_TRUE(operators.get("/en/desk/exchange/members/hpa").has(place));
  operators.get(place);
  EXPECT_EQ(operators.post(place, {}).status, 422);
  EXPECT_EQ(operators.post(place, {{"reason", "key_compromise"}}).status, 303);
  EXPECT_TRUE(operators.get("/en/desk/exchange/members/hpa").has("revoked on"));
  const auto list = must(trust::read_revocation_list(published().revocation_lists.front()));
  EXPECT_EQ(list.revoked.at(serial).reason, trust::RevocationReason::key_compromise);
}

TEST_F(ExchangeDesk, RevokesACertificateFromItsFile) {
  let_in("hpa");
  const auto pem = must(registry_->members()).front().certificates.front().pem;
  const std::string place = "/en/desk/exchange/revocations";
  operators.get(place);
  EXPECT_EQ(operators.post_files(place, {{"reason", "superseded"}}, {}).status, 422);
  const Browser::File file{"file", "tls.pem", "application/x-pem-file", pem};
  EXPECT_EQ(operators.post_files(place, {}, {file}).status, 422);
  const Page wrong = operators.post_files(place, {{"reason", "superseded"}},
                                          {{"file", "x.pem", "text/plain", "nothing"}});
  EXPECT_TRUE(wrong.has("not a file of a certificate"));
  const Page done = operators.post_files(place, {{"reason", "superseded"}}, {file});
  EXPECT_EQ(done.status, 303);
  EXPECT_TRUE(operators.follow(done).has("revoked on"));
}

TEST_F(ExchangeDesk, ShowsWhatAGatewayRenewedByItself) {
  let_in("hpa");
  const auto issued = must(registry_->members()).front().certificates;
  const auto old =
      std::ranges::find(issued, trust::Usage::seal, &registry::IssuedCertificate::usage);
  const auto certificate = must(trust::certificate_from_pem(old->pem));
  const auto old_seal = std::exchange(seal, trust::SigningKey::generate(trust::KeyType::p256));
  tls = trust::SigningKey::generate(trust::KeyType::p256);
  const std::string place =
      upload(must(registry::make_renewal_request(request_of("hpa"), certificate, old_seal)));
  EXPECT_TRUE(operators.get(place).has("Approved"));
  EXPECT_TRUE(operators.get("/en/desk/exchange/members/hpa").has("replaced on"));
  EXPECT_TRUE(operators.get("/zh-Hant/desk/exchange/members/hpa").has("已換發新憑證"));
  EXPECT_TRUE(operators.get("/en/desk/exchange").has("certificates renewed"));
}

TEST_F(ExchangeDesk, ClosesGateways) {
  let_in("hpa");
  const std::string place = "/en/desk/exchange/members/hpa/gateways/gw1/end";
  EXPECT_TRUE(operators.get("/en/desk/exchange/members/hpa").has(place));
  EXPECT_TRUE(operators.get(place).has("cannot be undone"));
  EXPECT_EQ(operators.get("/en/desk/exchange/members/hpa/gateways/gw9/end").status, 404);
  operators.get(place);
  const Page done = operators.post(place, {});
  EXPECT_EQ(done.status, 303);
  EXPECT_TRUE(operators.follow(done).has("The gateway is closed"));
  EXPECT_FALSE(published().member("hpa"));
  operators.get("/en/desk/exchange");
  EXPECT_EQ(operators.post(place, {}).status, 404);
}

TEST_F(ExchangeDesk, IsForItsOfficersWithAPasskeyOnly) {
  Browser lead = browser_of(officer_with("moda", {"team_lead", "caseworker"}, "lead@moda.example"));
  for (const char* path : {"/en/desk/exchange", "/en/desk/exchange/services",
                           "/en/desk/exchange/rules", "/en/desk/exchange/members/hpa"})
    EXPECT_EQ(lead.get(path).status, 403) << path;
  const std::string place = upload(request_of("hpa"));
  Browser weak = nobody();
  const auto who = officer_with("moda", {"exchange_operator"}, "y@moda.example");
  weak.sign_in(must(world_->identity().sign_in_unchecked(who.id, identity::Assurance::low)),
               "minben-desk");
  EXPECT_EQ(weak.get(place).status, 200);
  const Page asked = weak.post(place + "/approve", {{"compared", "yes"}});
  EXPECT_EQ(asked.status, 303);
  EXPECT_THAT(asked.location, HasSubstr("/desk/sign-in"));
  EXPECT_TRUE(published().members.empty());
}

}  // namespace
}  // namespace minben::desk
