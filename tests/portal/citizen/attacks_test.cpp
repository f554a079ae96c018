// What attackers try at the pages where people sign in by certificate, phone and papers. Each is
// refused, and the log says so without a word about whom; docs/sign-in.md lists them.
#include "door.hpp"

namespace minben::citizen {
namespace {

constexpr std::string_view certificate = "/en/sign-in/certificate", mobile = "/en/sign-in/mobile",
                           documents = "/en/sign-in/health-card";

class Attacks : public Door {
 protected:
  /// Nothing that signs in, or says who, is ever in the log.
  void TearDown() override {
    const std::string log = log_.str();
    for (const std::string_view secret :
         {wang, chen, std::string_view("Y9000002"), std::string_view("Y9000003"),
          std::string_view("999900000002"), std::string_view("王美玲"), std::string_view("陳志明")})
      EXPECT_EQ(log.find(secret), log.npos) << secret << " in\n" << log;
    for (const std::string& secret : secrets_)
      EXPECT_TRUE(secret.size() < 8 || log.find(secret) == log.npos) << secret << " in\n" << log;
  }
  void keep_secret(const Browser& browser) {
    for (const auto& [name, value] : browser.cookies()) secrets_.push_back(value);
    secrets_.push_back(browser.token());
  }
  void expect_logged(std::string_view line) {
    EXPECT_NE(log_.str().find(line), std::string::npos) << line << " not in\n" << log_.str();
    log_.str("");
  }
  static std::string value_of(const Page& page, std::string_view name) {
    const std::string before = fmt::format("name=\"{}\" value=\"", name);
    const auto at = page.body.find(before);
    EXPECT_NE(at, std::string::npos) << name;
    const auto start = at + before.size();
    return page.body.substr(start, page.body.find('"', start) - start);
  }
  /// A challenge of this browser, and a card's signature over it.
  struct Signed {
    std::string challenge, signature;
    [[nodiscard]] Fields fields() const {
      return {{"challenge", challenge}, {"pasted", signature}};
    }
  };
  Signed sign_with(Browser& browser, const outside::citizens::Identity& card) {
    browser.get(certificate);
    const Page shown = browser.post("/en/sign-in/certificate/start", {});
    const std::string challenge = value_of(shown, "challenge");
    const Page file = browser.get("/en/sign-in/certificate/file/" + challenge);
    Signed made{challenge, base64_encode(outside::citizens::sign(as_bytes(file.body), card))};
    browser.get(certificate);
    secrets_.insert(secrets_.end(), {made.challenge, made.signature.substr(0, 60)});
    return made;
  }
  void first_use(Browser& browser, const Signed& with, std::string_view who = wang) {
    const Page first = browser.post(certificate, with.fields());
    ASSERT_EQ(first.status, 200) << first.body;
    const std::string ticket = value_of(first, "ticket");
    secrets_.push_back(ticket);
    const Page in = browser.post("/en/sign-in/certificate/first",
                                 {{"ticket", ticket},
                                  {"national_id", std::string(who)},
                                  {"household_number", who == wang ? "Y9000002" : "Y9000003"}});
    ASSERT_EQ(in.status, 303) << in.body;
    keep_secret(browser);
  }

  std::vector<std::string> secrets_;
};

TEST_F(Attacks, ASignatureIsNotReplayed) {
  const auto card = card_of(wang);
  Browser owner = visitor();
  const Signed made = sign_with(owner, card);
  first_use(owner, made);
  EXPECT_TRUE(signed_in(owner));
  owner.get(certificate);
  EXPECT_EQ(owner.post(certificate, made.fields()).status, 422) << "in the same browser";
  expect_logged("sign-in refused: citizen_certificate challenge_expired");
  Browser thief = visitor();
  thief.get(certificate);
  EXPECT_EQ(thief.post(certificate, made.fields()).status, 422);
  expect_logged("sign-in refused: citizen_certificate challenge_expired");
  EXPECT_FALSE(signed_in(thief));
  Browser later = visitor();
  Signed mixed = sign_with(later, card);
  mixed.signature = made.signature;
  EXPECT_EQ(later.post(certificate, mixed.fields()).status, 422) << "over another challenge";
  expect_logged("sign-in refused: citizen_certificate other_challenge");
}

TEST_F(Attacks, AnApprovalOnAPhoneIsNotReplayed) {
  Browser owner = visitor();
  owner.get(mobile);
  owner.post(mobile, {{"mode", "push"}, {"national_id", std::string(wang)}});
  answer(true);
  owner.get("/en/sign-in/mobile/request");
  ASSERT_EQ(owner.post("/en/sign-in/mobile/first", {{"household_number", "Y9000002"}}).status, 303);
  keep_secret(owner);
  owner.get(mobile);
  EXPECT_EQ(owner.post("/en/sign-in/mobile/first", {{"household_number", "Y9000002"}}).status, 422);
  expect_logged("sign-in refused: mobile_approval not_approved");
}

TEST_F(Attacks, WhatAnotherBrowserAskedForSignsNobodyIn) {
  Browser lurer = visitor(), lured = visitor();
  const Signed asked_by_lurer = sign_with(lurer, card_of(wang));
  lured.get(certificate);
  EXPECT_EQ(lured.post(certificate, asked_by_lurer.fields()).status, 422);
  expect_logged("sign-in refused: citizen_certificate challenge_expired");
  EXPECT_FALSE(signed_in(lured));
  lurer.get(mobile);
  lurer.post(mobile, {{"mode", "push"}, {"national_id", std::string(wang)}});
  answer(true);
  lured.get(mobile);
  EXPECT_EQ(lured.get("/en/sign-in/mobile/request").location, "/en/sign-in/mobile");
  EXPECT_EQ(lured.post("/en/sign-in/mobile/first", {{"household_number", "Y9000002"}}).status, 422);
  expect_logged("sign-in refused: mobile_approval not_approved");
  EXPECT_FALSE(signed_in(lured));
}

TEST_F(Attacks, OnesOwnCardOpensNobodyElsesAccount) {
  Browser chens = visitor();
  const Page first = chens.post(certificate, sign_with(chens, card_of(chen)).fields());
  const std::string ticket = value_of(first, "ticket");
  secrets_.push_back(ticket);
  const Page refused = chens.post(
      "/en/sign-in/certificate/first",
      {{"ticket", ticket}, {"national_id", std::string(wang)}, {"household_number", "Y9000002"}});
  EXPECT_EQ(refused.status, 422);
  expect_logged("sign-in refused: citizen_certificate no_match");
  EXPECT_FALSE(signed_in(chens));
  Browser stranger = visitor();  // and the ticket alone is of no use elsewhere
  stranger.get(certificate);
  EXPECT_EQ(stranger
                .post("/en/sign-in/certificate/first", {{"ticket", ticket},
                                                        {"national_id", std::string(chen)},
                                                        {"household_number", "Y9000003"}})
                .status,
            422);
  expect_logged("sign-in refused: citizen_certificate challenge_expired");
}

TEST_F(Attacks, ASessionFromBeforeIsNotOnesOwnAfterwards) {
  Browser browser = visitor();
  browser.set_cookie("minben", "a-token-that-an-attacker-chose-and-knows-43c");
  browser.get(documents);
  ASSERT_EQ(browser.post(documents, papers()).status, 303);
  const std::string weak = browser.cookies().at("minben");
  EXPECT_NE(weak, "a-token-that-an-attacker-chose-and-knows-43c");
  first_use(browser, sign_with(browser, card_of(wang)));
  const std::string strong = browser.cookies().at("minben");
  EXPECT_NE(strong, weak);
  secrets_.insert(secrets_.end(), {weak, strong});
  Browser attacker = visitor();
  attacker.set_cookie("minben", weak);
  EXPECT_FALSE(signed_in(attacker)) << "the one from before has ended";
  EXPECT_TRUE(signed_in(browser));
}

TEST_F(Attacks, FormsOfOthersAreNotTaken) {
  Browser victim = visitor(), attacker = visitor();
  for (const std::string_view page : {certificate, mobile, documents}) {
    attacker.get(page);
    const std::string foreign = attacker.token();
    const std::string path = std::string(page) + (page == certificate ? "/start" : "");
    const Fields fields = page == documents ? papers() : Fields{{"mode", "scan"}};
    EXPECT_EQ(victim.post_as_is(path, fields).status, 403) << page << ": a stranger, no token";
    expect_logged("refused: a form that is not ours");
    victim.get(page);
    EXPECT_EQ(victim.post_as_is(path, fields).status, 403) << page << ": no token";
    expect_logged("refused: a form that is not ours");
    Fields with_foreign = fields;
    with_foreign.emplace_back("_csrf", foreign);
    EXPECT_EQ(victim.post_as_is(path, with_foreign).status, 403) << page << ": another's token";
    expect_logged("refused: a form that is not ours");
    Fields with_own = fields;
    with_own.emplace_back("_csrf", victim.token());
    for (const auto& [name, value] :
         Fields{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}}) {
      EXPECT_EQ(victim.post_as_is(path, with_own, {{name, value}}).status, 403) << page << name;
      expect_logged("refused: a form that is not ours");
    }
    keep_secret(victim);
  }
  EXPECT_EQ(asked_, 0) << "nobody was asked who that is";
  EXPECT_FALSE(signed_in(victim));
}

TEST_F(Attacks, NobodyIsLedElsewhereAfterSigningIn) {
  for (const std::string& place : {"https://evil.example/", "//evil.example/", "/\\evil.example",
                                   "javascript:alert(1)", "/en/account\r\nSet-Cookie: a=b"}) {
    Browser browser = visitor();
    browser.get(documents);
    Fields fields = papers();
    fields.emplace_back("return", place);
    const Page in = browser.post(documents, fields);
    ASSERT_EQ(in.status, 303);
    EXPECT_EQ(in.location, "/en/cases") << place;
    expect_logged("refused: a return address elsewhere");
    for (const std::string_view page : {certificate, mobile, documents}) {
      const Page shown = browser.get(std::string(page) + "?return=" + net::percent_encode(place));
      // The switch of the language leads to this page again, with what was asked; nothing else
      // does.
      EXPECT_FALSE(shown.has("\"" + place)) << page << " leads to " << place;
    }
  }
}

TEST_F(Attacks, NoPageIsFramedBySomebodyElse) {
  Browser browser = visitor();
  for (const std::string_view path : {certificate, mobile, documents}) {
    const Page page = browser.get(path);
    EXPECT_EQ(page.headers.get("X-Frame-Options"), "SAMEORIGIN") << path;
    EXPECT_NE(page.headers.get("Content-Security-Policy").find("frame-ancestors 'self'"),
              std::string_view::npos)
        << path;
  }
}

TEST_F(Attacks, AWeakSignInDoesNothingStrong) {
  Browser browser = visitor();
  browser.get(documents);
  ASSERT_EQ(browser.post(documents, papers()).status, 303);
  keep_secret(browser);
  browser.get("/en/account");
  for (const std::string_view page : {"/en/account/lost", "/en/account/methods/health-card"}) {
    const Page got = browser.get(page);
    EXPECT_EQ(got.status, 303);
    EXPECT_NE(got.location.find("why=strongly"), std::string::npos) << got.location;
    expect_logged("refused: a stronger sign-in is needed");
    const Page sent = browser.post(page, {{"lost", "binding:x"}});
    EXPECT_EQ(sent.status, 303);
    EXPECT_NE(sent.location.find("why=strongly"), std::string::npos) << sent.location;
    expect_logged("refused: a stronger sign-in is needed");
  }
}

TEST_F(Attacks, NobodyLearnsWhoIsKnown) {
  constexpr std::string_view nobody = "A123456789";
  const auto by_papers = [&](std::string_view who) {
    Browser browser = visitor();
    browser.get(documents);
    Page page = browser.post(documents, papers("999900000009", who));
    for (std::string secret : {std::string(who), browser.token()})
      for (auto at = page.body.find(secret); at != page.body.npos; at = page.body.find(secret))
        page.body.replace(at, secret.size(), "…");
    return std::pair(page.status, page.body);
  };
  const int before = asked_;
  const auto known = by_papers(wang);
  const int for_known = asked_ - before;
  const auto unknown = by_papers(nobody);
  EXPECT_EQ(known, unknown);
  EXPECT_EQ(asked_ - before, 2 * for_known) << "the registers have as much to do";
  expect_logged("sign-in refused: health_card no_match");
  const auto by_phone = [&](std::string_view who) {
    Browser browser = visitor();
    browser.get(mobile);
    const Page asked = browser.post(mobile, {{"mode", "push"}, {"national_id", std::string(who)}});
    const Page waits = browser.follow(asked);
    return std::tuple(asked.status, asked.location, waits.status,
                      waits.has("Your phone shows the same number"));
  };
  EXPECT_EQ(by_phone(chen), by_phone(nobody));
}

TEST_F(Attacks, TriesAreCountedByPersonAndByNetwork) {
  Browser browser = visitor();
  browser.get(documents);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(browser.post(documents, papers("999900000009")).has("do not agree")) << i;
  EXPECT_TRUE(visitor().get(documents).status == 200);
  Browser another = visitor();
  another.get(documents);
  EXPECT_TRUE(another.post(documents, papers()).has("Too many tries")) << "though they are right";
  expect_logged("sign-in refused: health_card too_many_tries");
  another.get(mobile);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(another.post(mobile, {{"mode", "push"}, {"national_id", std::string(chen)}}).status,
              303);
  EXPECT_TRUE(another.post(mobile, {{"mode", "push"}, {"national_id", std::string(chen)}})
                  .has("Too many requests"));
  expect_logged("sign-in refused: mobile_approval too_many_approvals");
  another.get(certificate);
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(another.post("/en/sign-in/certificate/start", {}).status, 200) << i;
    another.get(certificate);
  }
  EXPECT_EQ(another.post("/en/sign-in/certificate/start", {}).status, 422);
  expect_logged("sign-in refused: citizen_certificate too_many_tries");
}

TEST_F(Attacks, WhetherSomebodyHasDiedIsToldToNobodyElse) {
  died_ = true;
  Browser browser = visitor();
  browser.get(documents);
  EXPECT_TRUE(browser.post(documents, papers("999900000009")).has("do not agree"));
  expect_logged("sign-in refused: health_card no_match");
  EXPECT_TRUE(browser.post(documents, papers()).has("We are sorry")) << "who knows all numbers";
  expect_logged("sign-in refused: health_card deceased");
}

}  // namespace
}  // namespace minben::citizen
