#pragma once
// A platform with one payment, and the real provider program's parts in this process.
#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "payment_provider/provider.hpp"
#include "payments/payments.hpp"
#include "support/database.hpp"

namespace minben::payments {

inline const Instant morning = *parse_instant("2026-03-02T01:00:00Z");  // 09:00 in Taiwan

class PaymentsTest : public testing::Test {
 protected:
  static Bytes secret() { return Bytes(32, 0x5a); }

  PaymentsTest() { start_payments(""); }

  void start_payments(std::string provider_url) {
    workers.reset();
    Config config;
    config.provider_url = std::move(provider_url);
    config.secret = secret();
    payments.emplace(db.database(), commitments, client, clock, random, config);
    payments->on_change([this](store::Transaction&, const Payment& payment) -> Result<void> {
      seen.emplace_back(name_of(payment.status));
      return observer_result;
    });
    workers.emplace(db.database(), clock, 1);
    payments->register_jobs(*workers);
  }

  NewPayment fee(std::int64_t amount = 3700) {
    return {person,
            case_id,
            AgencyCode{"nia"},
            "application-fee",
            {"就業金卡規費", "Gold Card fee"},
            amount,
            *parse_date("2026-03-16")};
  }
  Result<Payment> create(const NewPayment& request) {
    return db->transact([&](store::Transaction& tx) { return payments->create(tx, request); });
  }
  Payment now(const Payment& payment) {
    auto found = db->transact(
        [&](store::Transaction& tx) { return payments->find(tx, payment.case_id, payment.id); });
    EXPECT_TRUE(found) << describe(found.error());
    return *found;
  }
  std::vector<std::string> causes(const Payment& payment) {
    const auto changes = db->transact(
        [&](store::Transaction& tx) { return payments->history(tx, payment.case_id, payment.id); });
    std::vector<std::string> all;
    for (const Change& change : *changes) {
      EXPECT_EQ(change.number, static_cast<int>(all.size()) + 1);
      all.push_back(change.cause);
    }
    return all;
  }

  VirtualClock clock{morning};
  SeededRandom random{20260302};
  test::TestDatabase db{clock, {ledger::migrations(), payments::migrations()}};
  ledger::Commitments commitments{clock, random};
  net::Client client{{.timeout_ms = milliseconds{3000}}};
  std::optional<Payments> payments;
  std::optional<store::Workers> workers;
  std::vector<std::string> seen;
  Result<void> observer_result;
  PersonId person = PersonId::make(clock, random);
  CaseId case_id = CaseId::make(clock, random);
};

}  // namespace minben::payments
