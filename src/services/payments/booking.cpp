// The one place where a payment changes.
#include "impl.hpp"
#include "queries.hpp"

namespace minben::payments {

namespace {

Json committed_content(const Payment& payment, std::string_view cause, Instant at) {
  return JsonObject{{"payment", to_string(payment.id)},
                    {"case", to_string(payment.case_id)},
                    {"number", payment.number},
                    {"amount_twd", payment.amount_twd},
                    {"status", name_of(payment.status)},
                    {"cause", cause},
                    {"at", to_string(at)}};
}

}  // namespace

std::string_view name_of(Status status) {
  switch (status) {
    case Status::open:
      return "open";
    case Status::paid:
      return "paid";
    case Status::expired:
      return "expired";
    case Status::refunding:
      return "refunding";
  }
  return {};
}

std::string_view name_of(Channel channel) {
  switch (channel) {
    case Channel::none:
      return "none";
    case Channel::online:
      return "online";
    case Channel::slip:
      return "slip";
  }
  return {};
}

Status status_from(std::string_view name) {
  for (const Status status : {Status::paid, Status::expired, Status::refunding}) {
    if (name == name_of(status)) return status;
  }
  return Status::open;
}

Payment read_payment(const store::Row& row) {
  Payment payment;
  payment.id = row.id<PaymentId>("id");
  payment.person = row.id<PersonId>("person_id");
  payment.case_id = row.id<CaseId>("case_id");
  payment.agency = AgencyCode{row.text("agency_id")};
  payment.reason = row.text("reason");
  payment.title = {row.text("title_zh"), row.text("title_en")};
  payment.amount_twd = row.integer("amount_twd");
  payment.due = row.date("due");
  payment.number = row.text("number");
  payment.status = status_from(row.text("status"));
  const std::string channel = row.text("channel");
  payment.channel = channel == "online" ? Channel::online
                    : channel == "slip" ? Channel::slip
                                        : Channel::none;
  payment.created_at = row.instant("created_at");
  payment.paid_at = row.optional_instant("paid_at");
  payment.checkout_at = row.optional_instant("checkout_at");
  return payment;
}

Result<Payment> Payments::Impl::locked(store::Transaction& transaction, PaymentId id) const {
  MINBEN_TRY(rows, transaction.run(lock_payment, id));
  if (rows.empty()) return fail(Kind::not_found, "unknown_payment");
  return read_payment(rows.front());
}

Result<void> Payments::Impl::record(store::Transaction& transaction, const Payment& payment,
                                    std::string_view cause) const {
  const Instant at = clock.now();
  const Json content = committed_content(payment, cause, at);
  const std::string type = "payment." + std::string(name_of(payment.status));
  MINBEN_TRY(entry, commitments.commit(transaction, type, payment.person, content));
  MINBEN_CHECK(transaction.run(insert_history, payment.case_id, payment.id, name_of(payment.status),
                               cause, at, entry, content));
  const Json event = JsonObject{{"payment", to_string(payment.id)},
                                {"case", to_string(payment.case_id)},
                                {"status", name_of(payment.status)},
                                {"amount_twd", payment.amount_twd}};
  MINBEN_CHECK(store::publish(transaction, "payment", to_string(payment.id), event));
  for (const Observer& observer : observers) MINBEN_CHECK(observer(transaction, payment));
  return {};
}

Result<void> Payments::Impl::become(store::Transaction& transaction, Payment& payment,
                                    Status status, std::string_view cause) const {
  payment.status = status;
  MINBEN_CHECK(transaction.run(set_status, payment.case_id, payment.id, name_of(status),
                               name_of(payment.channel), payment.paid_at));
  return record(transaction, payment, cause);
}

Result<Booked> Payments::Impl::book(store::Transaction& transaction, Payment& payment,
                                    const Money& money) const {
  const bool pays = payment.status == Status::open;
  MINBEN_TRY(fresh,
             transaction.run(insert_receipt, payment.case_id, payment.id, name_of(money.channel),
                             money.reference, money.amount_twd, money.paid_at, clock.now(), pays));
  if (fresh.empty()) return Booked::repeated;
  if (pays) {
    payment.channel = money.channel;
    payment.paid_at = money.paid_at;
    MINBEN_CHECK(become(transaction, payment, Status::paid, money.cause));
    return Booked::applied;
  }
  if (payment.status == Status::expired) {
    MINBEN_CHECK(become(transaction, payment, Status::refunding, money.cause));
  }
  return Booked::to_refund;
}

}  // namespace minben::payments
