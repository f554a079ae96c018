#include "fixture.hpp"
#include "quality/quality.hpp"

namespace minben::voices {
namespace {

struct SubscriptionsTest : VoicesTest {
  catalogue::DatasetId river{};
  minben::test::TemporaryDirectory temporary;
  std::unique_ptr<catalogue::Index> index;

  void SetUp() override {
    VoicesTest::SetUp();
    river = dataset("river");
    index = must(catalogue::Index::open(temporary.path() / "index"));
    must(voices.follow());
  }
  SubscriptionId to_river(PersonId person, bool at_once = true) {
    return must(subscriptions.subscribe(person, {.subject = Subject::dataset,
                                                 .target = to_string(river),
                                                 .search = {},
                                                 .at_once = at_once}));
  }
  void withdraw() {
    must(act([&](store::Transaction& tx) -> Result<void> {
      MINBEN_TRY(entry, catalogue.find(tx, river));
      MINBEN_CHECK(catalogue.withdraw(tx, river, entry.revision, "不再更新", {}));
      return {};
    }));
  }
  /// Texts of what was sent since the last call.
  std::vector<std::string> texts() {
    must(voices.follow());
    must(workers.run_due());
    std::vector<std::string> out;
    for (const auto& mail : mails) out.push_back(mail.text);
    mails.clear();
    return out;
  }
};

TEST_F(SubscriptionsTest, a_new_version_and_a_withdrawal_are_told_once) {
  to_river(lin);
  dataset("river", "moenv", "二");
  const auto first = texts();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_THAT(first.front(), HasSubstr("river: version 2 is published"));
  EXPECT_THAT(first.front(), HasSubstr("http://localhost/en/datasets/river"));
  EXPECT_THAT(texts(), IsEmpty());
  withdraw();
  EXPECT_THAT(texts(), ElementsAre(HasSubstr("river: was withdrawn")));
}

TEST_F(SubscriptionsTest, who_follows_a_dataset_hears_of_its_badge_and_broken_links) {
  to_river(lin);
  must(act([&](store::Transaction& tx) -> Result<void> {
    const auto tell = [&](JsonObject payload) {
      return store::publish(tx, quality::topic, to_string(river), payload);
    };
    MINBEN_CHECK(tell({{"what", "badge"}, {"badge", "gold"}}));  // the first look
    MINBEN_CHECK(tell({{"what", "asked"}}));
    MINBEN_CHECK(tell({{"what", "link_broken"}}));
    return tell({{"what", "badge"}, {"badge", "none"}, {"before", "gold"}, {"rose", false}});
  }));
  const auto mail = texts();
  ASSERT_THAT(mail, SizeIs(1));
  EXPECT_THAT(mail.front(), HasSubstr("river: one of its links is broken"));
  EXPECT_THAT(mail.front(), HasSubstr("river: its quality badge fell"));
  EXPECT_THAT(mail.front(), Not(HasSubstr("rose")));
}

TEST_F(SubscriptionsTest, several_news_are_one_mail) {
  to_river(lin);
  must(subscriptions.subscribe(
      lin, {.subject = Subject::publisher, .target = "moenv", .search = {}, .at_once = true}));
  dataset("river", "moenv", "二");
  dataset("lake");
  const auto mail = texts();
  ASSERT_THAT(mail, SizeIs(1));
  EXPECT_THAT(mail.front(), HasSubstr("lake: version 1 is published"));
}

TEST_F(SubscriptionsTest, weekly_means_monday_morning) {
  to_river(lin, false);
  dataset("river", "moenv", "二");
  EXPECT_THAT(texts(), IsEmpty());
  dataset("river", "moenv", "三");
  go_to("2026-12-06T23:59:59Z");
  EXPECT_THAT(texts(), IsEmpty());
  go_to("2026-12-07T00:00:00Z");  // Monday, eight o'clock in Taiwan
  const auto mail = texts();
  ASSERT_THAT(mail, SizeIs(1));
  EXPECT_THAT(mail.front(), HasSubstr("version 2"));
  EXPECT_THAT(mail.front(), HasSubstr("version 3"));
}

TEST_F(SubscriptionsTest, what_waits_for_monday_comes_at_once_when_that_is_wanted) {
  to_river(lin, false);
  dataset("river", "moenv", "二");
  EXPECT_THAT(texts(), IsEmpty());
  to_river(lin, true);
  EXPECT_THAT(texts(), SizeIs(1));
}

TEST_F(SubscriptionsTest, answers_and_reports_are_told_to_who_follows) {
  to_river(lin);
  must(subscriptions.subscribe(
      wu, {.subject = Subject::publisher, .target = "moenv", .search = {}, .at_once = true}));
  const RequestId request = must(requests.ask({person("chen"), ""}, {.title = "更多",
                                                                     .wanted = "x",
                                                                     .columns = "",
                                                                     .reason = "y",
                                                                     .unit = "",
                                                                     .asker = AskerKind::person,
                                                                     .industry = "",
                                                                     .suggested = ""}));
  must(requests.publish(platform, request, 1, {"moenv"}));
  must(requests.answer(air, request, 2,
                       {.kind = AnswerKind::on_application, .words = "請申請", .dataset = ""}));
  const ReportId report = must(reports.report({person("hsu"), ""}, {.dataset = river,
                                                                    .distribution = {},
                                                                    .kind = ReportKind::other,
                                                                    .place = "",
                                                                    .words = "?"}));
  must(reports.fixed(air, report, 1, 1, ""));
  std::ranges::sort(mails, {}, &identity::OutgoingMail::to);
  const auto mail = texts();
  EXPECT_THAT(mail, testing::Contains(HasSubstr("river: a reported problem is fixed")));
  EXPECT_THAT(mail, testing::Contains(HasSubstr("a data request was answered")));
}

TEST_F(SubscriptionsTest, is_ended_by_the_address_in_the_mail_without_signing_in) {
  const SubscriptionId id = to_river(lin);
  dataset("river", "moenv", "二");
  const std::string token = subscriptions.token(id);
  EXPECT_THAT(texts(),
              ElementsAre(HasSubstr("/en/data-subscriptions/end/" + to_string(id) + "/" + token)));
  EXPECT_EQ(subscriptions.end_by_token(id, "wrong").error().code, "no_such_subscription");
  EXPECT_EQ(subscriptions.by_token(id, subscriptions.token(SubscriptionId::make(clock, random)))
                .error()
                .code,
            "no_such_subscription");
  EXPECT_EQ(must(subscriptions.by_token(id, token)).target, to_string(river));
  must(subscriptions.end_by_token(id, token));
  must(subscriptions.end_by_token(id, token));
  EXPECT_THAT(must(subscriptions.of_person(lin)), IsEmpty());
  dataset("river", "moenv", "三");
  EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(SubscriptionsTest, lateness_is_told_once_for_each_promise) {
  dataset("river", "moenv", "每日",
          {.kind = catalogue::Frequency::Kind::regular, .unit = catalogue::Frequency::Unit::day});
  must(voices.follow());
  to_river(lin);
  must(voices.start());
  EXPECT_THAT(texts(), IsEmpty());
  clock.advance(days{3});
  EXPECT_THAT(texts(), ElementsAre(HasSubstr("river: the promised update has not come")));
  clock.advance(days{3});
  texts();
  EXPECT_THAT(texts(), IsEmpty());
}

TEST_F(SubscriptionsTest, a_search_tells_what_is_new) {
  const SavedSearch search{.words = "lake", .filters = {{"publisher", "moenv"}}};
  must(subscriptions.subscribe(
      lin, {.subject = Subject::search, .target = "", .search = search, .at_once = true}));
  clock.advance(minutes{10});
  dataset("lake");
  dataset("lake-of-taipei", "taipei");
  dataset("hill");
  must(index->follow(db.database(), catalogue));
  clock.advance(minutes{10});
  const auto run = [&] {
    return must(act([&](store::Transaction& tx) { return subscriptions.search(tx, *index); }));
  };
  EXPECT_EQ(run(), 1);
  const auto mail = texts();
  ASSERT_THAT(mail, SizeIs(1));
  EXPECT_THAT(mail.front(), HasSubstr("Search: lake moenv"));
  EXPECT_THAT(mail.front(), HasSubstr("lake: is new or changed"));
  EXPECT_THAT(mail.front(), Not(HasSubstr("hill")));
  EXPECT_THAT(mail.front(), Not(HasSubstr("taipei")));
  EXPECT_EQ(run(), 0);
  dataset("hill", "moenv", "new");
  must(index->follow(db.database(), catalogue));
  clock.advance(minutes{10});
  EXPECT_EQ(run(), 0);
}

TEST_F(SubscriptionsTest, are_bounded_and_end_with_the_account) {
  using S = NewSubscription;
  EXPECT_EQ(subscriptions.subscribe(lin, S{.subject = Subject::publisher, .target = "nobody"})
                .error()
                .kind,
            Kind::not_found);
  EXPECT_EQ(subscriptions.subscribe(lin, S{.subject = Subject::search}).error().code,
            "empty_search");
  EXPECT_EQ(subscriptions
                .subscribe(lin, S{.subject = Subject::search,
                                  .target = "",
                                  .search = {.words = "x", .filters = {{"person", "y"}}}})
                .error()
                .code,
            "unknown_filter");
  for (int i = 0; i < config.most_subscriptions; ++i)
    must(subscriptions.subscribe(
        lin, S{.subject = Subject::search, .target = "", .search = {.words = std::to_string(i)}}));
  EXPECT_EQ(subscriptions.subscribe(lin, S{.subject = Subject::dataset, .target = to_string(river)})
                .error()
                .code,
            "too_many_subscriptions");
  EXPECT_EQ(subscriptions.end(wu, must(subscriptions.of_person(lin)).front().id).error().code,
            "no_such_subscription");
  must(act([&](store::Transaction& tx) { return voices.account_ended(tx, lin); }));
  EXPECT_THAT(must(subscriptions.of_person(lin)), IsEmpty());
}

}  // namespace
}  // namespace minben::voices
