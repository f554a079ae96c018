#pragma once
// The outside payment provider's protocol (outside/payment_provider/README.md): JSON bodies, each
// signed in both directions with HMAC-SHA256 under one shared secret.
#include "payments.hpp"

namespace minben::payments {

inline constexpr std::string_view signature_header = "Minben-Pay-Signature";

/// "t=<unix seconds>,v1=<hex>", the HMAC over "<t>.<body>".
std::string sign(const Bytes& secret, Instant now, std::string_view body);
/// bad_signature (also for a malformed header), then callback_late outside ±window.
Result<void> verify(const Bytes& secret, Instant now, seconds window, std::string_view header,
                    std::string_view body);

enum class Outcome { paid, failed, expired };

struct ProviderEvent {
  std::string id;
  std::int64_t sequence = 0;  ///< 1, 2, 3 … per order
  PaymentId order;
  std::string merchant;
  std::int64_t amount_twd = 0;
  std::string currency;
  Outcome outcome = Outcome::failed;
  std::string reference;  ///< the provider's own for this money
  Instant at{};
  Sha256 digest{};  ///< of its canonical form: a repeated event must be the same event
};
/// bad_callback naming the field.
Result<ProviderEvent> read_event(const Json& body);

/// Calls to the provider. Thread-safe.
class Provider {
 public:
  Provider(net::Client& client, const Clock& clock, const Config& config)
      : client_(client), clock_(clock), config_(config) {}

  struct Checkout {
    const Payment& payment;
    std::string_view return_url;
    Language language;
  };
  /// The address of the pay page. conflict "checkout_closed": paid there or over.
  Result<std::string> checkout(const Checkout& checkout) const;
  /// The order's last event that is final; nothing while the payer has not paid.
  Result<std::optional<ProviderEvent>> query(PaymentId order) const;

 private:
  Result<Json> call(std::string_view path, const Json& body) const;

  net::Client& client_;
  const Clock& clock_;
  const Config& config_;
};

}  // namespace minben::payments
