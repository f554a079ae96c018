// Two jobs a payment: asking the provider in case its callback was lost, and expiry.
#include <algorithm>

#include "impl.hpp"

namespace minben::payments {

namespace {

constexpr seconds longest_wait{3600};

Result<PaymentId> payment_of(const store::Job& job) { return PaymentId::parse(job.key); }

}  // namespace

Result<void> Payments::Impl::schedule_poll(store::Transaction& transaction, PaymentId id,
                                           seconds wait) const {
  return store::enqueue(transaction, {"payments.poll", to_string(id),
                                      JsonObject{{"wait_s", wait.count()}}, clock.now() + wait});
}

Result<void> Payments::Impl::schedule_expiry(store::Transaction& transaction, PaymentId id,
                                             Instant at) const {
  return store::enqueue(transaction, {"payments.expire", to_string(id), JsonObject{}, at});
}

Result<void> Payments::Impl::poll(store::Transaction& transaction, const store::Job& job) const {
  MINBEN_TRY(id, payment_of(job));
  MINBEN_TRY(waited, get_integer(job.payload, "wait_s"));
  const auto event = provider.query(id);  // before the lock: it may take seconds
  if (event) MINBEN_CHECK(apply_state(transaction, id, *event));
  MINBEN_TRY(payment, locked(transaction, id));
  if (payment.status != Status::open) return {};
  return schedule_poll(transaction, id, std::min(seconds(waited) * 2, longest_wait));
}

/// While the provider does not answer about a started checkout, the payment does not expire.
Result<void> Payments::Impl::expire(store::Transaction& transaction, const store::Job& job) const {
  MINBEN_TRY(id, payment_of(job));
  MINBEN_TRY(before, locked(transaction, id));
  if (before.status != Status::open) return {};
  if (before.checkout_at && !config.provider_url.empty()) {
    const auto event = provider.query(id);
    if (!event) return schedule_expiry(transaction, id, clock.now() + longest_wait);
    MINBEN_CHECK(apply_state(transaction, id, *event));
  }
  MINBEN_TRY(payment, locked(transaction, id));
  if (payment.status != Status::open) return {};
  return become(transaction, payment, Status::expired, "due_date");
}

void Payments::register_jobs(store::Workers& workers) {
  workers.on("payments.poll", [this](store::Transaction& transaction, const store::Job& job) {
    return impl_->poll(transaction, job);
  });
  workers.on("payments.expire", [this](store::Transaction& transaction, const store::Job& job) {
    return impl_->expire(transaction, job);
  });
}

}  // namespace minben::payments
