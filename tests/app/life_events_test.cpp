// What the platform makes of the household register's events, with a gateway that keeps them.
#include "life_events.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>

#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::app {
namespace {

constexpr std::string_view wang = "Y290000027";

/// The own gateway as far as a subscriber sees it.
class Gateway {
 public:
  Gateway() {
    const net::Access anyone{"anyone"};
    const std::string room = "/r1/MINBEN/GOV/ris/register";
    using enum net::Method;
    server_ =
        net::Server::start(
            {},
            {{post, room + "/api/v1/subs/deaths", anyone, 4096,
              [this](net::Request& request) { return subscribe(request); }},
             {get, room + "/pull/v1/deaths", anyone, 0, [this](net::Request&) { return first(); }},
             {del, room + "/pull/v1/deaths/{id}", anyone, 0,
              [this](net::Request& request) { return confirm(request); }}},
            {})
            .value();
  }
  void tell(std::string item) { waiting_.push_back(std::move(item)); }
  void tell(std::string_view id, std::string_view who, std::string_view state) {
    tell(fmt::format(R"({{"id":"{}","event":{{"key":"{}","state":"{}"}}}})", id, who, state));
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}", server_->port());
  }

  std::deque<std::string> waiting_;
  int subscribed_ = 0;
  bool silent_ = false, forgets_confirmations_ = false;

 private:
  net::Response subscribe(const net::Request& request) {
    ++subscribed_;
    if (request.headers.get("Minben-Token") != "secret" ||
        request.headers.get("X-Road-Client") != "MINBEN/GOV/moda/casework" ||
        request.headers.get("Minben-Purpose") != "life-events")
      return net::Response::text("no", 403);
    return net::Response::json(JsonObject{});
  }
  net::Response first() {
    if (silent_) return net::Response::text("down", 503);
    if (waiting_.empty()) return net::Response::text("none", 404);
    return net::Response::bytes(waiting_.front(), "application/json");
  }
  net::Response confirm(const net::Request& request) {
    if (forgets_confirmations_) return net::Response::text("down", 503);
    const auto item = parse_json(waiting_.front());
    if (!item || string_or(*item, "id") != request.parameter("id"))
      return net::Response::text("not the first", 404);
    waiting_.pop_front();
    return net::Response::text("", 204);
  }
  std::unique_ptr<net::Server> server_;
};

class LifeEventsTest : public testing::Test {
 protected:
  LifeEventsTest() {
    std::ofstream(directory_.path() / "token") << "secret\n";
    std::filesystem::permissions(directory_.path() / "token", std::filesystem::perms(0600));
    events_ = LifeEvents::open({db_.database(), identity_}, "MINBEN/GOV/ris/register/deaths",
                               {"moda", "casework", gateway_.url(), directory_.path() / "token"})
                  .value();
    const identity::Proof phone{"mobile_approval", "authority", "1", {2, 2, 0}, {"swk"}};
    token_ = identity_.bind(phone, {std::string(wang), "王美玲", "", Language::en}).value().token;
  }
  bool signed_in() { return identity_.session(token_).has_value(); }

  VirtualClock clock_{*parse_instant("2026-11-23T00:00:00Z")};
  SystemRandom random_;
  test::TestDatabase db_{clock_, {keys::migrations(), identity::migrations()}};
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  identity::Identity identity_{db_.database(), clock_, random_, *keys_, {}};
  test::TemporaryDirectory directory_;
  Gateway gateway_;
  std::unique_ptr<LifeEvents> events_;
  std::string token_;
};

TEST_F(LifeEventsTest, TheJobHearsOfADeathWithinHalfAMinute) {
  store::Workers workers(db_.database(), clock_);
  events_->work_in(workers);
  clock_.advance(seconds{30});
  EXPECT_TRUE(workers.run_due());
  EXPECT_TRUE(signed_in());
  gateway_.tell("e0", "A123456789", "deceased");  // of whom the platform knows nothing
  gateway_.tell("e1", wang, "deceased");
  clock_.advance(seconds{29});
  EXPECT_TRUE(workers.run_due());
  EXPECT_TRUE(signed_in());
  clock_.advance(seconds{1});
  EXPECT_TRUE(workers.run_due());
  EXPECT_FALSE(signed_in());
  EXPECT_TRUE(gateway_.waiting_.empty());
  EXPECT_EQ(gateway_.subscribed_, 1);
}

TEST_F(LifeEventsTest, AGatewayThatIsAwayIsAskedAgain) {
  store::Workers workers(db_.database(), clock_);
  events_->work_in(workers);
  gateway_.tell("e1", wang, "deceased");
  gateway_.silent_ = true;
  for (int i = 0; i < 50; ++i) {
    clock_.advance(seconds{30});
    EXPECT_TRUE(workers.run_due());
  }
  EXPECT_TRUE(signed_in());
  gateway_.silent_ = false;
  clock_.advance(seconds{30});
  EXPECT_TRUE(workers.run_due());
  EXPECT_FALSE(signed_in());
}

TEST_F(LifeEventsTest, WhatIsToldTwiceCountsOnceAndAMistakeIsMended) {
  gateway_.tell("e1", wang, "deceased");
  gateway_.forgets_confirmations_ = true;
  EXPECT_EQ(events_->take().error().code, "no_life_events");
  EXPECT_FALSE(signed_in());
  gateway_.forgets_confirmations_ = false;
  gateway_.tell("e2", wang, "living");
  EXPECT_EQ(events_->take(), 2);
  const identity::Proof phone{"mobile_approval", "authority", "1", {2, 2, 0}, {"swk"}};
  EXPECT_TRUE(identity_.sign_in_with_proof(phone));
}

TEST_F(LifeEventsTest, WhatCannotBeReadHoldsUpNobody) {
  gateway_.tell(R"({"id":"e1","event":{"key":"Y290000027","state":"gone"}})");
  gateway_.tell("e2", wang, "deceased");
  EXPECT_EQ(events_->take(), 2);
  EXPECT_FALSE(signed_in());
  for (const std::string_view bad : {"", "[]", "{}", R"({"id":"e"})", R"({"id":"e","event":[]})",
                                     R"({"id":"e","event":{"key":"","state":"living"}})",
                                     R"({"id":"","event":{"key":"A","state":"living"}})"})
    EXPECT_EQ(read_life_event(bad).error().code, "not_a_life_event") << bad;
  EXPECT_FALSE(read_life_event(R"({"id":"e","event":{"key":"A","state":"living"}})")->deceased);
}

TEST_F(LifeEventsTest, AServiceIsNamedInFull) {
  for (const std::string_view bad : {"", "deaths", "MINBEN/GOV/ris/deaths"})
    EXPECT_EQ(LifeEvents::open({db_.database(), identity_}, bad,
                               {"moda", "casework", gateway_.url(), directory_.path() / "token"})
                  .error()
                  .code,
              "not_a_service");
}

}  // namespace
}  // namespace minben::app
