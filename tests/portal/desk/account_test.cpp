// An officer's sessions, and the lead who lets a colleague in again.
#include "../../foundation/identity/authenticator.hpp"
#include "desk_house.hpp"

namespace minben::desk {
namespace {

using identity::Assurance;

class DeskAccounts : public DeskHouse {
 protected:
  Browser by_code(const casework::Officer& who) {
    Browser made = nobody();
    made.sign_in(must(world_->identity().sign_in_unchecked(who.id, Assurance::low)), "minben-desk");
    return made;
  }
  void make_passkey(const casework::Officer& who) {
    const auto session = must(world_->identity().sign_in_unchecked(who.id, Assurance::low)).session;
    const auto ceremony = must(world_->identity().start_passkey_registration(session));
    must(world_->identity().register_passkey(session, device_.create(ceremony.options), "Key"));
  }
  static std::string allow(const casework::Officer& who) {
    return "/en/desk/colleagues/" + to_string(who.id) + "/allow";
  }

  casework::Officer lead_ = officer("nia");
  casework::Officer colleague_ = officer_with("nia", {"caseworker"});
  identity::SoftAuthenticator device_{"localhost", "http://localhost"};
};

TEST_F(DeskAccounts, ListSessionsAndSignOutEverywhereElse) {
  Browser here = browser_of(colleague_), there = by_code(colleague_);
  const Page account = here.get("/en/desk/account");
  EXPECT_EQ(account.status, 200);
  EXPECT_TRUE(account.has("This one"));
  EXPECT_EQ(there.get("/en/desk/account").status, 200);
  here.get("/en/desk/account");
  EXPECT_EQ(here.post("/en/desk/account/sessions/end-others", {}).location, "/en/desk/account");
  EXPECT_EQ(there.get("/en/desk/account").status, 303);
  EXPECT_EQ(here.get("/zh-Hant/desk/account").status, 200);
}

TEST_F(DeskAccounts, NobodyEndsAColleaguesSession) {
  const auto theirs =
      must(world_->identity().sign_in_unchecked(colleague_.id, Assurance::substantial));
  Browser lead = browser_of(lead_);
  lead.get("/en/desk/account");
  const std::string end = "/en/desk/account/sessions/" + to_string(theirs.session.id) + "/end";
  EXPECT_EQ(lead.post(end, {}).status, 404);
  EXPECT_TRUE(world_->identity().session(theirs.token));
}

TEST_F(DeskAccounts, ALeadLetsAColleagueInAgainAndItIsRecorded) {
  make_passkey(colleague_);
  Browser lost = by_code(colleague_);
  EXPECT_TRUE(lost.get("/en/desk/account").has("ask your team lead"));
  EXPECT_FALSE(lost.get("/en/desk/account").has("data-mode=\"register\""));

  Browser lead = browser_of(lead_);
  EXPECT_TRUE(lead.get("/en/desk/account").has("/en/desk/colleagues"));
  const Page team = lead.get("/en/desk/colleagues");
  EXPECT_TRUE(team.has(allow(colleague_)));
  EXPECT_FALSE(team.has(allow(lead_))) << "not oneself";
  const Page allowed = lead.post(allow(colleague_), {});
  EXPECT_EQ(allowed.location, "/en/desk/colleagues");
  const Page shown = lead.follow(allowed);
  EXPECT_TRUE(shown.has("Not used yet"));
  EXPECT_TRUE(shown.has(lead_.name));
  EXPECT_EQ(lead.get("/zh-Hant/desk/colleagues").status, 200);

  const Page account = lost.get("/en/desk/account");
  EXPECT_TRUE(account.has(lead_.name + " lets you create one new passkey until"));
  EXPECT_TRUE(account.has("data-mode=\"register\""));
  const auto at = account.body.find("/en/desk/account/leave/");
  ASSERT_NE(at, std::string::npos);
  const Page declined = lost.post(account.body.substr(at, account.body.find('"', at) - at), {});
  EXPECT_EQ(declined.location, "/en/desk/account");
  EXPECT_TRUE(lost.follow(declined).has("ask your team lead"));
  EXPECT_TRUE(lead.get("/en/desk/colleagues").has("Withdrawn"));
}

TEST_F(DeskAccounts, OthersAreNotLetNearIt) {
  make_passkey(colleague_);
  Browser caseworker = browser_of(officer_with("nia", {"caseworker"}, "wu@nia.example"));
  EXPECT_EQ(caseworker.get("/en/desk/colleagues").status, 403);
  caseworker.get("/en/desk/account");
  EXPECT_EQ(caseworker.post(allow(colleague_), {}).status, 403);
  Browser weak = by_code(lead_);
  weak.get("/en/desk/colleagues");
  EXPECT_NE(weak.post(allow(colleague_), {}).location.find("why=strongly"), std::string::npos);
  Browser self = browser_of(lead_);
  self.get("/en/desk/colleagues");
  EXPECT_EQ(self.post(allow(lead_), {}).status, 403);
  Browser other = browser_of(officer("wda"));
  other.get("/en/desk/colleagues");
  EXPECT_EQ(other.post(allow(colleague_), {}).status, 404);
}

}  // namespace
}  // namespace minben::desk
