// What a gateway does beside its calls: messages are forgotten after their time, quotas are kept.
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "exchange/evidence.hpp"
#include "ledger/ledger.hpp"
#include "message_log.hpp"
#include "quota_store.hpp"
#include "traffic.hpp"

namespace minben::gateway::test {
namespace {

class HousekeepingTest : public ::testing::Test {
 protected:
  HousekeepingTest() : clock(SystemClock().now()), country(clock) {
    for (const char* member : {"nia", "wda"}) {
      const auto& file = country.prepared.gateway_configs.at(member);
      GatewayConfig config = read_gateway_config(file).value();
      config.keep_days = 2;
      MINBEN_ASSERT(write_gateway_config(config, file).has_value());
      country.start(member);
    }
  }
  std::string ask(const std::string& id = "x-5") {
    ExchangeRequest request = country.residence_request();
    request.exchange_id = id;
    const auto answer = country.consumer()->call(request);
    return answer ? "answered" : answer.error().code;
  }
  net::ClientResponse evidence(const std::string& id) {
    net::ClientRequest request{
        .url = fmt::format("http://127.0.0.1:{}/asic?queryId={}&xRoadInstance=MINBEN"
                           "&memberClass=GOV&memberCode=nia&subsystemCode=register",
                           country.client_ports["nia"], id)};
    request.headers.add("Minben-Token", country.prepared.tokens.at("nia/register"));
    return net::Client({}).send(request).value();
  }
  /// Housekeeping looks at the clock a few times a second.
  bool comes_true(const std::function<bool()>& condition) {
    for (int i = 0; i < 400; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(25));
    }
    return false;
  }
  [[nodiscard]] std::filesystem::path state() const { return country.home("nia") / "state"; }

  VirtualClock clock;
  Country country;
};

TEST_F(HousekeepingTest, MessagesExpireAndWhatProvesThemDoesNot) {
  ASSERT_EQ(ask("x-1"), "answered");
  ASSERT_TRUE(country.platform.wait_for(1));
  country.gateway("nia").deliver();
  country.gateway("nia").settle();
  const auto container = evidence("x-1");
  ASSERT_EQ(container.status, 200) << container.body;
  country.platform.refuse(true);
  ASSERT_EQ(ask("x-2"), "answered") << "its use waits for the platform";
  clock.advance(days(2) - hours(1));
  ASSERT_EQ(ask("x-3"), "answered");
  country.gateway("nia").settle();
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_EQ(evidence("x-1").status, 200) << "an hour too early";

  clock.advance(hours(2));
  EXPECT_TRUE(comes_true([&] { return evidence("x-1").status == 404; }));
  EXPECT_EQ(evidence("x-2").status, 200) << "nothing that waits is forgotten";
  EXPECT_EQ(evidence("x-3").status, 200) << "nothing younger";
  country.platform.refuse(false);
  country.gateway("nia").deliver();
  EXPECT_TRUE(country.platform.wait_for(3));
  country.gateway("nia").settle();

  const std::string vkey(trim(net::Client({})
                                  .send({.url = fmt::format("http://127.0.0.1:{}/ledger/vkey",
                                                            country.client_ports["nia"])})
                                  ->body));
  EvidenceTrust trust{.roots = country.prepared.configuration.trust_anchors};
  trust.ledger_keys.emplace_back(vkey);
  const auto report = verify_evidence(container.body, trust);
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_TRUE(report->faults.empty());
  EXPECT_EQ(ask("x-4"), "answered");
  country.stop("nia");
  EXPECT_TRUE(ledger::verify_directory(state() / "ledger", vkey));
  country.start("nia");
  EXPECT_EQ(ask("x-5"), "answered") << "numbers go on";
  EXPECT_EQ(evidence("x-4").status, 200);
}

TEST_F(HousekeepingTest, AUseThatWasTakenIsNotToldAgainWhenAnotherCameMeanwhile) {
  Gateway& nia = country.gateway("nia");
  const auto waiting = [&] {
    nia.settle();
    const auto answer = net::Client({}).send(
        {.url = fmt::format("http://127.0.0.1:{}/status", country.client_ports["nia"])});
    return find(parse_json(answer.value().body).value(), "usage")->at("waiting");
  };
  country.platform.answer_after(milliseconds(600));
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  for (int i = 0; i < 500 && country.platform.deliveries() == 0; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  nia.settle();  // the second one is filed while the platform still thinks about the first
  country.platform.answer_after(milliseconds(0));
  ASSERT_TRUE(country.platform.wait_for(2));
  nia.deliver();  // before the message log has heard that both were taken
  EXPECT_EQ(country.platform.arrivals(), 2u);
  for (int i = 0; i < 200 && waiting() != 0; ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(waiting(), 0);
}

TEST_F(HousekeepingTest, AUseThatIsAcknowledgedTwiceIsCountedOnce) {
  const minben::test::TemporaryDirectory directory;
  auto messages = MessageLog::open(directory.path(), country.random).value();
  const std::vector<FiledMessage> filed{{1, clock.now(), "x-1", true, {1}, {1}},
                                        {2, clock.now(), "x-2", true, {1}, {1}}};
  const std::vector<std::int64_t> first{1}, both{1, 2};
  EXPECT_EQ(messages->file(filed, {}), std::size_t{0});
  EXPECT_EQ(messages->file({}, first), std::size_t{1});
  EXPECT_EQ(messages->file({}, both), std::size_t{1});
  EXPECT_EQ(messages->count_waiting(), std::size_t{0});
}

TEST_F(HousekeepingTest, QuotasAndRatesGoOnAfterARestart) {
  country.publish_everywhere([](Configuration& next) {
    next.rules.front().id = "residence";
    next.rules.front().quotas = {{3, Period::month}};
  });
  EXPECT_EQ(ask("x-1"), "answered");
  EXPECT_EQ(ask("x-2"), "answered");
  country.stop("nia");
  country.start("nia");
  EXPECT_EQ(ask("x-3"), "answered") << "an orderly stop counts exactly";
  EXPECT_EQ(ask("x-4"), "quota_exceeded");
  country.stop("nia");
  std::filesystem::remove(state() / "quotas.json");
  country.start("nia");
  EXPECT_EQ(ask("x-5"), "quota_exceeded") << "counted again from the message log";
  country.stop("nia");
  std::ofstream(state() / "quotas.json")
      << R"({"format":"minben-quotas/1","filed":9,"counters":3})";
  country.start("nia");
  EXPECT_EQ(ask("x-6"), "quota_exceeded") << "a file that cannot be read is as good as none";
  clock.advance(days(31));
}

TEST_F(HousekeepingTest, QuotasAreWrittenWhileCallsGoOn) {
  country.publish_everywhere(
      [](Configuration& next) { next.rules.front().quotas = {{9, Period::day}}; });
  EXPECT_EQ(ask(), "answered");
  country.gateway("nia").settle();
  clock.advance(QuotaStore::period);
  const auto written = [&] {
    std::ifstream file(state() / "quotas.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return text.find("\"filed\":1,") != text.npos && text.find("rate_ns") != text.npos;
  };
  EXPECT_TRUE(comes_true(written));
}

TEST_F(HousekeepingTest, WhatWasCountedBeforeItWasFiledIsNotCountedTwice) {
  const minben::test::TemporaryDirectory directory;
  UsageCounters counters;
  QuotaStore quotas(directory.path(), clock, counters);
  const auto filed = [&] {
    const auto text = minben::test::read_file(directory.path() / "quotas.json");
    return get_integer(parse_json(text).value(), "filed").value();
  };
  ASSERT_TRUE(quotas.save(0));
  EXPECT_EQ(filed(), 0);
  ASSERT_TRUE(quotas.save(1));
  EXPECT_EQ(filed(), 1);
}

TEST(Traffic, IsOfOneDayByHour) {
  Traffic traffic;
  const Instant begin = exchange::test::noon;
  ExchangeRecord record;
  record.role = Role::served;
  record.service = residence();
  record.received_at = begin;
  for (int i = 0; i < 99; ++i) traffic.add(record, true, begin + milliseconds(2));
  traffic.add(record, false, begin + milliseconds(300));
  record.role = Role::asked;
  record.received_at = begin + hours(5);
  traffic.add(record, true, begin + hours(5));
  record.error = "unknown_service";
  traffic.add(record, false, begin);
  auto report = traffic.report(begin + hours(5));
  ASSERT_EQ(report.size(), 2u);
  EXPECT_TRUE(report[0].asked);
  EXPECT_EQ(report[0].hours[23].ended, 1u);
  EXPECT_EQ(report[1].hours[18].ended, 100u);
  EXPECT_EQ(report[1].hours[18].failed, 1u);
  EXPECT_EQ(report[1].sum.ended, 100u);
  EXPECT_GE(report[1].p50_ms, 2);
  EXPECT_LT(report[1].p50_ms, 2 * 1.1);
  EXPECT_LT(report[1].p99_ms, 2 * 1.1);
  report = traffic.report(begin + hours(24));
  ASSERT_EQ(report.size(), 1u) << "a day later only the later one is there";
  EXPECT_EQ(report[0].hours[4].ended, 1u);
  record = {};
  record.service.provider = residence().provider;
  for (int i = 0; i < 1000; ++i) {
    record.service.service = fmt::format("s{}", i);
    traffic.add(record, true, begin + hours(24));
  }
  EXPECT_EQ(traffic.report(begin + hours(24)).size(), Traffic::max_services - 1);
}

TEST(Latencies, RoundUpByAnEighthOfADoubling) {
  Latencies latencies;
  EXPECT_EQ(latencies.quantile(0.5), 0);
  for (int i = 1; i <= 1000; ++i) latencies.add(i);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    EXPECT_GE(latencies.quantile(share), share * 1000) << share;
    EXPECT_LE(latencies.quantile(share), share * 1000 * 1.091) << share;
  }
  Latencies slow;
  slow.add(1e9);
  slow.add(0);
  EXPECT_LT(slow.quantile(1), 130'000) << "two minutes and more are one";
  EXPECT_EQ(slow.quantile(0.5), 0.125);
}

}  // namespace
}  // namespace minben::gateway::test
