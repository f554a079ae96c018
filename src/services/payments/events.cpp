// What the provider tells, by callback or when asked.
#include "impl.hpp"
#include "queries.hpp"

namespace minben::payments {

namespace {

Result<void> check_terms(const Payment& payment, const ProviderEvent& event, const Config& config) {
  if (event.merchant != config.merchant) return fail(Kind::invalid, "wrong_merchant");
  if (event.currency != "TWD") return fail(Kind::invalid, "wrong_currency");
  if (event.amount_twd != payment.amount_twd) return fail(Kind::invalid, "wrong_amount");
  return {};
}

Json answer_of(const ProviderEvent& event, Booked booked) {
  const std::string_view result = event.outcome != Outcome::paid ? "noted"
                                  : booked == Booked::to_refund  ? "to_refund"
                                                                 : "booked";
  return JsonObject{{"event", event.id}, {"result", result}};
}

net::Response answer(net::Response response) {
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

Result<Json> Payments::Impl::apply(store::Transaction& transaction, Payment& payment,
                                   const ProviderEvent& event, std::string_view cause) const {
  MINBEN_CHECK(check_terms(payment, event, config));
  MINBEN_TRY(seen, transaction.run(find_event, payment.case_id, payment.id, event.id));
  if (!seen.empty()) {
    if (!equal_in_constant_time(seen.front().bytes("digest"), event.digest)) {
      return fail(Kind::invalid, "bad_callback", "another content under a known id", "event");
    }
    return seen.front().json("answer");
  }
  MINBEN_TRY(row, transaction.run(find_payment, payment.case_id, payment.id));
  if (event.sequence <= row.front().integer("last_event")) {
    return fail(Kind::conflict, "callback_out_of_order");
  }
  Booked booked = Booked::repeated;
  if (event.outcome == Outcome::paid) {
    const Money money{Channel::online, event.reference, event.amount_twd, event.at, cause};
    MINBEN_TRY(done, book(transaction, payment, money));
    booked = done;
  }
  const Json reply = answer_of(event, booked);
  MINBEN_CHECK(transaction.run(insert_event, payment.case_id, payment.id, event.id,
                               std::span<const std::uint8_t>(event.digest), reply, clock.now()));
  MINBEN_CHECK(transaction.run(set_last_event, payment.case_id, payment.id, event.sequence));
  return reply;
}

Result<void> Payments::Impl::apply_state(store::Transaction& transaction, PaymentId id,
                                         const std::optional<ProviderEvent>& event) const {
  if (!event) return {};
  MINBEN_TRY(payment, locked(transaction, id));
  const auto applied = apply(transaction, payment, *event, "poll");
  // The callback may have been faster and even have brought later news.
  if (!applied && applied.error().code != "callback_out_of_order") return fail(applied.error());
  return {};
}

Result<Json> Payments::callback(std::string_view signature, std::string_view body) {
  MINBEN_CHECK(verify(impl_->config.secret, impl_->clock.now(), impl_->config.callback_window_s,
                      signature, body));
  const auto json = parse_json(body, {.max_bytes = 16u << 10, .max_depth = 8});
  if (!json) return fail(Kind::invalid, "bad_callback", "not JSON");
  MINBEN_TRY(event, read_event(*json));
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<Json> {
    MINBEN_TRY(payment, impl_->locked(transaction, event.order));
    return impl_->apply(transaction, payment, event, "callback");
  });
}

net::Route Payments::callback_route(net::Access access) {
  using namespace net;
  return {Method::post, "/payments/callback", access, 16_KiB, [this](Request& request) {
            const auto reply = callback(request.headers.get(signature_header), request.body);
            return answer(reply ? Response::json(*reply) : Response::problem(reply.error()));
          }};
}

}  // namespace minben::payments
