#include "payment_provider/provider.hpp"

#include <fmt/format.h>

#include "payment_provider/card.hpp"
#include "payment_provider/pages.hpp"
#include "payment_provider/signature.hpp"

namespace outside::payment {

using namespace net;

namespace {

constexpr Access anyone{"anyone"};
constexpr Access merchant_only{"merchant"};

Language language_of(const Order&, std::string_view asked) {
  return asked == "en" ? Language::en : Language::zh_hant;
}

/// "http://localhost:8080" of "http://localhost:8080/pay/back?x"
std::string origin_of(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return {};
  return std::string(url.substr(0, url.find_first_of("/?#", host + 3)));
}

bool is_web_address(std::string_view url) {
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  return web && url.size() <= 500 && url.find_first_of(" \"'<>;,\r\n") == std::string_view::npos;
}

Result<Terms> read_terms(const Json& body) {
  if (string_or(body, "action") != "checkout") return fail(Kind::invalid, "wrong_action");
  MINBEN_TRY(merchant, get_string(body, "merchant"));
  MINBEN_TRY(order, get_string(body, "order"));
  MINBEN_TRY(amount, get_integer(body, "amount_twd"));
  MINBEN_TRY(currency, get_string(body, "currency"));
  MINBEN_TRY(expires, get_string(body, "expires_at"));
  MINBEN_TRY(expires_at, parse_instant(expires));
  MINBEN_TRY(return_url, get_string(body, "return_url"));
  const Json* title = find(body, "title");
  if (!title) return fail(Kind::invalid, "missing", "", "title");
  MINBEN_TRY(zh, get_string(*title, "zh-Hant"));
  MINBEN_TRY(en, get_string(*title, "en"));
  if (currency != "TWD" || amount < 1) return fail(Kind::invalid, "wrong_amount");
  if (order.empty() || order.size() > 100) return fail(Kind::invalid, "wrong_order");
  if (!is_web_address(return_url)) return fail(Kind::invalid, "wrong_return_url");
  return Terms{merchant, order, amount, {zh, en}, expires_at, return_url};
}

}  // namespace

Result<std::unique_ptr<Provider>> Provider::start(ProviderConfig config, const Clock& clock,
                                                  Random& random) {
  if (config.secret.size() < 32) return fail(Kind::invalid, "short_secret");
  auto provider = std::unique_ptr<Provider>(new Provider(std::move(config), clock));
  MINBEN_TRY(shop, Shop::open(provider->config_.directory, clock, random));
  provider->shop_ = std::move(shop);
  ServerConfig http;
  http.port = provider->config_.port;
  http.workers = 4;
  http.requests_per_second_per_address = 200;
  Provider* self = provider.get();
  Server::Hooks hooks;
  hooks.guard = [self](const Route& route, Request& request) {
    return self->guard(route, request);
  };
  MINBEN_TRY(server, Server::start(http, provider->routes(), std::move(hooks)));
  provider->server_ = std::move(server);
  provider->public_url_ = provider->config_.public_url.empty()
                              ? fmt::format("http://localhost:{}", provider->server_->port())
                              : provider->config_.public_url;
  provider->ready_.count_down();
  provider->courier_ = std::thread([self] { self->carry(); });
  return provider;
}

Provider::~Provider() {
  if (server_) server_->stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (courier_.joinable()) courier_.join();
}

std::vector<Route> Provider::routes() {
  const auto to = [this](auto handler) {
    return [this, handler](Request& request) { return (this->*handler)(request); };
  };
  return {{Method::get, "/health", anyone, 0, [](Request&) { return Response::text("ok"); }},
          {Method::get, "/style.css", anyone, 0,
           [](Request&) { return Response::bytes(style_sheet(), "text/css; charset=utf-8"); }},
          {Method::get, "/pay/{checkout}", anyone, 0, to(&Provider::show)},
          {Method::post, "/pay/{checkout}", anyone, 8_KiB, to(&Provider::pay)},
          {Method::post, "/api/checkouts", merchant_only, 16_KiB, to(&Provider::checkout)},
          {Method::post, "/api/query", merchant_only, 16_KiB, to(&Provider::query)}};
}

std::optional<Response> Provider::guard(const Route& route, Request& request) const {
  if (route.access == anyone) return std::nullopt;
  if (genuine(config_.secret, clock_.now(), request.headers.get(signature_header), request.body)) {
    return std::nullopt;
  }
  return Response::problem(Error{Kind::unauthorised, "bad_signature", {}, {}});
}

Response Provider::signed_json(const Json& value) const {
  Response response = Response::json(value);
  response.headers.set(signature_header, sign(config_.secret, clock_.now(), response.body));
  return response;
}

Response Provider::checkout(Request& request) {
  const auto body = parse_json(request.body);
  if (!body) return Response::problem(body.error());
  const auto terms = read_terms(*body);
  if (!terms) return Response::problem(terms.error());
  if (terms->merchant != config_.merchant) {
    return Response::problem(Error{Kind::forbidden, "unknown_merchant", {}, {}});
  }
  const auto order = shop_->checkout(*terms);
  if (!order) return Response::problem(order.error());
  ready_.wait();
  const std::string language = string_or(*body, "language", "zh-Hant");
  const std::string url =
      fmt::format("{}/pay/{}?lang={}", public_url_, order->checkout, percent_encode(language));
  return signed_json(JsonObject{{"checkout", order->checkout}, {"url", url}});
}

Response Provider::query(Request& request) {
  const auto body = parse_json(request.body);
  if (!body || string_or(*body, "action") != "query") {
    return Response::problem(Error{Kind::invalid, "wrong_action", {}, {}});
  }
  shop_->expire();
  const std::string name = string_or(*body, "order");
  const auto order = shop_->by_order(string_or(*body, "merchant"), name);
  Json event;
  if (order && order->final()) event = event_body(*order, *order->final());
  return signed_json(JsonObject{
      {"action", "state"}, {"order", name}, {"known", order.has_value()}, {"event", event}});
}

Response Provider::page(const Order& order, std::string html, int status) const {
  Response response = Response::html(std::move(html), status);
  // The form leads to the merchant's page after payment, and browsers check that redirect too.
  response.headers.set("Content-Security-Policy",
                       fmt::format("default-src 'none'; style-src 'self'; base-uri 'none'; "
                                   "frame-ancestors 'none'; form-action 'self' {}",
                                   origin_of(order.terms.return_url)));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Response Provider::show(Request& request) {
  shop_->expire();
  const auto order = shop_->by_checkout(request.parameter("checkout"));
  if (!order) return Response::html(unknown_page(), 404);
  const Language language = language_of(*order, request.query.get("lang"));
  if (order->final()) return page(*order, closed_page(*order, language));
  return page(*order, pay_page(*order, language, Problem::none));
}

Response Provider::pay(Request& request) {
  const auto order = shop_->by_checkout(request.parameter("checkout"));
  if (!order) return Response::html(unknown_page(), 404);
  const Language language = language_of(*order, request.form.get("lang"));
  const std::string_view card = request.form.get("card");
  const auto refuse = [&](Problem problem) {
    return page(*order, pay_page(*order, language, problem), 422);
  };
  if (const auto fault = check_card(card)) {
    return refuse(*fault == CardFault::missing ? Problem::card_missing : Problem::card_invalid);
  }
  const bool declined = is_declined(card);
  const auto done = declined ? shop_->decline(order->checkout) : shop_->pay(order->checkout);
  if (!done && done.error().kind == Kind::unavailable) return Response::problem(done.error());
  if (!done) return page(*order, closed_page(*order, language), 409);
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  wake_.notify_all();
  if (declined && !done->final()) return refuse(Problem::declined);
  Response response = page(*order, {});
  response.status = 303;
  response.headers.set("Location", order->terms.return_url);
  return response;
}

}  // namespace outside::payment
