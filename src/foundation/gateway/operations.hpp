#pragma once
// A gateway as its operator sees it, and what may be done with it by hand. Pages are made of this
// (portal/gateways); nothing in it names a person.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/core.hpp"
#include "exchange/access.hpp"
#include "exchange/exchange.hpp"
#include "net/net.hpp"

namespace minben::gateway {

struct HourOfTraffic {
  std::uint64_t ended = 0;   ///< exchanges on record, failed ones as well
  std::uint64_t failed = 0;  ///< refused, or answered with a status from 400 on
};
inline constexpr std::size_t hours_of_traffic = 24;

/// One service on one side, in the present hour and the 23 before; since the start at most.
struct ServiceTraffic {
  exchange::ServiceId service;
  bool asked = false;  ///< for an own information system; else by an own register
  std::array<HourOfTraffic, hours_of_traffic> hours{};  ///< the present one is the last
  HourOfTraffic sum{};
  double p50_ms = 0;  ///< from arrival until the answer may leave; at most 9 % too high
  double p99_ms = 0;
};

/// Requests that were refused or failed, since the start.
struct Denials {
  bool asked = false;
  std::string code;
  std::uint64_t count = 0;
};

struct CertificateEnd {
  AgencyCode member;
  bool own = false;
  std::string use;  ///< "tls" or "seal"
  Instant at{};
};

struct ConfigurationState {
  std::string instance;
  std::int64_t version = 0;
  Instant issued_at{};
  Instant expires_at{};
};

/// Who cosigned the ledger's newest checkpoint.
struct WitnessesState {
  std::size_t known = 0;
  std::size_t cosigned = 0;
  bool quorum = false;
  std::uint64_t complete_size = 0;                            ///< entries that the quorum has seen
  std::vector<std::pair<std::string, std::string>> failures;  ///< name, code
};

struct LedgerState {
  std::uint64_t size = 0;  ///< of the newest log
  std::string key;         ///< its vkey
  std::optional<WitnessesState> witnesses;
};

/// Uses of personal data that the platform is told.
struct DeliveryState {
  std::size_t waiting = 0;
  std::uint64_t delivered = 0;
  std::uint64_t refused = 0;
};

struct LogState {
  std::string level;             ///< as spdlog says it: "info"
  std::optional<Instant> until;  ///< when it falls back by itself
};

struct Overview {
  AgencyCode member;
  Bilingual name;  ///< by the configuration
  Instant now{};
  Instant started_at{};
  std::vector<ServiceTraffic> traffic;       ///< by service; the asked side first
  std::vector<Denials> denials;              ///< the most frequent first
  std::vector<CertificateEnd> certificates;  ///< own ones first, then the nearest end
  ConfigurationState configuration;
  LedgerState ledger;
  DeliveryState delivery;
  LogState log;
};

/// A request that nobody made.
struct TraceQuestion {
  exchange::SubsystemId consumer;
  exchange::ServiceId service;
  net::Method method = net::Method::get;
  std::string path;  ///< behind the service, percent-encoded: "/x/permits"; may be empty
  std::string purpose;
  std::string case_id;
};

/// Thread-safe.
class Operations {
 public:
  virtual ~Operations() = default;
  /// Reads a few small files (certificates).
  [[nodiscard]] virtual Overview overview() const = 0;
  /// Whether this is the text of STATE/admin.token; takes the same time whatever it is.
  [[nodiscard]] virtual bool is_administrator(std::string_view secret) const = 0;
  /// Whether a request comes from the gateway's own machine and was meant for it: the address it
  /// comes from, and the name in Host, are loopback's or that of the client side. Pages elsewhere
  /// cannot be led here by their DNS then.
  [[nodiscard]] virtual bool is_near(const net::Request& request) const = 0;
  /// Until when. Errors: invalid "unknown_level", "out_of_range" (1 to 3600 s).
  virtual Result<Instant> raise_log_level(std::string_view level, seconds for_s) = 0;
  /// What the provider's gateway would decide now, counting nothing, as if no consent came with
  /// it. Errors: not_found "unknown_service" for another member's; invalid "bad_path".
  virtual Result<exchange::DecisionTrace> explain(const TraceQuestion& question) = 0;
};

/// Routes on a gateway's client side, made once at its start. They must let in none but its
/// operator; the operations outlive them.
using OperatorRoutes = std::function<std::vector<net::Route>(Operations&)>;

}  // namespace minben::gateway
