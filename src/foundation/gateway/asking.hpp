#pragma once
#include "exchange/message.hpp"
#include "parts.hpp"

namespace minben::gateway {

/// How other gateways are called: mutual TLS under the exchange's trust anchor.
net::ClientConfig peer_client(const GatewayConfig& config);

/// The side of a gateway that own information systems call. Thread-safe.
class Asking {
 public:
  explicit Asking(const Parts& parts);
  net::Response handle(net::Request& request);

 private:
  struct Question {
    std::string url;
    net::Method method;
    net::Headers fields;  ///< to be signed
    std::string target;
    std::string body;
    std::string request_id;
    const Member* provider;
    ServiceId service;
  };
  Result<net::Response> answer(net::Request& request);
  Result<Question> prepare(const net::Request& request, const Configuration& configuration);
  Result<void> check_client(const Envelope& envelope, const Configuration& configuration) const;
  Result<net::Response> ask(const Question& question);
  Result<net::Response> ask_once(const Question& question);
  Result<net::Response> verify(const Question& question, const std::string& hash,
                               net::ClientResponse answer) const;

  const Parts parts_;
  net::Client client_;
};

}  // namespace minben::gateway
