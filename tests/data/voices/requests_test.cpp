// 我想要更多 on a virtual clock: every state and every term.
#include "fixture.hpp"

namespace minben::voices {
namespace {

using State = RequestState;
using Step = RequestStep;

struct RequestsTest : VoicesTest {
  NewRequest wanted(const std::string& suggested = "moenv") {
    return {.title = "河川水質每小時資料",
            .wanted = "水質自動監測",
            .columns = "測站、時間、pH",
            .reason = "想研究暴雨後的變化",
            .unit = "",
            .asker = AskerKind::community,
            .industry = "環保",
            .suggested = suggested};
  }
  RequestId asked() { return must(requests.ask({lin, "小林"}, wanted())); }
  RequestId published() {
    const RequestId id = asked();
    must(requests.publish(platform, id, 1, {"moenv"}));
    return id;
  }
  Request request(RequestId id) { return must(requests.find(id, lin)); }
  int version(RequestId id) { return request(id).version; }
  Result<void> answer(RequestId id, const NewAnswer& given) {
    return requests.answer(air, id, version(id), given);
  }
  static NewAnswer on_application() {
    return {.kind = AnswerKind::on_application, .words = "請來函申請"};
  }
  std::vector<Step> steps(RequestId id) {
    std::vector<Step> out;
    for (const RequestEvent& event : request(id).course) out.push_back(event.step);
    return out;
  }
};

TEST_F(RequestsTest, is_looked_at_routed_answered_rated_and_closed) {
  const RequestId id = asked();
  EXPECT_EQ(request(id).state, State::held);
  EXPECT_EQ(request(id).name, "小林");
  EXPECT_EQ(requests.find(id).error().code, "request_not_found") << "nobody else sees it yet";
  EXPECT_EQ(requests.find(id, wu).error().code, "request_not_found");
  EXPECT_THAT(must(requests.list({})).lines, IsEmpty());
  EXPECT_THAT(must(requests.queue(air)), IsEmpty());
  ASSERT_THAT(must(requests.queue(platform)), SizeIs(1));
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("modadata_steward@gov.example: A new data request")));

  must(requests.publish(platform, id, 1, {"moenv"}));
  // Asked on Monday 30 November: 15 working days later is Monday 21 December.
  EXPECT_EQ(day(request(id).last_day()), "2026-12-21");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: Your data request is published"),
                                  HasSubstr("moenvdata_steward@gov.example: A new data request")));
  ASSERT_EQ(must(requests.list({})).total, 1);
  EXPECT_EQ(must(requests.find(id)).reason, "想研究暴雨後的變化");
  ASSERT_THAT(must(requests.queue(air)), SizeIs(1));
  EXPECT_THAT(must(requests.queue(town)), IsEmpty());
  EXPECT_TRUE(must(requests.open(air, id)).person.is_nil()) << "officers are not told who asks";

  ASSERT_TRUE(answer(id, on_application()));
  EXPECT_EQ(request(id).state, State::answered);
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: A data request is answered")));
  must(requests.rate(lin, id, version(id), 3, ""));
  EXPECT_EQ(request(id).state, State::closed);
  EXPECT_THAT(steps(id), ElementsAre(Step::asked, Step::published, Step::answered, Step::rated));
  clock.advance(days{400});
  EXPECT_THAT(sent(), IsEmpty()) << "nobody is reminded of what is closed";
  EXPECT_EQ(requests.support(wu, id).error().code, "request_closed");
}

TEST_F(RequestsTest, below_three_stars_a_second_answer_is_owed) {
  const RequestId id = published();
  ASSERT_TRUE(answer(id, on_application()));
  EXPECT_EQ(requests.rate(lin, id, version(id), 2, "").error().code, "missing") << "say why";
  must(requests.rate(lin, id, version(id), 2, "這不是答案"));
  EXPECT_EQ(request(id).state, State::reopened);
  EXPECT_EQ(day(request(id).last_day()), "2026-12-21");
  EXPECT_EQ(requests.close(lin, id, version(id)).error().code, "second_answer_owed");
  EXPECT_EQ(requests.rate(lin, id, version(id), 5, "").error().code, "nothing_to_rate");
  clock.advance(days{60});
  EXPECT_THAT(sent(), testing::Contains(HasSubstr("moenvdata_steward@gov.example: Overdue")));
  EXPECT_EQ(request(id).state, State::reopened) << "time does not close it";

  ASSERT_TRUE(answer(id, {.kind = AnswerKind::refused, .words = "涉及個資", .ground = 6}));
  EXPECT_EQ(request(id).state, State::answered_again);
  must(requests.rate(lin, id, version(id), 1, "還是不行"));
  EXPECT_EQ(request(id).state, State::closed) << "it is owed once";
  EXPECT_EQ(request(id).stars, 1);
  EXPECT_EQ(request(id).answers, 2);
  EXPECT_EQ(request(id).course.at(5).ground, 6);
}

TEST_F(RequestsTest, stewards_are_reminded_and_then_the_platform_is_told) {
  const RequestId id = published();
  sent();
  go_to("2026-12-16T15:59:00Z");
  EXPECT_THAT(sent(), IsEmpty());
  go_to("2026-12-16T16:00:00Z");  // the midnight after the 12th working day
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("moenvdata_steward@gov.example: Due soon")));
  go_to("2026-12-21T15:59:59Z");
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_FALSE(request(id).overdue(clock.now()));
  go_to("2026-12-21T16:00:00Z");
  EXPECT_TRUE(request(id).overdue(clock.now()));
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("modadata_steward@gov.example: Overdue"),
                                  HasSubstr("moenvdata_steward@gov.example: Overdue")));
  EXPECT_THAT(must(requests.queue(platform)), SizeIs(1)) << "the platform sees what is overdue";
  EXPECT_EQ(requests.answer(platform, id, version(id), on_application()).error().code, "not_yours");
  EXPECT_TRUE(answer(id, on_application())) << "late is better than never";
}

TEST_F(RequestsTest, an_answer_that_nobody_rates_closes_after_thirty_days) {
  const RequestId id = published();
  ASSERT_TRUE(answer(id, on_application()));
  clock.advance(days{30} - seconds{1});
  sent();
  EXPECT_EQ(request(id).state, State::answered);
  clock.advance(seconds{1});
  sent();
  EXPECT_EQ(request(id).state, State::closed);
  EXPECT_EQ(steps(id).back(), Step::closed);
}

TEST_F(RequestsTest, a_promise_is_kept_or_everybody_sees_that_it_was_not) {
  const RequestId id = published();
  NewAnswer promise{.kind = AnswerKind::release, .words = "下個月釋出"};
  EXPECT_EQ(answer(id, promise).error().field, "release_on");
  promise.release_on = parse_date("2026-11-30").value();
  EXPECT_EQ(answer(id, promise).error().code, "bad_date") << "today is no promise";
  promise.release_on = parse_date("2027-01-15").value();
  ASSERT_TRUE(answer(id, promise));
  must(requests.support(wu, id));
  must(requests.rate(lin, id, version(id), 4, ""));
  sent();
  go_to("2027-01-15T15:59:00Z");
  EXPECT_THAT(sent(), IsEmpty());
  go_to("2027-01-15T16:00:00Z");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("moenvdata_steward@gov.example: A promised release")));
  EXPECT_EQ(steps(id).back(), Step::promise_missed);
  ASSERT_THAT(must(requests.queue(air)), SizeIs(1)) << "a promise stays in the queue";

  EXPECT_EQ(requests.release(air, id, version(id), "river").error().code, "no_such_dataset");
  const auto river = dataset("river");
  must(requests.release(air, id, version(id), "river"));
  EXPECT_EQ(request(id).dataset, river);
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: The data is released"),
                                  HasSubstr("wu@people.example: The data is released")));
  EXPECT_THAT(must(requests.queue(air)), IsEmpty());
  EXPECT_EQ(requests.release(air, id, version(id), "river").error().code, "nothing_promised");
}

TEST_F(RequestsTest, an_answer_names_what_exists_or_the_ground_of_a_refusal) {
  const RequestId id = published();
  EXPECT_EQ(answer(id, {.kind = AnswerKind::none, .words = "?"}).error().field, "kind");
  EXPECT_EQ(answer(id, {.kind = AnswerKind::on_application, .words = " "}).error().code, "missing");
  EXPECT_EQ(answer(id, {.kind = AnswerKind::refused, .words = "不"}).error().code, "bad_ground");
  EXPECT_EQ(answer(id, {.kind = AnswerKind::refused, .words = "不", .ground = 10}).error().code,
            "bad_ground");
  const auto river = dataset("river");
  ASSERT_TRUE(answer(id, {.kind = AnswerKind::exists, .words = "在這裡", .dataset = "river"}));
  EXPECT_EQ(request(id).dataset, river);
}

TEST_F(RequestsTest, is_handed_on_with_a_reason_and_enough_time) {
  const RequestId id = published();
  go_to("2026-12-20T04:00:00Z");
  EXPECT_EQ(requests.reroute(air, id, version(id), {"taipei"}, "").error().code, "missing");
  EXPECT_EQ(requests.reroute(town, id, version(id), {"taipei"}, "x").error().code, "not_yours");
  EXPECT_EQ(requests.reroute(air, id, version(id), {"nobody"}, "x").error().code,
            "unknown_publisher");
  EXPECT_EQ(requests.reroute(air, id, version(id), {"moenv"}, "x").error().code, "same_publisher");
  must(requests.reroute(air, id, version(id), {"taipei"}, "市府的測站"));
  // Sunday 20 December: five working days from then, not the one that was left.
  EXPECT_EQ(day(request(id).last_day()), "2026-12-25");
  EXPECT_THAT(must(requests.queue(town)), SizeIs(1));
  EXPECT_EQ(requests.answer(air, id, version(id), on_application()).error().code, "not_yours");
  EXPECT_EQ(request(id).course.back().words, "市府的測站");

  must(requests.reroute(town, id, version(id), {"moenv"}, "不是"));
  must(requests.reroute(air, id, version(id), {"farmers"}, "農民"));
  EXPECT_EQ(requests.reroute(air, id, version(id), {"taipei"}, "x").error().code, "not_yours");
  EXPECT_THAT(must(requests.queue(platform)), SizeIs(1)) << "who has no agency here";
  must(requests.reroute(platform, id, version(id), {"taipei"}, "平台決定"));
  EXPECT_EQ(requests.reroute(town, id, version(id), {"moenv"}, "又來").error().code,
            "too_many_reroutes");
}

TEST_F(RequestsTest, of_two_officers_one_is_told) {
  const RequestId id = published();
  EXPECT_EQ(requests.answer(air, id, 1, on_application()).error().code, "request_changed");
  EXPECT_EQ(requests.publish(platform, id, 2, {"taipei"}).error().code, "wrong_state");
  EXPECT_EQ(requests.publish(air, id, 2, {"taipei"}).error().code, "role_missing");
  const auto caseworker = officer("moenv", identity::role::caseworker);
  EXPECT_EQ(requests.answer(caseworker, id, 2, on_application()).error().code, "role_missing");
  EXPECT_EQ(requests.queue(caseworker).error().code, "role_missing");
}

TEST_F(RequestsTest, is_not_published_when_the_platform_says_why) {
  const RequestId id = asked();
  sent();
  EXPECT_EQ(requests.decline(platform, id, 1, "").error().code, "missing");
  must(requests.decline(platform, id, 1, "含有他人個資"));
  EXPECT_EQ(requests.find(id).error().code, "request_not_found");
  EXPECT_EQ(request(id).course.back().words, "含有他人個資");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: Your data request is not")));
  EXPECT_THAT(must(requests.of_person(lin)), SizeIs(1));
}

TEST_F(RequestsTest, is_wanted_once_by_each_person) {
  const RequestId id = published();
  must(requests.support(wu, id));
  must(requests.support(wu, id));
  EXPECT_EQ(request(id).supporters, 1);
  EXPECT_TRUE(must(requests.supports(wu, id)));
  EXPECT_EQ(requests.support(lin, id).error().code, "own_request");
  sent();
  ASSERT_TRUE(answer(id, on_application()));
  EXPECT_THAT(sent(), SizeIs(2)) << "supporters are told too";
  must(requests.unsupport(wu, id));
  must(requests.unsupport(wu, id));
  EXPECT_EQ(request(id).supporters, 0);
  EXPECT_EQ(requests.rate(wu, id, version(id), 5, "").error().code, "request_not_found");
  EXPECT_EQ(requests.close(wu, id, version(id)).error().code, "request_not_found");
}

TEST_F(RequestsTest, sizes_and_rates_are_bounded) {
  NewRequest request = wanted();
  request.title = std::string(256 * 3, 'x');
  EXPECT_EQ(requests.ask({lin, ""}, request).error().code, "too_long");
  request = wanted();
  request.reason = "\xff";
  EXPECT_EQ(requests.ask({lin, ""}, request).error().field, "reason");
  EXPECT_EQ(requests.ask({lin, ""}, wanted("nobody")).error().field, "suggested");
  EXPECT_EQ(requests.ask({lin, std::string(51, 'x')}, wanted()).error().field, "name");
  for (int i = 0; i < config.most_requests_a_day; ++i) asked();
  EXPECT_EQ(requests.ask({lin, ""}, wanted()).error().code, "too_many_requests");
  EXPECT_TRUE(requests.ask({wu, ""}, wanted()));
  clock.advance(hours{24});
  EXPECT_TRUE(requests.ask({lin, ""}, wanted()));
}

TEST_F(RequestsTest, the_name_goes_with_the_account) {
  const RequestId id = published();
  EXPECT_EQ(must(requests.find(id)).name, "小林");
  must(act([&](store::Transaction& tx) { return identity.erase_person(tx, lin); }));
  EXPECT_EQ(must(requests.find(id)).name, "");
  EXPECT_EQ(must(requests.find(id)).title, "河川水質每小時資料") << "what was published stays";
  EXPECT_TRUE(answer(id, on_application()));
  EXPECT_THAT(sent(), Not(testing::Contains(HasSubstr("people.example"))));
}

TEST_F(RequestsTest, are_listed_by_state_publisher_and_support) {
  const RequestId first = published(), second = published();
  must(requests.support(wu, first));
  clock.advance(seconds{1});
  ASSERT_TRUE(answer(second, on_application()));
  const auto ids = [&](const RequestQuery& query) {
    std::vector<RequestId> out;
    for (const RequestLine& line : must(requests.list(query)).lines) out.push_back(line.id);
    return out;
  };
  using Which = RequestQuery::Which;
  EXPECT_THAT(ids({.which = Which::waiting}), ElementsAre(first));
  EXPECT_THAT(ids({.which = Which::answered}), ElementsAre(second));
  EXPECT_THAT(ids({.which = Which::closed}), IsEmpty());
  EXPECT_EQ(ids({.by_support = true}).front(), first);
  EXPECT_THAT(ids({.publisher = "taipei"}), IsEmpty());
  EXPECT_THAT(ids({.publisher = "moenv"}), SizeIs(2));
  EXPECT_EQ(must(requests.list({.limit = 1})).total, 2);
  EXPECT_EQ(requests.list({.limit = 101}).error().code, "out_of_range");
}

}  // namespace
}  // namespace minben::voices
