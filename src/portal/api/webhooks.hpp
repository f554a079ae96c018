#pragma once
// Messages to agencies' systems about what happens to instances of their models, signed as
// Standard Webhooks 1.0 says: webhook-id, webhook-timestamp, webhook-signature.
#include "keys/keys.hpp"
#include "net/net.hpp"
#include "process/process.hpp"
#include "store/store.hpp"

namespace minben::keys {
struct Holder;
}

namespace minben::api {

using WebhookId = Id<struct WebhookTag>;

struct Webhook {
  WebhookId id;
  AgencyCode agency;
  std::string url;
  std::vector<std::string> events;
};

/// "instance.started", "instance.ended", "task.opened", "incident.raised", "service.requested".
std::span<const std::string_view> webhook_events();

struct WebhooksConfig {
  std::filesystem::path server_ca = "/etc/ssl/certs/ca-certificates.crt";
};

/// An observer of the engine's steps: what is told is a job of the same transaction. Delivered at
/// least once and tried again with growing pauses, in no promised order. Thread-safe.
class Webhooks : public process::Observer {
 public:
  Webhooks(store::Database& database, const Clock& clock, Random& random, const keys::Keys& keys,
           const WebhooksConfig& config = {});
  ~Webhooks() override;

  /// With its secret, "whsec_…", told this once. Plain http only to this machine. invalid
  /// "bad_url", "unknown_event".
  Result<std::pair<Webhook, std::string>> add(const AgencyCode& agency, const std::string& url,
                                              const std::vector<std::string>& events);
  Result<std::vector<Webhook>> list(const AgencyCode& agency);
  Result<void> remove(const AgencyCode& agency, WebhookId id);  ///< not_found "no_such_webhook"

  Result<void> on_step(store::Transaction& transaction, const process::Step& step) override;
  /// Before workers.start().
  void attach(store::Workers& workers);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The keys of webhooks' secrets, for a rotation of master keys.
keys::Holder webhook_keys();

/// "v1,<base64>" over "<id>.<timestamp>.<body>".
std::string webhook_signature(std::span<const std::uint8_t> secret, std::string_view id,
                              std::int64_t timestamp, std::string_view body);

}  // namespace minben::api
