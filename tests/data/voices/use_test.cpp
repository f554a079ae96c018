#include "voices/use.hpp"

#include <thread>

#include "fixture.hpp"

namespace minben::voices {
namespace {

struct UseTest : VoicesTest {
  catalogue::DatasetId river{}, lake{};
  void SetUp() override {
    VoicesTest::SetUp();
    river = dataset("river");
    lake = dataset("lake");
  }
  std::vector<UseRow> rows(UseQuery query) {
    return must(act([&](store::Transaction& tx) { return use_rows(tx, query); }));
  }
  static Date date(std::string_view text) { return parse_date(text).value(); }
};

TEST_F(UseTest, is_counted_by_day_use_and_client_and_by_nothing_else) {
  UseCounter counter(db.database(), clock);
  constexpr std::string_view firefox =
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  for (int i = 0; i < 3; ++i) counter.count(river, Use::view, firefox);
  counter.count(river, Use::view, "Mozilla/5.0 (compatible; Googlebot/2.1)");
  counter.count(river, Use::download, "curl/8.5");
  counter.count(lake, Use::api, "");
  must(counter.flush());
  go_to("2026-11-30T16:00:00Z");  // the next day in Taiwan
  counter.count(river, Use::view, firefox);
  must(counter.flush());
  must(counter.flush());
  const auto of_river =
      rows({.dataset = river, .from = date("2026-11-01"), .to = date("2026-12-31")});
  EXPECT_EQ(use_csv(of_river),
            fmt::format("day,dataset,use,client,uses\r\n2026-11-30,{0},download,program,1\r\n"
                        "2026-11-30,{0},view,bot,1\r\n2026-11-30,{0},view,browser,3\r\n"
                        "2026-12-01,{0},view,browser,1\r\n",
                        to_string(river)));
  EXPECT_EQ(use_json(of_river).as_array().size(), 4u);
  const UseSum sum = must(act([&](store::Transaction& tx) {
    return use_sum(tx, river, date("2026-11-01"), date("2026-12-31"));
  }));
  EXPECT_EQ(sum.views, 4) << "bots do not count";
  EXPECT_EQ(sum.downloads, 1);

  std::vector<UseRow> paged;
  UseQuery query{.dataset = {}, .from = date("2026-11-01"), .to = date("2026-12-31"), .limit = 2};
  for (auto page = rows(query); !page.empty(); page = rows(query)) {
    paged.insert(paged.end(), page.begin(), page.end());
    query.after = page.back();
  }
  EXPECT_EQ(paged.size(), 5u);
}

TEST_F(UseTest, clients_are_told_apart_by_what_they_call_themselves) {
  const auto kind = [](std::string_view agent) { return client_kind(agent); };
  EXPECT_EQ(kind("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Safari/604"),
            ClientKind::browser);
  EXPECT_EQ(kind("python-requests/2.32"), ClientKind::program);
  EXPECT_EQ(kind("Mozilla/4.0"), ClientKind::program);
  EXPECT_EQ(kind(""), ClientKind::program);
  EXPECT_EQ(kind("Baiduspider/2.0"), ClientKind::bot);
  EXPECT_EQ(kind("Mozilla/5.0 AppleWebKit/537 HeadlessChrome/120"), ClientKind::bot);
}

TEST_F(UseTest, nothing_is_lost_between_threads_and_what_waits_is_bounded) {
  {
    UseCounter counter(db.database(), clock, {.flush_every = seconds{1}});
    counter.start();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 5000; ++n) counter.count(river, Use::view, ClientKind::browser);
      });
    for (std::thread& each : threads) each.join();
  }
  const auto all = rows({.dataset = {}, .from = date("2026-11-30"), .to = date("2026-11-30")});
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all.front().uses, 20'000);

  UseCounter small(db.database(), clock, {.most_waiting = 1});
  small.count(lake, Use::view, ClientKind::browser);
  small.count(lake, Use::api, ClientKind::browser);
  small.count(lake, Use::view, ClientKind::browser);
  must(small.flush());
  const auto kept = rows({.dataset = lake, .from = date("2026-11-30"), .to = date("2026-11-30")});
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept.front().uses, 2);
}

TEST_F(UseTest, what_is_used_more_is_found_first) {
  minben::test::TemporaryDirectory temporary;
  const auto index = must(catalogue::Index::open(temporary.path() / "index"));
  must(index->follow(db.database(), catalogue));
  UseCounter counter(db.database(), clock);
  for (int i = 0; i < 4; ++i) counter.count(lake, Use::view, ClientKind::browser);
  counter.count(river, Use::download, ClientKind::program);
  for (int i = 0; i < 9; ++i) counter.count(lake, Use::view, ClientKind::bot);
  must(counter.flush());
  EXPECT_EQ(must(act([&](store::Transaction& tx) { return rank(tx, *index, date("2026-11-01")); })),
            2);
  catalogue::SearchQuery query;
  query.order = catalogue::Order::popular;
  EXPECT_THAT(must(index->search(query)).ids, ElementsAre(river, lake))
      << "a download says more than four looks, and bots nothing";
}

TEST_F(UseTest, figures_that_cannot_be_written_wait) {
  UseCounter counter(db.database(), clock);
  counter.count(river, Use::view, ClientKind::browser);
  constexpr store::Query away{"test_rename", "alter table voices.use rename to away"};
  constexpr store::Query back{"test_rename_back", "alter table voices.away rename to use"};
  must(db->run(away));
  EXPECT_FALSE(counter.flush());
  must(db->run(back));
  must(counter.flush());
  EXPECT_EQ(
      rows({.dataset = river, .from = date("2026-11-30"), .to = date("2026-11-30")}).front().uses,
      1);
}

}  // namespace
}  // namespace minben::voices
