#pragma once
// Messages without waiting: GovStack's Information Mediator PubSub API 2.0.0 for own information
// systems (docs/messages.md), what other gateways fetch, and what an administrator does about
// events that nobody takes.
#include "fetching.hpp"
#include "uploads.hpp"

namespace minben::gateway {

struct MessagingFigures {
  OutboxFigures outbox;
  InboxFigures inbox;
  FileFigures files;
  std::uint64_t fetched = 0;
  std::uint64_t posted = 0;
  std::uint64_t pieces = 0;
  std::uint64_t failures = 0;
};

/// Thread-safe.
class Messaging {
 public:
  struct Hooks {
    std::function<net::Response(const net::Request&, const Error&)> refusal;
    std::function<Result<void>(const net::Request&)> check_administrator;
  };
  static Result<std::unique_ptr<Messaging>> open(const GatewayConfig& config, const OwnSide& own,
                                                 const Directory& directory, const Clock& clock,
                                                 Random& random, Hooks hooks);
  /// `systems`: of the routes of information systems; `own`: of the gateway's own calls.
  std::vector<net::Route> routes(net::Access systems, net::Access own, net::Access administrator);
  void start() { fetching_.start(); }
  /// After the client side has stopped.
  void stop() {
    fetching_.stop();
    uploads_.stop();
  }
  /// "subsystem/service"
  [[nodiscard]] bool keeps(std::string_view type) const { return outbox_->has_type(type); }
  std::size_t pass() { return fetching_.pass(); }
  [[nodiscard]] MessagingFigures figures() const;
  [[nodiscard]] JsonObject status() const;

 private:
  struct Call;
  using Answer = Result<net::Response> (Messaging::*)(const Call&);
  Messaging(const GatewayConfig& config, const OwnSide& own, const Directory& directory,
            const Clock& clock, Random& random, Hooks hooks, std::unique_ptr<Outbox> outbox,
            std::unique_ptr<Inbox> inbox, std::unique_ptr<FileStore> files);
  Result<Call> read_call(const net::Request& request) const;
  net::Route route(net::Method method, std::string_view path, net::Access access,
                   std::size_t max_body, Answer answer);

  Result<net::Response> create_event_type(const Call& call);
  Result<net::Response> list_event_types(const Call& call);
  Result<net::Response> show_event_type(const Call& call);
  Result<net::Response> delete_event_type(const Call& call);
  Result<net::Response> publish(const Call& call);
  Result<net::Response> show_event(const Call& call);
  Result<net::Response> stop_event(const Call& call);
  Result<net::Response> list_subscriptions(const Call& call);
  Result<net::Response> subscribe(const Call& call);
  Result<net::Response> show_subscription(const Call& call);
  Result<net::Response> change_subscription(const Call& call);
  Result<net::Response> unsubscribe(const Call& call);
  Result<net::Response> pull(const Call& call);
  Result<net::Response> pull_of(const Call& call, std::string_view subject);
  Result<net::Response> confirm(const Call& call);
  Result<net::Response> answer_mailbox(const net::Request& request);
  Result<net::Response> dead_letters(const net::Request& request);
  Result<net::Response> treat_dead_letter(const net::Request& request, bool again);
  Result<void> may_subscribe(const Call& call) const;
  Result<void> settle_delivery(const Call& call, const SubscriptionItem& item,
                               Subscription& subscription) const;

  const GatewayConfig& config_;
  const OwnSide& own_;
  const Directory& directory_;
  const Clock& clock_;
  Random& random_;
  const Hooks hooks_;
  const std::unique_ptr<Outbox> outbox_;
  const std::unique_ptr<Inbox> inbox_;
  const std::unique_ptr<FileStore> files_;
  Uploads uploads_;
  net::Client client_;
  std::atomic<int> waiting_ = 0;  ///< workers that wait for a publisher
  Fetching fetching_;
};

}  // namespace minben::gateway
