#pragma once
// A timestamp authority: RFC 3161 over HTTP (§3.4). README.md has its routes.
#include <atomic>
#include <mutex>

#include "net/net.hpp"
#include "timestamp_authority/identity.hpp"

namespace outside::timestamps {

/// How it answers: as it should, or as real ones do now and then.
enum class Manner { good, late, refused, stale, other };

struct AuthorityConfig {
  std::uint16_t port = 0;
  std::filesystem::path directory;
  Manner manner = Manner::good;
};

class Authority {
 public:
  static Result<std::unique_ptr<Authority>> start(const AuthorityConfig& config,
                                                  const Clock& clock);
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  Authority(const AuthorityConfig& config, Identity identity, const Clock& clock)
      : manner_(config.manner), identity_(std::move(identity)), clock_(clock) {}
  std::vector<net::Route> routes();
  net::Response answer(const net::Request& request);
  /// A TimeStampResp (DER) for a TimeStampReq (DER).
  [[nodiscard]] std::string stamp(std::string_view query) const;

  const Manner manner_;
  const Identity identity_;
  const Clock& clock_;
  std::atomic<std::uint64_t> answers_ = 0;
  std::mutex mutex_;
  std::string first_;  ///< its first answer
  std::unique_ptr<net::Server> server_;
};

}  // namespace outside::timestamps
