#include "gateways/gateways.hpp"

#include <fstream>
#include <regex>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "country.hpp"
#include "sessions.hpp"

namespace minben::gateways {
namespace {

using gateway::test::cards;
using gateway::test::residence;
using gateway::test::resident;

class GatewaysTest : public ::testing::Test {
 protected:
  GatewaysTest() : clock(SystemClock().now()), country(clock) {
    const auto files = std::filesystem::path(MINBEN_BINARY_DIR) / "share" / "static";
    for (const char* member : {"nia", "wda"})
      country.gateways[member] =
          gateway::Gateway::start(
              gateway::read_gateway_config(country.prepared.gateway_configs.at(member)).value(),
              clock, country.random, pages(files, clock, country.random).value())
              .value();
  }
  net::ClientResponse send(net::Method method, std::string_view path,
                           const std::vector<std::pair<std::string, std::string>>& fields = {},
                           const char* fetch_site = "same-origin") {
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}{}", country.client_ports["nia"], path)};
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    request.headers.add("Sec-Fetch-Site", fetch_site);
    if (method == net::Method::post) {
      request.headers.add("Content-Type", "application/x-www-form-urlencoded");
      request.body = net::write_urlencoded(fields);
    }
    return net::Client({}).send(request).value();
  }
  net::ClientResponse get(std::string_view path) { return send(net::Method::get, path); }
  [[nodiscard]] std::string secret() const {
    const auto config =
        gateway::read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
    return trust::read_secret_file(config.state_directory / "admin.token").value();
  }
  void sign_in() {
    const auto answer = send(net::Method::post, "/en/gateway/sign-in", {{"secret", secret()}});
    ASSERT_EQ(answer.status, 303) << answer.body;
    EXPECT_EQ(answer.headers.get("Location"), "/en/gateway");
    const std::string set(answer.headers.get("Set-Cookie"));
    EXPECT_TRUE(set.ends_with("; Path=/; HttpOnly; SameSite=Strict")) << set;
    cookie = set.substr(0, set.find(';'));
  }
  /// Of the forms of the page at that place.
  std::string form_token(std::string_view path = "/en/gateway") {
    const std::string body = get(path).body;
    std::smatch found;
    const bool any = std::regex_search(body, found, std::regex("name=\"form\" value=\"([^\"]+)\""));
    EXPECT_TRUE(any) << body;
    return any ? found[1].str() : "";
  }
  net::ClientResponse post(std::string_view path,
                           std::vector<std::pair<std::string, std::string>> fields) {
    fields.emplace_back("form", form_token());
    return send(net::Method::post, path, fields);
  }
  void call(gateway::ExchangeRequest request, bool granted) {
    EXPECT_EQ(country.consumer()->call(request).has_value(), granted);
    country.gateway("nia").settle();
  }

  VirtualClock clock;
  gateway::test::Country country;
  std::string cookie;
};

bool has(const net::ClientResponse& answer, std::string_view text) {
  return answer.body.find(text) != std::string::npos;
}

TEST_F(GatewaysTest, ShowsNothingToWhoHasNotSignedIn) {
  for (const char* path : {"/en/gateway", "/zh-Hant/gateway", "/en/gateway/trace"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 303);
    EXPECT_TRUE(answer.headers.get("Location").ends_with("/gateway/sign-in")) << path;
    EXPECT_EQ(answer.body, "");
  }
  EXPECT_EQ(send(net::Method::post, "/en/gateway/log-level", {{"level", "debug"}}).status, 303);
  EXPECT_EQ(get("/en/gateway/sign-in").status, 200);
  const auto wrong = send(net::Method::post, "/en/gateway/sign-in",
                          {{"secret", "not-the-secret-not-the-secret-not-the"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(has(wrong, "This is not the secret"));
  EXPECT_FALSE(wrong.headers.has("Set-Cookie"));
  cookie = "minben-gateway-nia=made-up";
  EXPECT_EQ(get("/en/gateway").headers.get("Location"), "/en/gateway/sign-in?again=1");
}

TEST_F(GatewaysTest, LeadsToTheLanguageOfTheBrowser) {
  EXPECT_EQ(get("/gateway").headers.get("Location"), "/zh-Hant/gateway");
}

TEST_F(GatewaysTest, TellsHowTheGatewayIs) {
  call(country.residence_request(), true);
  auto curious = country.residence_request();
  curious.purpose = "curiosity";
  call(curious, false);
  sign_in();
  const auto page = get("/en/gateway");
  ASSERT_EQ(page.status, 200);
  EXPECT_TRUE(has(page, to_string(residence())));
  EXPECT_TRUE(has(page, "not a purpose that the rule allows"));
  EXPECT_TRUE(has(page, "<code>purpose_not_allowed</code>"));
  EXPECT_TRUE(has(page, "<svg class=\"mb-chart mb-chart--upright\" role=\"img\""));
  EXPECT_TRUE(has(page, gateway::ledger_origin(AgencyCode{"nia"}))) << "the key of its ledger";
  EXPECT_TRUE(has(page, "<dt>Exchanges in 24 hours</dt><dd>2</dd>"));
  EXPECT_TRUE(has(page, "<dt>Of them failed</dt><dd>1</dd>"));
  EXPECT_FALSE(has(page, resident)) << "nobody's number";
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_TRUE(page.headers.get("Content-Security-Policy").starts_with("default-src 'none'; style"));
  EXPECT_EQ(page.headers.get("Cache-Control"), "no-store");
  const auto chinese = get("/zh-Hant/gateway");
  EXPECT_TRUE(has(chinese, "<html class=\"govuk-template\" lang=\"zh-Hant\""));
  EXPECT_TRUE(has(chinese, "不是規則准許的目的"));
  clock.advance(hours(25));
  sign_in();
  EXPECT_TRUE(has(get("/en/gateway"), "No exchanges since the start")) << "a day later";
}

TEST_F(GatewaysTest, WarnsOfCertificatesThatEndSoon) {
  sign_in();
  EXPECT_FALSE(has(get("/en/gateway"), " days</strong>"));
  const auto config =
      gateway::read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
  std::ifstream file(config.seal_certificate);
  const std::string pem(std::istreambuf_iterator<char>(file), {});
  const auto info = trust::read_certificate(trust::certificate_from_pem(pem).value().der).value();
  clock.set(info.not_after - days(3) - hours(1));
  sign_in();
  EXPECT_TRUE(has(get("/en/gateway"), ">3 days</strong>"));
}

TEST_F(GatewaysTest, FormsNeedTheSessionsToken) {
  sign_in();
  EXPECT_EQ(send(net::Method::post, "/en/gateway/trace", {{"form", "x"}}).status, 400);
  EXPECT_EQ(
      send(net::Method::post, "/en/gateway/trace", {{"form", form_token()}}, "cross-site").status,
      400);
  EXPECT_EQ(send(net::Method::post, "/en/gateway/sign-out", {}).status, 400);
  EXPECT_EQ(get("/en/gateway").status, 200) << "still signed in";
  EXPECT_EQ(post("/en/gateway/sign-out", {}).status, 303);
  EXPECT_EQ(get("/en/gateway").status, 303);
}

TEST_F(GatewaysTest, SessionsEnd) {
  sign_in();
  clock.advance(minutes(29));
  EXPECT_EQ(get("/en/gateway").status, 200);
  clock.advance(minutes(29));
  EXPECT_EQ(get("/en/gateway").status, 200);
  clock.advance(minutes(31));
  EXPECT_EQ(get("/en/gateway").status, 303) << "left alone";
  sign_in();
  for (int i = 0; i < 8 * 60; i += 20) {
    EXPECT_EQ(get("/en/gateway").status, 200);
    clock.advance(minutes(20));
  }
  EXPECT_EQ(get("/en/gateway").status, 303) << "after eight hours";
}

TEST(Sessions, AreBounded) {
  VirtualClock clock(SystemClock().now());
  SystemRandom random;
  Sessions sessions(clock, random);
  const std::string first = sessions.begin();
  for (std::size_t i = 0; i < Sessions::most; ++i) {
    clock.advance(seconds(1));
    sessions.begin();
  }
  EXPECT_FALSE(sessions.form_token(first)) << "the oldest made room";
}

TEST_F(GatewaysTest, TracesADecisionThatNobodyAskedFor) {
  sign_in();
  const auto trace = [&](std::string purpose, std::string consumer, std::string service) {
    return post("/en/gateway/trace", {{"consumer", std::move(consumer)},
                                      {"service", std::move(service)},
                                      {"method", "GET"},
                                      {"path", "/x"},
                                      {"purpose", std::move(purpose)},
                                      {"case", "case-9"}});
  };
  const std::string wda = "MINBEN/GOV/wda/casework";
  const auto consent = trace("work-permit", wda, to_string(residence()));
  EXPECT_EQ(consent.status, 200);
  EXPECT_TRUE(has(consent, "the person’s consent is missing <code>consent_missing</code>"));
  EXPECT_TRUE(has(consent, "value=\"work-permit\"")) << "what was asked stays in the form";
  EXPECT_TRUE(has(trace("curiosity", wda, to_string(residence())), "purpose_not_allowed"));
  const auto nobody = trace("work-permit", "MINBEN/GOV/boca/register", to_string(residence()));
  EXPECT_TRUE(has(nobody, "No rule names this subsystem"));
  EXPECT_EQ(trace("x", wda, "MINBEN/GOV/wda/register/permits").status, 422);
  const auto unreadable = trace("x", "nobody", to_string(cards()));
  EXPECT_EQ(unreadable.status, 422);
  EXPECT_TRUE(has(unreadable, "href=\"#fconsumer\""));
  EXPECT_EQ(country.nia_register.calls(), 0);
}

TEST_F(GatewaysTest, RaisesTheLevelOfTheLogForAWhile) {
  sign_in();
  const auto changed = post("/en/gateway/log-level", {{"level", "debug"}, {"minutes", "10"}});
  EXPECT_EQ(changed.status, 303);
  const auto page = get(changed.headers.get("Location"));
  EXPECT_TRUE(has(page, "The level of the log was changed"));
  EXPECT_TRUE(has(page, "It is debug now and falls back"));
  EXPECT_EQ(post("/en/gateway/log-level", {{"level", "loud"}, {"minutes", "10"}}).status, 400);
  EXPECT_EQ(post("/en/gateway/log-level", {{"level", "debug"}, {"minutes", "600"}}).status, 400);
}

TEST(Pages, NeedTheirStyles) {
  VirtualClock clock(SystemClock().now());
  SystemRandom random;
  EXPECT_EQ(pages("/nowhere", clock, random).error().code, "no_static_files");
}

}  // namespace
}  // namespace minben::gateways
