// The room as a whole: many at work, mails, figures, the index.
#include "catalogue/search.hpp"
#include "house.hpp"
#include "support/datasets.hpp"

namespace minben::quality {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Room = House;

TEST_F(Room, AHostIsNeverAskedTwiceAtATime) {
  for (int i = 0; i < 24; ++i) {
    const std::string path = fmt::format("/{}.csv", i);
    files.at(path, [](const net::Request&) {
      std::this_thread::sleep_for(milliseconds{10});
      return net::Response::bytes(std::string(stations), "text/csv");
    });
    put(dataset(fmt::format("set-{}", i), files.url(path)));
  }
  must(quality.follow());
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (const auto until = std::chrono::steady_clock::now() + seconds{20};
           done < 24 && std::chrono::steady_clock::now() < until;)
        if (must(quality.work_once())) ++done;
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(files.asked().size(), 24u) << "each once";
  EXPECT_EQ(files.most_at_once, 1);
}

TEST_F(Room, WhoDiesLeavesNothingToRepair) {
  files.file("/a.csv", std::string(stations));
  put(dataset("air", files.url("/a.csv")));
  must(quality.follow());
  Quality other{{db.database(), catalogue, *tables, clock, random}, settings()};
  // It takes the address and ends in the middle, as a process that is killed does: the lease stays.
  files.at("/a.csv", [&](const net::Request&) {
    static constexpr store::Query take_away{
        "test_lease", "update quality.host set lease = gen_random_uuid() where host <> ''"};
    must(db->run(take_away));
    return net::Response::bytes(std::string(stations), "text/csv");
  });
  EXPECT_TRUE(must(other.work_once()));
  EXPECT_TRUE(report("air").checking) << "who lost the lease writes nothing";
  files.file("/a.csv", std::string(stations));
  EXPECT_FALSE(must(quality.work_once())) << "the lease of the dead is waited for";
  clock.advance(seconds{121});
  EXPECT_TRUE(must(quality.work_once()));
  EXPECT_EQ(report("air").badge, Badge::platinum);
}

TEST_F(Room, StewardsAreToldInOneMailADay) {
  const auto officer = [&](const std::string& agency) {
    act([&](store::Transaction& tx) {
      return identity.add_officer(tx, {.agency = {agency},
                                       .name = "Yeh",
                                       .email = agency + "@gov.example",
                                       .roles = {std::string(identity::role::data_steward)},
                                       .language = Language::en});
    });
  };
  officer("moenv");
  officer("moda");
  publisher("farmers", "");
  store::Workers workers(db.database(), clock);
  std::vector<identity::OutgoingMail> mails;
  quality.work_in(workers, identity, [&](const identity::OutgoingMail& mail) -> Result<void> {
    mails.push_back(mail);
    return {};
  });
  for (const char* name : {"air", "water", "crops"}) {
    files.file(fmt::format("/{}.csv", name), std::string(stations));
    catalogue::Dataset made = dataset(name, files.url(fmt::format("/{}.csv", name)));
    if (made.name == "crops") made.publisher = {"farmers"};
    put(made);
  }
  work();
  clock.advance(hours{1});
  must(workers.run_due());
  EXPECT_THAT(mails, IsEmpty()) << "the first look is no news";

  for (const char* name : {"air", "water", "crops"})
    files.at(fmt::format("/{}.csv", name),
             [](const net::Request&) { return net::Response::text("no", 500); });
  for (int i = 0; i < 4; ++i) {
    clock.advance(i == 0 ? hours{27} : hours{2});
    work();
  }
  clock.advance(minutes{11});
  must(workers.run_due());
  ASSERT_EQ(mails.size(), 2u) << "one each: the agency's, and the platform's for who has none";
  std::ranges::sort(mails, {}, &identity::OutgoingMail::to);
  EXPECT_EQ(mails[0].to, "moda@gov.example");
  EXPECT_EQ(mails[1].to, "moenv@gov.example");
  EXPECT_EQ(mails[1].subject, "Data quality: 4 changes");
  EXPECT_THAT(mails[1].text, HasSubstr("- Dataset air: a link is broken\n"));
  EXPECT_THAT(mails[1].text, HasSubstr("- Dataset air: fell from platinum to no badge\n"));
  EXPECT_THAT(mails[1].text, HasSubstr("https://data.example.tw/en/desk/data/quality"));

  mails.clear();
  files.file("/air.csv", std::string(stations));
  for (const char* name : {"air", "water"})
    act_void([&](auto& tx) { return quality.ask(tx, report(name).dataset); });
  work();
  clock.advance(hours{12});
  must(workers.run_due());
  EXPECT_THAT(mails, IsEmpty()) << "at most one mail a day";
  clock.advance(hours{13});
  must(workers.run_due());
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_THAT(mails[0].text, HasSubstr("- Dataset air: a broken link works again\n"));
}

TEST_F(Room, FiguresOfPublishersOverTime) {
  publisher("taipei", "taipei");
  files.file("/a.csv", std::string(stations));
  files.file("/b.csv", "別的\n1\n");
  put(dataset("air", files.url("/a.csv")));
  put(dataset("water", files.url("/b.csv")));
  catalogue::Dataset town = dataset("town", files.url("/a.csv"));
  town.publisher = {"taipei"};
  put(town);
  work();
  const auto tick = [&] { act_void([&](auto& tx) { return quality.tick(tx); }); };
  tick();
  const auto now = act([&](auto& tx) { return figures_now(tx); });
  ASSERT_EQ(now.size(), 2u);
  EXPECT_EQ(now[0].publisher.value, "taipei");
  EXPECT_DOUBLE_EQ(now[0].figures.score(), 100);
  EXPECT_EQ(now[1].publisher.value, "moenv");
  EXPECT_DOUBLE_EQ(now[1].figures.score(), 80) << "one of 100, one of 60";
  EXPECT_EQ(now[1].figures.silver, 1);
  EXPECT_EQ(now[1].figures.links, 2);

  clock.advance(days{1});  // 1 December
  act_void([&](auto& tx) -> Result<void> {
    MINBEN_TRY(entry, catalogue.find(tx, std::string_view("water")));
    MINBEN_CHECK(catalogue.withdraw(tx, entry.dataset.id, entry.revision, "下架", {}));
    return {};
  });
  must(quality.follow());
  tick();
  const auto months = act([&](auto& tx) { return figures_over_time(tx, Span::month, 12); });
  ASSERT_EQ(months.size(), 4u);
  EXPECT_EQ(to_string(months[0].begins), "2026-11-01");
  const auto all = summed(months);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].figures.datasets, 3);
  EXPECT_EQ(all[1].figures.datasets, 2);
  const auto weeks = act([&](auto& tx) {
    return figures_over_time(tx, Span::week, 5, catalogue::PublisherCode{"moenv"});
  });
  ASSERT_EQ(weeks.size(), 1u) << "Monday and Tuesday of one week: its last day counts";
  EXPECT_EQ(weeks[0].figures.datasets, 1);
  EXPECT_THAT(figures_csv(now), HasSubstr("2026-11-30,moenv,2,2,0,0,1,0,1,80.0,2,0,"));
}

TEST_F(Room, TheIndexKnowsBadgesAndForgetsNone) {
  auto index = must(catalogue::Index::open(temporary.path() / "index"));
  files.file("/a.csv", std::string(stations));
  files.file("/b.csv", "別的\n1\n");
  put(dataset("air", files.url("/a.csv")));
  put(dataset("water", files.url("/b.csv")));
  work();
  must(index->follow(db.database(), catalogue));
  quality.start(index.get());
  catalogue::SearchQuery query;
  query.where = catalogue::Condition::is(catalogue::Field::mark, "silver");
  for (int i = 0; i < 200 && must(index->search(query)).total == 0; ++i)
    std::this_thread::sleep_for(milliseconds{20});
  EXPECT_EQ(must(index->search(query)).total, 1);
  quality.stop();
}

TEST_F(Room, WhatIsPublishableConformsAndWhatLacksSomethingDoesNot) {
  for (int i = 0; i < 200; ++i) {
    const catalogue::Dataset each = minben::test::publishable_dataset(random);
    const auto faults = conformance(each, minben::test::random_publisher(each.publisher),
                                    "https://data.example.tw");
    for (const ConformanceFault& fault : faults)
      ADD_FAILURE() << i << ": " << fault.node << " " << fault.property << " " << fault.rule;
  }
  catalogue::Dataset bare = dataset("bare", "");
  bare.description = {};
  EXPECT_THAT(
      conformance(bare, nullptr, "https://data.example.tw"),
      testing::UnorderedElementsAre(testing::Field(&ConformanceFault::property, "dct:description"),
                                    testing::Field(&ConformanceFault::property, "dcat:accessURL")));
}

}  // namespace minben::quality
