// Sources that answer badly.
#include "house.hpp"
#include "reader.hpp"
#include "tables.hpp"

namespace minben::harvest {

using testing::HasSubstr;

struct Trouble : House {
  std::atomic<int> count = 0;
  /// The n-th requests of the run get this answer.
  void at(std::set<int> places, const std::function<net::Response()>& answer) {
    count = 0;
    portal.trouble([this, places, answer](const net::Request&) -> std::optional<net::Response> {
      if (places.contains(++count)) return answer();
      return {};
    });
  }
};

TEST_F(Trouble, ErrorsThatPassAreWaitedForAsTheSourceAsks) {
  portal.add(1, 250);
  switch_on(source());
  at({2, 4}, [this] {
    net::Response answer = net::Response::text("busy", count == 2 ? 429 : 503);
    if (count == 2) answer.headers.set("Retry-After", "120");
    return answer;
  });
  const Instant start = clock.now();
  const Run begun = begin();
  ASSERT_TRUE(harvester.work_once(begun.id));
  auto waiting = act([&](auto& tx) { return harvester.run(tx, begun.id); });
  EXPECT_EQ(waiting->state, RunState::waiting);
  EXPECT_EQ(waiting->code, "http_429");
  EXPECT_EQ(waiting->not_before, start + seconds{120});
  EXPECT_EQ(*harvester.work_once(begun.id), false) << "not before";
  const Run done = finish(begun.id);
  EXPECT_EQ(done.state, RunState::done) << done.detail;
  EXPECT_EQ(done.counts.created, 250);
  EXPECT_EQ(done.counts.requests, 5);
  EXPECT_EQ(portal.agent(), "minben-harvest (+https://data.example.tw)");
}

TEST_F(Trouble, ErrorsThatStayEndTheRunAndTakeNothingAway) {
  portal.add(1, 20);
  switch_on(source());
  run();
  portal.trouble([](const net::Request&) { return net::Response::text("broken", 500); });
  const Run failed = run();
  EXPECT_EQ(failed.state, RunState::failed);
  EXPECT_EQ(failed.code, "http_500");
  EXPECT_THAT(failed.detail, HasSubstr("after 5 attempts"));
  for (const auto& each : all()) EXPECT_EQ(each.status, catalogue::Status::published);
}

TEST_F(Trouble, WhatIsNoJsonIsSaid) {
  portal.add(1, 150);
  switch_on(source());
  at({2}, [] { return net::Response::text("{\"success\": true, \"result\": {"); });
  const Run failed = run();
  EXPECT_EQ(failed.state, RunState::failed);
  EXPECT_EQ(failed.code, "not_json");
  EXPECT_EQ(failed.counts.created, 100) << "what came before is in";
}

TEST_F(Trouble, EndlessAndSlowBodiesAreCut) {
  portal.add(1, 5);
  Source small = source();
  small.max_bytes = 20'000;
  switch_on(small);
  at({1}, [] { return net::Response::text(std::string(1u << 20, ' ')); });
  EXPECT_EQ(run().code, "response_too_large");
  Source hasty = source();
  hasty.request_timeout_ms = milliseconds{1000};
  save(hasty);
  portal.trouble([this](const net::Request&) -> std::optional<net::Response> {
    if (++count < 7) std::this_thread::sleep_for(milliseconds{1300});
    return {};
  });
  count = 0;
  const Run slow = run();
  EXPECT_EQ(slow.state, RunState::failed);
  EXPECT_EQ(slow.code, "timeout");
}

TEST_F(Trouble, RedirectsLeadNeitherInCirclesNorInside) {
  portal.add(1, 5);
  switch_on(source());
  portal.trouble([](const net::Request& request) -> std::optional<net::Response> {
    auto answer = net::Response::text("", 302);
    answer.headers.set("Location", request.path == "/a" ? "/b" : "/a");
    return answer;
  });
  EXPECT_EQ(run().code, "redirect_loop");
  portal.trouble([](const net::Request&) -> std::optional<net::Response> {
    auto answer = net::Response::text("", 302);
    answer.headers.set("Location", "http://169.254.169.254/latest/meta-data/");
    return answer;
  });
  const Run inside = run();
  EXPECT_EQ(inside.code, "connect_failed");
  EXPECT_THAT(inside.detail, HasSubstr("not to be reached"));
}

TEST_F(Trouble, APortalWithoutSearchIsAskedForEachPackage) {
  portal.add(1, 45);
  switch_on(source());
  run();
  portal.trouble([](const net::Request& request) -> std::optional<net::Response> {
    if (!request.path.ends_with("/package_search")) return {};
    return net::Response::json(
        JsonObject{{"success", false}, {"error", JsonObject{{"__type", "Search Error"}}}}, 409);
  });
  portal.add(46, 1);
  portal.add(3, 1, "新的名字");
  const Run listed = run();
  EXPECT_EQ(listed.state, RunState::done) << listed.detail;
  EXPECT_EQ(listed.counts.unchanged, 44) << "the same objects as by search";
  EXPECT_EQ(listed.counts.created, 1);
  EXPECT_EQ(listed.counts.changed, 1);
  EXPECT_EQ(listed.counts.withdrawn, 0);
  EXPECT_TRUE(objects(listed.id, ObjectState::waiting).empty());
}

TEST_F(Trouble, OneFaultyObjectDoesNotKeepTheOthersBack) {
  portal.add(1, 3);
  JsonObject broken = Portal::package(9, "壞的");
  broken["resources"] = "none";
  JsonObject hidden = Portal::package(10, "內部");
  hidden["private"] = true;
  std::map<std::string, JsonObject> packages{{"a", broken}, {"b", hidden}};
  for (int i = 1; i <= 3; ++i) packages[std::to_string(i)] = Portal::package(i, "資料集");
  portal.set(packages);
  switch_on(source());
  const Run done = run();
  EXPECT_EQ(done.counts.created, 3);
  EXPECT_EQ(done.counts.failed, 1);
  EXPECT_EQ(done.counts.hidden, 1);
  const auto failed = objects(done.id, ObjectState::failed);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].identifier, "id-000009");
  EXPECT_THAT(failed[0].detail, HasSubstr("/resources"));
}

TEST_F(Trouble, ManyObjectsAndRequestsAreBounded) {
  portal.add(1, 250);
  Source small = source();
  switch_on(small);
  small.max_objects = 150;
  save(small);
  EXPECT_EQ(run().code, "too_many_objects");
  small.max_objects = 1000;
  small.max_requests = 2;
  save(small);
  EXPECT_EQ(run().code, "too_many_requests_needed");
}

TEST(RetryAfter, IsSecondsOrADate) {
  const Instant now = parse_instant("2026-11-30T04:00:00Z").value();
  EXPECT_EQ(net::read_retry_after("120", now), seconds{120});
  EXPECT_EQ(net::read_retry_after("Mon, 30 Nov 2026 04:01:30 GMT", now), seconds{90});
  EXPECT_EQ(net::read_retry_after("Mon, 30 Nov 2020 04:01:30 GMT", now), seconds{0});
  EXPECT_EQ(net::read_retry_after("99999999", now), seconds{0});
  EXPECT_EQ(net::read_retry_after("soon", now), seconds{0});
}

TEST(Links, NameTheNextPage) {
  EXPECT_EQ(next_of_link("<https://a/1>; rel=\"prev\", </c?page=2>; rel=\"next\""), "/c?page=2");
  EXPECT_EQ(next_of_link("<https://a/2>; title=\"x\"; rel=next"), "https://a/2");
  EXPECT_EQ(next_of_link("<https://a/2; rel=next"), "");
  EXPECT_EQ(next_of_link(""), "");
}

}  // namespace minben::harvest
