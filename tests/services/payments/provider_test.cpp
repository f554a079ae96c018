// The platform and the provider over HTTP: checkout, pay page, callback, and what happens without
// it.
#include "fixture.hpp"
#include "support/port.hpp"

namespace minben::payments {
namespace {

using namespace std::chrono_literals;

class ProviderTest : public PaymentsTest {
 protected:
  ProviderTest()
      : directory(std::filesystem::temp_directory_path() /
                  ("provider." + std::to_string(getpid()))) {
    std::filesystem::remove_all(directory);
    start_payments("");
  }
  ~ProviderTest() override {
    provider.reset();
    platform.reset();
    std::filesystem::remove_all(directory);
  }

  /// A callback address of "" leads nowhere.
  void start_provider(std::string callback_url) {
    outside::payment::ProviderConfig config;
    config.directory = directory;
    config.secret = secret();
    config.callback_url = callback_url.empty() ? "http://127.0.0.1:9/none" : callback_url;
    config.first_retry_ms = 20ms;
    config.port = provider_port;
    auto started = outside::payment::Provider::start(config, clock, random);
    ASSERT_TRUE(started) << describe(started.error());
    provider = std::move(*started);
    provider_port = provider->port();
    start_payments("http://localhost:" + std::to_string(provider_port));
  }
  void start_platform(std::uint16_t port) {
    net::ServerConfig config;
    config.port = port;
    auto started =
        net::Server::start(config, {payments->callback_route(net::Access{"anyone"})}, {});
    ASSERT_TRUE(started) << describe(started.error());
    platform = std::move(*started);
  }

  std::string begin(const Payment& payment) {
    const auto url = payments->begin_checkout(payment.case_id, payment.id,
                                              "http://localhost:8080/back", Language::en);
    EXPECT_TRUE(url) << describe(url.error());
    return url.value_or("");
  }
  net::ClientResponse post_card(const std::string& url, std::string_view card) {
    net::ClientRequest request{net::Method::post, url.substr(0, url.find('?')), {}, ""};
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = "lang=en&card=" + net::percent_encode(card);
    auto answer = client.send(request);
    EXPECT_TRUE(answer) << describe(answer.error());
    return answer.value_or(net::ClientResponse{});
  }
  bool becomes(const Payment& payment, Status status) {
    for (int i = 0; i < 300; ++i) {
      if (now(payment).status == status) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  std::filesystem::path directory;
  std::uint16_t provider_port = 0;
  std::unique_ptr<outside::payment::Provider> provider;
  std::unique_ptr<net::Server> platform;
};

constexpr std::string_view good_card = "4242 4242 4242 4242";

TEST_F(ProviderTest, PaysThroughTheCallbackOnceThePlatformIsUpAgain) {
  const std::uint16_t port = test::free_port();
  start_provider("http://localhost:" + std::to_string(port) + "/payments/callback");
  const Payment payment = *create(fee());
  EXPECT_EQ(post_card(begin(payment), good_card).status, 303);
  std::this_thread::sleep_for(100ms);  // the provider tries, and nobody answers
  EXPECT_EQ(now(payment).status, Status::open);
  start_platform(port);
  EXPECT_TRUE(becomes(payment, Status::paid));
  EXPECT_THAT(causes(payment), testing::ElementsAre("created", "callback"));
}

TEST_F(ProviderTest, PollsWhenTheCallbackIsLost) {
  start_provider("");
  const Payment payment = *create(fee());
  const std::string url = begin(payment);
  const auto paid = post_card(url, good_card);
  EXPECT_EQ(paid.status, 303);
  EXPECT_EQ(paid.headers.get("Location"), "http://localhost:8080/back");
  EXPECT_EQ(now(payment).status, Status::open);
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::open);  // not yet time to ask
  clock.advance(seconds(31));
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::paid);
  EXPECT_THAT(causes(payment), testing::ElementsAre("created", "poll"));
}

TEST_F(ProviderTest, AsksWhenTheBrowserComesBack) {
  start_provider("");
  const Payment payment = *create(fee());
  post_card(begin(payment), good_card);
  const auto refreshed = payments->refresh(payment.case_id, payment.id);
  ASSERT_TRUE(refreshed) << describe(refreshed.error());
  EXPECT_EQ(refreshed->status, Status::paid);
}

TEST_F(ProviderTest, KeepsPollingWithLongerWaits) {
  start_provider("");
  const Payment payment = *create(fee());
  begin(payment);
  clock.advance(seconds(31));
  EXPECT_EQ(*workers->run_due(), 1);
  clock.advance(seconds(31));
  EXPECT_EQ(*workers->run_due(), 0);
  clock.advance(seconds(31));
  EXPECT_EQ(*workers->run_due(), 1);
  EXPECT_EQ(now(payment).status, Status::open);
}

TEST_F(ProviderTest, GivesTheSameCheckoutAgainAndClosesItOncePaid) {
  start_provider("");
  const Payment payment = *create(fee());
  const std::string url = begin(payment);
  EXPECT_EQ(begin(payment), url);
  EXPECT_EQ(post_card(url, good_card).status, 303);
  EXPECT_EQ(post_card(url, good_card).status, 303);  // a double click pays once
  const auto again = payments->begin_checkout(payment.case_id, payment.id,
                                              "http://localhost:8080/back", Language::en);
  EXPECT_EQ(again.error().code, "payment_not_open");
  EXPECT_EQ(now(payment).status, Status::paid);  // found out on the way
}

TEST_F(ProviderTest, ShowsWhatIsWrongWithACard) {
  start_provider("");
  const std::string url = begin(*create(fee()));
  const auto missing = post_card(url, "");
  EXPECT_EQ(missing.status, 422);
  EXPECT_THAT(missing.body, testing::HasSubstr("Enter the card number"));
  EXPECT_THAT(missing.body, testing::HasSubstr("aria-invalid"));
  EXPECT_THAT(post_card(url, "4242 4242 4242 4243").body, testing::HasSubstr("not a card number"));
  EXPECT_THAT(post_card(url, "4000 0000 0000 0002").body, testing::HasSubstr("declined"));
  EXPECT_EQ(post_card(url, good_card).status, 303);
}

TEST_F(ProviderTest, ShowsTheAmountAsThePortalDoes) {
  start_provider("");
  const std::string url = begin(*create(fee()));
  const auto page = [&](const std::string& address) {
    return client.send({net::Method::get, address, {}, ""}).value_or(net::ClientResponse{});
  };
  const auto english = page(url);
  EXPECT_THAT(english.body, testing::HasSubstr(">NT$3,700<"));
  EXPECT_THAT(english.headers.get("Content-Security-Policy"),
              testing::HasSubstr("style-src 'self'"));
  EXPECT_THAT(page(url.substr(0, url.find('?')) + "?lang=zh-Hant").body,
              testing::HasSubstr(">新臺幣3,700元<"));
  const auto style = page(url.substr(0, url.find("/pay/")) + "/style.css");
  EXPECT_EQ(style.status, 200);
  EXPECT_EQ(style.headers.get("Content-Type"), "text/css; charset=utf-8");
}

TEST_F(ProviderTest, RemembersAfterAKillInTheMiddleOfALine) {
  start_provider("");
  const Payment payment = *create(fee());
  const std::string url = begin(payment);
  post_card(url, good_card);
  provider.reset();
  std::FILE* file = std::fopen((directory / "journal.jsonl").c_str(), "ab");
  std::fputs("{\"type\":\"deliv", file);
  std::fclose(file);
  start_provider("");
  EXPECT_EQ(payments->refresh(payment.case_id, payment.id)->status, Status::paid);
  provider.reset();
  start_provider("");  // the torn line is gone, the file is sound
  EXPECT_EQ(post_card(url, good_card).status, 303);
}

TEST_F(ProviderTest, ExpiryAsksFirst) {
  start_provider("");
  const Payment payment = *create(fee());
  post_card(begin(payment), good_card);
  ASSERT_TRUE(db->transact([&](store::Transaction& tx) {
    return store::cancel_job(tx, "payments.poll", to_string(payment.id));
  }));
  clock.advance(days(30));
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::paid);
}

TEST_F(ProviderTest, DoesNotExpireWhileTheProviderIsSilent) {
  start_provider("");
  const Payment payment = *create(fee());
  post_card(begin(payment), good_card);
  provider.reset();
  clock.advance(days(30));
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::open);
  start_provider("");
  clock.advance(hours(2));
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::paid);
}

TEST_F(ProviderTest, ApiRefusesUnsignedRequests) {
  start_provider("");
  net::ClientRequest request{net::Method::post,
                             "http://localhost:" + std::to_string(provider_port) + "/api/query",
                             {},
                             "{}"};
  request.headers.set("Content-Type", "application/json");
  EXPECT_EQ(client.send(request)->status, 401);
}

TEST_F(ProviderTest, IsUnavailableNotBroken) {
  const Payment payment = *create(fee());
  const auto none =
      payments->begin_checkout(payment.case_id, payment.id, "http://localhost/back", Language::en);
  EXPECT_EQ(none.error().code, "online_payment_unavailable");
  start_payments("http://localhost:9");
  const auto refused =
      payments->begin_checkout(payment.case_id, payment.id, "http://localhost/back", Language::en);
  EXPECT_EQ(refused.error().kind, Kind::unavailable);
}

}  // namespace
}  // namespace minben::payments
