// Carries events to the merchant until it acknowledges them.
#include <map>

#include "payment_provider/provider.hpp"
#include "payment_provider/signature.hpp"

namespace outside::payment {

bool Provider::deliver(const Shop::Delivery& delivery) {
  static thread_local net::Client client({.timeout_ms = milliseconds{5000}});
  net::ClientRequest request{net::Method::post,
                             config_.callback_url,
                             {},
                             write_json(event_body(delivery.order, delivery.event))};
  request.headers.set("Content-Type", "application/json");
  request.headers.set(signature_header, sign(config_.secret, clock_.now(), request.body));
  const auto answer = client.send(request);
  // 409: the merchant already knows something newer.
  return answer && (answer->status == 200 || answer->status == 409);
}

/// One thread: events of an order go out in their order, and a merchant that is down is not
/// flooded.
void Provider::carry() {
  milliseconds wait = config_.first_retry_ms;
  while (true) {
    bool all_delivered = true;
    shop_->expire();
    for (const Shop::Delivery& delivery : shop_->to_deliver()) {
      if (deliver(delivery)) {
        shop_->delivered(delivery.order.checkout, delivery.event.id);
      } else {
        all_delivered = false;
      }
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    wait = all_delivered ? config_.first_retry_ms : std::min(wait * 2, config_.longest_retry_ms);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait, [&] { return stopping_ || news_; });
    news_ = false;
    if (stopping_) return;
  }
}

}  // namespace outside::payment
