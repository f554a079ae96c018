#pragma once
// What the parts of the room share. A change of status happens in one place: Impl::become.
#include "payments.hpp"
#include "provider.hpp"

namespace minben::payments {

Payment read_payment(const store::Row& row);
Status status_from(std::string_view name);

/// Money as it arrived.
struct Money {
  Channel channel = Channel::online;
  std::string reference;  ///< of whoever took it
  std::int64_t amount_twd = 0;
  Instant paid_at{};
  std::string_view cause;
};

enum class Booked { applied, repeated, to_refund };

struct Payments::Impl {
  Impl(store::Database& database_, const ledger::Commitments& commitments_, net::Client& client,
       const Clock& clock_, Random& random_, Config config_)
      : database(database_),
        commitments(commitments_),
        clock(clock_),
        random(random_),
        config(std::move(config_)),
        provider(client, clock, config) {}

  store::Database& database;
  const ledger::Commitments& commitments;
  const Clock& clock;
  Random& random;
  Config config;
  Provider provider;  ///< refers to config
  std::vector<Observer> observers;

  Result<Payment> locked(store::Transaction& transaction, PaymentId id) const;
  /// Row, history, commitment, event, observers.
  Result<void> become(store::Transaction& transaction, Payment& payment, Status status,
                      std::string_view cause) const;
  /// Needs the payment's row locked. One receipt a reference; the first money pays.
  Result<Booked> book(store::Transaction& transaction, Payment& payment, const Money& money) const;
  Result<void> record(store::Transaction& transaction, const Payment& payment,
                      std::string_view cause) const;

  /// Needs the row locked; the answer for the provider.
  Result<Json> apply(store::Transaction& transaction, Payment& payment, const ProviderEvent& event,
                     std::string_view cause) const;
  /// Applies what the provider said when asked; nothing when there is nothing new.
  Result<void> apply_state(store::Transaction& transaction, PaymentId id,
                           const std::optional<ProviderEvent>& event) const;

  Result<void> poll(store::Transaction& transaction, const store::Job& job) const;
  Result<void> expire(store::Transaction& transaction, const store::Job& job) const;
  Result<void> schedule_poll(store::Transaction& transaction, PaymentId id, seconds wait) const;
  Result<void> schedule_expiry(store::Transaction& transaction, PaymentId id, Instant at) const;
};

}  // namespace minben::payments
