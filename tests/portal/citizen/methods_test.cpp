// Signing in by phone and by documents as people see it, without script, with the real service.
#include "door.hpp"

namespace minben::citizen {
namespace {

using Methods = Door;

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

TEST_F(Methods, PapersAreAddedToAnAccountThatIsProven) {
  Browser browser = visitor();
  browser.get("/en/sign-in/mobile");
  browser.post("/en/sign-in/mobile", {{"mode", "push"}, {"national_id", std::string(wang)}});
  answer(true);
  browser.get("/en/sign-in/mobile/request");
  ASSERT_EQ(browser.post("/en/sign-in/mobile/first", {{"household_number", "Y9000002"}}).status,
            303);
  EXPECT_TRUE(browser.get("/en/account").has("/en/account/methods/health-card"));
  browser.get("/en/account/methods/health-card");
  const Page wrong =
      browser.post("/en/account/methods/health-card",
                   {{"household_number", "Y9000002"}, {"health_card_number", "999900000003"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.has("The registers do not agree"));
  ASSERT_EQ(browser
                .post("/en/account/methods/health-card",
                      {{"household_number", "Y9000002"}, {"health_card_number", "999900000002"}})
                .status,
            303);
  const Page account = browser.get("/en/account");
  EXPECT_TRUE(account.has("Health card and household number (low)"));
  EXPECT_FALSE(account.has("/en/account/methods/health-card\"")) << "once is enough";
  Browser by_papers = visitor();
  by_papers.get("/en/sign-in/health-card");
  EXPECT_EQ(by_papers.post("/en/sign-in/health-card", papers()).status, 303);
}

}  // namespace
}  // namespace minben::citizen
