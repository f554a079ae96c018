#pragma once
// Orders, and what happened to them.
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "support/journal.hpp"

namespace outside::payment {

struct Terms {
  std::string merchant;
  std::string order;
  std::int64_t amount_twd = 0;
  Bilingual title;
  Instant expires_at{};
  std::string return_url;
  friend bool operator==(const Terms& a, const Terms& b) {  // people may come back another way
    return a.merchant == b.merchant && a.order == b.order && a.amount_twd == b.amount_twd &&
           a.title == b.title && a.expires_at == b.expires_at;
  }
};

struct Event {
  std::string id;
  std::int64_t sequence = 0;
  std::string status;  ///< "paid", "failed", "expired"
  std::string reference;
  Instant at{};
  bool delivered = false;
};

struct Order {
  std::string checkout;  ///< unguessable; part of the pay page's address
  Terms terms;
  std::vector<Event> events;
  [[nodiscard]] const Event* final() const;  ///< paid or expired
};

/// Thread-safe. Every change is on disk before the function returns. After "journal_failed" nothing
/// changes any more, and whether that change counts shows when the shop is opened again.
class Shop {
 public:
  static Result<std::unique_ptr<Shop>> open(const std::filesystem::path& directory,
                                            const Clock& clock, Random& random);

  /// conflict "other_terms" or "closed".
  Result<Order> checkout(const Terms& terms);
  std::optional<Order> by_checkout(std::string_view checkout);
  std::optional<Order> by_order(std::string_view merchant, std::string_view order);
  /// A second payment of one checkout gives the first. conflict "closed" once expired.
  Result<Order> pay(std::string_view checkout);
  /// A declined attempt.
  Result<Order> decline(std::string_view checkout);
  /// Ends checkouts whose time is over.
  void expire();

  struct Delivery {
    Order order;
    Event event;
  };
  /// The oldest undelivered event of each order.
  std::vector<Delivery> to_deliver();
  void delivered(const std::string& checkout, const std::string& event);

 private:
  Shop(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  Result<void> replay(const Json& line);
  Result<void> add_event(Order& order, std::string_view status);
  Order* find(std::string_view checkout);
  void note_waiting(const Order& order);

  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::unique_ptr<Journal> journal_;
  std::map<std::string, Order, std::less<>> orders_;           ///< by checkout
  std::map<std::string, std::string, std::less<>> checkouts_;  ///< by merchant/order
  std::set<std::string> waiting_;  ///< checkouts with an undelivered event
};

/// The body of a callback, and of a query's answer.
Json event_body(const Order& order, const Event& event);

}  // namespace outside::payment
