#pragma once
// Getting what others have published: files and pages at addresses that somebody else wrote down.
// Follows redirects, hands the body on as it comes, and is bounded in bytes, time and steps.
//
// Every connection goes to a public address, or to one of the networks that the operator allows,
// whatever a name resolves to at that moment: a name that changes its address between two look-ups
// gains nothing, since none is looked up twice.
#include <functional>

#include "net/net.hpp"
#include "net/networks.hpp"

namespace minben::net {

struct FetcherConfig {
  std::filesystem::path server_ca_pem = "/etc/ssl/certs/ca-certificates.crt";
  std::vector<Network> networks{};  ///< other than public ones that may be reached
  std::string user_agent = "minben";
  int max_redirects = 5;
};

struct Fetch {
  Method method = Method::get;  ///< get or head; others are sent once and not redirected
  std::string url;              ///< as written: spaces and other characters are percent-encoded
  Headers headers{};
  std::string body{};
  std::uint64_t max_bytes = 1ull << 30;
  milliseconds timeout_ms{60'000};        ///< for all of it, redirects too
  milliseconds stall_timeout_ms{15'000};  ///< for each step: connecting, and each piece
  std::function<bool()> cancelled{};      ///< asked between pieces
  /// Enough is known after so many bytes of the body; the connection is closed then. 0: all of it.
  std::uint64_t enough_bytes = 0;
};

struct Fetched {
  int status = 0;
  Headers headers;
  std::string url;                     ///< where it was found at last
  std::vector<std::string> redirects;  ///< addresses on the way, the first one not included
  std::uint64_t bytes = 0;
  bool whole = true;  ///< false: enough_bytes cut it
};

/// Takes a piece of the body; an error ends the fetch with it.
using FetchSink = std::function<Result<void>(std::string_view piece)>;

/// Thread-safe; a connection per fetch.
class Fetcher {
 public:
  explicit Fetcher(FetcherConfig config);
  ~Fetcher();
  /// Of any status: a value. Errors: invalid "bad_url", unavailable "connect_failed", "timeout",
  /// "tls_failed", "broken", "bad_response", "truncated", "redirect_loop", "too_many_redirects",
  /// "cancelled"; too_large "response_too_large".
  Result<Fetched> fetch(const Fetch& wanted, const FetchSink& sink) const;
  /// Into memory.
  Result<std::pair<Fetched, std::string>> text(const Fetch& wanted) const;
  /// Into a file, which is removed again when it fails.
  Result<Fetched> file(const Fetch& wanted, const std::filesystem::path& to) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// "120" or an HTTP date (RFC 9110 §10.2.3); at most a day, zero when it is neither.
seconds read_retry_after(std::string_view text, Instant now);

/// RFC 3986 §5.2: what `reference` means on a page at `base`; "bad_url".
Result<std::string> resolve_url(std::string_view base, std::string_view reference);
/// Characters that an address must not have (white space, letters beyond ASCII, quotes)
/// percent-encoded, as browsers do.
std::string plain_url(std::string_view written);

}  // namespace minben::net
