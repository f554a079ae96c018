#pragma once
// An agency's register as it stands behind the agency's gateway: plain HTTP on loopback, no
// knowledge of the platform.
//
//   GET  /{service}/{key}     the record
//   PUT  /{service}/{key}     stores a record (idempotent), in writable services only
//   POST /{service}           appends an outcome; Idempotency-Key required; writable services only
//   PATCH /counter/{service}/{key}  what a clerk changed: some fields; others hear of it
//   (messages.hpp) POST /events              an event that others told, posted by the own gateway
//   POST /{service}           asks, where a service only answers questions: {"key", "known": {…}}
//                             gives {"match": true, …the rest of the record} or {"match": false}
//   GET  /openapi.json        OpenAPI 3.1
//   GET  /status              counts, {"requests": …}
#include <atomic>
#include <set>

#include "net/net.hpp"
#include "register/messages.hpp"

namespace outside::registers {

struct RegisterConfig {
  std::string title = "Register";
  std::uint16_t port = 0;
  std::filesystem::path records;  ///< JSON lines
  std::filesystem::path state;    ///< journal
  std::set<std::string> writable{"cards", "outcomes"};
  std::set<std::string> counter{};  ///< services whose records clerks change here
  std::string matched{};            ///< service that events are about; "" = none are taken
  MessagesConfig messages{};
  /// Whose records nobody reads; who knows some of one may ask whether it is so.
  std::set<std::string> asked{};
};

class Register {
 public:
  static Result<std::unique_ptr<Register>> start(RegisterConfig config);
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  explicit Register(RegisterConfig config) : config_(std::move(config)) {}
  std::vector<net::Route> routes();
  net::Response read(net::Request& request);
  net::Response put(net::Request& request);
  net::Response post(net::Request& request);
  net::Response change(net::Request& request);
  net::Response hear(net::Request& request);
  net::Response answer(net::Request& request);
  net::Response status();
  /// The body as a JSON object for a service that may be written.
  Result<Json> writable_body(const net::Request& request) const;

  const RegisterConfig config_;
  std::unique_ptr<Book> book_;
  std::atomic<std::uint64_t> requests_ = 0;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<Messenger> messenger_;
  std::unique_ptr<net::Server> server_;
};

/// The description of what this register answers, from the shapes of its records.
Json describe_api(const RegisterConfig& config, const Book& book);

}  // namespace outside::registers
