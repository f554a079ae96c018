// Runs of a CKAN that changes, and what stewards see of them.
#include "house.hpp"

namespace minben::harvest {

using testing::ElementsAre;
using testing::HasSubstr;
using Runs = House;

TEST_F(Runs, NothingIsSwitchedOnUnseen) {
  portal.add(1, 3);
  save(source());
  const auto begun = db->transact(
      [&](auto& tx) { return harvester.begin(tx, SourceCode{"city"}, false, "officer:1"); });
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, "not_active");
  const auto active =
      db->transact([&](auto& tx) { return harvester.activate(tx, SourceCode{"city"}); });
  ASSERT_FALSE(active);
  EXPECT_EQ(active.error().code, "no_dry_run");

  const Run dry = run("city", true);
  EXPECT_EQ(dry.state, RunState::done);
  EXPECT_EQ(dry.counts.created, 3);
  EXPECT_EQ(objects(dry.id, ObjectState::created).size(), 3u);
  EXPECT_TRUE(all().empty());
  const auto publishers = act([&](auto& tx) { return catalogue.publishers(tx); });
  EXPECT_TRUE(publishers->empty());

  act([&](auto& tx) { return harvester.activate(tx, SourceCode{"city"}); });
  EXPECT_EQ(run().counts.created, 3);
  EXPECT_EQ(all().size(), 3u);
  Source elsewhere = source();
  elsewhere.url += "/other";
  save(elsewhere);
  const auto kept = act([&](auto& tx) { return harvester.source(tx, SourceCode{"city"}); });
  EXPECT_FALSE(kept->active);
}

TEST_F(Runs, WhatChangesIsToldAndWhatDoesNotIsLeft) {
  portal.add(1, 230);
  switch_on(source());
  const Run first = run();
  EXPECT_EQ(first.counts.created, 230);
  EXPECT_EQ(first.counts.requests, 3);
  clock.advance(hours{1});
  EXPECT_EQ(run().counts.unchanged, 230);

  portal.add(5, 1, "改名的資料集");
  portal.remove(7);
  const Run third = run();
  EXPECT_EQ(third.state, RunState::done) << third.detail;
  EXPECT_EQ(third.counts.changed, 1);
  EXPECT_EQ(third.counts.withdrawn, 1);
  EXPECT_EQ(third.counts.unchanged, 228);
  const auto changed = objects(third.id, ObjectState::changed);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].version, 2);
  EXPECT_THAT(write_json(changed[0].diff), HasSubstr("改名的資料集 5"));
  EXPECT_THAT(write_json(changed[0].diff), HasSubstr("\"pointer\":\"/title"));
  const auto gone_ones = objects(third.id, ObjectState::withdrawn);
  ASSERT_EQ(gone_ones.size(), 1u);
  auto entry = act([&](auto& tx) { return catalogue.find(tx, gone_ones[0].dataset); });
  EXPECT_EQ(entry->withdrawal->reason, "no longer at the source");
  EXPECT_EQ(entry->withdrawal->by, "harvest:city");
  EXPECT_EQ(entry->dataset.origin->source, "city");
  EXPECT_EQ(entry->dataset.origin->url, portal.url("/dataset/set-000007"));
  EXPECT_EQ(entry->dataset.origin->fetched_at, parse_instant("2026-11-30T04:00:00Z").value());

  portal.add(7, 1);
  EXPECT_EQ(run().counts.changed, 1);
  entry = act([&](auto& tx) { return catalogue.find(tx, gone_ones[0].dataset); });
  EXPECT_EQ(entry->status, catalogue::Status::published);
}

TEST_F(Runs, ASourceThatShrinksSuddenlyWaitsForASteward) {
  portal.add(1, 40);
  switch_on(source());
  run();
  for (int i = 1; i <= 25; ++i) portal.remove(i);
  const Run held = run();
  EXPECT_EQ(held.state, RunState::held);
  EXPECT_EQ(held.code, "shrunk");
  EXPECT_EQ(held.counts.withdrawn, 0);
  act([&](auto& tx) { return harvester.accept(tx, held.id); });
  const Run accepted = finish(held.id);
  EXPECT_EQ(accepted.state, RunState::done);
  EXPECT_EQ(accepted.counts.withdrawn, 25);
  const auto again = db->transact([&](auto& tx) { return harvester.accept(tx, held.id); });
  EXPECT_EQ(again.error().code, "not_held");
}

TEST_F(Runs, ASourceThatShowsLessThanItSaysLosesNothing) {
  portal.add(1, 20);
  switch_on(source());
  run();
  portal.trouble([](const net::Request& request) -> std::optional<net::Response> {
    if (request.query.get("start") != "0") return {};
    JsonArray some;
    for (int i = 1; i <= 15; ++i) some.push_back(Portal::package(i, "資料集"));
    JsonObject result{{"count", 20}, {"results", some}};
    return Portal::result(result);
  });
  portal.remove(20);
  for (int i = 1; i <= 15; ++i) portal.remove(i);
  const Run run_ = run();
  EXPECT_EQ(run_.state, RunState::done);
  EXPECT_EQ(run_.code, "incomplete");
  EXPECT_EQ(run_.counts.withdrawn, 0);
}

TEST_F(Runs, OneRunOfASourceAtATime) {
  portal.add(1, 2);
  switch_on(source());
  const Run first = begin();
  const auto second = db->transact(
      [&](auto& tx) { return harvester.begin(tx, SourceCode{"city"}, false, "officer:1"); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "runs_already");
  act([&](auto& tx) { return harvester.stop(tx, first.id); });
  EXPECT_EQ(finish(first.id).state, RunState::stopped);
}

TEST_F(Runs, TheStopButtonIsNoticedInsideAnAnswer) {
  portal.add(1, 500);
  switch_on(source());
  const Run slow = begin();
  portal.trouble([&](const net::Request& request) -> std::optional<net::Response> {
    if (request.query.get("start") != "200") return {};
    EXPECT_TRUE(db->transact([&](auto& tx) { return harvester.stop(tx, slow.id); }));
    std::this_thread::sleep_for(milliseconds{600});
    return {};
  });
  const Run stopped = finish(slow.id);
  EXPECT_EQ(stopped.state, RunState::stopped);
  EXPECT_EQ(stopped.counts.created, 200);
  portal.trouble({});
  EXPECT_EQ(run().counts.created, 300);
}

TEST_F(Runs, AreBegunWhenTheyAreDueAndEndedWhenTheyHang) {
  portal.add(1, 2);
  switch_on(source());
  act([&](auto& tx) { return harvester.tick(tx); });
  auto status = act([&](auto& tx) { return harvester.sources(tx); });
  ASSERT_EQ(status->size(), 1u);
  ASSERT_TRUE(status->front().last);
  EXPECT_EQ(status->front().last->asked_by, "schedule");
  EXPECT_EQ(status->front().source.next_run_at, clock.now() + hours{24});

  // Whoever took it never comes back: the lease is over, and nothing was heard for long.
  std::atomic<bool> answered = false;
  portal.trouble([&](const net::Request&) -> std::optional<net::Response> {
    if (answered.exchange(true)) return {};
    clock.advance(minutes{16});
    EXPECT_TRUE(db->transact([&](auto& tx) { return harvester.tick(tx); }));
    return {};
  });
  const Run hung = finish(status->front().last->id);
  EXPECT_EQ(hung.state, RunState::failed);
  EXPECT_EQ(hung.code, "hung");
  EXPECT_TRUE(all().empty()) << "who lost the run must not write any more";
}

TEST_F(Runs, OldOnesAreForgotten) {
  portal.add(1, 1);
  switch_on(source());
  for (int i = 0; i < 12; ++i) {
    clock.advance(seconds{1});
    run();
  }
  act([&](auto& tx) { return harvester.tick(tx); });
  const auto left = act([&](auto& tx) { return harvester.runs(tx, SourceCode{"city"}, 100); });
  EXPECT_EQ(std::ranges::count_if(*left, [](const Run& each) { return each.over(); }), 10);
}

TEST_F(Runs, OnlyWhatChangedIsAskedForInBetween) {
  portal.add(1, 2);
  Source weekly = source();
  weekly.whole_every_days = 7;
  weekly.organizations = {"org-1", "org-2"};
  switch_on(weekly);
  EXPECT_FALSE(run().since);
  clock.advance(hours{24});
  EXPECT_TRUE(run().since);
  const auto target = net::percent_decode(portal.asked().back());
  EXPECT_THAT(*target, HasSubstr("organization:(\"org-1\" OR \"org-2\") AND "
                                 "metadata_modified:[2026-11-30T03:00:00Z TO *]"));
  clock.advance(days{8});
  EXPECT_FALSE(run().since);
}

TEST_F(Runs, NobodyPublishesInTheNameOfAnother) {
  act([&](auto& tx) {
    catalogue::Publisher ours;
    ours.code = catalogue::PublisherCode{"org-1"};
    ours.title.zh_hant = "我們的第一局";
    return catalogue.save(tx, ours);
  });
  portal.add(1, 2);
  switch_on(source());
  run();
  std::set<std::string> codes;
  for (const auto& each : all()) codes.insert(each.dataset.publisher.value);
  EXPECT_THAT(codes, ElementsAre("city--org-1", "org-2"));

  // Two portals, the same names: both get in, each under an address of its own.
  Source other = source("town");
  other.trusted = true;
  other.publishers = {{"org-2", "org-1"}};
  switch_on(other);
  const Run second = run("town");
  EXPECT_EQ(second.counts.created, 2);
  std::set<std::string> names;
  for (const auto& each : all()) {
    names.insert(each.dataset.name);
    if (each.dataset.origin->source == "town") EXPECT_EQ(each.dataset.publisher.value, "org-1");
  }
  EXPECT_EQ(names.size(), 4u);
  EXPECT_EQ(run("town").counts.unchanged, 2);
}

TEST(Sources, AllFaultsAreTold) {
  const auto read = source_from_json(
      JsonObject{{"code", "A B"}, {"url", "ftp://x"}, {"pause_ms", -1}, {"colour", "red"}});
  ASSERT_FALSE(read);
  std::vector<std::string> fields;
  for (const Error& each : read.error()) fields.push_back(each.field);
  EXPECT_THAT(fields,
              testing::UnorderedElementsAre("/colour", "/code", "/title", "/url", "/pause_ms"));
}

}  // namespace minben::harvest
