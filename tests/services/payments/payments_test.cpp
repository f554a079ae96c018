#include "fixture.hpp"

namespace minben::payments {
namespace {

using testing::ElementsAre;

TEST_F(PaymentsTest, CreatesOncePerCaseAndReason) {
  const auto first = create(fee());
  ASSERT_TRUE(first) << describe(first.error());
  const auto again = create(fee());
  ASSERT_TRUE(again);
  EXPECT_EQ(first->id, again->id);
  EXPECT_EQ(create(fee(4700)).error().code, "payment_differs");
  EXPECT_THAT(seen, ElementsAre("open"));
  EXPECT_THAT(causes(*first), ElementsAre("created"));
  EXPECT_EQ(first->number.size(), 16);
}

TEST_F(PaymentsTest, RefusesImpossibleFees) {
  EXPECT_EQ(create(fee(0)).error().code, "bad_amount");
  EXPECT_EQ(create(fee(1'000'000'000)).error().code, "bad_amount");
  auto late = fee();
  late.due = *parse_date("2026-03-01");
  EXPECT_EQ(create(late).error().code, "bad_due_date");
}

TEST_F(PaymentsTest, GivesEveryPaymentItsOwnNumberWithCheckDigit) {
  std::set<std::string> numbers;
  for (int i = 0; i < 50; ++i) {
    auto request = fee();
    request.case_id = CaseId::make(clock, random);
    numbers.insert(create(request)->number);
  }
  EXPECT_EQ(numbers.size(), 50);
}

TEST_F(PaymentsTest, AnObserversErrorUndoesTheChange) {
  observer_result = fail(Kind::internal, "no");
  EXPECT_FALSE(create(fee()));
  const auto left =
      db->transact([&](store::Transaction& tx) { return payments->of_case(tx, case_id); });
  EXPECT_TRUE(left->empty());
}

TEST_F(PaymentsTest, ExpiresAfterDueDateAndGrace) {
  const Payment payment = *create(fee());
  clock.set(taiwan_midnight(*parse_date("2026-03-20")) - seconds(1));
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::open);
  clock.set(taiwan_midnight(*parse_date("2026-03-20")));
  ASSERT_TRUE(workers->run_due());
  EXPECT_EQ(now(payment).status, Status::expired);
  EXPECT_THAT(causes(payment), ElementsAre("created", "due_date"));
}

TEST_F(PaymentsTest, BooksRemittancesOnce) {
  const Payment payment = *create(fee());
  const std::vector<Remittance> lines{{payment.number, 3700, *parse_date("2026-03-05"), "S1"}};
  const auto first = payments->reconcile("shop", lines);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->applied, 1);
  const auto again = payments->reconcile("shop", lines);
  EXPECT_EQ(again->applied, 0);
  EXPECT_EQ(again->repeated, 1);
  EXPECT_EQ(now(payment).status, Status::paid);
  EXPECT_EQ(now(payment).channel, Channel::slip);
  EXPECT_THAT(seen, ElementsAre("open", "paid"));
}

TEST_F(PaymentsTest, KeepsSecondMoneyForRefund) {
  const Payment payment = *create(fee());
  const Date day = *parse_date("2026-03-05");
  const std::vector<Remittance> lines{{payment.number, 3700, day, "S1"},
                                      {payment.number, 3700, day, "S2"}};
  const auto report = payments->reconcile("shop", lines);
  EXPECT_EQ(report->applied, 1);
  EXPECT_THAT(report->to_refund, ElementsAre("S2"));
  EXPECT_EQ(now(payment).status, Status::paid);
  EXPECT_THAT(causes(payment), ElementsAre("created", "slip"));
}

TEST_F(PaymentsTest, RefundsMoneyThatComesAfterExpiry) {
  const Payment payment = *create(fee());
  clock.advance(days(30));
  ASSERT_TRUE(workers->run_due());
  const auto report = payments->reconcile(
      "shop", std::vector<Remittance>{{payment.number, 3700, *parse_date("2026-03-30"), "S1"}});
  EXPECT_THAT(report->to_refund, ElementsAre("S1"));
  EXPECT_EQ(now(payment).status, Status::refunding);
}

TEST_F(PaymentsTest, NamesRefusedRemittances) {
  const Payment payment = *create(fee());
  const Date day = *parse_date("2026-03-05");
  const auto report =
      payments->reconcile("shop", std::vector<Remittance>{{"8800000000000000", 3700, day, "S1"},
                                                          {payment.number, 370, day, "S2"}});
  ASSERT_EQ(report->refused.size(), 2);
  EXPECT_EQ(report->refused[0].code, "unknown_number");
  EXPECT_EQ(report->refused[0].line, 2);
  EXPECT_EQ(report->refused[1].code, "wrong_amount");
  EXPECT_EQ(now(payment).status, Status::open);
}

TEST_F(PaymentsTest, PrintsASlipWhileOpen) {
  Payment payment = *create(fee());
  const auto pdf = payments->slip(payment);
  ASSERT_TRUE(pdf) << describe(pdf.error());
  EXPECT_TRUE(pdf->starts_with("%PDF-"));
  payment.status = Status::paid;
  EXPECT_EQ(payments->slip(payment).error().code, "payment_not_open");
}

TEST(SlipBarcodes, FollowTheThreePartForm) {
  Payment payment;
  payment.number = "8800000000000017";
  payment.amount_twd = 3700;
  payment.due = *parse_date("2026-03-16");
  const auto codes = slip_barcodes(payment, "6MB");
  EXPECT_EQ(codes.first, "1503166MB");
  EXPECT_EQ(codes.second, "8800000000000017");
  ASSERT_EQ(codes.third.size(), 15);
  EXPECT_EQ(codes.third.substr(0, 4), "1503");
  EXPECT_EQ(codes.third.substr(6), "000003700");
  // By hand, with M = 4 and B = 2: odd places 10 + 9 + 8 = 27 → 5; even 18 + 15 + 11 = 44 → 0,
  // which is X.
  EXPECT_EQ(codes.third.substr(4, 2), "5X");
}

TEST(Remittance, ReadsAWholeFile) {
  const auto lines = parse_remittance(
      "number,amount_twd,paid_on,reference\r\n8800000000000017,3700,2026-03-05,A-1\r\ntotal,1,"
      "3700\r\n");
  ASSERT_TRUE(lines) << describe(lines.error());
  EXPECT_EQ((*lines)[0].reference, "A-1");
}

struct BadFile {
  const char* text;
  const char* code;
  int line;
};
class BadRemittance : public testing::TestWithParam<BadFile> {};
TEST_P(BadRemittance, NamesTheLine) {
  const auto lines = parse_remittance(GetParam().text);
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().code, GetParam().code);
  EXPECT_EQ(lines.error().line, GetParam().line);
}
#define HEAD "number,amount_twd,paid_on,reference\n"
INSTANTIATE_TEST_SUITE_P(
    All, BadRemittance,
    testing::Values(
        BadFile{"", "not_remittance", 1}, BadFile{"a,b\n", "not_remittance", 1},
        BadFile{HEAD, "bad_total", 1},
        BadFile{HEAD "1,3700,2026-03-05,A\ntotal,1,3700\n", "bad_number", 2},
        BadFile{HEAD "8800000000000017,-1,2026-03-05,A\ntotal,1,-1\n", "bad_amount", 2},
        BadFile{HEAD "8800000000000017,37,2026-02-30,A\ntotal,1,37\n", "bad_date", 2},
        BadFile{HEAD "8800000000000017,37,2026-03-05,A B\ntotal,1,37\n", "bad_reference", 2},
        BadFile{HEAD "8800000000000017,37,2026-03-05\ntotal,1,37\n", "not_remittance", 2},
        BadFile{HEAD "8800000000000017,37,2026-03-05,A\ntotal,2,37\n", "bad_total", 3},
        BadFile{HEAD "8800000000000017,37,2026-03-05,A\n", "bad_total", 2}));

}  // namespace
}  // namespace minben::payments
