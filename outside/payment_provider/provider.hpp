#pragma once
// The whole provider: routes, and the courier that carries callbacks.
#include <condition_variable>
#include <latch>
#include <thread>

#include "net/net.hpp"
#include "payment_provider/shop.hpp"

namespace outside::payment {

struct ProviderConfig {
  std::filesystem::path directory;
  std::string merchant = "minben";
  Bytes secret;              ///< 32 bytes or more
  std::string callback_url;  ///< of the merchant
  std::uint16_t port = 0;    ///< 0: any free one
  std::string public_url;    ///< "" = http://localhost:PORT
  milliseconds first_retry_ms{500};
  milliseconds longest_retry_ms{30000};
};

class Provider {
 public:
  static Result<std::unique_ptr<Provider>> start(ProviderConfig config, const Clock& clock,
                                                 Random& random);
  ~Provider();
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  Provider(ProviderConfig config, const Clock& clock) : config_(std::move(config)), clock_(clock) {}
  std::vector<net::Route> routes();
  std::optional<net::Response> guard(const net::Route& route, net::Request& request) const;

  net::Response checkout(net::Request& request);
  net::Response query(net::Request& request);
  net::Response show(net::Request& request);
  net::Response pay(net::Request& request);
  net::Response signed_json(const Json& value) const;
  net::Response page(const Order& order, std::string html, int status = 200) const;

  void carry();
  bool deliver(const Shop::Delivery& delivery);

  ProviderConfig config_;
  const Clock& clock_;
  std::unique_ptr<Shop> shop_;
  std::unique_ptr<net::Server> server_;
  std::string public_url_;
  std::latch ready_{1};  ///< public_url_ is known only after the server has its port
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool news_ = false;
  std::thread courier_;
};

}  // namespace outside::payment
