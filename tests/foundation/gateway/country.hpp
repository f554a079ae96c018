#pragma once
// Two agencies with gateways, a register behind one, and the platform that takes usage records.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "ledger/witnessing.hpp"
#include "net/flow.hpp"
#include "support/shared.hpp"
#include "world.hpp"

namespace minben::gateway::test {

using exchange::test::cards, exchange::test::residence, exchange::test::resident,
    exchange::test::subsystem;  // the services and rules of world.hpp, and besides:
ServiceId maps();  ///< by law: large files, both ways; the key is their number of pieces
std::string map_piece(std::size_t number);  ///< of what GET gives

/// What the register was asked, and its answers.
class Register {
 public:
  Register();
  [[nodiscard]] std::string url(std::string_view path) const;
  [[nodiscard]] int calls() const { return calls_; }
  /// Fields of the request that came last.
  [[nodiscard]] net::Headers last_fields() const;
  void stop() { server_->stop(); }
  [[nodiscard]] int pieces_sent() const { return pieces_sent_; }  ///< of maps, all together
  [[nodiscard]] int maps_taken() const { return maps_taken_; }    ///< whose end came

 private:
  net::Response answer(net::Request& request);
  net::Task<void> send_map(net::Flow& flow);
  net::Task<void> take_map(net::Flow& flow);
  std::atomic<int> calls_ = 0;
  std::atomic<int> pieces_sent_ = 0;
  std::atomic<int> maps_taken_ = 0;
  mutable std::mutex mutex_;
  net::Headers last_fields_;
  std::unique_ptr<net::Server> server_;
};

/// Takes usage records as the platform does: verified, once by id.
class Platform {
 public:
  Platform();
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string usage_url() const;
  void know(const Configuration& configuration);
  void stop() { server_->stop(); }
  void refuse(bool on) { refusing_ = on; }
  void answer_after(milliseconds thought) { thought_ = thought; }
  [[nodiscard]] std::map<std::string, UsageRecord> records() const;
  [[nodiscard]] int deliveries() const { return deliveries_; }
  /// Those that arrived, each as often as it did.
  [[nodiscard]] std::size_t arrivals() const { return arrivals_; }
  /// Until so many different records have arrived, or the time is up.
  [[nodiscard]] bool wait_for(std::size_t records,
                              milliseconds patience = milliseconds(10000)) const;

 private:
  net::Response take(net::Request& request);
  mutable std::mutex mutex_;
  std::optional<Configuration> configuration_;
  std::map<std::string, UsageRecord> records_;
  std::atomic<int> deliveries_ = 0;
  std::atomic<std::size_t> arrivals_ = 0;
  std::atomic<bool> refusing_ = false;
  std::atomic<milliseconds> thought_ = milliseconds(0);
  std::unique_ptr<net::Server> server_;
};

/// nia provides residence and cards; wda and boca may ask under the rules of plan().
class Country {
 public:
  explicit Country(const Clock& clock);
  Plan plan() const;
  void prepare_again();  ///< with the next version
  /// The configuration changed by hand, its next version, signed by the registry or by another key.
  void publish(const std::function<void(Configuration&)>& change,
               std::optional<trust::SigningKey> signer = std::nullopt);
  /// And read by all gateways that run.
  void publish_everywhere(const std::function<void(Configuration&)>& change);
  /// In that member's gateway.json.
  void configure(const std::string& member, const std::function<void(GatewayConfig&)>& change);
  [[nodiscard]] trust::SigningKey registry_key() const;
  [[nodiscard]] trust::Authority authority() const;
  [[nodiscard]] net::ClientResponse get(const std::string& member, std::string_view target,
                                        net::Headers headers = {}) const;
  /// The platform's ledger, which all gateways witness.
  [[nodiscard]] std::unique_ptr<ledger::Log> platform_log() const;
  void start(const std::string& member);
  void stop(const std::string& member) { gateways.erase(member); }
  Gateway& gateway(const std::string& member) { return *gateways.at(member); }
  [[nodiscard]] ConsumerConfig consumer_config(const std::string& member,
                                               const std::string& name) const;
  [[nodiscard]] std::unique_ptr<Consumer> consumer(const std::string& member = "wda") const;
  [[nodiscard]] ConsentAssertion assertion() const;  ///< that residence_request() needs
  [[nodiscard]] std::string signed_assertion() const {
    return sign_assertion(assertion(), platform_key).value();
  }
  [[nodiscard]] ExchangeRequest residence_request() const;
  [[nodiscard]] std::filesystem::path home(const std::string& member) const;

  const Clock& clock;
  SystemRandom random;
  minben::test::TemporaryDirectory directory;
  trust::SigningKey platform_log_key = trust::SigningKey::generate(trust::KeyType::ed25519);
  trust::SigningKey platform_key = trust::SigningKey::generate(trust::KeyType::ed25519);
  PersonId person;
  Register nia_register;
  Platform platform;
  std::vector<Service> more_services;  ///< of plan()
  std::vector<AccessRule> more_rules;
  std::map<std::string, std::uint16_t> client_ports, peer_ports;
  Prepared prepared;
  std::map<std::string, std::unique_ptr<Gateway>> gateways;
};

}  // namespace minben::gateway::test
