// Signing in by phone and by documents as people see it, without script, with the real service.
#include <fstream>

#include "house.hpp"
#include "identity/mobile_approval.hpp"
#include "mobile_approval/service.hpp"
#include "support/shared.hpp"

namespace minben::citizen {
namespace {

namespace phones = outside::approval;

constexpr std::string_view wang = "Y290000027";

Result<std::optional<identity::RegisterEntry>> registers(
    const identity::RegisterQuestion& question) {
  const bool card =
      question.health_card_number.empty() || question.health_card_number == "999900000002";
  if (question.national_id != wang || question.household_number != "Y9000002" || !card)
    return std::nullopt;
  return identity::RegisterEntry{question.national_id, "王美玲", "Wang Mei-Ling",
                                 question.language};
}

/// A second front door of the house, with phones.
class Methods : public House {
 protected:
  Methods() {
    std::ofstream(scratch_.path() / "people.jsonl") << R"({"number":"Y290000027","name":"王美玲"})";
    phones::ServiceConfig service;
    service.people = scratch_.path() / "people.jsonl";
    service.directory = scratch_.path() / "phones";
    service.secret = Bytes(32, 7);
    service_ = must(phones::Service::start(service, world_->clock(), random_));
    identity::MobileApprovalConfig config;
    config.url = fmt::format("http://127.0.0.1:{}", service_->port());
    config.provider = "minben";
    config.secret = service.secret;
    config.roots = {test::read_file(service.directory / "authority.pem")};
    config.app_link = "http://localhost:1/verifySign";
    approvals_ = std::make_unique<identity::MobileApproval>(
        identity::MobileApproval::Parts{world_->identity(), world_->database(), world_->clock(),
                                        random_, world_->keys(), registers},
        config);
    open_door();
  }
  ~Methods() override { door_.reset(); }
  void open_door() {
    page::SiteConfig config = site_->config();
    config.mobile_approval = config.health_cards = true;
    door_site_ = must(page::Site::open(config, world_->database(), world_->identity(),
                                       world_->keys(), world_->clock(), random_));
    Dependencies dependencies{*door_site_,         world_->database(), world_->identity(),
                              world_->casework(),  world_->mydata(),   world_->payments(),
                              world_->documents(), world_->logs(),     witnessing_.get(),
                              notices_.get()};
    dependencies.approvals = approvals_.get();
    dependencies.registers = registers;
    auto served = routes(dependencies);
    for (auto& route : door_site_->routes()) served.push_back(std::move(route));
    door_ = must(net::Server::start({}, std::move(served), door_site_->hooks()));
  }
  Browser visitor() { return {"http://localhost:" + std::to_string(door_->port()), client_}; }
  void answer(bool approve) {
    const auto waiting = service_->waiting_for(wang);
    ASSERT_EQ(waiting.size(), 1u);
    must(service_->answer(waiting.front().id, *service_->people().find(wang), approve));
    world_->clock().advance(seconds{4});
  }

  std::unique_ptr<phones::Service> service_;
  std::unique_ptr<identity::MobileApproval> approvals_;
  std::unique_ptr<page::Site> door_site_;
  std::unique_ptr<net::Server> door_;
};

TEST_F(Methods, APhoneSignsInAndIsOnTheAccountPage) {
  Browser wang_at_home = visitor();
  EXPECT_TRUE(wang_at_home.get("/en/sign-in").has("/en/sign-in/mobile"));
  wang_at_home.get("/en/sign-in/mobile");
  const Page wrong =
      wang_at_home.post("/en/sign-in/mobile", {{"mode", "push"}, {"national_id", "A1"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.has("Enter a national ID number"));
  const Page asked = wang_at_home.post("/en/sign-in/mobile",
                                       {{"mode", "push"}, {"national_id", std::string(wang)}});
  ASSERT_EQ(asked.status, 303);
  const std::string hint = service_->waiting_for(wang).at(0).hint;
  EXPECT_TRUE(wang_at_home.follow(asked).has("mb-code\">" + hint.substr(hint.size() - 2)));
  EXPECT_TRUE(visitor().get("/en/sign-in/mobile/request").status == 303) << "another browser";
  answer(true);
  const Page first = wang_at_home.follow(asked);
  EXPECT_TRUE(first.has("household_number"));
  const Page no = wang_at_home.post("/en/sign-in/mobile/first", {{"household_number", "Y9000003"}});
  EXPECT_EQ(no.status, 422);
  EXPECT_TRUE(no.has("The registers do not agree"));
  const Page in = wang_at_home.post("/en/sign-in/mobile/first", {{"household_number", "Y9000002"}});
  ASSERT_EQ(in.status, 303) << in.body;
  const Page account = wang_at_home.get("/zh-Hant/account");
  EXPECT_TRUE(account.has("王美玲"));
  EXPECT_TRUE(account.has("行動身分識別"));
  const Page lost = wang_at_home.get("/en/account/lost");
  const auto at = lost.body.find("binding:");
  ASSERT_NE(at, std::string::npos);
  const Page kept = wang_at_home.post("/en/account/lost", {{"lost", lost.body.substr(at, 8 + 36)}});
  EXPECT_EQ(kept.status, 422);
  EXPECT_TRUE(kept.has("Keep at least one safe way"));
  EXPECT_EQ(wang_at_home.post("/en/account/sessions/end-all", {}).status, 303);
  EXPECT_EQ(wang_at_home.get("/en/account").status, 303) << "signed out everywhere";
}

TEST_F(Methods, AQrCodeIsDrawnAndARefusalSaysSo) {
  Browser browser = visitor();
  browser.get("/en/sign-in/mobile");
  const Page shown = browser.follow(browser.post("/en/sign-in/mobile", {{"mode", "scan"}}));
  EXPECT_TRUE(shown.has("<svg role=\"img\""));
  EXPECT_FALSE(shown.headers.has("Refresh"));
  const Page by_itself = browser.get("/en/sign-in/mobile/request?auto=yes");
  EXPECT_EQ(by_itself.headers.get("Refresh"), "5");
  browser.get("/zh-Hant/sign-in/mobile");
  const Page asked = browser.post("/zh-Hant/sign-in/mobile",
                                  {{"mode", "push"}, {"national_id", std::string(wang)}});
  answer(false);
  EXPECT_TRUE(browser.follow(asked).has("手機上已拒絕"));
}

TEST_F(Methods, PapersSignInWeakly) {
  Browser browser = visitor();
  EXPECT_TRUE(browser.get("/en/sign-in").has("/en/sign-in/health-card"));
  browser.get("/en/sign-in/health-card");
  Fields fields{{"national_id", std::string(wang)},
                {"household_number", "Y9000002"},
                {"health_card_number", "999900000003"}};
  EXPECT_TRUE(browser.post("/en/sign-in/health-card", fields).has("The registers do not agree"));
  fields.back().second = "9999-0000-0002";
  ASSERT_EQ(browser.post("/en/sign-in/health-card", fields).status, 303);
  EXPECT_TRUE(browser.get("/en/account").has("Health card and household number"));
  EXPECT_EQ(browser.get("/en/account/lost").status, 303) << "that takes a stronger sign-in";
}

}  // namespace
}  // namespace minben::citizen
