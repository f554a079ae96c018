// Serving packages: versions, hot reload, and the examples.
#include <thread>

#include <boost/json/array.hpp>

#include "world.hpp"

namespace minben::casework {

using Serving = CaseworkTest;

TEST_F(Serving, ABrokenEditIsReportedAndTheOldVersionServes) {
  const auto before = must(world_->packages().newest(permit()));
  replace_in(package_folder() / "process.bpmn", "check_outcome =", "chek_outcome =");
  const auto faults = world_->packages().reload();
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(faults[0].field, "permit/process.bpmn");
  EXPECT_GT(faults[0].line, 0);
  EXPECT_EQ(must(world_->packages().newest(permit())), before);
  EXPECT_EQ(view(in_review()).summary.state, State::in_review);
  EXPECT_EQ(world_->packages().reload().size(), faults.size());  // still known, not read again

  replace_in(package_folder() / "process.bpmn", "chek_outcome =", "check_outcome =");
  EXPECT_TRUE(world_->packages().reload().empty());
  EXPECT_EQ(must(world_->packages().newest(permit()))->digest, before->digest);
}

TEST_F(Serving, WatchingPicksUpAnEditByItself) {
  const auto before = must(world_->packages().newest(permit()))->digest;
  world_->packages().watch(milliseconds{5});
  replace_in(package_folder() / "service.toml", "appeal_days = 30", "appeal_days = 60");
  for (int round = 0; round < 1000; ++round) {
    if (must(world_->packages().newest(permit()))->digest != before) return;
    std::this_thread::sleep_for(milliseconds{5});
  }
  FAIL() << "not picked up within five seconds";
}

TEST_F(Serving, CasesStayWithTheirVersion) {
  const auto id = in_review();
  const auto old_digest = view(id).package_digest;
  replace_in(package_folder() / "service.toml", "statutory_working_days = 20",
             "statutory_working_days = 40");
  ASSERT_TRUE(world_->packages().reload().empty());
  const auto fresh = must(world_->packages().newest(permit()));
  EXPECT_NE(fresh->digest, old_digest);
  EXPECT_EQ(view(id).package_digest, old_digest);
  EXPECT_EQ(view(id).clock.allowed, 20);

  // Another node, which never read the old files from disk.
  Packages other(world_->database(), scratch_.path() / "packages", test_agencies());
  EXPECT_EQ(must(other.by_digest(old_digest))->statutory_working_days, 20);
  EXPECT_EQ(code_of(other.by_digest("00")), "unknown_package");

  decide("nia", id, "pass");
  decide("moda", id, "qualified");
  decide("wda", id, "approve");
  EXPECT_EQ(view(id).summary.state, State::approved);
}

TEST_F(Serving, DraftsMoveOnToTheNewestVersion) {
  const auto draft = filled_draft(applicant_);
  replace_in(package_folder() / "forms/apply.json", "\"minLength\": 5", "\"minLength\": 9");
  ASSERT_TRUE(world_->packages().reload().empty());
  const auto refused = casework().submit(applicant_, draft.id, draft.version, "token", true);
  EXPECT_EQ(code_of(refused), "answers_incomplete");
  EXPECT_EQ(refused.error().field, "/passport_no");
}

TEST_F(Serving, AnAnswerThatIsNoLongerAskedForDoesNotStandInTheWay) {
  const auto draft = filled_draft(applicant_);
  auto form = parse_json(read_text(package_folder() / "forms/apply.json")).value();
  form.at("properties").as_object().erase("evidence");
  auto& required = form.at("required").as_array();
  required.erase(std::ranges::find(required, Json("evidence")));
  form.at("x-pages").as_array()[2].at("fields") = JsonArray{"passport_copy"};
  write_text(package_folder() / "forms/apply.json", write_json(form));
  for (const auto* example : {"approved", "lapsed"}) {
    std::filesystem::remove(package_folder() / "examples" / (std::string(example) + ".json"));
  }
  for (const auto& fault : world_->packages().reload()) ADD_FAILURE() << describe(fault);
  EXPECT_FALSE(must(casework().draft(applicant_, draft.id)).answers.contains("evidence"));
  const auto id = must(casework().submit(applicant_, draft.id, draft.version, "token", true)).id;
  EXPECT_FALSE(view(id).answers.contains("evidence"));
}

TEST(Examples, OfTheTestServicePass) {
  test::TestDatabase database;
  ScratchFolder scratch;
  const auto results = test_package(test_packages / "permit", test_agencies(), test_calendar(),
                                    database.url(), scratch.path());
  ASSERT_TRUE(results.has_value()) << describe(results.error());
  EXPECT_EQ(results->size(), 3u);
  for (const auto& result : *results) {
    for (const auto& failure : result.failures)
      ADD_FAILURE() << result.file << ": " << failure.detail;
  }
}

TEST(Examples, AWrongExpectationIsNamed) {
  test::TestDatabase database;
  ScratchFolder scratch;
  const auto folder = scratch.path() / "packages" / "permit";
  std::filesystem::create_directories(folder.parent_path());
  std::filesystem::copy(test_packages / "permit", folder, std::filesystem::copy_options::recursive);
  replace_in(folder / "examples/approved.json", "\"fee_twd\": 2700", "\"fee_twd\": 1");
  const auto results =
      must(test_package(folder, test_agencies(), test_calendar(), database.url(), scratch.path()));
  int failures = 0;
  for (const auto& result : results) {
    for (const auto& failure : result.failures) {
      ++failures;
      EXPECT_EQ(failure.field, "examples/approved.json");
      EXPECT_NE(failure.detail.find("fee_twd should be 1, is 2700"), std::string::npos)
          << failure.detail;
    }
  }
  EXPECT_EQ(failures, 1);
}

}  // namespace minben::casework
