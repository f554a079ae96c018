#pragma once
// Fees: a payment in whole New Taiwan dollars, paid once, by slip or through an outside provider.
//
// Every change of state is one transaction: the row, a history row, an event on topic "payment"
// (key = payment id; payload {payment, case, status, amount_twd}), a ledger commitment, and the
// observers of on_change. Money that comes twice, or too late, is kept as a receipt to be paid back
// and never changes a paid payment.
// Thread-safe; functions that take a store::Transaction belong to its thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/commitments.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::payments {

using PaymentId = Id<struct PaymentTag>;

enum class Status {
  open,       ///< waiting for money
  paid,       ///< final
  expired,    ///< the due date and its grace have passed without money
  refunding,  ///< money came after expiry; it is being paid back
};
enum class Channel { none, online, slip };
std::string_view name_of(Status status);    ///< "open" …
std::string_view name_of(Channel channel);  ///< "none", "online", "slip"

struct NewPayment {
  PersonId person;
  CaseId case_id;
  AgencyCode agency;            ///< that receives the fee
  std::string reason;           ///< one payment per case and reason: "application-fee"
  Bilingual title;              ///< what the fee is for, as printed on the slip
  std::int64_t amount_twd = 0;  ///< 1 … 999,999,999
  Date due{};                   ///< last day of payment, Taiwan's calendar
};

struct Payment {
  PaymentId id;
  PersonId person;
  CaseId case_id;
  AgencyCode agency;
  std::string reason;
  Bilingual title;
  std::int64_t amount_twd = 0;
  Date due{};
  std::string number;  ///< 16 digits (銷帳編號), the last one a check digit
  Status status = Status::open;
  Channel channel = Channel::none;  ///< how it was paid
  Instant created_at{};
  std::optional<Instant> paid_at;
  std::optional<Instant> checkout_at;  ///< when the payer was first sent to the provider
};

struct Change {
  int number = 0;  ///< 1, 2, 3 … without gaps
  Status status = Status::open;
  std::string cause;  ///< "created", "callback", "poll", "slip", "due_date"
  Instant at{};
  ledger::EntryId entry;  ///< its commitment, of type "payment.<status>"
  Json content;           ///< what was committed, for the receipt
};

struct Config {
  std::string provider_url;  ///< "http://localhost:7081"; "" = no online payment
  std::string merchant = "minben";
  Bytes secret;                         ///< shared with the provider, 32 bytes or more; HMAC-SHA256
  std::string collecting_code = "6MB";  ///< three characters that name us to the collecting agents
  seconds callback_window_s{300};       ///< older or newer time stamps are refused
  int grace_days = 3;                   ///< banks and shops report within three working days
  seconds first_poll_s{30};             ///< then twice as long each time, up to an hour
};

/// One line of a collecting agent's remittance file.
struct Remittance {
  std::string number;
  std::int64_t amount_twd = 0;
  Date paid_on{};
  std::string reference;  ///< the agent's own, unique per agent and line
};
/// CSV `number,amount_twd,paid_on,reference`, first line that header, last line `total,COUNT,SUM`.
/// Errors name the line: not_remittance, bad_number, bad_amount, bad_date, bad_reference,
/// bad_total.
Result<std::vector<Remittance>> parse_remittance(std::string_view csv);

struct Reconciliation {
  int applied = 0;
  int repeated = 0;  ///< lines that were already booked
  std::vector<std::string>
      to_refund;   ///< references of money that pays nothing (paid already, expired)
  Errors refused;  ///< unknown_number, wrong_amount; `line` = line of the file
};

class Payments {
 public:
  Payments(store::Database& database, const ledger::Commitments& commitments, net::Client& client,
           const Clock& clock, Random& random, Config config);
  ~Payments();

  /// A second call for the same case and reason gives the first payment; another amount then is a
  /// conflict "payment_differs". Codes: bad_amount, bad_due_date.
  Result<Payment> create(store::Transaction& transaction, const NewPayment& payment);
  Result<Payment> find(store::Transaction& transaction, CaseId case_id, PaymentId payment);
  Result<std::vector<Payment>> of_case(store::Transaction& transaction, CaseId case_id);
  Result<std::vector<Change>> history(store::Transaction& transaction, CaseId case_id,
                                      PaymentId payment);

  /// Runs inside the transaction of each change of status (also of the creation), after the row was
  /// written; an error undoes the change. Register before the first request.
  using Observer = std::function<Result<void>(store::Transaction&, const Payment&)>;
  void on_change(Observer observer);

  /// Without the case: the callback, the jobs and the provider's pages know only the payment.
  Result<Payment> find_by_id(store::Transaction& transaction, PaymentId payment);

  /// The slip as PDF: the three-part Code 39 barcode of shops, the QR code, the amount, the due
  /// date. conflict "payment_not_open" unless open.
  [[nodiscard]] Result<std::string> slip(const Payment& payment) const;

  /// Opens a checkout at the provider (signed, idempotent) and gives the address to send the
  /// browser to. `return_url` is where the provider sends the browser back. Codes:
  /// payment_not_open, payment_overdue, online_payment_unavailable (Kind::unavailable). Not inside
  /// a transaction: it asks another program. From then on a job asks for the outcome in case the
  /// callback is lost.
  Result<std::string> begin_checkout(CaseId case_id, PaymentId payment, std::string_view return_url,
                                     Language language);
  /// Asks the provider now, e.g. when the browser comes back. The payment as it is then.
  Result<Payment> refresh(CaseId case_id, PaymentId payment);

  /// The provider's server-to-server message. `signature` is the header Minben-Pay-Signature,
  /// "t=<unix seconds>,v1=<hex HMAC-SHA256 of t.body>". A repeated event changes nothing and gets
  /// the same answer. Codes: bad_signature and callback_late (unauthorised), bad_callback
  /// (invalid), unknown_payment (not_found), wrong_amount, wrong_currency, wrong_merchant
  /// (invalid), callback_out_of_order (conflict).
  Result<Json> callback(std::string_view signature, std::string_view body);
  /// POST /payments/callback for the platform's routes; answers as callback().
  net::Route callback_route(net::Access access);

  /// Books what collecting agents report; each line once, in a transaction of its own.
  Result<Reconciliation> reconcile(std::string_view agent, std::span<const Remittance> lines);

  /// Jobs payments.poll and payments.expire.
  void register_jobs(store::Workers& workers);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The three texts under the bars of a shop's slip: due date and collecting code (9 characters),
/// number (16), month, check digits and amount (15).
struct SlipBarcodes {
  std::string first;
  std::string second;
  std::string third;
};
SlipBarcodes slip_barcodes(const Payment& payment, std::string_view collecting_code);

std::span<const store::Migration> migrations();

}  // namespace minben::payments
