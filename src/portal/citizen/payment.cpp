// The fee: a slip to take to a shop or bank, or the outside provider's page.
#include "case_view.hpp"

namespace minben::citizen {

namespace {

using payments::Payment;
using payments::PaymentId;
using payments::Status;

Result<PaymentId> payment_of(const MyCase& mine) {
  const auto id = PaymentId::parse(mine.view.fee.payment_id);
  if (!id) return fail(Kind::not_found, "no_payment");
  return id;
}

Result<Payment> find_payment(const Parts& parts, const MyCase& mine) {
  MINBEN_TRY(id, payment_of(mine));
  return parts.transact(
      [&](store::Transaction& tx) { return parts.payments.find(tx, mine.view.summary.id, id); });
}

void status_tag(Writer& page, Language language, Status status) {
  switch (status) {
    case Status::open:
      return page::tag(page, msg::payment_open(language), Tone::waiting);
    case Status::paid:
      return page::tag(page, msg::payment_paid(language), Tone::good);
    case Status::expired:
      return page::tag(page, msg::payment_expired(language), Tone::bad);
    case Status::refunding:
      return page::tag(page, msg::payment_refunding(language), Tone::info);
  }
}

void payment_facts(Writer& page, const Visit& visit, const Payment& payment) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::payment_for(language), payment.title.in(language));
    page::summary_row(list, msg::payment_amount(language), money(language, payment.amount_twd));
    page::summary_row(list, msg::payment_state(language),
                      [&](Writer& p) { status_tag(p, language, payment.status); });
    page::summary_row(list, msg::payment_to(language), visit.agency(payment.agency));
    page::summary_row(list, msg::payment_number(language), payment.number);
    if (payment.paid_at)
      page::summary_row(list, msg::payment_paid_at(language),
                        long_time(*payment.paid_at, language));
    else page::summary_row(list, msg::payment_due(language), long_date(payment.due, language));
  });
}

void ways_to_pay(Writer& page, const Visit& visit, const MyCase& mine) {
  const Language language = visit.language;
  page::heading(page, 2, msg::pay_online(language));
  page::paragraph(page, msg::pay_online_text(language));
  page::form(page, visit, case_url(visit, mine.view.summary.id, {"pay"}),
             [&](Writer& p) { page::button(p, msg::pay_online_button(language)); });
  page::heading(page, 2, msg::pay_slip(language));
  page::paragraph(page, msg::pay_slip_text(language));
  page::link_button(page, msg::pay_slip_button(language),
                    case_url(visit, mine.view.summary.id, {"slip.pdf"}),
                    page::ButtonStyle::secondary);
}

Result<net::Response> show_payment(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(payment, find_payment(parts, mine));
  return html_page(visit, case_frame(visit, mine, msg::pay_title(language)), [&](Writer& page) {
    page::heading(page, 1, msg::pay_title(language), Size::l);
    payment_facts(page, visit, payment);
    if (payment.status == Status::open) {
      page::inset_text(page,
                       [&](Writer& p) { page::paragraph(p, msg::pay_not_refunded(language)); });
      ways_to_pay(page, visit, mine);
    } else {
      page::link_button(page, msg::done_to_case(language), case_url(visit, mine.view.summary.id));
    }
  });
}

Result<net::Response> pay_online(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(id, payment_of(mine));
  const Url back = case_url(visit, mine.view.summary.id, {"pay", "return"});
  const auto address = parts.payments.begin_checkout(
      mine.view.summary.id, id, visit.site.config().origin + std::string(back.text()),
      visit.language);
  if (!address) {
    if (address.error().kind == Kind::internal) return std::unexpected(address.error());
    return page::redirect_with(visit, case_url(visit, mine.view.summary.id, {"pay"}),
                               page::Notice::info,
                               page::error_text(visit.language, address.error().code));
  }
  MINBEN_TRY(url, Url::outside(*address));
  return page::redirect(url);
}

Result<net::Response> back_from_provider(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(id, payment_of(mine));
  // The provider's own message decides; when it does not answer now, a job asks it again later.
  const auto payment = parts.payments.refresh(mine.view.summary.id, id);
  const bool paid = payment && payment->status == Status::paid;
  return page::redirect_with(
      visit,
      paid ? case_url(visit, mine.view.summary.id) : case_url(visit, mine.view.summary.id, {"pay"}),
      paid ? page::Notice::success : page::Notice::info,
      paid ? msg::paid_thanks(visit.language) : msg::paid_not_yet(visit.language));
}

Result<net::Response> send_slip(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(payment, find_payment(parts, mine));
  MINBEN_TRY(pdf, parts.payments.slip(payment));
  return page::download(std::move(pdf), "application/pdf", "slip-" + payment.number + ".pdf");
}

}  // namespace

void add_payment(Pages& pages) {
  using page::access::applicant_of_case;
  pages.get("/cases/{case}/pay", applicant_of_case, show_payment);
  pages.post("/cases/{case}/pay", applicant_of_case, pay_online);
  pages.get("/cases/{case}/pay/return", applicant_of_case, back_from_provider);
  pages.get("/cases/{case}/slip.pdf", applicant_of_case, send_slip);
}

}  // namespace minben::citizen
