// What the checks find, of servers that behave well and badly.
#include "house.hpp"

namespace minben::quality {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Checks = House;

TEST_F(Checks, AFileThatIsWhatIsSaidHasTheHighestBadge) {
  files.file("/a.csv", std::string(stations));
  put(dataset("air", files.url("/a.csv")));
  EXPECT_EQ(work(), 1);
  EXPECT_THAT(files.asked(), ElementsAre("GET /a.csv")) << "one request is enough";
  EXPECT_EQ(files.agent(), "minben-quality (+https://data.example.tw)");
  const Report air = report("air");
  EXPECT_FALSE(air.checking);
  EXPECT_EQ(air.badge, Badge::platinum);
  EXPECT_THAT(air.judged.to_raise, IsEmpty());
  for (const Criterion& each : air.judged.criteria) EXPECT_EQ(each.finding, Finding::passed);
  EXPECT_THAT(air.conformance, IsEmpty());
  EXPECT_EQ(air.links.front().status, 200);
  EXPECT_THAT(told(), ElementsAre("badge platinum"));
  const auto runs = checks("air");
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_TRUE(runs.front().read);
  EXPECT_EQ(runs.front().bytes, static_cast<std::int64_t>(stations.size()));
}

TEST_F(Checks, WhatIsNotAsSaidIsNamedWithWhatWasExpectedAndFound) {
  files.file("/wrong.csv",
             "\xb4\xfa\xaf\xb8,\xbf\xa4\xa5\xab,\xbc\xc6\xad\xc8\n1,2,3\n"
             "\xa5\x78\xa5\x5f,\xa4\xa4,5\n");  // 測站,縣市,數值 in Big5
  files.file("/columns.csv", "測站,縣市,濃度,時間\na,b,1,2\n");
  files.file("/page.csv", "<!DOCTYPE html><html><body>請先登入</body></html>", "text/html");
  files.file("/empty.csv", "");
  files.file("/picture.csv", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", 18), "image/png");
  for (const char* name : {"wrong", "columns", "page", "empty", "picture"})
    put(dataset(name, files.url(fmt::format("/{}.csv", name))));
  work();
  EXPECT_EQ(reason("wrong", "encoding_match"), "encoding_differs");
  EXPECT_EQ(report("wrong").badge, Badge::silver);
  for (const Evidence& each : link("wrong").evidence)
    if (each.criterion == "encoding_match") {
      EXPECT_EQ(each.expected, "UTF-8");
      EXPECT_EQ(each.found, "Big5");
    }
  EXPECT_EQ(reason("columns", "desc_match"), "columns_differ");
  for (const Evidence& each : link("columns").evidence)
    if (each.criterion == "desc_match") {
      EXPECT_EQ(each.expected, "數值");
      EXPECT_EQ(each.found, "濃度, 時間");
    }
  EXPECT_EQ(report("columns").badge, Badge::silver);
  EXPECT_EQ(reason("empty", "structure"), "empty_file");
  EXPECT_EQ(report("empty").badge, Badge::bronze);
  EXPECT_EQ(reason("picture", "structure"), "not_a_table");
  EXPECT_EQ(report("picture").badge, Badge::bronze);
  // A page may stand there for an hour: it is a try without success, and judged when it stays.
  EXPECT_TRUE(report("page").checking);
  for (int i = 0; i < 3; ++i) {
    clock.advance(hours{2});
    work();
  }
  EXPECT_EQ(reason("page", "downloadable"), "page_instead");
  EXPECT_EQ(report("page").findings.front().linkable, Finding::passed);
  EXPECT_EQ(report("page").badge, Badge::none);
}

TEST_F(Checks, NothingIsBrokenByOneSlowAnswer) {
  std::atomic<bool> slow = false;
  files.at("/a.csv", [&](const net::Request&) {
    if (slow) std::this_thread::sleep_for(milliseconds{1500});
    return net::Response::bytes(std::string(stations), "text/csv");
  });
  put(dataset("air", files.url("/a.csv")));
  work();
  slow = true;
  clock.advance(hours{27});
  EXPECT_EQ(work(), 1);
  EXPECT_EQ(link("air").state, LinkState::failing);
  EXPECT_EQ(checks("air").front().reason, "timeout");
  EXPECT_EQ(report("air").badge, Badge::platinum) << "what was found before stands";
  EXPECT_EQ(report("air").broken, 0);
  slow = false;
  clock.advance(minutes{20});
  EXPECT_EQ(work(), 1) << "tried again soon";
  EXPECT_EQ(link("air").state, LinkState::ok);
  EXPECT_THAT(told(), ElementsAre("badge platinum"));
}

TEST_F(Checks, BrokenIsWhatFailsSeveralTimesOverHours) {
  put(dataset("gone", files.url("/gone.csv")));
  work();
  EXPECT_EQ(link("gone").state, LinkState::waiting);
  EXPECT_TRUE(report("gone").checking);
  clock.advance(minutes{16});
  work();
  EXPECT_EQ(link("gone").failures, 2);
  EXPECT_EQ(link("gone").state, LinkState::waiting);
  EXPECT_THAT(told(), IsEmpty());
  clock.advance(hours{3});
  work();
  EXPECT_EQ(link("gone").state, LinkState::broken);
  EXPECT_EQ(link("gone").status, 404);
  EXPECT_EQ(report("gone").badge, Badge::none);
  EXPECT_EQ(report("gone").broken, 1);
  EXPECT_THAT(told(), ElementsAre("link_broken", "badge none"));
  files.file("/gone.csv", std::string(stations));
  clock.advance(hours{27});
  work();
  EXPECT_EQ(link("gone").state, LinkState::ok);
  EXPECT_EQ(report("gone").badge, Badge::platinum);
  EXPECT_THAT(told(), ElementsAre("link_broken", "badge none", "link_fixed", "badge platinum"));
  EXPECT_EQ(changes("gone").size(), 2u);
  EXPECT_EQ(changes("gone").front().before, Badge::none);
}

TEST_F(Checks, RedirectsLeadNeitherInCirclesNorIntoOurNetworks) {
  const auto to = [](std::string where) {
    return [where](const net::Request&) {
      net::Response response = net::Response::text("", 302);
      response.headers.set("Location", where);
      return response;
    };
  };
  files.at("/circle.csv", to(files.url("/circle2.csv")));
  files.at("/circle2.csv", to(files.url("/circle.csv")));
  files.at("/inside.csv", to("http://10.1.2.3/secret.csv"));
  files.at("/moved.csv", to(files.url("/new.csv")));
  files.file("/new.csv", std::string(stations));
  for (const char* name : {"circle", "inside", "moved"})
    put(dataset(name, files.url(fmt::format("/{}.csv", name))));
  work();
  EXPECT_EQ(checks("circle").front().reason, "redirect_loop");
  EXPECT_EQ(checks("inside").front().reason, "connect_failed");
  EXPECT_EQ(report("moved").badge, Badge::platinum);
}

TEST_F(Checks, ABodyWithoutEndIsCutAndSaidToBeTooLarge) {
  Endless endless;
  put(dataset("endless", endless.url()));
  EXPECT_EQ(work(), 1);
  EXPECT_EQ(reason("endless", "structure"), "too_large_to_read");
  EXPECT_EQ(report("endless").badge, Badge::bronze)
      << "it can be had, and that is all that is known";
  EXPECT_LT(endless.sent, 8 << 20);
}

TEST_F(Checks, AHostIsLeftAloneAsLongAsItAsks) {
  std::atomic<bool> busy = true;
  files.at("/a.csv", [&](const net::Request&) {
    net::Response response = busy ? net::Response::text("busy", 429)
                                  : net::Response::bytes(std::string(stations), "text/csv");
    if (busy) response.headers.set("Retry-After", "600");
    return response;
  });
  files.file("/b.csv", std::string(stations));
  put(dataset("air", files.url("/a.csv")));
  clock.advance(seconds{1});
  put(dataset("water", files.url("/b.csv")));
  EXPECT_EQ(work(), 1) << "the other address is of the same host";
  EXPECT_EQ(checks("air").front().outcome, Check::Outcome::postponed);
  EXPECT_EQ(link("air").failures, 0) << "no try that failed";
  busy = false;
  clock.advance(seconds{599});
  EXPECT_EQ(work(), 0);
  clock.advance(seconds{2});
  EXPECT_EQ(work(), 2);
  EXPECT_EQ(report("air").badge, Badge::platinum);
  EXPECT_EQ(report("water").badge, Badge::platinum);
}

TEST_F(Checks, AFileIsReadAgainOnlyWhenItMayHaveChanged) {
  files.file("/a.csv", std::string(stations), "text/csv", "\"one\"");
  files.file("/b.csv", std::string(stations));
  put(dataset("told", files.url("/a.csv")));
  put(dataset("untold", files.url("/b.csv")));
  work();
  files.asked();
  clock.advance(hours{27});
  work();
  EXPECT_THAT(files.asked(), testing::UnorderedElementsAre("HEAD /a.csv", "HEAD /b.csv"));
  EXPECT_EQ(report("told").badge, Badge::platinum);
  files.file("/a.csv", "別的,欄位\n1,2\n", "text/csv", "\"two\"");
  clock.advance(hours{27});
  work();
  EXPECT_THAT(files.asked(),
              testing::UnorderedElementsAre("HEAD /a.csv", "GET /a.csv", "HEAD /b.csv"));
  EXPECT_EQ(report("told").badge, Badge::silver);
  for (int day = 0; day < 6; ++day) {
    clock.advance(hours{27});
    work();
  }
  EXPECT_THAT(files.asked(), testing::Contains("GET /b.csv")) << "who tells nothing, each week";
}

TEST_F(Checks, HeadMayBeUnknownWhereGetIsNot) {
  files.file("/a.csv", std::string(stations));
  put(dataset("air", files.url("/a.csv")));
  work();
  files.at("/a.csv", [](const net::Request& request) {
    return request.method == net::Method::head ? net::Response::text("", 405)
                                               : net::Response::text("測站,縣市,數值\n1,2,3\n");
  });
  files.asked();
  clock.advance(hours{27});
  work();
  EXPECT_THAT(files.asked(), ElementsAre("HEAD /a.csv", "GET /a.csv"));
  EXPECT_EQ(link("air").state, LinkState::ok);
}

TEST_F(Checks, ANewVersionIsLookedAtAtOnceAndKeepsItsBadgeMeanwhile) {
  files.file("/a.csv", "測站,縣市\n古亭,臺北市\n");
  catalogue::Dataset air = dataset("air", files.url("/a.csv"));
  air = put(air).dataset;
  work();
  EXPECT_EQ(report("air").badge, Badge::silver);
  files.file("/a.csv", std::string(stations));
  air.notes.zh_hant = "補上數值欄";
  clock.advance(minutes{5});
  put(air);
  must(quality.follow());
  EXPECT_TRUE(report("air").checking);
  EXPECT_EQ(report("air").badge, Badge::silver);
  EXPECT_EQ(work(), 1);
  EXPECT_EQ(report("air").badge, Badge::platinum);
  const auto course = changes("air");
  ASSERT_EQ(course.size(), 2u);
  EXPECT_EQ(course.front().before, Badge::silver);
  EXPECT_EQ(course.front().version, 2);
  EXPECT_THAT(course.back().unmet, ElementsAre("desc_match"));
}

TEST_F(Checks, LatenessComesByItself) {
  files.file("/a.csv", std::string(stations));
  put(dataset("air", files.url("/a.csv")));
  work();
  act_void([&](store::Transaction& tx) { return quality.tick(tx); });
  EXPECT_EQ(report("air").badge, Badge::platinum);
  clock.advance(days{40});
  act_void([&](store::Transaction& tx) { return quality.tick(tx); });
  EXPECT_EQ(report("air").badge, Badge::gold);
  EXPECT_EQ(changes("air").front().unmet, std::vector<std::string>{"timely"});
}

TEST_F(Checks, TablesOfThisHouseAreAskedInThisHouse) {
  const std::filesystem::path file = temporary.path() / "stations.csv";
  std::ofstream(file) << stations;
  catalogue::Dataset own = dataset("own", "");
  own.distributions.front().id = catalogue::DistributionId::make(clock, random);
  const auto id = own.distributions.front().id;
  must(tables->load({id.value}, file, {}, {}));
  own.distributions.front().download_url =
      fmt::format("https://data.example.tw/datastore/dump/{}?bom=true", to_string(id));
  own = put(own).dataset;
  EXPECT_EQ(work(), 1);
  EXPECT_EQ(report("own").badge, Badge::platinum);
  own.distributions.front().fields.pop_back();
  own.distributions.front().character_encoding = "Big5";
  put(own);
  work();
  EXPECT_EQ(reason("own", "desc_match"), "columns_undescribed");
  EXPECT_EQ(reason("own", "encoding_match"), "encoding_differs");
  must(tables->withdraw({id.value}));
  clock.advance(hours{27});
  work();
  EXPECT_EQ(link("own").state, LinkState::broken) << "this house knows at once";
  EXPECT_EQ(link("own").status, 404);
}

TEST_F(Checks, AnAddressThatMovedIsLookedAtAnewThoughTheVersionIsTheSame) {
  const auto move = [&](std::string origin) {
    act_void([&](store::Transaction& tx) -> Result<void> {
      MINBEN_CHECK(catalogue.move_to(tx, origin));
      return {};
    });
  };
  files.file("/a.csv", std::string(stations));
  const std::string here = files.url("");
  move("https://former.example.tw");
  put(dataset("air", "https://former.example.tw/a.csv"));
  must(quality.follow());
  move(here);
  EXPECT_TRUE(report("air").checking);
  EXPECT_EQ(work(), 1);
  EXPECT_EQ(report("air").badge, Badge::platinum);
  EXPECT_EQ(report("air").version, 1);
  EXPECT_EQ(link("air").url, here + "/a.csv");

  move("https://later.example.tw");
  EXPECT_TRUE(report("air").checking) << "what was found is of the former address";
  EXPECT_EQ(report("air").badge, Badge::platinum) << "and stands meanwhile";
}

TEST_F(Checks, PagesAndServicesBesideFiles) {
  files.file("/a.csv", std::string(stations));
  files.file("/api", "{}", "application/json");
  catalogue::Dataset both = dataset("both", files.url("/a.csv"));
  both.distributions.front().access_url = files.url("/api");
  catalogue::Dataset service = dataset("service", "");
  service.distributions.front().format = "API";
  service.distributions.front().access_url = files.url("/api");
  catalogue::Dataset page = dataset("page", "");
  page.distributions.front().access_url = files.url("/api");
  for (const auto& each : {both, service, page}) put(each);
  EXPECT_EQ(work(), 4);
  EXPECT_EQ(report("both").badge, Badge::platinum);
  EXPECT_EQ(report("service").badge, Badge::platinum) << "no file, so nothing to compare";
  EXPECT_EQ(report("page").badge, Badge::none) << "a page is no download";
}

TEST_F(Checks, AGeometryNeedsNoDescription) {
  files.file("/places.geojson",
             R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":)"
             R"({"名稱":"甲"},"geometry":{"type":"Point","coordinates":[121.5,25.0]}}]})",
             "application/geo+json");
  catalogue::Dataset places = dataset("places", files.url("/places.geojson"));
  catalogue::Distribution& only = places.distributions.front();
  only.format = "GEOJSON";
  only.media_type = "application/geo+json";
  only.fields = {{"名稱", {"說明", ""}, "text", ""}};
  put(places);
  work();
  EXPECT_EQ(reason("places", "desc_match"), "");
  EXPECT_EQ(report("places").badge, Badge::platinum);
}

TEST_F(Checks, WhatIsPublishedNoMoreIsForgotten) {
  files.file("/a.csv", std::string(stations));
  const auto entry = put(dataset("air", files.url("/a.csv")));
  work();
  act([&](store::Transaction& tx) {
    return catalogue.withdraw(tx, entry.dataset.id, entry.revision, "下架", {});
  });
  clock.advance(hours{27});
  EXPECT_EQ(work(), 0);
  const auto left = act([&](store::Transaction& tx) { return quality.standing(tx); });
  EXPECT_EQ(left.links, 0);
}

TEST_F(Checks, SomebodyMayAskForACheckNowAndThen) {
  files.file("/a.csv", std::string(stations));
  const auto id = put(dataset("air", files.url("/a.csv"))).dataset.id;
  work();
  const auto ask = [&] { return db->transact([&](auto& tx) { return quality.ask(tx, id); }); };
  ASSERT_TRUE(ask());
  EXPECT_EQ(work(), 1);
  const auto again = ask();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "asked_already");
  clock.advance(minutes{11});
  EXPECT_TRUE(ask());
  const auto unknown = db->transact([&](auto& tx) { return quality.ask(tx, {}); });
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "not_assessed");
}

}  // namespace minben::quality
