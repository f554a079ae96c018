// What officers do, page by page, without script.
#include "desk_house.hpp"

namespace minben::desk {
namespace {

using casework::State;

class Work : public DeskHouse {
 protected:
  Work() : id_(in_review(applicant_)), nia_(officer("nia")), browser_(browser_of(nia_)) {}
  CaseId id_;
  casework::Officer nia_;
  Browser browser_;
};

TEST_F(Work, QueueShowsWhatTheAgencyHasToDo) {
  const Page queue = browser_.get("/en/desk");
  EXPECT_EQ(queue.status, 200);
  EXPECT_TRUE(queue.has(view(id_).summary.number));
  EXPECT_TRUE(queue.has("Information check"));
  EXPECT_TRUE(browser_.get("/en/desk?who=nobody").has(view(id_).summary.number));
  EXPECT_FALSE(browser_.get("/en/desk?who=mine").has(view(id_).summary.number));
  EXPECT_FALSE(browser_.get("/en/desk?step=final_review").has(view(id_).summary.number));
  EXPECT_FALSE(browser_.get("/en/desk?overdue=yes").has(view(id_).summary.number));
  must(world_->advance_to(*parse_date("2026-03-31")));
  const Page late = browser_of(nia_).get("/en/desk?overdue=yes");
  EXPECT_TRUE(late.has(view(id_).summary.number));
  EXPECT_TRUE(late.has("Overdue"));
  EXPECT_FALSE(browser_of(officer("wda")).get("/en/desk").has(view(id_).summary.number));
  EXPECT_TRUE(browser_of(nia_).get("/zh-Hant/desk").has("移民署資料查核"));
}

TEST_F(Work, QueueFiltersByTheAnswersThatThePackageNames) {
  const std::string number = view(id_).summary.number;
  const Page all = browser_.get("/en/desk");
  EXPECT_TRUE(all.has("name=\"gold-card/field\""));
  EXPECT_TRUE(all.has("Field of expertise"));
  EXPECT_TRUE(all.has("<option value=\"biotech\">Biotechnology</option>"));
  EXPECT_TRUE(all.has("<span class=\"govuk-hint\">Digital</span>"));
  const Page digital = browser_.get("/en/desk?gold-card%2Ffield=digital");
  EXPECT_TRUE(digital.has(number));
  EXPECT_TRUE(digital.has("<option value=\"digital\" selected>Digital</option>"));
  EXPECT_TRUE(digital.has("/en/desk?gold-card%2Ffield=digital")) << "comes back to the same list";
  EXPECT_FALSE(browser_.get("/en/desk?gold-card%2Ffield=biotech").has(number));
  EXPECT_TRUE(browser_.get("/en/desk?gold-card%2Ffield=nonsense").has(number));
  EXPECT_FALSE(browser_.get("/en/desk?service=other").has("gold-card/field"));
  EXPECT_TRUE(browser_.get("/zh-Hant/desk").has("<option value=\"biotech\">生技</option>"));
}

TEST_F(Work, QueueIsATableAlsoWhereItsRowsAreCards) {
  const Page queue = browser_.get("/en/desk");
  EXPECT_TRUE(queue.has("<table class=\"govuk-table\" role=\"table\">"));
  EXPECT_TRUE(queue.has("<th scope=\"row\" role=\"rowheader\""));
  EXPECT_TRUE(queue.has("<span class=\"mb-cell-title\" aria-hidden=\"true\">Due</span>"));
}

TEST_F(Work, FootOfTheDeskSpeaksToOfficers) {
  EXPECT_TRUE(browser_.get("/en/desk").has("ask your agency’s administrator"));
  EXPECT_FALSE(browser_.get("/en/desk").has("write a message on the case’s page"));
  EXPECT_TRUE(nobody().get("/en/desk/sign-in").has("ask your agency’s administrator"));
}

TEST_F(Work, CourseLeavesOutWhatTheCaseWillNotReach) {
  const Page course = browser_.get(path(id_, "/course"));
  EXPECT_TRUE(course.has("Opinion: digital ministry"));
  EXPECT_FALSE(course.has("Opinion: science council"));
  EXPECT_TRUE(course.has("Passport inspection"));  // applied for from abroad
  EXPECT_FALSE(course.has("Joint review"));
  EXPECT_FALSE(course.has("May be needed"));
}

TEST_F(Work, ClaimsSeveralAtOnceAndSaysWhatWasMissed) {
  const CaseId second = in_review(must(world_->new_applicant("ROE, RICHARD")));
  const auto first_task = task_of(nia_, id_);
  const auto second_task = task_of(nia_, second);
  browser_.get("/en/desk");
  const auto faster = officer("nia", 2);
  must(casework().claim(faster, second_task.id, second_task.version));
  const Page done = browser_.post("/en/desk/claim", {{"task", picked(first_task)},
                                                     {"task", picked(second_task)},
                                                     {"return", "/en/desk?who=mine"}});
  EXPECT_EQ(done.location, "/en/desk?who=mine");
  const Page shown = browser_.follow(done);
  EXPECT_TRUE(shown.has("Taken: 1. Not taken: 1"));
  EXPECT_EQ(task_of(nia_, id_).claimed_by, nia_.id);
  EXPECT_EQ(task_of(nia_, second).claimed_by, faster.id);
}

TEST_F(Work, NeverLeavesTheSite) {
  browser_.get("/en/desk");
  EXPECT_EQ(browser_.post("/en/desk/claim", {{"return", "//evil.example"}}).location, "/en/desk");
}

TEST_F(Work, ShowsAnswersDocumentsAndDataEscaped) {
  const Page page = browser_.get(path(id_));
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.has("Eight years as &lt;lead&gt; engineer."));
  EXPECT_FALSE(page.has("<lead>"));
  EXPECT_TRUE(page.has("Household registration"));
  EXPECT_TRUE(page.has("Source: Department of Household Registration"));
  for (const auto& document : view(id_).documents) {
    const Page file = browser_.get(path(id_, "/documents/" + document.id + "/view"));
    EXPECT_EQ(file.status, 200);
    EXPECT_TRUE(file.headers.get("Content-Security-Policy").starts_with("default-src 'none'"));
    EXPECT_EQ(file.headers.get("X-Content-Type-Options"), "nosniff");
    const bool image = file.headers.get("Content-Type") == "image/jpeg";
    EXPECT_EQ(image, file.headers.get("Content-Security-Policy").find("sandbox") !=
                         std::string_view::npos);
    const Page beside = browser_.get(path(id_, "?document=" + document.id));
    EXPECT_TRUE(beside.has((image ? "<img class=\"mb-viewer__image\" src=\""
                                  : "<iframe class=\"mb-viewer__frame\" src=\"") +
                           path(id_, "/documents/" + document.id + "/view\"")));
    const Page saved = browser_.get(path(id_, "/documents/" + document.id));
    EXPECT_TRUE(saved.headers.get("Content-Disposition").starts_with("attachment"));
  }
  EXPECT_EQ(browser_.get(path(id_, "/documents/0197e2d2-0000-7000-8000-000000000001/view")).status,
            404);
}

TEST_F(Work, EveryLookIsRecordedForThePerson) {
  const auto count = [&] {
    return must(world_->database().transact([&](store::Transaction& tx) {
             return world_->mydata().usages_of(tx, applicant_.person, {}, {});
           }))
        .size();
  };
  const auto before = count();
  browser_.get(path(id_));
  EXPECT_EQ(count(), before + 1);
}

TEST_F(Work, MarksStayWithTheAnswer) {
  const std::string task = claim(browser_, nia_, id_);
  const std::string name = page::field_id("/passport_no");
  const Page marked =
      browser_.post(path(id_, "/mark"), {{"task", task},
                                         {"field", "/passport_no"},
                                         {"names", name},
                                         {"value-" + name, "wrong"},
                                         {"note-" + name, "One digit is missing."}});
  EXPECT_EQ(marked.status, 303) << marked.body;
  const Page page = browser_.get(path(id_));
  EXPECT_TRUE(page.has("One digit is missing."));
  const Page nothing = browser_.post(path(id_, "/mark"),
                                     {{"task", task}, {"field", "/passport_no"}, {"names", name}});
  EXPECT_TRUE(browser_.follow(nothing).has("Choose a mark first."));
  EXPECT_TRUE(
      browser_.get(path(id_, "/supplement")).has("One digit is missing."));  // taken over as a note
}

TEST_F(Work, AsksForASupplement) {
  const std::string task = claim(browser_, nia_, id_);
  browser_.get(path(id_, "/supplement"));
  const Page empty = browser_.post(path(id_, "/supplement"),
                                   {{"task", task}, {"days", "99"}, {"text", "Please look"}});
  EXPECT_EQ(empty.status, 422);
  EXPECT_TRUE(empty.has("Choose a reason"));
  EXPECT_TRUE(empty.has("Choose at least one item"));
  EXPECT_TRUE(empty.has("Enter a number from 1 to 30"));
  EXPECT_TRUE(empty.has("Please look"));  // nothing typed is lost
  const Page sent = browser_.post(path(id_, "/supplement"),
                                  {{"task", task},
                                   {"reason", "document_unreadable"},
                                   {"field", "/passport_copy"},
                                   {"note-" + page::field_id("/passport_copy"), "Page 2 is dark"},
                                   {"days", "5"}});
  EXPECT_EQ(sent.status, 303) << sent.body;
  const auto seen = view(id_);
  EXPECT_EQ(seen.summary.state, State::awaiting_applicant);
  ASSERT_TRUE(seen.supplement);
  EXPECT_EQ(seen.supplement->fields.front().note, "Page 2 is dark");
  const Page page = browser_.get(path(id_));
  EXPECT_TRUE(page.has("Nothing can be decided until it is answered"));
  const Page back = browser_.post(
      path(id_, "/supplement/cancel"),
      {{"task", picked(task_of(nia_, id_))}, {"supplement", to_string(seen.supplement->id)}});
  EXPECT_EQ(back.status, 303) << back.body;
  EXPECT_EQ(view(id_).summary.state, State::in_review);
}

TEST_F(Work, TwoOfficersDecideAndTheSecondLosesNothingTyped) {
  const std::string task = claim(browser_, nia_, id_);
  browser_.get(path(id_, "/decide"));
  const auto held = task_of(nia_, id_);
  must(casework().decide(nia_, held.id, held.version, {"pass", {}, ""}));  // in another window
  must(world_->run_due());
  const Page late = browser_.post(path(id_, "/decide"), {{"task", task},
                                                         {"outcome", "refuse"},
                                                         {"ground", "overstay_record"},
                                                         {"text", "My long reasons."}});
  EXPECT_EQ(late.status, 409);
  EXPECT_TRUE(late.has("Somebody was faster"));
  EXPECT_TRUE(late.has("My long reasons."));
  EXPECT_TRUE(view(id_).decision == std::nullopt);
}

TEST_F(Work, RefusalNeedsGroundsReasonsAndASecondOfficer) {
  const std::string task = claim(browser_, nia_, id_);
  const Page deciding = browser_.get(path(id_, "/decide"));
  EXPECT_TRUE(deciding.has("The rules find no ground.")) << deciding.body;
  const Page bare = browser_.post(path(id_, "/decide"), {{"task", task}, {"outcome", "refuse"}});
  EXPECT_EQ(bare.status, 422);
  EXPECT_TRUE(bare.has("Choose at least one ground"));
  EXPECT_TRUE(bare.has("Give the reasons for the refusal"));
  const Page odd = browser_.post(
      path(id_, "/decide"), {{"task", task}, {"outcome", "pass"}, {"ground", "overstay_record"}});
  EXPECT_EQ(odd.status, 422);
  const Page proposed = browser_.post(path(id_, "/decide"), {{"task", task},
                                                             {"outcome", "refuse"},
                                                             {"ground", "overstay_record"},
                                                             {"text", "Overstayed in 2019."}});
  EXPECT_EQ(proposed.status, 303) << proposed.body;
  EXPECT_EQ(view(id_).summary.state, State::in_review);

  const auto second = officer("nia", 2);
  Browser other = browser_of(second);
  const std::string confirmation = claim(other, second, id_);
  const Page ask = other.get(path(id_, "/confirm"));
  EXPECT_TRUE(ask.has("Overstayed in 2019."));
  EXPECT_TRUE(ask.has("Immigration Act, Art. 18"));
  EXPECT_EQ(other.post(path(id_, "/confirm"), {{"task", confirmation}}).status, 422);
  EXPECT_EQ(other.post(path(id_, "/confirm"), {{"task", confirmation}, {"agree", "no"}}).status,
            422);
  const Page agreed = other.post(path(id_, "/confirm"), {{"task", confirmation}, {"agree", "yes"}});
  EXPECT_EQ(agreed.status, 303) << agreed.body;
  must(world_->run_due());
  EXPECT_EQ(view(id_).summary.state, State::refused);
  EXPECT_TRUE(other.get(path(id_)).has("The applicant may appeal until"));
}

TEST_F(Work, FourAgenciesTakeACaseToItsCard) {
  const auto step = [&](std::string_view agency, const std::string& outcome,
                        std::string_view text = {}) {
    const auto who = officer(agency);
    Browser browser = browser_of(who);
    const std::string task = claim(browser, who, id_);
    browser.get(path(id_, "/decide"));
    const Page done = browser.post(
        path(id_, "/decide"), {{"task", task}, {"outcome", outcome}, {"text", std::string(text)}});
    EXPECT_EQ(done.status, 303) << agency << done.body;
    must(world_->run_due());
  };
  step("nia", "pass");
  step("wda", "complete");
  step("moda", "qualified", "Eight years are shown.");
  const auto wda = officer("wda");
  Browser browser = browser_of(wda);
  claim(browser, wda, id_);
  EXPECT_TRUE(browser.get(path(id_, "/decide")).has("Eight years are shown."));
  const auto task = task_of(wda, id_);
  browser.post(path(id_, "/decide"), {{"task", picked(task)}, {"outcome", "pass"}});
  must(world_->run_due());
  step("boca", "pass");
  step("nia", "approve");
  EXPECT_EQ(view(id_).summary.state, State::approved);
  const Page course = browser_.get(path(id_, "/course"));
  EXPECT_TRUE(course.has("Document issued"));
  EXPECT_TRUE(course.has("data-diagram"));
  EXPECT_TRUE(browser_.get(path(id_, "/process.bpmn")).has("bpmn:definitions"));
}

TEST_F(Work, WritesToTheApplicant) {
  browser_.get(path(id_, "/messages"));
  EXPECT_EQ(browser_.post(path(id_, "/messages"), {{"text", "  "}}).status, 422);
  EXPECT_EQ(browser_.post(path(id_, "/messages"), {{"text", "Please call <us>."}}).status, 303);
  EXPECT_TRUE(browser_.get(path(id_, "/messages")).has("Please call &lt;us&gt;."));
  EXPECT_EQ(must(casework().messages(applicant_, id_)).size(), 1);
}

TEST_F(Work, FindsByNumberAndName) {
  const std::string number = view(id_).summary.number;
  EXPECT_EQ(browser_.get("/en/desk/search?q=" + number).location, path(id_));
  EXPECT_TRUE(browser_.get("/en/desk/search?q=doe%2C+jane").has(number));
  EXPECT_TRUE(browser_.get("/en/desk/search?q=nobody").has("Nothing found"));
  EXPECT_TRUE(browser_of(officer("nstc")).get("/en/desk/search?q=" + number).has("Nothing found"));
}

TEST_F(Work, LeadsAssignAndTakeBack) {
  const auto lead = officer("nia", 2);
  Browser browser = browser_of(lead);
  browser.get(path(id_));
  const Page done = browser.post(
      path(id_, "/assign"), {{"task", picked(task_of(lead, id_))}, {"to", to_string(nia_.id)}});
  EXPECT_EQ(done.status, 303) << done.body;
  EXPECT_EQ(task_of(lead, id_).claimed_by, nia_.id);
  const Page back = browser.post(path(id_, "/release"), {{"task", picked(task_of(lead, id_))}});
  EXPECT_EQ(back.status, 303) << back.body;
  EXPECT_FALSE(task_of(lead, id_).claimed_by);
}

}  // namespace
}  // namespace minben::desk
