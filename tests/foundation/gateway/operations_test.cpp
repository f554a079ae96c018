// What administrators see of a gateway: figures, operational monitoring, traces, the log's level.
#include <sys/stat.h>

#include <regex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "administrator.hpp"
#include "country.hpp"
#include "message_log.hpp"
#include "metrics.hpp"
#include "monitoring.hpp"
#include "trace.hpp"

namespace minben::gateway::test {
namespace {

using ::testing::Test;

class OperationsTest : public Test {
 protected:
  OperationsTest() : clock(SystemClock().now()), country(clock) {
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }
  net::ClientResponse ask(const std::string& member, std::string_view target,
                          net::Headers headers = {}) {
    country.gateway(member).settle();
    const auto answer = net::Client({}).send(
        {.url = fmt::format("http://127.0.0.1:{}{}", country.client_ports[member], target),
         .headers = std::move(headers)});
    return answer.value();
  }
  [[nodiscard]] net::Headers as(const std::string& member, const std::string& name) const {
    net::Headers out;
    out.add("X-Road-Client", to_string(subsystem(member, name)));
    out.add("Minben-Token", country.prepared.tokens.at(member + "/" + name));
    return out;
  }
  JsonObject monitored(const std::string& member, const std::string& name, std::string_view query) {
    const auto answer = ask(member, fmt::format("/opmon?{}", query), as(member, name));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return parse_json(answer.body).value().as_object();
  }
  net::ClientResponse set_level(std::string_view secret, std::string_view body) {
    net::ClientRequest request{
        .method = net::Method::post,
        .url = fmt::format("http://127.0.0.1:{}/log-level", country.client_ports["nia"]),
        .body = std::string(body)};
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Minben-Admin", secret);
    return net::Client({}).send(request).value();
  }
  [[nodiscard]] std::filesystem::path state(const std::string& member) const {
    return read_gateway_config(country.prepared.gateway_configs.at(member)).value().state_directory;
  }
  ExchangeRecord newest_record(const std::string& member) {
    country.gateway(member).settle();
    const auto log = MessageLog::open(state(member), country.random).value();
    const auto messages = log->since(Instant{}, 0, 100).value();
    return read_record(messages.back().text).value();
  }
  void call(ExchangeRequest request, int status, const char* member = "wda") {
    const auto answer = country.consumer(member)->call(request);
    if (status == 0) {
      EXPECT_FALSE(answer);
    } else {
      ASSERT_TRUE(answer) << describe(answer.error());
      EXPECT_EQ(answer->status, status);
    }
  }
  VirtualClock clock;
  Country country;
};

/// The value of a sample, whose labels come in the order of their names.
double sample(const std::string& text, std::string_view name) {
  const auto at = ("\n" + text).find(fmt::format("\n{} ", name));
  if (at == std::string::npos) {
    ADD_FAILURE() << "no " << name << " in\n" << text;
    return -1;
  }
  return std::stod(text.substr(at + name.size() + 1));
}

std::string exchanges(std::string_view side, std::string_view service, std::string_view status,
                      std::string_view error) {
  return fmt::format(R"(minben_exchanges_total{{error="{}",service="{}",side="{}",status="{}"}})",
                     error, service, side, status);
}

TEST_F(OperationsTest, MetricsTellExchangesBySideServiceStatusAndCode) {
  call(country.residence_request(), 200);
  ExchangeRequest curious = country.residence_request();
  curious.purpose = "curiosity";
  call(curious, 0);
  call(country.residence_request(), 0, "boca");  // without a rule: not even sent
  const std::string service = to_string(residence());
  const std::string provider = ask("nia", "/metrics").body;
  EXPECT_EQ(sample(provider, exchanges("served", service, "2xx", "")), 1);
  EXPECT_EQ(sample(provider, exchanges("served", service, "4xx", "purpose_not_allowed")), 1);
  EXPECT_EQ(sample(provider, R"(minben_exchange_seconds_count{side="served"})"), 2);
  EXPECT_EQ(sample(provider, R"(minben_exchange_other_end_seconds_count{side="served"})"), 1);
  EXPECT_EQ(sample(provider, "minben_journal_seconds_count"), 2);
  EXPECT_GE(sample(provider, "minben_peer_channels"), 1);
  const auto answer = ask("wda", "/metrics");
  EXPECT_EQ(answer.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(sample(answer.body, exchanges("asked", service, "2xx", "")), 1);
  EXPECT_EQ(sample(answer.body, exchanges("asked", service, "4xx", "purpose_not_allowed")), 1);
  EXPECT_EQ(sample(ask("boca", "/metrics").body, exchanges("asked", "", "4xx", "access_denied")),
            1);
  EXPECT_EQ(answer.body.find(resident), std::string::npos);
}

TEST_F(OperationsTest, MetricsTellHowTheGatewayIs) {
  call(country.residence_request(), 200);
  ASSERT_TRUE(country.platform.wait_for(1));
  country.gateway("nia").deliver();
  const std::string text = ask("nia", "/metrics").body;
  EXPECT_EQ(sample(text, "minben_configuration_version"),
            static_cast<double>(country.prepared.configuration.version));
  EXPECT_NEAR(sample(text, "minben_configuration_expires_seconds"), 30 * 86400, 60);
  for (const char* labels : {R"(member="nia",use="tls")", R"(member="nia",use="seal")",
                             R"(member="wda",use="seal")", R"(member="boca",use="seal")"})
    EXPECT_GT(sample(text, fmt::format("minben_certificate_days_left{{{}}}", labels)), 1);
  EXPECT_GE(sample(text, "minben_journal_batches_total"), 1);
  EXPECT_EQ(sample(text, "minben_journal_busy_total"), 0);
  EXPECT_EQ(sample(text, "minben_journal_queued"), 0);
  EXPECT_EQ(sample(text, "minben_journal_unfiled"), 0);
  EXPECT_EQ(sample(text, "minben_ledger_entries"), 1);
  EXPECT_EQ(sample(text, "minben_uses_delivered_total"), 1);
  EXPECT_EQ(sample(text, "minben_uses_refused_total"), 0);
  EXPECT_GT(sample(text, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(sample(text, "process_open_fds"), 10);
  clock.advance(days(1));
  EXPECT_NEAR(sample(ask("nia", "/metrics").body, "minben_configuration_expires_seconds"),
              29 * 86400, 60);
}

TEST_F(OperationsTest, MetricsAreInPrometheusForm) {
  call(country.residence_request(), 200);
  const std::regex line(
      R"re((# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+))re");
  int lines = 0;
  for (const auto each : split(ask("nia", "/metrics").body, '\n')) {
    if (each.empty() || each.contains("le=\"+Inf\"")) continue;
    EXPECT_TRUE(std::regex_match(each.begin(), each.end(), line)) << each;
    ++lines;
  }
  EXPECT_GT(lines, 60);
}

TEST(Administrator, IsOnlyOnTheGatewaysOwnMachine) {
  const minben::test::TemporaryDirectory directory;
  GatewayConfig config;
  config.state_directory = directory.path();
  config.client_address = "10.1.2.3";
  SystemRandom random;
  const auto administrator = Administrator::open(config, random).value();
  const auto near = [&](std::string from, std::string_view host) {
    net::Request request;
    request.remote_address = std::move(from);
    request.headers.set("Host", host);
    return administrator.is_near(request);
  };
  EXPECT_TRUE(near("127.0.0.1", "localhost:7001"));
  EXPECT_TRUE(near("::1", "[::1]:7001"));
  EXPECT_TRUE(near("10.1.2.3", "10.1.2.3:7001"));
  EXPECT_FALSE(near("10.1.2.4", "10.1.2.3:7001")) << "another machine";
  EXPECT_FALSE(near("10.1.2.4", "localhost"));
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "10.1.2.3.evil.example", "[::2]", "[", ""})
    EXPECT_FALSE(near("127.0.0.1", host)) << host;
}

TEST(Metrics, LabelsAreBoundedWhateverIsAsked) {
  Metrics metrics;
  ExchangeRecord record;
  record.role = Role::served;
  record.service = residence();
  record.status = 403;
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    record.error = fmt::format("code_{}", i);
    metrics.recorded(record, {}, Instant{});
    metrics.refused(Role::asked, i % 2 ? "Not a \"code\"\n" : "client_not_known", 401);
  }
  const std::string text = metrics.text({});
  int series = 0;
  double counted = 0;
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with("minben_exchanges_total{")) continue;
    ++series;
    counted += std::stod(std::string(line.substr(line.rfind(' '))));
  }
  EXPECT_EQ(series, static_cast<int>(Metrics::max_series) + 3);
  EXPECT_EQ(counted, 2 * count);
  EXPECT_EQ(sample(text, exchanges("asked", "", "4xx", "other")), count / 2);
  EXPECT_EQ(sample(text, exchanges("served", "other", "4xx", "other")),
            count - static_cast<int>(Metrics::max_series));
}

TEST_F(OperationsTest, OperationalRecordsHaveXRoadsFieldsAndNoPersonsKey) {
  call(country.residence_request(), 200);
  const std::string since = minben::to_string(clock.now());
  const JsonObject asked = monitored("wda", "casework", "since=" + since);
  ASSERT_EQ(asked.at("records").as_array().size(), 1u);
  EXPECT_FALSE(asked.contains("nextRecordsAfter"));
  const JsonObject& record = asked.at("records").at(0).as_object();
  const auto at = milliseconds_of(clock.now());
  const JsonObject expected{{"monitoringDataTs", at / 1000},
                            {"securityServerType", "Client"},
                            {"serviceType", "REST"},
                            {"messageId", "x-5"},
                            {"restMethod", "GET"},
                            {"requestSize", 0},
                            {"succeeded", true},
                            {"requestInTs", at},
                            {"requestOutTs", at},
                            {"responseInTs", at},
                            {"responseOutTs", at},
                            {"clientXRoadInstance", "MINBEN"},
                            {"clientMemberClass", "GOV"},
                            {"clientMemberCode", "wda"},
                            {"clientSubsystemCode", "casework"},
                            {"serviceXRoadInstance", "MINBEN"},
                            {"serviceMemberClass", "GOV"},
                            {"serviceMemberCode", "nia"},
                            {"serviceSubsystemCode", "register"},
                            {"serviceCode", "residence"},
                            {"messageUserId", "officer-3"},
                            {"statusCode", 200}};
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(record.contains(name)) << std::string(name);
    EXPECT_EQ(record.at(name), value) << std::string(name);
  }
  EXPECT_EQ(record.at("responseSize").to_number<int>(), 42);
  const JsonObject served = monitored("nia", "register", "since=" + since);
  const JsonObject& other = served.at("records").at(0).as_object();
  EXPECT_EQ(other.at("securityServerType"), "Producer");
  EXPECT_EQ(other.at("xRequestId"), record.at("xRequestId"));
  for (const JsonObject* each : {&record, &other})
    EXPECT_FALSE(write_json(*each).contains(resident));
}

TEST_F(OperationsTest, OperationalRecordsAreTheSubsystemsOwn) {
  call(country.residence_request(), 200);
  const std::string query = "since=" + minben::to_string(clock.now());
  EXPECT_TRUE(monitored("wda", "register", query).at("records").as_array().empty());
  const std::string target = "/opmon?" + query;
  EXPECT_EQ(ask("wda", target).status, 400);  // nobody
  net::Headers wrong = as("wda", "casework");
  wrong.set("Minben-Token", country.prepared.tokens.at("wda/register"));
  EXPECT_EQ(ask("wda", target, wrong).status, 401);
  EXPECT_EQ(ask("wda", target, as("nia", "register")).status, 401);
  EXPECT_EQ(ask("wda", "/opmon/health", wrong).status, 401);
  for (const char* bad :
       {"/opmon", "/opmon?since=yesterday", "/opmon?since=2026-01-01T00:00:00Z&limit=0",
        "/opmon?since=2026-01-01T00:00:00Z&limit=1001",
        "/opmon?since=2026-01-01T00:00:00Z&after=-1"})
    EXPECT_EQ(ask("wda", bad, as("wda", "casework")).status, 400) << bad;
}

TEST_F(OperationsTest, OperationalRecordsComeInPagesOfATime) {
  std::vector<std::string> times;
  for (int i = 0; i < 5; ++i) {
    times.push_back(minben::to_string(clock.now()));
    ExchangeRequest request = country.residence_request();
    request.exchange_id = fmt::format("x-{}", i);
    call(request, 200);
    country.gateway("wda").settle();
    clock.advance(minutes(2));
  }
  const auto ids = [](const JsonObject& answer) {
    std::string out;
    for (const Json& each : answer.at("records").as_array())
      out += std::string(each.at("messageId").as_string()) + " ";
    return out;
  };
  EXPECT_EQ(ids(monitored("wda", "casework", "since=" + times[3])), "x-3 x-4 ");
  EXPECT_EQ(ids(monitored("wda", "casework", fmt::format("since={}&until={}", times[1], times[3]))),
            "x-1 x-2 ");
  const std::string query = "limit=2&since=" + times[0];
  JsonObject page = monitored("wda", "casework", query);
  EXPECT_EQ(ids(page), "x-0 x-1 ");
  const auto next = [&] {
    return fmt::format("{}&after={}", query, page.at("nextRecordsAfter").to_number<int>());
  };
  page = monitored("wda", "casework", next());
  EXPECT_EQ(ids(page), "x-2 x-3 ");
  page = monitored("wda", "casework", next());
  EXPECT_EQ(ids(page), "x-4 ");
  EXPECT_FALSE(page.contains("nextRecordsAfter"));
}

TEST(OperationalRecord, ShowsThePathsTemplateWhereTheServiceHasOne) {
  Configuration configuration;
  configuration.services = {
      {residence(), {}, true, {}, {{net::Method::get, "/{key}/permits/{number}"}}}};
  ExchangeRecord record;
  record.service = residence();
  record.represented = "COM/12345";
  const auto path_of = [&](std::string_view method, std::string_view rest) {
    record.request_head = fmt::format(
        "{}\r\n/r1/MINBEN/GOV/nia/register/residence{}\r\nX-Road-Client:a\r\n", method, rest);
    return string_or(operational_record(record, configuration), "restPath");
  };
  EXPECT_EQ(path_of("GET", "/AC01234567/permits/7?a=b"), "/{key}/permits/{number}");
  EXPECT_EQ(path_of("PUT", "/AC01234567/permits/7"), "");
  EXPECT_EQ(path_of("GET", "/AC01234567"), "");
  const JsonObject out = operational_record(record, configuration);
  EXPECT_EQ(out.at("representedPartyClass"), "COM");
  EXPECT_EQ(out.at("representedPartyCode"), "12345");
}

TEST(OperationalRecord, IsMadeOfWhatWasFiledBeforeTracesWereKeptAsWell) {
  const Instant now = SystemClock().now();
  ExchangeRecord record;
  record.client = subsystem("wda", "casework");
  record.service = residence();
  record.completed_at = now;
  record.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::string text = write_record(record);
  EXPECT_EQ(read_record(text).value().trace, record.trace);
  EXPECT_EQ(read_record(text).value().completed_at, now);
  JsonObject older = parse_json(text).value().as_object();
  older.erase("trace");
  older.erase("completed_at");
  const auto read = read_record(write_json(older));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->trace, "");
  EXPECT_FALSE(operational_record(*read, {}).contains("responseOutTs"));
}

TEST_F(OperationsTest, HealthTellsSuccessFailureAndStatisticsOfAService) {
  call(country.residence_request(), 200);
  const auto succeeded_at = milliseconds_of(clock.now());
  clock.advance(seconds(1));
  ExchangeRequest curious = country.residence_request();
  curious.purpose = "curiosity";
  call(curious, 0);
  const auto failed_at = milliseconds_of(clock.now());
  const auto report = [&] {
    const auto answer = ask("nia", "/opmon/health", as("nia", "register"));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const Json json = parse_json(answer.body).value();
    EXPECT_EQ(json.at("statisticsPeriodSeconds"), 600);
    EXPECT_EQ(json.at("servicesEvents").as_array().size(), 1u);
    return json.at("servicesEvents").at(0).as_object();
  };
  JsonObject service = report();
  EXPECT_EQ(service.at("service").at("serviceCode"), "residence");
  EXPECT_EQ(service.at("lastSuccessfulRequestTimestamp"), succeeded_at);
  EXPECT_EQ(service.at("lastUnsuccessfulRequestTimestamp"), failed_at);
  JsonObject statistics = service.at("lastPeriodStatistics").as_object();
  EXPECT_EQ(statistics.at("successfulRequestCount"), 1);
  EXPECT_EQ(statistics.at("unsuccessfulRequestCount"), 1);
  for (const char* name : {"requestMinDuration", "requestAverageDuration", "requestMaxDuration",
                           "requestDurationStdDev", "requestMinSize", "requestAverageSize",
                           "requestMaxSize", "requestSizeStdDev", "responseMinSize",
                           "responseAverageSize", "responseMaxSize", "responseSizeStdDev"})
    EXPECT_TRUE(statistics.contains(name)) << name;
  EXPECT_GT(statistics.at("responseMaxSize").to_number<double>(), 40);
  clock.advance(minutes(11));
  service = report();
  EXPECT_EQ(service.at("lastSuccessfulRequestTimestamp"), succeeded_at);
  EXPECT_EQ(service.at("lastPeriodStatistics").at("successfulRequestCount"), 0);
  EXPECT_FALSE(service.at("lastPeriodStatistics").as_object().contains("requestMinDuration"));
}

TEST(ServiceHealth, StatisticsOfPartsAddUpToThoseOfTheWhole) {
  Statistics parts, first, second;
  for (const double value : {2.0, 4.0, 4.0, 4.0}) first.add(value);
  for (const double value : {5.0, 5.0, 7.0, 9.0}) second.add(value);
  parts.add(Statistics());
  parts.add(first);
  parts.add(second);
  EXPECT_EQ(parts.count(), 8u);
  EXPECT_DOUBLE_EQ(parts.mean(), 5);
  EXPECT_DOUBLE_EQ(parts.deviation(), 2);
  EXPECT_EQ(parts.min(), 2);
  EXPECT_EQ(parts.max(), 9);
}

TEST(ServiceHealth, MeasuresFromArrivalToTheEnd) {
  const Instant start = SystemClock().now();
  ServiceHealth health(start);
  ExchangeRecord record;
  record.service = residence();
  for (const int duration : {10, 30}) {
    record.received_at = start;
    health.add(record, true, start + milliseconds(duration));
  }
  record.error = "unknown_service";
  record.service.service = "nothing";
  health.add(record, false, start);
  const JsonObject report = health.report(start + milliseconds(30));
  ASSERT_EQ(report.at("servicesEvents").as_array().size(), 1u);
  const Json& statistics = report.at("servicesEvents").at(0).at("lastPeriodStatistics");
  EXPECT_EQ(statistics.at("requestMinDuration"), 10.0);
  EXPECT_EQ(statistics.at("requestAverageDuration"), 20.0);
  EXPECT_EQ(statistics.at("requestMaxDuration"), 30.0);
  EXPECT_EQ(statistics.at("requestDurationStdDev"), 10.0);
}

constexpr std::string_view example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Trace, ReadsWhatTheStandardAllows) {
  const std::string right(example);
  EXPECT_TRUE(is_traceparent(right));
  EXPECT_TRUE(is_traceparent("cc" + right.substr(2) + "-what-ever"));  // a later version
  for (const std::string& wrong :
       {std::string(), right.substr(1), right + "-", right + "0", "ff" + right.substr(2),
        "cc" + right.substr(2) + ".x",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01" + std::string(),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01" + std::string(),
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01" + std::string(),
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01" + std::string(),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g" + std::string()})
    EXPECT_FALSE(is_traceparent(wrong)) << wrong;
}

TEST(Trace, GoesOnWithAnotherSpanOrBeginsAnew) {
  SystemRandom random;
  net::Headers fields;
  fields.add("Traceparent", example);
  fields.add("tracestate", "vendor=1");
  const std::string next = continue_trace(fields, random);
  EXPECT_EQ(next.substr(0, 36), example.substr(0, 36));
  EXPECT_NE(next.substr(36, 16), example.substr(36, 16));
  EXPECT_TRUE(next.ends_with("-01"));
  EXPECT_EQ(traceparent_of(fields), next);
  EXPECT_TRUE(fields.has("tracestate"));
  fields.add("traceparent", example);  // twice: nobody knows which
  const std::string anew = continue_trace(fields, random);
  EXPECT_NE(anew.substr(0, 36), example.substr(0, 36));
  EXPECT_EQ(traceparent_of(fields), anew);
  EXPECT_FALSE(fields.has("tracestate"));
  net::Headers unsampled;
  unsampled.add("traceparent", std::string(example.substr(0, 53)) + "0e");
  EXPECT_TRUE(continue_trace(unsampled, random).ends_with("-00"));
}

TEST_F(OperationsTest, OneTraceShowsBothGatewaysAndTheRegister) {
  const auto consent = country.residence_request().consent;
  net::ClientRequest request{
      .url = fmt::format("http://127.0.0.1:{}/r1/{}/{}", country.client_ports["wda"],
                         to_string(residence()), resident),
      .headers = as("wda", "casework")};
  request.headers.add("Minben-Purpose", "work-permit");
  request.headers.add("Minben-Case", "case-9");
  request.headers.add("Minben-Consent", consent);
  request.headers.add("traceparent", example);
  request.headers.add("tracestate", "vendor=1");
  const auto answer = net::Client({}).send(request).value();
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string asking = newest_record("wda").trace;
  const std::string serving = newest_record("nia").trace;
  const net::Headers seen = country.nia_register.last_fields();
  EXPECT_EQ(seen.get("traceparent"), serving);
  EXPECT_EQ(seen.get("tracestate"), "vendor=1");
  std::set<std::string> spans;
  for (const std::string& each : {std::string(example), asking, serving}) {
    EXPECT_EQ(each.substr(3, 32), example.substr(3, 32));
    spans.insert(each.substr(36, 16));
  }
  EXPECT_EQ(spans.size(), 3u);
  call(country.residence_request(), 200);  // without one: a trace of its own
  const std::string begun = newest_record("wda").trace;
  EXPECT_TRUE(is_traceparent(begun));
  EXPECT_NE(begun.substr(3, 32), example.substr(3, 32));
  EXPECT_EQ(newest_record("nia").trace.substr(3, 32), begun.substr(3, 32));
}

TEST_F(OperationsTest, TheLogsLevelIsRaisedForAWhileByTheAdministratorOnly) {
  const auto usual = spdlog::get_level();
  const auto file = state("nia") / "admin.token";
  struct stat about{};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  const std::string text = trust::read_secret_file(file).value();
  const std::string_view secret = trim(text);
  constexpr std::string_view debug = R"({"level":"debug","for_s":600})";
  EXPECT_EQ(set_level("", debug).status, 401);
  EXPECT_EQ(set_level(country.prepared.tokens.at("nia/register"), debug).status, 401);
  for (const char* bad : {"", "{}", R"({"level":"loud","for_s":600})",
                          R"({"level":"debug","for_s":0})", R"({"level":"debug","for_s":3601})"})
    EXPECT_EQ(set_level(secret, bad).status, 400) << bad;
  EXPECT_EQ(spdlog::get_level(), usual);
  EXPECT_EQ(set_level(secret, debug).status, 200);
  EXPECT_EQ(spdlog::get_level(), spdlog::level::debug);
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_EQ(spdlog::get_level(), spdlog::level::debug);
  clock.advance(seconds(600));
  for (int i = 0; i < 100 && spdlog::get_level() != usual; ++i)
    std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(spdlog::get_level(), usual);
}

}  // namespace
}  // namespace minben::gateway::test
