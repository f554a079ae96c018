#include "house.hpp"

namespace minben::citizen {
namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

void expect_whole(const Page& page, std::string_view language, std::string_view where) {
  EXPECT_EQ(page.status, 200) << where;
  EXPECT_EQ(count_of(page.body, "<h1"), 1u) << where;
  EXPECT_TRUE(page.has("lang=\"" + std::string(language) + "\"")) << where;
  EXPECT_TRUE(page.has("id=\"main-content\"")) << where;
  EXPECT_FALSE(page.has("<script>")) << where;
  EXPECT_TRUE(page.body.ends_with("</html>")) << where;
}

TEST_F(House, ShowsPublicPagesInBothLanguages) {
  Browser stranger = browser();
  for (const std::string_view language : {"en", "zh-Hant"})
    for (const std::string_view path :
         {"", "/find?q=gold", "/life-events/work-in-taiwan", "/services/gold-card",
          "/services/gold-card/check", "/sign-in", "/ledger"}) {
      const std::string where = "/" + std::string(language) + std::string(path);
      expect_whole(stranger.get(where), language, where);
    }
}

TEST_F(House, SaysWhatAServiceNeedsAndCosts) {
  const Page page = browser().get("/en/services/gold-card");
  for (const std::string_view there : {"Employment Gold Card", "60 working days",
                                       "National Immigration Agency", "Photo", "Ministry", "NT$"})
    EXPECT_TRUE(page.has(there)) << there;
}

TEST_F(House, ShowsSignedInPagesInBothLanguages) {
  Browser applicant = browser_of(must(world_->new_applicant("DOE, JANE")));
  for (const std::string_view language : {"en", "zh-Hant"})
    for (const std::string_view path :
         {"/cases", "/usage", "/consents", "/account", "/account/profile", "/account/passkey",
          "/services/gold-card/apply"}) {
      const std::string where = "/" + std::string(language) + std::string(path);
      expect_whole(applicant.get(where), language, where);
    }
}

TEST_F(House, EscapesWhatPeopleTyped) {
  const std::string hostile = "<img src=x onerror=alert(1)>";
  Browser applicant = browser_of(must(world_->new_applicant("DOE, JANE")));
  applicant.get("/en/account/profile");
  EXPECT_EQ(
      applicant
          .post("/en/account/profile", {{"name", hostile}, {"name_latin", ""}, {"national_id", ""}})
          .status,
      303);
  const Page account = applicant.get("/en/account");
  EXPECT_FALSE(account.has("<img"));
  EXPECT_TRUE(account.has("&lt;img src=x onerror=alert(1)&gt;"));
  const Page found = applicant.get("/en/find?q=%22%3E%3Cimg%20src%3Dx%3E");
  EXPECT_FALSE(found.has("<img"));
}

TEST_F(House, AnswersUnknownPagesInWords) {
  const Page page = browser().get("/en/services/no-such-service");
  EXPECT_EQ(page.status, 404);
  EXPECT_TRUE(page.has("Page not found"));
  EXPECT_EQ(browser().get("/zh-Hant/nothing-here").status, 404);
}

TEST_F(House, SignsInByEmailAndReturns) {
  Browser person = browser();
  person.get("/en/sign-in?return=%2Fen%2Fconsents");
  const Page code_page =
      person.post("/en/sign-in/code", {{"email", "lin@example.test"}, {"return", "/en/consents"}});
  EXPECT_TRUE(code_page.has("Enter your code")) << code_page.body;
  std::string mail;
  store::Workers workers(world_->database(), world_->clock());
  world_->identity().work_in(workers, [&](const identity::OutgoingMail& sent) -> Result<void> {
    mail = sent.text;
    return {};
  });
  must(workers.run_due());
  ASSERT_FALSE(mail.empty());
  const auto digits =
      std::find_if(mail.begin(), mail.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::string code(digits,
                   std::find_if(digits, mail.end(), [](char c) { return c < '0' || c > '9'; }));
  const std::string_view before = "name=\"challenge\" value=\"";
  const auto at = code_page.body.find(before) + before.size();
  const std::string challenge = code_page.body.substr(at, code_page.body.find('"', at) - at);

  const Page wrong = person.post(
      "/en/sign-in", {{"challenge", challenge}, {"code", "x"}, {"email", "lin@example.test"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.has("href=\"#fcode\""));
  const Page done = person.post(
      "/en/sign-in", {{"challenge", challenge}, {"code", code}, {"return", "/en/consents"}});
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.location, "/en/consents");
  EXPECT_EQ(person.follow(done).status, 200);
  EXPECT_TRUE(person.get("/en/account").has("Firefox on Android"));
}

TEST_F(House, NeverSendsPeopleToAnotherSiteAfterSignIn) {
  const Page page = browser().get("/en/sign-in?return=https%3A%2F%2Fevil.example%2F");
  EXPECT_FALSE(page.has("https://evil.example"));
  EXPECT_TRUE(page.has("data-return=\"\""));
}

TEST_F(House, AsksForAPasskeyWhereAServiceNeedsOne) {
  auto applicant = must(world_->new_applicant("DOE, JANE"));
  applicant.assurance = identity::Assurance::low;
  const Page page = browser_of(applicant).get("/en/services/gold-card/apply");
  EXPECT_EQ(page.status, 303);
  EXPECT_NE(page.location.find("why=strongly"), std::string::npos);
}

}  // namespace
}  // namespace minben::citizen
