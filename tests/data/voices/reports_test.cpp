// Problem reports on a virtual clock.
#include "fixture.hpp"

namespace minben::voices {
namespace {

using State = ReportState;
using Step = ReportStep;

struct ReportsTest : VoicesTest {
  catalogue::DatasetId river = dataset_of_today();
  catalogue::DatasetId dataset_of_today() {
    publisher("moenv", "moenv");
    return dataset("river");
  }
  NewReport broken() {
    return {.dataset = river,
            .distribution = {},
            .kind = ReportKind::broken_link,
            .place = "pH",
            .words = "下載不了"};
  }
  ReportId reported() { return must(reports.report({lin, "小林"}, broken())); }
  Report report(ReportId id) { return must(reports.find(id, lin)); }
  int version(ReportId id) { return report(id).version; }
  std::vector<Step> steps(ReportId id) {
    std::vector<Step> out;
    for (const ReportEvent& event : report(id).course) out.push_back(event.step);
    return out;
  }
};

TEST_F(ReportsTest, is_shown_at_once_acknowledged_and_fixed_in_a_version) {
  const ReportId id = reported();
  EXPECT_EQ(must(reports.find(id)).state, State::open);
  EXPECT_EQ(report(id).name, "小林");
  EXPECT_EQ(day(report(id).last_day()), "2026-12-07") << "five working days to say what it is";
  EXPECT_THAT(must(reports.of_dataset(river)), SizeIs(1));
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("moenvdata_steward@gov.example: A new problem")));
  EXPECT_THAT(must(reports.queue(air)), SizeIs(1));
  EXPECT_THAT(must(reports.queue(town)), IsEmpty());
  EXPECT_EQ(reports.fixed(town, id, 1, 1, "").error().code, "not_yours");

  must(reports.acknowledge(air, id, 1, "正在查"));
  EXPECT_EQ(day(report(id).last_day()), "2026-12-28") << "twenty to put it right";
  EXPECT_EQ(reports.acknowledge(air, id, 2, "").error().code, "wrong_state");
  dataset("river", "moenv", "修好了");
  EXPECT_EQ(reports.fixed(air, id, 2, 3, "").error().code, "no_such_version");
  EXPECT_EQ(reports.fixed(air, id, 2, 0, "").error().code, "missing") << "then say how";
  must(reports.fixed(air, id, 2, 2, ""));
  EXPECT_EQ(report(id).state, State::fixed);
  EXPECT_EQ(must(reports.of_dataset(river)).front().fixed_in, 2);
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: News of a problem report"),
                                  HasSubstr("lin@people.example: News of a problem report")));
  EXPECT_THAT(steps(id), ElementsAre(Step::reported, Step::acknowledged, Step::fixed));
  clock.advance(days{100});
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ReportsTest, stewards_are_reminded_and_then_the_platform_is_told) {
  const ReportId id = reported();
  sent();
  go_to("2026-12-02T16:00:00Z");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("moenvdata_steward@gov.example: Due soon: river")));
  EXPECT_THAT(must(reports.queue(platform)), IsEmpty());
  go_to("2026-12-07T16:00:00Z");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("modadata_steward@gov.example: Overdue"),
                                  HasSubstr("moenvdata_steward@gov.example: Overdue")));
  EXPECT_TRUE(report(id).overdue(clock.now()));
  EXPECT_THAT(must(reports.queue(platform)), SizeIs(1));
  EXPECT_THAT(steps(id), ElementsAre(Step::reported, Step::escalated));
}

TEST_F(ReportsTest, comes_back_once_when_it_is_still_there) {
  const ReportId id = reported();
  must(reports.not_a_problem(air, id, 1, "請換瀏覽器"));
  EXPECT_EQ(reports.again(wu, id, 2, "還是").error().code, "report_not_found");
  EXPECT_EQ(reports.again(lin, id, 2, "").error().code, "missing");
  must(reports.again(lin, id, 2, "還是不行"));
  EXPECT_EQ(report(id).state, State::open);
  EXPECT_EQ(reports.again(lin, id, 3, "x").error().code, "not_answered");
  must(reports.fixed(air, id, 3, 0, "已換新主機"));
  EXPECT_EQ(reports.again(lin, id, 4, "x").error().code, "already_again");

  const ReportId late = reported();
  must(reports.not_a_problem(air, late, 1, "沒有問題"));
  clock.advance(days{31});
  EXPECT_EQ(reports.again(lin, late, 2, "x").error().code, "too_late");
}

TEST_F(ReportsTest, those_who_have_it_too_are_told) {
  const ReportId id = reported();
  must(reports.me_too(wu, id));
  must(reports.me_too(wu, id));
  must(reports.me_too(lin, id));
  EXPECT_EQ(report(id).me_too, 1) << "the reporter counts anyway";
  EXPECT_TRUE(must(reports.has_it_too(wu, id)));
  sent();
  must(reports.not_a_problem(air, id, 1, "沒有問題"));
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people"), HasSubstr("wu@people")));
  EXPECT_EQ(reports.me_too(wu, id).error().code, "report_closed");
}

TEST_F(ReportsTest, duplicates_are_merged_with_those_who_made_them) {
  const ReportId first = reported();
  const ReportId second = must(reports.report({wu, ""}, broken()));
  const PersonId chen = person("chen");
  must(reports.me_too(chen, second));
  must(reports.me_too(lin, second));
  const auto other = dataset("other");
  NewReport elsewhere = broken();
  elsewhere.dataset = other;
  const ReportId of_other = must(reports.report({wu, ""}, elsewhere));
  EXPECT_EQ(reports.merge(air, second, 1, of_other).error().code, "cannot_merge");
  EXPECT_EQ(reports.merge(air, second, 1, second).error().code, "cannot_merge");
  must(reports.merge(air, second, 1, first));
  EXPECT_EQ(report(first).me_too, 2) << "Wu and Chen; Lin reported the first one";
  EXPECT_EQ(report(second).state, State::merged);
  EXPECT_EQ(report(second).merged_into, first);
  EXPECT_THAT(must(reports.of_dataset(river)), SizeIs(1));
  EXPECT_EQ(reports.merge(air, first, 1, second).error().code, "cannot_merge");
  sent();
  must(reports.fixed(air, first, 1, 1, ""));
  EXPECT_THAT(sent(), SizeIs(3));
}

TEST_F(ReportsTest, without_an_account_the_platform_looks_first) {
  const ReportId id = must(reports.report_unknown("192.0.2.1", broken()));
  EXPECT_EQ(reports.find(id).error().code, "report_not_found");
  EXPECT_THAT(must(reports.of_dataset(river)), IsEmpty());
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("modadata_steward@gov.example: A new problem")));
  EXPECT_THAT(must(reports.queue(air)), IsEmpty());
  EXPECT_EQ(reports.open(air, id).error().code, "report_not_found");
  ASSERT_THAT(must(reports.queue(platform)), SizeIs(1));
  EXPECT_EQ(reports.accept(air, id, 1).error().code, "role_missing");
  clock.advance(days{3});
  must(reports.accept(platform, id, 1));
  EXPECT_EQ(must(reports.find(id)).state, State::open);
  EXPECT_EQ(day(must(reports.find(id)).last_day()), "2026-12-10") << "the agency's time begins now";

  const ReportId abuse = must(reports.report_unknown("192.0.2.2", broken()));
  EXPECT_EQ(reports.decline(platform, abuse, 1, "").error().code, "missing");
  must(reports.decline(platform, abuse, 1, "無關資料"));
  EXPECT_EQ(reports.find(abuse).error().code, "report_not_found");
}

TEST_F(ReportsTest, a_publisher_cannot_hide_what_is_said_but_the_platform_can_with_a_reason) {
  const ReportId id = reported();
  EXPECT_EQ(reports.decline(air, id, 1, "不喜歡").error().code, "role_missing");
  sent();
  must(reports.decline(platform, id, 1, "含有他人個資"));
  EXPECT_EQ(reports.find(id).error().code, "report_not_found");
  EXPECT_EQ(report(id).course.back().words, "含有他人個資") << "the reporter reads why";
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people")));
}

TEST_F(ReportsTest, are_bounded_by_rates) {
  for (int i = 0; i < config.most_strangers_an_hour; ++i)
    EXPECT_TRUE(reports.report_unknown("192.0.2.1", broken()));
  EXPECT_EQ(reports.report_unknown("192.0.2.1", broken()).error().code, "too_many_reports");
  EXPECT_TRUE(reports.report_unknown("192.0.2.2", broken()));
  clock.advance(hours{1} + seconds{1});
  EXPECT_TRUE(reports.report_unknown("192.0.2.1", broken()));
  for (int i = 0; i < config.most_held_a_dataset; ++i)
    (void)reports.report_unknown("198.51.100." + std::to_string(i), broken());
  EXPECT_EQ(reports.report_unknown("203.0.113.1", broken()).error().code, "too_many_reports")
      << "so many wait for a look at this dataset";

  for (int i = 0; i < config.most_reports_a_day; ++i) reported();
  EXPECT_EQ(reports.report({lin, ""}, broken()).error().code, "too_many_reports");
  EXPECT_TRUE(reports.report({wu, ""}, broken()));
}

TEST_F(ReportsTest, is_about_something_that_is_published) {
  NewReport given = broken();
  given.dataset = catalogue::DatasetId::make(clock, random);
  EXPECT_EQ(reports.report({lin, ""}, given).error().code, "no_such_dataset");
  given = broken();
  given.distribution = catalogue::DistributionId::make(clock, random);
  EXPECT_EQ(reports.report({lin, ""}, given).error().field, "distribution");
  given = broken();
  given.words = "";
  EXPECT_EQ(reports.report({lin, ""}, given).error().field, "words");
}

TEST_F(ReportsTest, stars_are_one_a_person_and_summed) {
  must(opinions.give(lin, river, {5, {Purpose::research, Purpose::news}}));
  must(opinions.give(wu, river, {2, {Purpose::research}}));
  must(opinions.give(lin, river, {4, {Purpose::app, Purpose::app}}));
  const OpinionSum sum = must(opinions.sum(river));
  EXPECT_EQ(sum.count, 2);
  EXPECT_DOUBLE_EQ(sum.mean(), 3.0);
  EXPECT_THAT(sum.of_stars, ElementsAre(0, 1, 0, 1, 0));
  EXPECT_EQ(sum.of_purpose.at(Purpose::app), 1);
  EXPECT_EQ(sum.of_purpose.at(Purpose::research), 1);
  EXPECT_FALSE(sum.of_purpose.contains(Purpose::news));
  EXPECT_EQ(must(opinions.of(lin, river))->stars, 4);
  must(opinions.take_back(lin, river));
  EXPECT_FALSE(must(opinions.of(lin, river)));
  EXPECT_EQ(must(opinions.sum(river)).count, 1);
  EXPECT_EQ(opinions.give(lin, river, {6, {}}).error().code, "bad_stars");
  EXPECT_EQ(opinions.give(lin, catalogue::DatasetId::make(clock, random), {3, {}}).error().code,
            "no_such_dataset");
}

}  // namespace
}  // namespace minben::voices
