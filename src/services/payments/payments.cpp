#include "payments.hpp"

#include <fmt/format.h>

#include "impl.hpp"
#include "queries.hpp"

namespace minben::payments {

namespace {

constexpr std::int64_t most_twd = 999'999'999;  // nine digits on the slip

/// "88", thirteen digits of the sequence, and a Luhn digit (ISO/IEC 7812-1 annex B): 16 in all.
std::string number_of(std::int64_t serial) {
  const std::string digits = fmt::format("88{:013}", serial);
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    const int doubled = i % 2 == 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

Result<void> check_new(const NewPayment& payment, Date today) {
  if (payment.amount_twd < 1 || payment.amount_twd > most_twd)
    return fail(Kind::invalid, "bad_amount");
  if (!payment.due.ok() || payment.due < today) return fail(Kind::invalid, "bad_due_date");
  if (!is_code(payment.reason)) return fail(Kind::invalid, "bad_reason");
  return {};
}

Result<Payment> only(const Result<store::Rows>& rows) {
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(Kind::not_found, "unknown_payment");
  return read_payment(rows->front());
}

/// The payer may pay until the end of the due date in Taiwan.
bool is_overdue(const Payment& payment, Instant now) { return taiwan_date(now) > payment.due; }

}  // namespace

Payments::Payments(store::Database& database, const ledger::Commitments& commitments,
                   net::Client& client, const Clock& clock, Random& random, Config config)
    : impl_(std::make_unique<Impl>(database, commitments, client, clock, random,
                                   std::move(config))) {}

Payments::~Payments() = default;

void Payments::on_change(Observer observer) { impl_->observers.push_back(std::move(observer)); }

Result<Payment> Payments::create(store::Transaction& transaction, const NewPayment& request) {
  MINBEN_CHECK(check_new(request, taiwan_date(impl_->clock.now())));
  Payment payment{PaymentId::make(impl_->clock, impl_->random),
                  request.person,
                  request.case_id,
                  request.agency,
                  request.reason,
                  request.title,
                  request.amount_twd,
                  request.due,
                  {},
                  Status::open,
                  Channel::none,
                  impl_->clock.now(),
                  {},
                  {}};
  MINBEN_TRY(serial, transaction.run(next_number));
  payment.number = number_of(serial.front().integer("number"));
  MINBEN_TRY(
      made, transaction.run(insert_payment, payment.case_id, payment.id, payment.person,
                            payment.agency, payment.reason, payment.title.zh_hant, payment.title.en,
                            payment.amount_twd, payment.due, payment.number, payment.created_at));
  if (made.empty()) {
    MINBEN_TRY(first, only(transaction.run(find_by_reason, request.case_id, request.reason)));
    if (first.amount_twd != request.amount_twd) return fail(Kind::conflict, "payment_differs");
    return first;
  }
  const Instant lapses = taiwan_midnight(add_days(payment.due, impl_->config.grace_days + 1));
  MINBEN_CHECK(impl_->schedule_expiry(transaction, payment.id, lapses));
  MINBEN_CHECK(impl_->record(transaction, payment, "created"));
  return payment;
}

Result<Payment> Payments::find(store::Transaction& transaction, CaseId case_id, PaymentId payment) {
  return only(transaction.run(find_payment, case_id, payment));
}

Result<Payment> Payments::find_by_id(store::Transaction& transaction, PaymentId payment) {
  return only(transaction.run(find_payment_by_id, payment));
}

Result<std::vector<Payment>> Payments::of_case(store::Transaction& transaction, CaseId case_id) {
  MINBEN_TRY(rows, transaction.run(find_of_case, case_id));
  std::vector<Payment> payments;
  for (const auto row : rows) payments.push_back(read_payment(row));
  return payments;
}

Result<std::vector<Change>> Payments::history(store::Transaction& transaction, CaseId case_id,
                                              PaymentId payment) {
  MINBEN_TRY(rows, transaction.run(find_history, case_id, payment));
  std::vector<Change> changes;
  for (const auto row : rows) {
    changes.push_back({static_cast<int>(row.integer("number")), status_from(row.text("status")),
                       row.text("cause"), row.instant("at"), row.id<ledger::EntryId>("entry_id"),
                       row.json("content")});
  }
  return changes;
}

Result<std::string> Payments::begin_checkout(CaseId case_id, PaymentId payment,
                                             std::string_view return_url, Language language) {
  const auto prepare = [&](store::Transaction& transaction) -> Result<Payment> {
    MINBEN_TRY(current, find(transaction, case_id, payment));
    if (current.status != Status::open) return fail(Kind::conflict, "payment_not_open");
    if (is_overdue(current, impl_->clock.now())) return fail(Kind::conflict, "payment_overdue");
    // First the job's row, then the payment's: the order in which the job itself locks them.
    MINBEN_CHECK(impl_->schedule_poll(transaction, payment, impl_->config.first_poll_s));
    MINBEN_CHECK(transaction.run(set_checkout, case_id, payment, impl_->clock.now()));
    return current;
  };
  if (impl_->config.provider_url.empty())
    return fail(Kind::unavailable, "online_payment_unavailable");
  MINBEN_TRY(current, impl_->database.transact(prepare));
  auto url = impl_->provider.checkout({current, return_url, language});
  if (!url && url.error().code == "checkout_closed") {
    MINBEN_CHECK(refresh(case_id, payment));
    return fail(Kind::conflict, "payment_not_open");
  }
  return url;
}

Result<Payment> Payments::refresh(CaseId case_id, PaymentId payment) {
  const auto current = impl_->database.transact(
      [&](store::Transaction& transaction) { return find(transaction, case_id, payment); });
  if (!current || !current->checkout_at || current->status != Status::open) return current;
  MINBEN_TRY(event, impl_->provider.query(payment));
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<Payment> {
    MINBEN_CHECK(impl_->apply_state(transaction, payment, event));
    return find(transaction, case_id, payment);
  });
}

}  // namespace minben::payments
