// Where one is signed in, and what somebody does who lost all passkeys.
#include "../../foundation/identity/authenticator.hpp"
#include "house.hpp"

namespace minben::citizen {
namespace {

using identity::Assurance;

/// The address of the first form whose action begins and ends so.
std::string action(const Page& page, std::string_view begin, std::string_view end) {
  const std::string before = "action=\"" + std::string(begin);
  for (std::size_t at = 0; (at = page.body.find(before, at)) != std::string::npos; ++at) {
    const std::size_t start = at + 8;
    const std::string found = page.body.substr(start, page.body.find('"', start) - start);
    if (found.ends_with(end)) return found;
  }
  ADD_FAILURE() << begin << "…" << end;
  return {};
}

class Accounts : public House {
 protected:
  Accounts() : person_(must(world_->new_applicant("DOE, JANE")).person) {}

  identity::SignedIn session(Assurance assurance) {
    return must(world_->identity().sign_in_unchecked(person_, assurance));
  }
  Browser browser_with(const identity::SignedIn& signed_in) {
    Browser made = browser();
    made.sign_in(signed_in);
    return made;
  }
  Browser by_code() { return browser_with(session(Assurance::low)); }
  Browser by_passkey() { return browser_with(session(Assurance::substantial)); }
  void make_passkey() {
    const auto signed_in = session(Assurance::low);
    const auto ceremony = must(world_->identity().start_passkey_registration(signed_in.session));
    must(world_->identity().register_passkey(signed_in.session, device_.create(ceremony.options),
                                             "Phone"));
    must(world_->identity().sign_out(signed_in.token));
  }

  PersonId person_;
  identity::SoftAuthenticator device_{"localhost", "http://localhost"};
};

TEST_F(Accounts, ListSessionsAndEndOne) {
  Browser here = by_passkey(), there = by_code();
  const Page account = here.get("/en/account");
  EXPECT_EQ(account.status, 200);
  EXPECT_TRUE(account.has("This one"));
  EXPECT_TRUE(account.has("By code, for looking only"));
  EXPECT_EQ(there.get("/en/account").status, 200);
  here.get("/en/account");
  const Page ended = here.post(action(account, "/en/account/sessions/", "/end"), {});
  EXPECT_EQ(ended.location, "/en/account");
  EXPECT_TRUE(here.follow(ended).has("That sign-in was ended."));
  EXPECT_EQ(there.get("/en/account").status, 303) << "at once";
}

TEST_F(Accounts, NobodyEndsASessionOfSomebodyElse) {
  Browser here = by_code();
  const auto there = session(Assurance::low);
  Browser stranger = browser_of(must(world_->new_applicant("ROE, RICHARD")));
  stranger.get("/en/account");
  const Page refused =
      stranger.post("/en/account/sessions/" + to_string(there.session.id) + "/end", {});
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(browser_with(there).get("/en/account").status, 200);
  here.get("/en/account");
  EXPECT_EQ(here.post("/en/account/sessions/nonsense/end", {}).status, 404);
}

TEST_F(Accounts, SignOutEverywhereElse) {
  Browser here = by_code(), there = by_passkey(), elsewhere = by_code();
  here.get("/en/account");
  EXPECT_EQ(here.post("/en/account/sessions/end-others", {}).status, 303);
  EXPECT_EQ(here.get("/en/account").status, 200);
  EXPECT_FALSE(here.get("/en/account").has("Sign out everywhere else")) << "nobody is left";
  EXPECT_EQ(there.get("/en/account").status, 303);
  EXPECT_EQ(elsewhere.get("/en/account").status, 303);
}

TEST_F(Accounts, AMailboxAloneNeitherAddsNorRemovesAPasskey) {
  make_passkey();
  Browser here = by_code();
  const Page account = here.get("/en/account");
  EXPECT_FALSE(account.has("/remove\""));
  EXPECT_TRUE(account.has("I have lost all my passkeys"));
  const Page add = here.get("/en/account/passkey");
  EXPECT_TRUE(add.has("first sign in with one you have"));
  EXPECT_FALSE(add.has("data-island=\"passkey\""));
  here.get("/en/account");
  EXPECT_EQ(here.post("/en/account/passkeys/options", {}).status, 401);
  Browser strong = by_passkey();
  const std::string page = strong.get("/en/account").body;
  const auto end = page.find("/remove\"");
  ASSERT_NE(end, std::string::npos);
  const auto start = page.rfind('"', end) + 1;
  const std::string remove = page.substr(start, end + 7 - start);
  EXPECT_NE(here.post(remove, {}).location.find("why=strongly"), std::string::npos);
  strong.get(remove);
  EXPECT_EQ(strong.post(remove, {}).location, "/en/account");
}

TEST_F(Accounts, RecoverAfterAWait) {
  make_passkey();
  Browser lost = by_code();
  const Page how = lost.get("/en/account/recovery");
  EXPECT_TRUE(how.has("After three days"));
  const Page begun = lost.post("/en/account/recovery", {});
  EXPECT_EQ(begun.location, "/en/account/recovery");
  EXPECT_TRUE(lost.follow(begun).has("A notice is on its way"));
  EXPECT_TRUE(lost.get("/en/account").has("Account recovery: waiting"));
  EXPECT_FALSE(lost.get("/en/cases").has("Stop the recovery")) << "told where it is asked for";
  EXPECT_TRUE(lost.get("/en/account/passkey").has("first sign in with one you have"));
  must(world_->advance_to(*parse_date("2026-03-06")));
  Browser later = by_code();
  EXPECT_TRUE(later.get("/zh-Hant/account").has("可以建立新的通行金鑰"));
  const Page make = later.get("/en/account/passkey");
  EXPECT_TRUE(make.has("all your earlier passkeys stop working"));
  EXPECT_TRUE(make.has("data-mode=\"register\""));
  EXPECT_EQ(later.post("/en/account/passkeys/options", {}).status, 200);
}

TEST_F(Accounts, WhoeverHoldsAPasskeySeesARecoveryOnEveryPageAndStopsIt) {
  make_passkey();
  Browser lost = by_code(), owner = by_passkey();
  lost.get("/en/account/recovery");
  lost.post("/en/account/recovery", {});
  for (const std::string_view page : {"/en/cases", "/en", "/zh-Hant/account", "/en/usage"})
    EXPECT_TRUE(owner.get(page).has("/account/recovery/stop")) << page;
  EXPECT_TRUE(owner.get("/en/cases").has("Somebody says that all your passkeys are lost"));
  const Page stopped = owner.post("/en/account/recovery/stop", {});
  EXPECT_TRUE(owner.follow(stopped).has("The recovery was stopped."));
  EXPECT_FALSE(owner.get("/en/cases").has("/account/recovery/stop"));
  EXPECT_FALSE(lost.get("/en/account").has("waiting"));
}

TEST_F(Accounts, OfferNoRecoveryWhereNoneIsNeeded) {
  Browser fresh = by_code();
  EXPECT_EQ(fresh.get("/en/account/recovery").location, "/en/account/passkey");
  fresh.get("/en/account");
  EXPECT_EQ(fresh.post("/en/account/recovery", {}).location, "/en/account");
  EXPECT_TRUE(by_passkey().get("/en/account/recovery").has("nothing to recover"));
}

TEST_F(Accounts, TooManyRecoveriesAreRefusedInWords) {
  make_passkey();
  Browser lost = by_code();
  for (int i = 0; i < 3; ++i) {
    lost.get("/en/account/recovery");
    lost.post("/en/account/recovery", {});
    lost.get("/en/account");
    lost.post("/en/account/recovery/stop", {});
  }
  lost.get("/en/account/recovery");
  const Page refused = lost.post("/en/account/recovery", {});
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.has("too often this month"));
}

}  // namespace
}  // namespace minben::citizen
