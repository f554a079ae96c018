#pragma once
#include "conversation.hpp"
#include "gather.hpp"
#include "health.hpp"
#include "letter.hpp"
#include "parts.hpp"
#include "record.hpp"

namespace minben::gateway {

/// How other gateways are called: mutual TLS under the exchange's trust anchors. The timeout is for
/// connecting; how long an answer may take is GatewayConfig::answer_timeout_ms.
net::ClientConfig peer_client(const GatewayConfig& config);

/// The side of a gateway that own information systems call. Thread-safe.
class Asking {
 public:
  explicit Asking(const Parts& parts);
  net::Task<void> handle(net::Flow& flow);
  Result<void> renew_tls() { return channels_.renew_tls(); }

 private:
  struct Question;
  /// An answer of which the first piece has come and is right.
  struct Answer;
  Result<void> prepare(const net::Flow& flow, Question& question) const;
  Result<void> check_client(const Envelope& envelope, const Configuration& configuration) const;
  static Result<void> check_service(const View& view, const SubsystemId& client,
                                    const ServiceId& service);
  [[nodiscard]] std::string checked_note(const Question& question) const;
  Result<void> check_provider_of(const Question& question, net::Channel& channel,
                                 const std::string& note) const;
  void number(Question& question) const;
  net::Task<Result<void>> ask(net::Flow& flow, Question& question);
  net::Task<Result<void>> ask_at(net::Flow& flow, Question& question, const std::string& url);
  net::Task<Result<void>> tell_standing(net::Channel& channel, const std::string& checked);
  net::Task<Result<void>> send(Question& question, Outgoing& out);
  net::Task<Result<void>> receive(net::Flow& flow, Question& question, net::Channel& channel);
  net::Task<Result<void>> pass_on(net::Flow& flow, Question& question, net::Channel& channel,
                                  Incoming& in, OwnPiece first, AnswerHead head);
  net::Task<Result<void>> finish(Question& question, const Incoming& in, const AnswerHead& head);
  [[nodiscard]] net::Response refusal(const net::Flow& flow, const Question& question,
                                      const Error& error) const;
  net::Task<void> refuse(net::Flow& flow, Question& question, const Error& error);

  const Parts parts_;
  const milliseconds patience_;  ///< with a provider
  std::atomic<int> under_way_ = 0;
  Health health_;
  net::ChannelClient channels_;
};

}  // namespace minben::gateway
