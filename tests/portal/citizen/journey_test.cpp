// One application from the first question to a paid, consented case, as a browser without script
// does it.
#include "../../services/documents/samples.hpp"
#include "house.hpp"
#include "ledger/series.hpp"

namespace minben::citizen {
namespace {

class Journey : public House {
 protected:
  Journey()
      : applicant_(must(world_->new_applicant("DOE, JANE"))), browser_(browser_of(applicant_)) {
    world_->set_register("ris/register/person", Json(JsonObject{{"name_latin", "DOE, JANE"}}));
    world_->set_register("boca/register/visas", Json(JsonObject{{"last_visa", "none"}}));
    world_->set_register("wda/register/employment", Json(JsonObject{{"employer", ""}}));
    world_->set_register("nia/register/residence", Json(JsonObject{{"status", "none"}}));
  }

  void start() {
    browser_.get("/en/services/gold-card/apply");
    const Page started = browser_.post("/en/services/gold-card/apply", {});
    ASSERT_EQ(started.status, 303) << started.body;
    id_ = started.location.substr(std::string_view("/en/drafts/").size());
  }

  [[nodiscard]] std::string path_of(std::string_view page) const {
    return "/en/drafts/" + id_ + "/pages/" + std::string(page);
  }

  static std::string hidden(const Page& shown, std::string_view name) {
    const std::string before = "name=\"" + std::string(name) + "\" value=\"";
    const auto at = shown.body.find(before);
    if (at == shown.body.npos) return {};
    const auto start = at + before.size();
    return shown.body.substr(start, shown.body.find('"', start) - start);
  }

  Page answer(std::string_view page, Fields fields, const std::vector<Browser::File>& files = {}) {
    const Page shown = browser_.get(path_of(page));
    EXPECT_EQ(shown.status, 200) << page;
    fields.emplace_back("_version", hidden(shown, "_version"));
    if (files.empty()) return browser_.post(path_of(page), std::move(fields));
    return browser_.post_files(path_of(page), std::move(fields), files);
  }

  /// The hidden fields that say which questions were asked.
  static Fields asked_pages(const Page& shown) {
    Fields fields;
    const std::string_view before = "name=\"_page\" value=\"";
    for (std::size_t at = 0; (at = shown.body.find(before, at)) != shown.body.npos;) {
      at += before.size();
      fields.emplace_back("_page", shown.body.substr(at, shown.body.find('"', at) - at));
    }
    return fields;
  }

  void expect_saved(const Page& page) { EXPECT_EQ(page.status, 303) << page.body; }

  void answer_all() {
    namespace samples = documents::samples;
    expect_saved(answer("field", {{"field", "digital"}, {"regulation", "digital-1"}}));
    expect_saved(
        answer("situation",
               {{"nationality_class", "general"}, {"situation", "overseas"}, {"years", "3"}}));
    expect_saved(answer("person", {{"name_latin", "DOE, JANE"},
                                   {"birth_date.year", "1990"},
                                   {"birth_date.month", "2"},
                                   {"birth_date.day", "3"},
                                   {"sex", "F"},
                                   {"nationality", "US"}}));
    expect_saved(answer("passport",
                        {{"passport_no", "X1234567"},
                         {"passport_valid_until.year", "2031"},
                         {"passport_valid_until.month", "08"},
                         {"passport_valid_until.day", "30"}},
                        {{"passport_copy", "護照.pdf", "application/pdf", samples::pdf()}}));
    expect_saved(answer("photo", {}, {{"photo", "me.jpg", "image/jpeg", samples::jpeg()}}));
    expect_saved(answer(
        "evidence", {{"evidence_note", "Eight years as lead engineer <of> a payment platform."}},
        {{"evidence", "contract.pdf", "application/pdf", samples::pdf()}}));
    expect_saved(answer("background", {{"prc_employment", "false"}}));
    expect_saved(
        answer("contact", {{"email", "jane@people.example"}, {"phone", "+1 555 0100 000"}}));
  }

  /// The page that confirms it.
  Page submit() {
    const Page check = browser_.get("/en/drafts/" + id_ + "/check");
    EXPECT_TRUE(check.has("NT$5,700")) << check.body;
    EXPECT_TRUE(check.has("Ministry of Digital Affairs"));
    EXPECT_TRUE(check.has("Eight years as lead engineer &lt;of&gt;"));
    const std::string path = "/en/drafts/" + id_ + "/submit";
    const Fields fields = {{"_version", hidden(check, "_version")},
                           {"_token", hidden(check, "_token")}};
    const Page undeclared = browser_.post(path, fields);
    EXPECT_EQ(undeclared.status, 422);
    EXPECT_TRUE(undeclared.has("href=\"#fdeclared\""));
    Fields declared = fields;
    declared.emplace_back("declared", "yes");
    const Page sent = browser_.post(path, declared);
    const Page again = browser_.post(path, declared);
    EXPECT_EQ(sent.status, 303) << sent.body;
    EXPECT_EQ(sent.location, again.location) << "sent twice, one case";
    case_ = sent.location.substr(0, sent.location.rfind('/'));
    return browser_.follow(sent);
  }

  casework::Applicant applicant_;
  Browser browser_;
  std::string id_;    ///< of the draft
  std::string case_;  ///< "/en/cases/…"
};

TEST_F(Journey, ChecksEligibilityAndCarriesTheAnswersOn) {
  Browser stranger = browser();
  const Page asked = stranger.get("/en/services/gold-card/check");
  EXPECT_TRUE(asked.has("Kind of nationality"));
  const Page nothing = stranger.post("/en/services/gold-card/check", asked_pages(asked));
  EXPECT_EQ(nothing.status, 422);
  EXPECT_TRUE(nothing.has("There is a problem"));

  Fields fields = asked_pages(asked);
  for (const auto& [name, value] : Fields{{"nationality_class", "mainland"},
                                          {"field", "digital"},
                                          {"regulation", "digital-1"},
                                          {"situation", "overseas"},
                                          {"passport_valid_until.year", "2031"},
                                          {"passport_valid_until.month", "8"},
                                          {"passport_valid_until.day", "30"}})
    fields.emplace_back(name, value);
  const Page refused = stranger.post("/en/services/gold-card/check", fields);
  EXPECT_TRUE(refused.has("Another act applies to people of the mainland area")) << refused.body;
  EXPECT_TRUE(refused.has("Why this result")) << "with the rule and the answer it saw";
  EXPECT_TRUE(refused.has("Rule 1 of the table Eligibility"));
  for (auto& [name, value] : fields)
    if (name == "nationality_class") value = "general";
  const Page eligible = stranger.post("/en/services/gold-card/check", fields);
  EXPECT_TRUE(eligible.has("You can apply")) << eligible.body;

  // Pressing "apply" before signing in keeps the answers until afterwards.
  const Page held = stranger.post("/en/services/gold-card/apply", fields);
  EXPECT_EQ(held.location.substr(0, 11), "/en/sign-in");
  EXPECT_TRUE(stranger.cookies().contains("minben-held"));
  stranger.sign_in(
      must(world_->identity().sign_in_unchecked(applicant_.person, applicant_.assurance)));
  EXPECT_TRUE(stranger.get("/en/held").has("name=\"regulation\" value=\"digital-1\""));
  fields.emplace_back("_held", "yes");
  const Page started = stranger.post("/en/services/gold-card/apply", fields);
  EXPECT_EQ(started.location.substr(0, 11), "/en/drafts/");
  EXPECT_FALSE(stranger.cookies().contains("minben-held"));
  EXPECT_TRUE(stranger.get(started.location + "/pages/field").has("value=\"digital\" checked"));
}

TEST_F(Journey, KeepsWhatWasTypedAndSaysWhatIsWrong) {
  start();
  EXPECT_TRUE(browser_.get("/en/drafts/" + id_).has("You have completed 0 of"));

  const Page wrong = answer("person", {{"name_latin", "<DOE>"},
                                       {"birth_date.year", "1990"},
                                       {"birth_date.month", ""},
                                       {"birth_date.day", "31"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.has("value=\"&lt;DOE&gt;\""));
  EXPECT_TRUE(wrong.has("value=\"1990\""));
  EXPECT_TRUE(wrong.has("There is a problem"));
  EXPECT_TRUE(wrong.has("<title>Error: "));

  expect_saved(answer("field", {{"field", "digital"}, {"regulation", "digital-1"}}));
  EXPECT_TRUE(browser_.get("/en/drafts/" + id_).has("You have completed 1 of"));
  EXPECT_TRUE(browser_.get("/en/drafts/" + id_ + "/check").has("Something is still missing"));
}

TEST_F(Journey, DiscardsADraft) {
  start();
  const std::string draft = "/en/drafts/" + id_;
  browser_.get(draft + "/discard");
  EXPECT_EQ(browser_.post(draft + "/discard", {}).location, "/en/cases");
  EXPECT_EQ(browser_.get(draft).status, 404);
  EXPECT_TRUE(browser_.get("/en/cases").has("You have no applications yet"));
}

TEST_F(Journey, SaysWhyAFileWasRefusedAndKeepsTheRest) {
  start();
  const Page refused =
      answer("photo", {}, {{"photo", "me.jpg", "image/jpeg", "no picture at all"}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(refused.has("href=\"#fphoto\""));
  EXPECT_FALSE(refused.has("Upload “Photo”")) << "it was uploaded; the reason is its content";

  expect_saved(
      answer("photo", {}, {{"photo", "me.jpg", "image/jpeg", documents::samples::jpeg()}}));
  EXPECT_TRUE(browser_.get(path_of("photo")).has("Uploaded: me.jpg"));
  expect_saved(answer("photo", {}, {{"photo", "", "application/octet-stream", ""}}));
  EXPECT_TRUE(browser_.get(path_of("photo")).has("Uploaded: me.jpg"))
      << "kept when nothing new came";
}

TEST_F(Journey, TakesNoDocumentThatAFormClaims) {
  start();
  const auto other = must(world_->new_applicant("ROE, RICHARD"));
  const std::string foreign = must(world_->upload(other, "photo", "jpeg", "not mine"));
  EXPECT_EQ(answer("photo", {{"photo", foreign}}).status, 422);
}

TEST_F(Journey, AppliesConsentsPaysAndFollowsTheCase) {
  start();
  answer_all();
  EXPECT_TRUE(browser_.get("/en/drafts/" + id_).has("Check your answers and submit"));
  const Page done = submit();
  EXPECT_TRUE(done.has("Application submitted"));
  const auto cases = must(casework().my_cases(applicant_));
  ASSERT_EQ(cases.size(), 1u);
  EXPECT_TRUE(done.has(cases.front().number));
  must(world_->run_due());

  const Page payment = browser_.get(case_ + "/pay");
  EXPECT_TRUE(payment.has("NT$5,700"));
  const Page slip = browser_.get(case_ + "/slip.pdf");
  EXPECT_TRUE(slip.body.starts_with("%PDF-")) << slip.status;
  EXPECT_EQ(slip.headers.get("Content-Security-Policy"), "default-src 'none'; sandbox");
  must(world_->pay(cases.front().id));
  must(world_->run_due());

  const Page consents = browser_.get(case_ + "/consents");
  ASSERT_TRUE(consents.has("Waiting for your answer")) << consents.body;
  for (const auto& wanted :
       must(casework().my_case(applicant_, cases.front().id)).consents_wanted) {
    browser_.get(case_ + "/consents");
    EXPECT_EQ(browser_.post(case_ + "/consents/" + wanted, {{"answer", "grant"}}).location,
              case_ + "/consents");
  }
  must(world_->run_due());
  EXPECT_TRUE(browser_.get(case_ + "/consents").has("Granted"));
  EXPECT_TRUE(browser_.get("/en/consents").has("Granted"));

  const Page shown = browser_.get(case_);
  EXPECT_TRUE(shown.has("In review")) << shown.body;
  EXPECT_TRUE(shown.has("National Immigration Agency"));
  EXPECT_TRUE(shown.has("0 of 60 working days used"));
  EXPECT_TRUE(shown.has("Final review"));
  EXPECT_FALSE(shown.has("Joint review")) << "never employed in the PRC";
  EXPECT_TRUE(browser_.get(case_ + "/answers").has("contract.pdf"));
  EXPECT_TRUE(browser_.get(case_ + "/process").has("data-here=\""));
  const Page why = browser_.get(case_ + "/why");
  EXPECT_TRUE(why.has("No rule spoke against your application.")) << why.body;
  EXPECT_TRUE(why.has("NT$5,700"));
  EXPECT_TRUE(why.has("Ministry of Digital Affairs"));
  const auto records = parse_json(browser_.get(case_ + "/why.json").body);
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->as_array().size(), 3u) << "eligibility, routing, fee";
  EXPECT_TRUE(browser_.get(case_ + "/process.bpmn").has("<bpmn:definitions") ||
              browser_.get(case_ + "/process.bpmn").has("definitions"));

  browser_.get(case_ + "/messages");
  browser_.post(case_ + "/messages", {{"agency", ""}, {"text", "Is <everything> there?"}});
  EXPECT_TRUE(browser_.get(case_ + "/messages").has("Is &lt;everything&gt; there?"));

  browser_.get(case_ + "/withdraw");
  EXPECT_EQ(browser_.post(case_ + "/withdraw", {{"reason", "I changed my plans."}}).status, 303);
  EXPECT_TRUE(browser_.get(case_).has("Withdrawn"));
}

TEST_F(Journey, ShowsUsesOfDataToTheirPersonAlone) {
  start();
  answer_all();
  submit();
  const auto one = must(casework().my_cases(applicant_)).front();
  must(world_->run_due());
  for (const auto& wanted : must(casework().my_case(applicant_, one.id)).consents_wanted)
    must(casework().answer_consent(applicant_, one.id, wanted, true));
  must(world_->pay(one.id));
  must(world_->run_due());
  const auto officer = must(world_->officer(AgencyCode{"nia"}));
  must(casework().open_case(officer, one.id));
  must(casework().open_case(officer, one.id));
  const Page usage = browser_.get("/en/usage?kind=viewed");
  EXPECT_TRUE(usage.has("2 times since")) << usage.body;
  EXPECT_TRUE(usage.has("Looked at by an officer")) << usage.body;
  EXPECT_TRUE(usage.has("National Immigration Agency"));
  EXPECT_TRUE(usage.has("Case officer") || usage.has("caseworker"));
  EXPECT_FALSE(usage.has(officer.name)) << "officers are named by role";
  ledger::Sequencer sequencer(world_->database(), world_->logs());
  EXPECT_GT(must(sequencer.run_once()), 0);
  EXPECT_TRUE(browser_.get("/en/usage?kind=viewed").has("do not rely on that receipt alone"));
  EXPECT_TRUE(browser_.get("/zh-Hant/usage?kind=viewed").has("見證數尚不足"));
  const std::string consents = browser_.get("/en/consents").body;
  const auto link = consents.find("/en/consents/");
  ASSERT_NE(link, consents.npos);
  const std::string consent = consents.substr(link, consents.find('"', link) - link);
  EXPECT_TRUE(browser_.get(consent).has("do not rely on that receipt alone"));
  EXPECT_TRUE(browser_.get(consent).has("Not enough witnesses yet"));
  for (const char* name : {"nia", "wda"}) cosign(name, world_->clock().now());
  EXPECT_FALSE(browser_.get("/en/usage?kind=viewed").has("Not enough witnesses yet"));
  EXPECT_FALSE(browser_.get(consent).has("Not enough witnesses yet"));
  EXPECT_TRUE(browser_.get("/en/usage?agency=boca").has("Nothing is recorded"));
  EXPECT_EQ(browser_.get("/en/usage?from.year=2026&from.month=13&from.day=1").status, 422);

  must(ledger::Sequencer(world_->database(), world_->logs()).run_once());
  EXPECT_TRUE(usage.has("/en/usage/receipts?from=1")) << usage.body;
  const Page file = browser_.get("/en/usage/receipts?from=1");
  const auto series = ledger::verify_receipts(file.body, world_->logs().newest().vkey());
  ASSERT_TRUE(series) << describe(series.error());
  EXPECT_EQ(series->items.size(), 2u) << "each look";
  EXPECT_EQ(browser_.get("/en/usage/receipts?from=2x").status, 404);

  Browser other = browser_of(must(world_->new_applicant("ROE, RICHARD")));
  EXPECT_TRUE(other.get("/en/usage").has("Nothing is recorded"));
  const Page nothing = other.get("/en/usage/receipts");
  EXPECT_TRUE(
      must(ledger::verify_receipts(nothing.body, world_->logs().newest().vkey())).items.empty());
  EXPECT_EQ(other.get(case_).status, 404);
}

}  // namespace
}  // namespace minben::citizen