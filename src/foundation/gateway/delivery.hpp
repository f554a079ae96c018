#pragma once
// Uses of personal data are told to the platform, again and again until it has acknowledged them.
#include "journal.hpp"
#include "net/net.hpp"

namespace minben::gateway {

struct DeliveryLimits {
  std::size_t batch = 100;      ///< records of one delivery
  milliseconds gather_ms{200};  ///< for more to go together
  milliseconds first_pause_ms{250};
  milliseconds longest_pause_ms{30000};
  seconds refused_pause_s{60};  ///< until a record that the platform refused is offered again
};

/// A thread that reads what waits in the message log. Thread-safe.
class Delivery {
 public:
  /// `url`: where to, at that moment; "" = nowhere.
  static Result<std::unique_ptr<Delivery>> start(const GatewayConfig& config, Journal& journal,
                                                 const trust::SigningKey& key, Random& random,
                                                 std::function<std::string()> url,
                                                 const DeliveryLimits& limits = {});
  ~Delivery();
  void stop();
  void wake();  ///< something may wait
  /// One pass over all that waits, now.
  void deliver();
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  Delivery(const GatewayConfig& config, Journal& journal, const trust::SigningKey& key,
           std::unique_ptr<MessageLog> messages, std::function<std::string()> url,
           const DeliveryLimits& limits);
  enum class Outcome { taken, refused, unreachable };
  struct Use {
    std::int64_t number;
    UsageRecord record;
  };
  void run();
  bool pass(bool also_refused);  ///< false: the platform cannot be reached
  Result<std::vector<Use>> next(std::int64_t& after);
  bool offer(const std::string& url, std::span<const Use> uses, bool also_refused);
  Outcome send(const std::string& url, std::span<const Use> uses);
  void forget(std::span<const Use> uses);

  const AgencyCode member_;
  Journal& journal_;
  const trust::SigningKey key_;
  const std::unique_ptr<MessageLog> messages_;
  const std::function<std::string()> url_;
  const DeliveryLimits limits_;
  net::Client client_;
  std::atomic<std::uint64_t> delivered_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::mutex passing_;                                                        ///< one at a time
  std::map<std::int64_t, std::chrono::steady_clock::time_point> not_before_;  ///< of refused ones
  std::set<std::int64_t> gone_;  ///< acknowledged, and not yet taken out of the message log
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool fresh_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
