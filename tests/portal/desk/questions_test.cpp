// A use of data is questioned on the person's pages and answered on those of the agency's data
// protection officer.
#include "desk_house.hpp"

namespace minben::desk {
namespace {

using testing::HasSubstr;

class QuestionedUses : public DeskHouse {
 protected:
  QuestionedUses() {
    usage_ = must(world_->database().transact([&](store::Transaction& tx) {
      return world_->mydata().record_view(tx, {.person = applicant_.person,
                                               .case_id = CaseId::make(world_->clock(), random_),
                                               .agency = {"nia"},
                                               .officer_role = "caseworker",
                                               .fields = {{"/passport", {"護照", "Passport"}}},
                                               .purpose_code = "gold-card-review",
                                               .purpose = {"就業金卡審查", "Gold Card review"},
                                               .legal_basis = {"法", "Law"}});
    }));
  }
  Browser signed_in() {
    Browser made{origin(), client_};
    made.sign_in(
        must(world_->identity().sign_in_unchecked(applicant_.person, identity::Assurance::low)));
    return made;
  }
  std::string asked_at() { return "/en/usage/" + to_string(usage_) + "/question"; }
  /// Where the new question is, as its person sees it.
  std::string ask(Browser& person, const std::string& words) {
    person.get(asked_at());
    const Page asked = person.post(asked_at(), {{"text", words}});
    EXPECT_EQ(asked.status, 303) << asked.body;
    return asked.location;
  }
  static std::string id_of(const std::string& place) { return place.substr(place.rfind('/') + 1); }
  Browser privacy_officer(std::string_view agency = "nia") {
    return browser_of(officer_with(agency, {std::string(identity::role::data_protection_officer)},
                                   "privacy@" + std::string(agency) + ".example"));
  }
  mydata::UsageId usage_;
  Browser person_ = signed_in();
};

TEST_F(QuestionedUses, AreAskedFollowedAnsweredAndClosed) {
  EXPECT_TRUE(person_.get("/en/usage").has(asked_at())) << "each use offers it";
  EXPECT_TRUE(person_.get(asked_at()).has("National Immigration Agency"));
  const Page empty = person_.post(asked_at(), {{"text", "  "}});
  EXPECT_EQ(empty.status, 422);
  EXPECT_TRUE(empty.has("Say it in words"));
  const std::string mine = ask(person_, "Who & <why>?");
  EXPECT_TRUE(person_.get("/en/usage").has("Your question Q115-"));
  EXPECT_TRUE(person_.get(mine).has("Who &amp; &lt;why&gt;?"));
  EXPECT_TRUE(person_.get("/zh-Hant/questions").has("等待答覆"));

  Browser officer = privacy_officer();
  const std::string theirs = "/en/desk/questions/" + id_of(mine);
  EXPECT_TRUE(officer.get("/en/desk/questions").has(theirs));
  const Page one = officer.get(theirs);
  EXPECT_TRUE(one.has("Who &amp; &lt;why&gt;?"));
  EXPECT_TRUE(one.has(to_string(usage_)));
  EXPECT_FALSE(one.has("DOE"));
  EXPECT_FALSE(one.has(to_string(applicant_.person)));
  const Page unsaid = officer.post(theirs + "/answer", {{"version", "1"}, {"text", "Because."}});
  EXPECT_EQ(unsaid.status, 422);
  EXPECT_TRUE(unsaid.has("Choose what was found"));
  EXPECT_TRUE(unsaid.has("Because.")) << "what was typed stays";
  EXPECT_EQ(officer.post(theirs + "/extend", {{"version", "1"}, {"reason", "Archive."}}).status,
            303);
  EXPECT_EQ(officer
                .post(theirs + "/answer",
                      {{"version", "1"}, {"outcome", "justified"}, {"text", "Because."}})
                .status,
            409)
      << "as of before the extension";
  officer.get(theirs);
  EXPECT_EQ(officer
                .post(theirs + "/answer",
                      {{"version", "2"}, {"outcome", "justified"}, {"text", "Because."}})
                .status,
            303);

  const Page answered = person_.get(mine);
  EXPECT_TRUE(answered.has("The use was justified"));
  EXPECT_TRUE(answered.has("Because."));
  EXPECT_TRUE(answered.has("Archive."));
  EXPECT_EQ(person_.post(mine + "/message", {{"text", "And?"}}).status, 303);
  EXPECT_EQ(person_.post(mine + "/close", {}).status, 303);
  EXPECT_TRUE(person_.get(mine).has("Closed"));
  must(ledger::Sequencer(world_->database(), world_->logs()).run_once());
  const Page receipt = person_.get(mine + "/steps/1");
  EXPECT_EQ(receipt.status, 200);
  EXPECT_TRUE(ledger::verify_receipt(receipt.body, world_->logs().newest().vkey()));
}

TEST_F(QuestionedUses, AreOverdueForBothSides) {
  const std::string mine = ask(person_, "Why?");
  world_->clock().advance(days(17));
  EXPECT_TRUE(signed_in().get(mine).has("has not answered in time"));
  Browser officer = privacy_officer();
  EXPECT_TRUE(officer.get("/zh-Hant/desk/questions").has("逾期"));
}

TEST_F(QuestionedUses, AreNobodyElses) {
  const std::string mine = ask(person_, "Why?");
  Browser other{origin(), client_};
  const auto stranger = must(world_->new_applicant("ROE, RICHARD"));
  other.sign_in(
      must(world_->identity().sign_in_unchecked(stranger.person, identity::Assurance::low)));
  EXPECT_EQ(other.get(mine).status, 404);
  EXPECT_EQ(other.get(asked_at()).status, 404);
  EXPECT_EQ(privacy_officer("wda").get("/en/desk/questions/" + id_of(mine)).status, 404);
  Browser caseworker = browser_of(officer_with("nia", {"caseworker"}, "case@nia.example"));
  EXPECT_EQ(caseworker.get("/en/desk/questions").status, 403);
  EXPECT_FALSE(caseworker.get("/en/desk").has("/en/desk/questions"));
}

}  // namespace
}  // namespace minben::desk
