// The pages of a service's owner: where cases wait, what is stuck, moving cases to another version.
#include "casework/operations.hpp"

#include "desk_house.hpp"
#include "process/process.hpp"

namespace minben::desk {
namespace {

class OperationsPages : public DeskHouse {
 protected:
  static constexpr std::string_view at = "/en/desk/services/gold-card/operations";

  /// Another model was served in between, so that the case runs on an older version.
  void serve_another_model() {
    const auto package = must(casework().packages().newest(ServiceCode{"gold-card"}));
    std::string xml = package->process_xml;
    const std::string_view name = "minben:nameEn=\"Final review\"";
    xml.replace(xml.find(name), name.size(), "minben:nameEn=\"Last review\"");
    const auto model = process::load_definition(xml, "other.bpmn");
    ASSERT_TRUE(model.has_value());
    must(world_->database().transact([&](store::Transaction& tx) {
      return casework().processes().deploy(tx, "gold-card", *model);
    }));
  }
};

TEST_F(OperationsPages, MoveCasesToTheVersionThatIsServedNow) {
  in_review(applicant_);
  serve_another_model();
  Browser owner = browser_of(officer("nia"));
  EXPECT_TRUE(owner.get("/en/desk/figures").has(std::string(at)));
  const Page page = owner.get(at);
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("Nothing is stuck."));
  EXPECT_TRUE(page.has("Rehearse the move"));

  const auto begun = owner.post(std::string(at) + "/move", {{"version", "1"}, {"how", "rehearse"}});
  ASSERT_EQ(begun.status, 303);
  EXPECT_TRUE(owner.get(begun.location).has("Under way: 0 of 1"));
  must(world_->run_due());
  EXPECT_TRUE(owner.get(begun.location).has("Finished on"));
  owner.get(at);
  const auto moved = owner.post(std::string(at) + "/move", {{"version", "1"}, {"how", "move"}});
  must(world_->run_due());
  EXPECT_TRUE(owner.get(moved.location).has("Move from version 1 to version 3"));
  EXPECT_FALSE(owner.get(at).has("Rehearse the move")) << "no case is left behind";
  EXPECT_TRUE(owner.get(at).has("Rehearsal: version 1 to version 3")) << "what was done is kept";
  EXPECT_TRUE(owner.get("/zh-Hant/desk/services/gold-card/operations").has("操作紀錄"));
}

TEST_F(OperationsPages, AreForOwnersOnly) {
  in_review(applicant_);
  Browser other = browser_of(officer("wda"));
  EXPECT_EQ(other.get(at).status, 403);
  other.get("/en/desk");
  EXPECT_EQ(other.post(std::string(at) + "/move", {{"version", "1"}, {"how", "move"}}).status, 403);
  EXPECT_EQ(other.post(std::string(at) + "/retry", {}).status, 403);
  Browser owner = browser_of(officer("nia"));
  EXPECT_EQ(owner.get("/en/desk/services/none/operations").status, 404);
  EXPECT_EQ(owner.get(std::string(at) + "/no-batch").status, 404);
}

TEST_F(OperationsPages, OneCaseIsMovedAfterALookAhead) {
  const CaseId id = in_review(applicant_);
  const std::string there = std::string(at) + "/cases/" + to_string(id);
  Browser owner = browser_of(officer("nia"));
  const Page page = owner.get(there);
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("Information check"));
  EXPECT_TRUE(page.has("Waits for an officer"));
  EXPECT_TRUE(page.has("data-here=\"immigration_check\""));
  EXPECT_FALSE(page.has("DOE, JANE")) << "where it stands, not what it says";
  EXPECT_EQ(owner.get(there + "/process.bpmn").status, 200);

  owner.get(there);
  const Page faults = owner.post(there + "/modification", {{"version", "1"}});
  EXPECT_EQ(faults.status, 422);
  for (const char* text : {"Position to leave: choose", "Step to go on at: choose", "Reason: say"})
    EXPECT_TRUE(faults.has(text)) << text;

  const auto view = must(casework::Operations(world_->database(), casework())
                             .case_at_hand(officer("nia"), ServiceCode{"gold-card"}, id));
  Fields form{{"version", std::to_string(view.version)},
              {"leave", std::to_string(view.places.front().token)},
              {"go_on_at", "final_review"},
              {"note", "The <agreement> of 3 May"}};
  const Page foreseen = owner.post(there + "/modification", form);
  EXPECT_EQ(foreseen.status, 200);
  for (const char* text : {"Nothing has been changed yet", "Information check", "Final review",
                           "The &lt;agreement&gt; of 3 May"})
    EXPECT_TRUE(foreseen.has(text)) << text;
  EXPECT_TRUE(owner.get(there).has("Nothing was done yet."));

  form.push_back({"how", "do"});
  const Page done = owner.post(there + "/modification", form);
  ASSERT_EQ(done.status, 303);
  EXPECT_TRUE(owner.get(done.location).has("Moved from Information check to Final review"));
  EXPECT_TRUE(owner.get(at).has("The &lt;agreement&gt; of 3 May")) << "and in the service's log";
  EXPECT_EQ(task_of(officer("nia"), id).step, "final_review");
  EXPECT_TRUE(owner.get(path(id, "/course")).has("Moved to another step"));

  owner.get(there);
  const Page late = owner.post(there + "/modification", form);
  EXPECT_EQ(late.status, 409);
  EXPECT_TRUE(late.has("The &lt;agreement&gt; of 3 May")) << "what was typed is not lost";
  EXPECT_TRUE(late.has("operations/cases/")) << "and the way back leads here";
  EXPECT_EQ(owner.get(there + "/modification").location, there) << "the other language’s link";
  owner.get(there);
  EXPECT_EQ(owner.post(there + "/retry", {}).status, 409) << "it is not stuck";
}

TEST_F(OperationsPages, ACaseOfAnotherServiceIsNotThere) {
  const CaseId id = in_review(applicant_);
  Browser owner = browser_of(officer("nia"));
  EXPECT_EQ(owner.get(std::string(at) + "/cases/" + to_string(CaseId{})).status, 404);
  EXPECT_EQ(owner.get(std::string(at) + "/cases/none").status, 404);
  Browser other = browser_of(officer("wda"));
  EXPECT_EQ(other.get(std::string(at) + "/cases/" + to_string(id)).status, 403);
  other.get("/en/desk");
  EXPECT_EQ(other.post(std::string(at) + "/cases/" + to_string(id) + "/retry", {}).status, 403);
  Browser reviewer = browser_of(officer_with("nia", {"caseworker", "team_lead"}));
  EXPECT_EQ(reviewer.get(std::string(at) + "/cases/" + to_string(id)).status, 403);
}

TEST_F(OperationsPages, ShowWhereCasesWait) {
  in_review(applicant_);
  Browser lead = browser_of(officer("nia"));
  EXPECT_EQ(lead.get("/en/desk/services/gold-card/waiting").status, 200) << "nothing finished yet";
  decide("nia", must(casework().my_cases(applicant_)).front().id, "pass");
  const Page page = lead.get("/en/desk/services/gold-card/waiting");
  EXPECT_TRUE(page.has("data-heat"));
  EXPECT_TRUE(page.has("<svg"));
  EXPECT_TRUE(page.has("Information check"));
  EXPECT_EQ(lead.get("/en/desk/services/none/waiting").status, 404);
  EXPECT_EQ(browser_of(officer_with("nia", {"caseworker"}))
                .get("/en/desk/services/gold-card/waiting")
                .status,
            403);
}

}  // namespace
}  // namespace minben::desk
