#include "provider.hpp"

#include <fmt/format.h>

namespace minben::payments {

namespace {

std::int64_t unix_seconds(Instant at) {
  return std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
}

Sha256 mac(const Bytes& secret, std::string_view timestamp, std::string_view body) {
  std::string text(timestamp);
  text += '.';
  text += body;
  return hmac_sha256(secret, as_bytes(text));
}

Result<Outcome> read_outcome(const Json& body) {
  MINBEN_TRY(text, get_string(body, "status"));
  if (text == "paid") return Outcome::paid;
  if (text == "failed") return Outcome::failed;
  if (text == "expired") return Outcome::expired;
  return fail(Kind::invalid, "wrong_value", text.substr(0, 40), "status");
}

Result<ProviderEvent> read_fields(const Json& body) {
  ProviderEvent event;
  MINBEN_TRY(action, get_string(body, "action"));
  if (action != "event") return fail(Kind::invalid, "wrong_value", "", "action");
  MINBEN_TRY(id, get_string(body, "event"));
  MINBEN_TRY(sequence, get_integer(body, "sequence"));
  MINBEN_TRY(order, get_string(body, "order"));
  MINBEN_TRY(merchant, get_string(body, "merchant"));
  MINBEN_TRY(amount, get_integer(body, "amount_twd"));
  MINBEN_TRY(currency, get_string(body, "currency"));
  MINBEN_TRY(outcome, read_outcome(body));
  MINBEN_TRY(reference, get_string(body, "reference"));
  MINBEN_TRY(at, get_string(body, "at"));
  MINBEN_TRY(parsed_order, PaymentId::parse(order));
  MINBEN_TRY(parsed_at, parse_instant(at));
  MINBEN_TRY(canonical, canonical_json(body));
  if (id.empty() || id.size() > 100 || reference.size() > 100 || sequence < 1) {
    return fail(Kind::invalid, "wrong_value", "", "event");
  }
  return ProviderEvent{id,       sequence, parsed_order, merchant,  amount,
                       currency, outcome,  reference,    parsed_at, sha256(canonical)};
}

}  // namespace

std::string sign(const Bytes& secret, Instant now, std::string_view body) {
  const std::string timestamp = std::to_string(unix_seconds(now));
  return fmt::format("t={},v1={}", timestamp, hex_encode(mac(secret, timestamp, body)));
}

Result<void> verify(const Bytes& secret, Instant now, seconds window, std::string_view header,
                    std::string_view body) {
  const auto bad = [] { return fail(Kind::unauthorised, "bad_signature"); };
  const auto comma = header.find(",v1=");
  if (!header.starts_with("t=") || comma == std::string_view::npos) return bad();
  const std::string_view timestamp = header.substr(2, comma - 2);
  const auto at = parse_integer(timestamp, 0, std::int64_t{1} << 40);
  const auto given = hex_decode(header.substr(comma + 4));
  if (!at || !given || !equal_in_constant_time(*given, mac(secret, timestamp, body))) return bad();
  if (std::abs(unix_seconds(now) - *at) > window.count()) {
    return fail(Kind::unauthorised, "callback_late", "the time stamp is outside the window");
  }
  return {};
}

Result<ProviderEvent> read_event(const Json& body) {
  auto event = read_fields(body);
  if (!event) return fail(Kind::invalid, "bad_callback", event.error().code, event.error().field);
  return event;
}

Result<Json> Provider::call(std::string_view path, const Json& body) const {
  const auto unavailable = [](std::string_view why) {
    return fail(Kind::unavailable, "online_payment_unavailable", why);
  };
  if (config_.provider_url.empty()) return unavailable("not configured");
  net::ClientRequest request{
      net::Method::post, config_.provider_url + std::string(path), {}, write_json(body)};
  request.headers.set("Content-Type", "application/json");
  request.headers.set(signature_header, sign(config_.secret, clock_.now(), request.body));
  const auto answer = client_.send(request);
  if (!answer) return unavailable(answer.error().code);
  if (answer->status == 409) return fail(Kind::conflict, "checkout_closed");
  if (answer->status != 200) return unavailable(fmt::format("status {}", answer->status));
  const auto genuine = verify(config_.secret, clock_.now(), config_.callback_window_s,
                              answer->headers.get(signature_header), answer->body);
  if (!genuine) return unavailable(genuine.error().code);
  return parse_json(answer->body);
}

Result<std::string> Provider::checkout(const Checkout& checkout) const {
  const Payment& payment = checkout.payment;
  const JsonObject title{{"zh-Hant", payment.title.zh_hant}, {"en", payment.title.en}};
  const Json body = JsonObject{
      {"action", "checkout"},
      {"merchant", config_.merchant},
      {"order", to_string(payment.id)},
      {"amount_twd", payment.amount_twd},
      {"currency", "TWD"},
      {"title", title},
      {"language", language_tag(checkout.language)},
      {"expires_at", to_string(taiwan_midnight(add_days(payment.due, 1)))},
      {"return_url", checkout.return_url},
  };
  MINBEN_TRY(answer, call("/api/checkouts", body));
  MINBEN_TRY(url, get_string(answer, "url"));
  // The browser is sent nowhere else, whatever the answer says.
  if (!url.starts_with(config_.provider_url + "/")) {
    return fail(Kind::unavailable, "online_payment_unavailable", "a pay page elsewhere");
  }
  return url;
}

Result<std::optional<ProviderEvent>> Provider::query(PaymentId order) const {
  const Json body =
      JsonObject{{"action", "query"}, {"merchant", config_.merchant}, {"order", to_string(order)}};
  MINBEN_TRY(answer, call("/api/query", body));
  if (string_or(answer, "action") != "state" || string_or(answer, "order") != to_string(order)) {
    return fail(Kind::unavailable, "online_payment_unavailable", "an answer to another question");
  }
  const Json* last = minben::find(answer, "event");
  if (!last || last->is_null()) return std::nullopt;
  MINBEN_TRY(event, read_event(*last));
  return event;
}

}  // namespace minben::payments
