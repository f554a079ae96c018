// A gateway's ledger is stamped by an authority outside, and nothing goes on for long without.
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "country.hpp"
#include "exchange/evidence.hpp"
#include "support/port.hpp"
#include "timestamp_authority/authority.hpp"

namespace minben::gateway::test {
namespace {

using outside::timestamps::Authority;
using outside::timestamps::Manner;

class TimestampTest : public ::testing::Test {
 protected:
  TimestampTest() : clock(SystemClock().now() - days(60)), country(clock) {
    for (const char* member : {"nia", "wda", "boca"})
      country.configure(member, [](GatewayConfig& config) {
        config.timestamp_interval_s = hours(24);  // only when these tests say so
      });
  }
  std::unique_ptr<Authority> open(Manner manner = Manner::good, const std::string& name = "one",
                                  std::optional<Instant> at = std::nullopt) {
    authority_clock.set(at.value_or(clock.now()));
    auto made = Authority::start({port, folder.path() / name, manner}, authority_clock);
    EXPECT_TRUE(made) << describe(made.error());
    return std::move(made).value();
  }
  std::string root(const std::string& name = "one") const {
    return minben::test::read_file(folder.path() / name / "root.pem");
  }
  /// The authority at `port`, which need not be there; its certificates were made before.
  void start_all(const std::string& name = "one") {
    open(Manner::good, name);
    country.publish([&](Configuration& configuration) {
      configuration.timestamp_urls = {fmt::format("http://127.0.0.1:{}/", port)};
      configuration.timestamp_roots = {root(name)};
    });
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }
  std::string code(const Result<void>& outcome) const {
    return outcome ? "" : outcome.error().code;
  }
  std::string call() {
    const auto answer = country.consumer()->call(country.residence_request());
    return answer ? "" : answer.error().code;
  }
  std::string call_of_boca() {
    const auto answer =
        country.consumer("boca")->call({.service = cards(), .path = "/7", .purpose = "issue"});
    return answer ? "" : answer.error().code;
  }
  std::string container(const std::string& member) {
    net::Headers headers;
    const std::string subsystem = member == "nia" ? "register" : "casework";
    headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + subsystem));
    const auto answer = country.get(
        member,
        fmt::format("/asic?queryId=x-5&xRoadInstance=MINBEN&memberClass=GOV&memberCode={}"
                    "&subsystemCode={}",
                    member, subsystem),
        headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  exchange::EvidenceTrust trust(const std::string& member) {
    const auto status = parse_json(country.get(member, "/status").body).value();
    return {.roots = country.prepared.configuration.trust_anchors,
            .ledger_keys = {string_or(status.at("ledger"), "key")},
            .timestamp_roots = {root()}};
  }
  Json health(const std::string& member, int status) {
    const auto answer = country.get(member, "/health");
    EXPECT_EQ(answer.status, status) << answer.body;
    return parse_json(answer.body).value();
  }

  VirtualClock clock;
  Country country;
  VirtualClock authority_clock{clock.now()};
  minben::test::TemporaryDirectory folder;
  const std::uint16_t port = minben::test::free_port();
};

TEST_F(TimestampTest, IsInTheContainerOfEveryExchangeBeforeIt) {
  start_all();
  const auto authority = open();
  ASSERT_EQ(call(), "");
  const auto unstamped = exchange::verify_evidence(container("nia"), trust("nia"));
  ASSERT_TRUE(unstamped && unstamped->proven());
  EXPECT_FALSE(unstamped->has_timestamp);
  for (const char* member : {"nia", "wda"}) {
    const auto stamped = country.gateway(member).stamp();
    ASSERT_TRUE(stamped) << describe(stamped.error());
    // The ledger goes on, and older exchanges stay proven by their own stamp.
    ASSERT_EQ(call_of_boca(), "");
    const auto report = exchange::verify_evidence(container(member), trust(member));
    ASSERT_TRUE(report) << describe(report.error());
    EXPECT_TRUE(report->proven()) << describe(report->faults.front());
    ASSERT_TRUE(report->timestamp);
    EXPECT_LT(abs(report->timestamp->at - clock.now()), seconds(2));
    ASSERT_TRUE(report->ledger);
  }
}

TEST_F(TimestampTest, IsWhatOpensslVerifies) {
  start_all();
  auto authority = open();
  ASSERT_EQ(call(), "");
  ASSERT_TRUE(country.gateway("nia").stamp());
  const auto path = [&](std::string_view name) { return (folder.path() / name).string(); };
  std::ofstream(path("x.asice"), std::ios::binary) << container("nia");
  std::ofstream(path("roots.pem")) << country.prepared.configuration.trust_anchors_pem();
  const std::string script =
      (std::filesystem::path(MINBEN_SOURCE_DIR) / "tests/foundation/exchange/check_asic.sh")
          .string();
  const auto run = [&](const std::string& roots) {
    return std::system(fmt::format("'{}' '{}' '{}' '{}' > '{}' 2>&1", script, path("x.asice"),
                                   path("roots.pem"), roots, path("said"))
                           .c_str());
  };
  EXPECT_EQ(run(path("one/root.pem")), 0) << minben::test::read_file(path("said"));
  authority.reset();  // who has its port
  open(Manner::good, "two");
  EXPECT_NE(run(path("two/root.pem")), 0);
}

TEST_F(TimestampTest, IsAskedForOnceForAllThatHappened) {
  start_all();
  const auto authority = open();
  const auto answers = [&] {
    const auto status =
        net::Client({}).send({.url = fmt::format("http://127.0.0.1:{}/status", port)}).value();
    return parse_json(status.body)->at("answers").as_int64();
  };
  for (int i = 0; i < 5; ++i) ASSERT_EQ(call(), "");
  ASSERT_TRUE(country.gateway("nia").stamp());
  EXPECT_EQ(answers(), 1);
  ASSERT_TRUE(country.gateway("nia").stamp());  // nothing new
  EXPECT_EQ(answers(), 1);
  country.stop("nia");
  country.start("nia");  // and it is remembered
  ASSERT_TRUE(country.gateway("nia").stamp());
  EXPECT_EQ(answers(), 1);
  EXPECT_TRUE(exchange::verify_evidence(container("nia"), trust("nia"))->timestamp);
}

TEST_F(TimestampTest, TrafficStopsAfterTheGraceTimeAndGoesOnWhenTheAuthorityIsBack) {
  start_all();
  ASSERT_EQ(call(), "");
  for (const char* member : {"nia", "wda"})
    EXPECT_EQ(code(country.gateway(member).stamp()), "connect_failed");
  EXPECT_TRUE(health("nia", 200).at("warnings").as_array().empty());
  clock.advance(minutes(90));
  EXPECT_EQ(call(), "");
  EXPECT_EQ(string_or(health("nia", 200).at("warnings").as_array().front(), "code"),
            "timestamp_late");
  const std::string metrics = country.get("nia", "/metrics").body;
  EXPECT_TRUE(metrics.contains("minben_timestamp_waiting_seconds 5400")) << metrics;
  EXPECT_TRUE(metrics.contains("minben_timestamp_failures_total ")) << metrics;
  country.stop("nia");
  country.start("nia");  // a restart wins no time
  clock.advance(minutes(151));
  const int asked = country.nia_register.calls();
  EXPECT_EQ(call(), "timestamp_overdue");          // by its own gateway
  EXPECT_EQ(call_of_boca(), "timestamp_overdue");  // by the provider's
  EXPECT_EQ(country.nia_register.calls(), asked);
  EXPECT_EQ(string_or(health("nia", 503), "type"), "urn:minben:problem:timestamp_overdue");
  const auto authority = open();
  for (const char* member : {"nia", "wda"}) {
    const auto stamped = country.gateway(member).stamp();
    EXPECT_TRUE(stamped) << describe(stamped.error());
  }
  EXPECT_EQ(call(), "");
  EXPECT_EQ(call_of_boca(), "");
  EXPECT_TRUE(health("nia", 200).at("warnings").as_array().empty());
}

TEST_F(TimestampTest, WhoHasNothingToStampMayWait) {
  start_all();
  clock.advance(hours(9));
  EXPECT_EQ(call(), "");
}

TEST_F(TimestampTest, NothingElseIsTakenForOne) {
  start_all();
  ASSERT_EQ(call(), "");
  {
    const auto stale = open(Manner::stale);
    ASSERT_TRUE(country.gateway("nia").stamp());
    ASSERT_EQ(call(), "");
    EXPECT_EQ(code(country.gateway("nia").stamp()), "other_timestamp");  // another nonce
  }
  {
    const auto stranger = open(Manner::good, "stranger");
    EXPECT_EQ(code(country.gateway("nia").stamp()), "untrusted_timestamp");  // another key
  }
  {
    const auto expired = open(Manner::good, "one", clock.now() + days(3660));
    EXPECT_EQ(code(country.gateway("nia").stamp()), "untrusted_timestamp");
    const auto status = parse_json(country.get("nia", "/status").body).value();
    EXPECT_TRUE(string_or(status.at("timestamps"), "failure").contains("expired"));
  }
  const auto good = open();
  EXPECT_EQ(code(country.gateway("nia").stamp()), "");
}

}  // namespace
}  // namespace minben::gateway::test
