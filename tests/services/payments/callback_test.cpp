// Forged, late, repeated and reordered messages of the provider.
#include "fixture.hpp"
#include "payment_provider/signature.hpp"

namespace minben::payments {
namespace {

using testing::ElementsAre;

class CallbackTest : public PaymentsTest {
 protected:
  JsonObject event(const Payment& payment, std::int64_t sequence = 1) const {
    return {{"action", "event"},
            {"event", "e" + std::to_string(sequence)},
            {"sequence", sequence},
            {"merchant", "minben"},
            {"order", to_string(payment.id)},
            {"amount_twd", payment.amount_twd},
            {"currency", "TWD"},
            {"status", "paid"},
            {"reference", "PAY-" + std::to_string(sequence)},
            {"at", "2026-03-02T01:00:00Z"}};
  }
  Result<Json> send(const Json& body) { return send(body, secret(), clock.now()); }
  Result<Json> send(const Json& body, const Bytes& key, Instant at) {
    const std::string text = write_json(body);
    return payments->callback(outside::payment::sign(key, at, text), text);
  }
  std::string code(const Result<Json>& result) { return result ? "ok" : result.error().code; }
};

TEST_F(CallbackTest, PaysOnceAndAnswersARepeatTheSame) {
  const Payment payment = *create(fee());
  const auto first = send(event(payment));
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(string_or(*first, "result"), "booked");
  clock.advance(minutes(3));
  const auto again = send(event(payment));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *first);
  EXPECT_EQ(now(payment).status, Status::paid);
  EXPECT_THAT(causes(payment), ElementsAre("created", "callback"));
  EXPECT_THAT(seen, ElementsAre("open", "paid"));
}

TEST_F(CallbackTest, RefusesForgeries) {
  const Payment payment = *create(fee());
  EXPECT_EQ(code(send(event(payment), Bytes(32, 1), clock.now())), "bad_signature");
  const std::string text = write_json(Json(event(payment)));
  const std::string signature = outside::payment::sign(secret(), clock.now(), text);
  std::string changed = text;
  changed.replace(changed.find("3700"), 4, "3701");
  EXPECT_EQ(code(payments->callback(signature, changed)), "bad_signature");
  for (const char* header : {"", "t=,v1=", "t=1", "v1=00", "t=x,v1=00", "t=1772413200,v1=zz"}) {
    EXPECT_EQ(code(payments->callback(header, text)), "bad_signature") << header;
  }
  EXPECT_EQ(now(payment).status, Status::open);
}

TEST_F(CallbackTest, RefusesLateAndEarlyTimeStamps) {
  const Payment payment = *create(fee());
  EXPECT_EQ(code(send(event(payment), secret(), clock.now() - seconds(301))), "callback_late");
  EXPECT_EQ(code(send(event(payment), secret(), clock.now() + seconds(301))), "callback_late");
  EXPECT_EQ(code(send(event(payment), secret(), clock.now() - seconds(299))), "ok");
}

TEST_F(CallbackTest, ChecksAmountCurrencyMerchantAndId) {
  const Payment payment = *create(fee());
  const auto with = [&](const char* key, const auto& value) {
    JsonObject changed = event(payment);
    changed[key] = value;
    return code(send(changed));
  };
  EXPECT_EQ(with("amount_twd", 1), "wrong_amount");
  EXPECT_EQ(with("currency", "USD"), "wrong_currency");
  EXPECT_EQ(with("merchant", "other"), "wrong_merchant");
  EXPECT_EQ(with("order", to_string(PaymentId::make(clock, random))), "unknown_payment");
  EXPECT_EQ(with("order", "x"), "bad_callback");
  EXPECT_EQ(with("status", "open"), "bad_callback");
  EXPECT_EQ(with("sequence", 0), "bad_callback");
  EXPECT_EQ(with("action", "state"), "bad_callback");
  EXPECT_EQ(with("amount_twd", "3700"), "bad_callback");
  EXPECT_EQ(code(payments->callback(outside::payment::sign(secret(), clock.now(), "{"), "{")),
            "bad_callback");
  EXPECT_EQ(now(payment).status, Status::open);
  EXPECT_THAT(seen, ElementsAre("open"));
}

TEST_F(CallbackTest, RefusesReorderedMessages) {
  const Payment payment = *create(fee());
  JsonObject failed = event(payment, 1);
  failed["status"] = "failed";
  EXPECT_EQ(code(send(event(payment, 2))), "ok");
  EXPECT_EQ(code(send(failed)), "callback_out_of_order");
  EXPECT_EQ(now(payment).status, Status::paid);
}

TEST_F(CallbackTest, RefusesAnotherContentUnderAKnownId) {
  const Payment payment = *create(fee());
  ASSERT_TRUE(send(event(payment)));
  JsonObject other = event(payment);
  other["reference"] = "PAY-other";
  EXPECT_EQ(code(send(other)), "bad_callback");
}

TEST_F(CallbackTest, NotesAFailedAttemptWithoutChange) {
  const Payment payment = *create(fee());
  JsonObject failed = event(payment, 1);
  failed["status"] = "failed";
  EXPECT_EQ(string_or(*send(failed), "result"), "noted");
  EXPECT_EQ(now(payment).status, Status::open);
  EXPECT_EQ(string_or(*send(event(payment, 2)), "result"), "booked");
}

TEST_F(CallbackTest, KeepsMoneyAfterASlipForRefund) {
  const Payment payment = *create(fee());
  ASSERT_TRUE(payments->reconcile(
      "shop", std::vector<Remittance>{{payment.number, 3700, *parse_date("2026-03-02"), "S1"}}));
  EXPECT_EQ(string_or(*send(event(payment)), "result"), "to_refund");
  EXPECT_EQ(now(payment).channel, Channel::slip);
}

TEST_F(CallbackTest, AppliesOnceUnderConcurrency) {
  const Payment payment = *create(fee());
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { answered += send(event(payment)).has_value(); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 8);
  EXPECT_THAT(causes(payment), ElementsAre("created", "callback"));
}

}  // namespace
}  // namespace minben::payments
