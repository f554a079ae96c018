#pragma once
// Asking an authority for timestamps, over HTTP (RFC 3161 §3.4).
#include <memory>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "net/net.hpp"
#include "trust/timestamp.hpp"

namespace minben::exchange {

struct TimestampConfig {
  std::vector<std::string> urls;          ///< of authorities, in the order in which they are asked
  std::vector<std::string> roots;         ///< PEM, one each, that their certificates chain to
  std::filesystem::path server_ca_pem{};  ///< for https
  milliseconds timeout_ms{10000};         ///< for one authority
};

/// Blocking. Thread-safe.
class TimestampClient {
 public:
  explicit TimestampClient(TimestampConfig config);
  ~TimestampClient();

  /// A token (DER) over this digest that verify_timestamp() accepts with these roots: of the first
  /// authority that gives one. Errors are the last authority's, its address in `field`:
  /// unavailable "timestamp_unavailable" (another HTTP status or type), those of net::Client, of
  /// read_timestamp_response and of verify_timestamp; "no_timestamp_authority" when none is known.
  Result<Bytes> stamp(const Sha256& digest, Random& random);

 private:
  Result<Bytes> ask(const std::string& url, const Sha256& digest, Random& random);
  const TimestampConfig config_;
  const std::unique_ptr<net::Client> client_;
};

}  // namespace minben::exchange
