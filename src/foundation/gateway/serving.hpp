#pragma once
#include "exchange/access.hpp"
#include "exchange/message.hpp"
#include "exchange/minimise.hpp"
#include "parts.hpp"

namespace minben::gateway {

/// The side of a gateway that peers call. Thread-safe.
class Serving {
 public:
  explicit Serving(const Parts& parts);
  net::Response handle(net::Request& request);

 private:
  /// A request of which it is certain who sent it, that it was not altered, and that it is new.
  struct Accepted {
    Envelope envelope;
    ServicePath path;
    std::string hash;
    std::shared_ptr<const Configuration> configuration;
  };
  Result<Accepted> accept(const net::Request& request);
  Result<void> check_signature(const net::Request& request, const Accepted& accepted,
                               const Member& peer);
  Result<net::Response> serve(const net::Request& request, const Accepted& accepted);
  Result<net::ClientResponse> call_register(const net::Request& request, const Accepted& accepted);
  Result<net::Response> reduce(net::ClientResponse answer, const Grant& grant,
                               std::vector<std::string>& fields);
  Result<void> record(const net::Request& request, const Accepted& accepted, const Grant& grant,
                      const net::Response& response, std::vector<std::string> fields);
  void sign(net::Response& response, const Accepted& accepted) const;

  const Parts parts_;
  ReplayWindow replay_;
  Decider decider_;
  net::Client client_;
};

}  // namespace minben::gateway
