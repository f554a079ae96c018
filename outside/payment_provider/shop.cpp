#include "payment_provider/shop.hpp"

#include <algorithm>

namespace outside::payment {

namespace {

std::string key_of(std::string_view merchant, std::string_view order) {
  return std::string(merchant) + "/" + std::string(order);
}

Json line_of(const Order& order) {
  const Terms& terms = order.terms;
  return JsonObject{{"type", "checkout"},
                    {"checkout", order.checkout},
                    {"merchant", terms.merchant},
                    {"order", terms.order},
                    {"amount_twd", terms.amount_twd},
                    {"title_zh", terms.title.zh_hant},
                    {"title_en", terms.title.en},
                    {"expires_at", to_string(terms.expires_at)},
                    {"return_url", terms.return_url}};
}

Json line_of(const Order& order, const Event& event) {
  return JsonObject{{"type", "event"},          {"checkout", order.checkout},
                    {"event", event.id},        {"sequence", event.sequence},
                    {"status", event.status},   {"reference", event.reference},
                    {"at", to_string(event.at)}};
}

Result<Order> order_from(const Json& line) {
  MINBEN_TRY(amount, get_integer(line, "amount_twd"));
  MINBEN_TRY(expires, parse_instant(string_or(line, "expires_at")));
  return Order{string_or(line, "checkout"),
               {string_or(line, "merchant"),
                string_or(line, "order"),
                amount,
                {string_or(line, "title_zh"), string_or(line, "title_en")},
                expires,
                string_or(line, "return_url")},
               {}};
}

Result<Event> event_from(const Json& line) {
  MINBEN_TRY(sequence, get_integer(line, "sequence"));
  MINBEN_TRY(at, parse_instant(string_or(line, "at")));
  return Event{string_or(line, "event"),     sequence, string_or(line, "status"),
               string_or(line, "reference"), at,       false};
}

}  // namespace

const Event* Order::final() const {
  for (const Event& event : events) {
    if (event.status != "failed") return &event;
  }
  return nullptr;
}

Json event_body(const Order& order, const Event& event) {
  return JsonObject{{"action", "event"},
                    {"event", event.id},
                    {"sequence", event.sequence},
                    {"merchant", order.terms.merchant},
                    {"order", order.terms.order},
                    {"amount_twd", order.terms.amount_twd},
                    {"currency", "TWD"},
                    {"status", event.status},
                    {"reference", event.reference},
                    {"at", to_string(event.at)}};
}

Result<std::unique_ptr<Shop>> Shop::open(const std::filesystem::path& directory, const Clock& clock,
                                         Random& random) {
  auto shop = std::unique_ptr<Shop>(new Shop(clock, random));
  MINBEN_TRY(journal, Journal::open(directory / "journal.jsonl",
                                    [&](const Json& line) { return shop->replay(line); }));
  shop->journal_ = std::move(journal);
  return shop;
}

Result<void> Shop::replay(const Json& line) {
  const std::string type = string_or(line, "type");
  if (type == "checkout") {
    MINBEN_TRY(order, order_from(line));
    checkouts_[key_of(order.terms.merchant, order.terms.order)] = order.checkout;
    orders_[order.checkout] = std::move(order);
    return {};
  }
  Order* order = find(string_or(line, "checkout"));
  if (!order) return fail(Kind::internal, "journal_damaged");
  if (type == "event") {
    MINBEN_TRY(event, event_from(line));
    order->events.push_back(std::move(event));
  }
  for (Event& event : order->events) {
    if (type == "delivered" && event.id == string_or(line, "event")) event.delivered = true;
  }
  note_waiting(*order);
  return {};
}

void Shop::note_waiting(const Order& order) {
  const bool waits = std::ranges::any_of(order.events, [](const Event& e) { return !e.delivered; });
  if (waits) waiting_.insert(order.checkout);
  if (!waits) waiting_.erase(order.checkout);
}

Order* Shop::find(std::string_view checkout) {
  const auto found = orders_.find(checkout);
  return found == orders_.end() ? nullptr : &found->second;
}

Result<Order> Shop::checkout(const Terms& terms) {
  const std::lock_guard lock(mutex_);
  const auto known = checkouts_.find(key_of(terms.merchant, terms.order));
  if (known != checkouts_.end()) {
    const Order& order = orders_.at(known->second);
    if (!(order.terms == terms)) return fail(Kind::conflict, "other_terms");
    if (order.final()) return fail(Kind::conflict, "closed");
    return order;
  }
  if (terms.expires_at <= clock_.now()) return fail(Kind::conflict, "closed");
  Order order{random_.token(24), terms, {}};
  MINBEN_CHECK(journal_->append(line_of(order)));
  checkouts_[key_of(terms.merchant, terms.order)] = order.checkout;
  return orders_.emplace(order.checkout, order).first->second;
}

std::optional<Order> Shop::by_checkout(std::string_view checkout) {
  const std::lock_guard lock(mutex_);
  const Order* order = find(checkout);
  return order ? std::optional(*order) : std::nullopt;
}

std::optional<Order> Shop::by_order(std::string_view merchant, std::string_view order) {
  const std::lock_guard lock(mutex_);
  const auto known = checkouts_.find(key_of(merchant, order));
  return known == checkouts_.end() ? std::nullopt : std::optional(orders_.at(known->second));
}

Result<void> Shop::add_event(Order& order, std::string_view status) {
  Event event{random_.token(12),   static_cast<std::int64_t>(order.events.size()) + 1,
              std::string(status), "PAY-" + random_.token(9),
              clock_.now(),        false};
  MINBEN_CHECK(journal_->append(line_of(order, event)));
  waiting_.insert(order.checkout);
  order.events.push_back(std::move(event));
  return {};
}

Result<Order> Shop::pay(std::string_view checkout) {
  const std::lock_guard lock(mutex_);
  Order* order = find(checkout);
  if (!order) return fail(Kind::not_found, "unknown_checkout");
  const Event* final = order->final();
  if (final && final->status == "paid") return *order;
  if (final || order->terms.expires_at <= clock_.now()) return fail(Kind::conflict, "closed");
  MINBEN_CHECK(add_event(*order, "paid"));
  return *order;
}

Result<Order> Shop::decline(std::string_view checkout) {
  const std::lock_guard lock(mutex_);
  Order* order = find(checkout);
  if (!order) return fail(Kind::not_found, "unknown_checkout");
  if (order->final()) return *order;
  if (order->events.size() >= 20) return fail(Kind::too_many, "too_many_attempts");
  MINBEN_CHECK(add_event(*order, "failed"));
  return *order;
}

void Shop::expire() {
  const std::lock_guard lock(mutex_);
  for (auto& [checkout, order] : orders_) {
    if (order.final() || order.terms.expires_at > clock_.now()) continue;
    if (!add_event(order, "expired")) return;  // nothing more is kept: nor is it paid any more
  }
}

std::vector<Shop::Delivery> Shop::to_deliver() {
  const std::lock_guard lock(mutex_);
  std::vector<Delivery> deliveries;
  for (const std::string& checkout : waiting_) {
    const Order& order = orders_.at(checkout);
    const auto oldest = std::ranges::find(order.events, false, &Event::delivered);
    if (oldest != order.events.end()) deliveries.push_back({order, *oldest});
  }
  return deliveries;
}

void Shop::delivered(const std::string& checkout, const std::string& event) {
  const std::lock_guard lock(mutex_);
  Order* order = find(checkout);
  if (!order) return;
  for (Event& known : order->events) {
    if (known.id != event || known.delivered) continue;
    // Told once more after a failure: the merchant knows events by their ids.
    known.delivered =
        journal_
            ->append(JsonObject{{"type", "delivered"}, {"checkout", checkout}, {"event", event}})
            .has_value();
  }
  note_waiting(*order);
}

}  // namespace outside::payment
