// Bodies are kept where the administrator says so, for as long and as much as that, and shown only
// to who asks.
#include "bodies.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "country.hpp"
#include "exchange/evidence.hpp"

namespace minben::gateway::test {
namespace {

using exchange::BodyProof;

class BodiesTest : public ::testing::Test {
 protected:
  BodiesTest() : clock(SystemClock().now()), country(clock) {}
  void start_all() {
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }
  void keep(const std::string& member, const ServiceId& service, KeptBodies rule) {
    country.configure(member,
                      [&](GatewayConfig& config) { config.keep_bodies = {{service, rule}}; });
  }
  void put(std::string_view body) {
    const auto answer = country.consumer("boca")->call({.service = cards(),
                                                        .method = net::Method::put,
                                                        .path = "/7",
                                                        .body = std::string(body),
                                                        .purpose = "issue",
                                                        .exchange_id = "x-7"});
    ASSERT_TRUE(answer) << describe(answer.error());
  }
  exchange::EvidenceReport report(const std::string& member, std::string_view bodies,
                                  const std::string& id = "x-7") {
    country.gateway(member).settle();
    const std::string subsystem = member == "nia" ? "register" : "casework";
    net::Headers headers;
    headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + subsystem));
    const auto answer = country.get(
        member,
        fmt::format("/asic?queryId={}&xRoadInstance=MINBEN&memberClass=GOV&memberCode={}"
                    "&subsystemCode={}{}",
                    id, member, subsystem, bodies),
        headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto read = exchange::verify_evidence(
        answer.body, {.roots = country.prepared.configuration.trust_anchors});
    EXPECT_TRUE(read) << describe(read.error());
    EXPECT_TRUE(read->proven()) << describe(read->faults.front());
    return read.value();
  }
  /// Of the request, then of the response: kept, digest or none.
  std::string proofs(const std::string& member, std::string_view bodies,
                     const std::string& id = "x-7") {
    const auto found = report(member, bodies, id);
    const auto word = [](BodyProof proof) {
      return proof == BodyProof::kept ? "kept" : proof == BodyProof::digest ? "digest" : "none";
    };
    return fmt::format("{} {}", word(found.request->body), word(found.response->body));
  }
  std::filesystem::path database(const std::string& member) const {
    return country.home(member) / "state" / "bodies.db";
  }
  std::string metrics(const std::string& member) { return country.get(member, "/metrics").body; }

  VirtualClock clock;
  Country country;
};

TEST_F(BodiesTest, AreNotKeptByThemselves) {
  start_all();
  put(R"({"a":1})");
  EXPECT_EQ(proofs("nia", "&bodies=both"), "digest digest");
  EXPECT_FALSE(std::filesystem::exists(database("nia")));
  EXPECT_FALSE(metrics("nia").contains("minben_bodies"));
}

TEST_F(BodiesTest, AreShownToWhoAsksForThem) {
  keep("nia", cards(), {});
  keep("boca", cards(), {});
  start_all();
  put(R"({"a":"of this card"})");
  for (const char* member : {"nia", "boca"}) {
    EXPECT_EQ(proofs(member, ""), "digest digest");
    EXPECT_EQ(proofs(member, "&bodies=both"), "kept kept");
    EXPECT_EQ(proofs(member, "&requestOnly"), "kept digest");
    EXPECT_EQ(proofs(member, "&responseOnly"), "digest kept");
    for (const char* file : {"bodies.db", "bodies.db-wal"})
      EXPECT_FALSE(
          minben::test::read_file(country.home(member) / "state" / file).contains("of this card"));
  }
  // Another service's are not.
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  EXPECT_EQ(proofs("nia", "&bodies=both", "x-5"), "none digest");
  EXPECT_TRUE(metrics("nia").contains("minben_bodies_kept_total 2"));
}

TEST_F(BodiesTest, OfManyPiecesAreKeptWhole) {
  keep("wda", maps(), {.days = 1, .max_bytes = 200'000});
  start_all();
  const auto get = [&](int pieces, const std::string& id) {
    const auto answer = country.consumer()->call({.service = maps(),
                                                  .path = fmt::format("/{}", pieces),
                                                  .purpose = "planning",
                                                  .exchange_id = id});
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(answer->body.size(), static_cast<std::size_t>(pieces) * 50'000);
  };
  get(3, "m-3");
  get(5, "m-5");  // too long
  EXPECT_EQ(proofs("wda", "&bodies=both", "m-3"), "none kept");
  EXPECT_EQ(proofs("wda", "&bodies=both", "m-5"), "none digest");
  EXPECT_TRUE(metrics("wda").contains("minben_bodies_left_out_total 1"));
}

TEST_F(BodiesTest, AreErasedWhenTheirTimeIsOver) {
  keep("nia", cards(), {.days = 2, .max_bytes = 1000});
  start_all();
  put(R"({"a":1})");
  clock.advance(days(2) - seconds(1));
  EXPECT_EQ(proofs("nia", "&bodies=both"), "kept kept");
  clock.advance(seconds(1));
  EXPECT_EQ(proofs("nia", "&bodies=both"), "digest digest");
  EXPECT_FALSE(metrics("nia").contains("minben_bodies_bytes 0\n"));
  country.stop("nia");
  country.start("nia");
  EXPECT_TRUE(metrics("nia").contains("minben_bodies_bytes 0\n"));
}

TEST_F(BodiesTest, SurviveARestartAndAChangeOfTheConfiguration) {
  keep("nia", cards(), {});
  start_all();
  put(R"({"a":1})");
  country.gateway("nia").settle();
  country.stop("nia");
  country.configure("nia", [](GatewayConfig& config) { config.keep_bodies.clear(); });
  country.start("nia");
  EXPECT_EQ(proofs("nia", "&bodies=both"), "kept kept");
}

TEST_F(BodiesTest, TakeNoMoreRoomThanTheyMay) {
  keep("nia", cards(), {.days = 30, .max_bytes = 1u << 20});
  country.configure("nia", [](GatewayConfig& config) { config.keep_bodies_total = 1u << 20; });
  start_all();
  const std::string large = fmt::format(R"({{"a":"{}"}})", std::string(400'000, 'x'));
  for (int i = 0; i < 6; ++i) {
    put(large);
    country.gateway("nia").settle();
  }
  EXPECT_EQ(proofs("nia", "&bodies=both"), "digest digest");  // the newest
  EXPECT_LT(std::filesystem::file_size(database("nia")), 3u << 20);
}

TEST(KeepBodies, IsReadAsItWasWritten) {
  const minben::test::TemporaryDirectory folder;
  const auto file = folder.path() / "gateway.json";
  GatewayConfig config;
  config.member = AgencyCode{"nia"};
  config.configuration = "http://registry.example/exchange/configuration";
  keep_in(folder.path(), config);
  config.registry_key = folder.path() / "registry.pub.pem";
  config.keep_bodies = {{cards(), {.days = 7, .max_bytes = 4096}}};
  config.key_overlap_s = seconds(77);
  config.timestamp_grace_s = hours(2);
  ASSERT_TRUE(write_gateway_config(config, file));
  const auto read = read_gateway_config(file);
  ASSERT_TRUE(read) << describe(read.error());
  ASSERT_EQ(read->keep_bodies.size(), 1u);
  EXPECT_EQ(read->keep_bodies.at(cards()).days, 7);
  EXPECT_EQ(read->keep_bodies.at(cards()).max_bytes, 4096u);
  EXPECT_EQ(read->key_overlap_s, seconds(77));
  EXPECT_EQ(read->timestamp_grace_s, hours(2));
}

}  // namespace
}  // namespace minben::gateway::test
