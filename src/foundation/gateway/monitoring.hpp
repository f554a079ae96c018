#pragma once
// Operational monitoring in X-Road's words (pr-opmon): what passed and how services do, for the
// information systems of this agency.
#include <mutex>

#include "directory.hpp"
#include "journal.hpp"
#include "service_health.hpp"

namespace minben::gateway {

/// One exchange with the names of pr-opmon's query_operational_data_response. Times are in
/// milliseconds since 1970, and 0 times are left out. Of the path there is at most the template
/// that the service's OpenAPI file gives: the real one may have a person's key in it.
JsonObject operational_record(const ExchangeRecord& record, const Configuration& configuration);
/// As X-Road counts it: mediated, and answered with a status below 400.
bool succeeded(const ExchangeRecord& record);
std::int64_t milliseconds_of(Instant at);
/// With fractions; never negative.
double milliseconds_between(Instant from, Instant to);

/// Thread-safe; blocks, so it is for handlers on workers.
class Monitoring {
 public:
  static constexpr std::int64_t most_records = 1000;  ///< of one answer
  static constexpr std::size_t most_looked_at = 20'000;

  static Result<std::unique_ptr<Monitoring>> open(const GatewayConfig& config,
                                                  const Directory& directory, Journal& journal,
                                                  const Clock& clock, Random& random);
  /// An exchange that ended; of the journal's thread.
  void recorded(const ExchangeRecord& record, const Result<void>& outcome, Instant now);
  /// GET /opmon?since=RFC3339[&until=][&after=number][&limit=1…1000]: exchanges of the subsystem in
  /// X-Road-Client, whose secret is in Minben-Token, in the order in which they were filed. Where
  /// "nextRecordsAfter" is given there may be more: it goes into `after`. Errors: those of
  /// check_token; invalid "missing", "out_of_range", those of parse_instant.
  net::Response records(const net::Request& request);
  /// GET /opmon/health: of all services of this gateway's registers, for any own subsystem.
  net::Response health(const net::Request& request) const;

 private:
  struct Wanted {
    SubsystemId subsystem;
    Instant since, until;
    std::int64_t after = 0;
    std::size_t limit = 0;
  };
  struct Found {
    JsonArray records;
    std::int64_t after = 0;  ///< the newest that was looked at
    bool more = false;
  };
  Monitoring(const GatewayConfig& config, const Directory& directory, Journal& journal,
             const Clock& clock, std::unique_ptr<MessageLog> messages);
  Result<SubsystemId> authorise(const net::Request& request) const;
  Result<Wanted> read(const net::Request& request) const;
  Result<Found> find(const Wanted& wanted);

  const GatewayConfig& config_;
  const Directory& directory_;
  Journal& journal_;
  const Clock& clock_;
  ServiceHealth health_;
  std::mutex mutex_;  ///< of messages_
  const std::unique_ptr<MessageLog> messages_;
};

}  // namespace minben::gateway
