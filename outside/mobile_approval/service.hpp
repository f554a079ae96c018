#pragma once
// Stands in for TW FidO: the service provider's interface, as far as public sources show it, and
// the phones of the demonstration's people.
//
//   POST /moise/sp/getSpTicket           ATH-01: a transaction, and its ticket for a QR code or
//   link POST /moise/sp/requestAthOrSignPush  ATH-03: a transaction that is shown on a person's
//   phone POST /moise/sp/getAthOrSignResult    ATH-02: how it stands; at most every four seconds
//   POST /moise/sp/checkDeviceStatus     LF-01: whether a person has a registered phone
//   GET  /phones.crl                     certificates of phones that were lost or changed
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "mobile_approval/people.hpp"
#include "net/net.hpp"

namespace outside::approval {

/// How results are given out: truly, or wrong in one way, for those who test what reads them.
enum class Manner {
  good,
  altered,     ///< the signature is over something else
  other,       ///< another person of the list signed
  transplant,  ///< the result of another transaction of this person
};

struct ServiceConfig {
  std::uint16_t port = 0;
  std::filesystem::path people;     ///< JSON lines
  std::filesystem::path directory;  ///< keys and state
  std::string provider = "minben";  ///< sp_service_id
  Bytes secret;                     ///< 32 bytes, shared with the provider
  Manner manner = Manner::good;
};

enum class State { waiting, seen, approved, refused };

/// One request for somebody's approval. They live as long as their time limit, in memory only: what
/// a stopped service forgot has expired.
struct Transaction {
  std::string id;
  std::string ticket;
  std::string number;  ///< whom it is for; "" until somebody scanned it
  bool pushed = false;
  std::string hint;
  std::string data;  ///< to be signed
  Instant expires_at{};
  Instant asked_at{};  ///< last
  State state = State::waiting;
  Signature signature{};
};

class Service {
 public:
  static Result<std::unique_ptr<Service>> start(ServiceConfig config, const Clock& clock,
                                                Random& random);
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] People& people() { return *people_; }

  // What a phone can do (phone.cpp).
  [[nodiscard]] std::vector<Transaction> waiting_for(std::string_view number) const;
  [[nodiscard]] std::optional<Transaction> find_ticket(std::string_view ticket) const;
  /// The owner of the phone has it on the screen.
  [[nodiscard]] std::optional<Transaction> take_up(std::string_view id, const Person& person);
  Result<void> answer(std::string_view id, const Person& person, bool approve);

 private:
  Service(ServiceConfig config, const Clock& clock, Random& random)
      : config_(std::move(config)), clock_(clock), random_(random) {}
  std::vector<net::Route> routes();
  /// The answer's members besides error_code; an error is one of the protocol.
  using Handler = Result<JsonObject> (Service::*)(const Json&);
  net::Route route(std::string_view path, Handler handler);
  Result<void> check(const Json& request, std::initializer_list<std::string_view> fields) const;
  Result<JsonObject> get_ticket(const Json& request);
  Result<JsonObject> push(const Json& request);
  Result<JsonObject> result(const Json& request);
  Result<JsonObject> device_status(const Json& request);
  Result<Transaction*> begin(const Json& request);
  void forget_old();
  [[nodiscard]] Transaction* live(std::string_view id);

  const ServiceConfig config_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<People> people_;
  mutable std::mutex mutex_;
  std::map<std::string, Transaction, std::less<>> transactions_;
  std::unique_ptr<net::Server> server_;
};

/// What the phones show: /, /phone/{number}, /verifySign.
std::vector<net::Route> phone_routes(Service& service);

}  // namespace outside::approval
