#pragma once
// A blocking connection with one deadline, plain or TLS 1.3. For the client and for mail.
#include <chrono>

#include "tls.hpp"

namespace minben::net {

using Deadline = std::chrono::steady_clock::time_point;

/// Not thread-safe. Errors (unavailable): "connect_failed", "timeout", "tls_failed", "broken".
class BlockingStream {
 public:
  using MayReach = std::function<bool(std::string_view address)>;
  /// Tries each address of the name in turn, of those that `may_reach` lets, when there is one;
  /// "connect_failed" also when it lets none.
  static Result<BlockingStream> connect(const std::string& host, std::uint16_t port,
                                        Deadline deadline, const MayReach& may_reach = {});
  BlockingStream(BlockingStream&& other) noexcept;
  BlockingStream& operator=(BlockingStream&& other) noexcept;
  ~BlockingStream();

  /// The certificate must be for `host`: a DNS name or an IP address among its alternative names.
  Result<void> start_tls(ssl_ctx_st* context, const std::string& host, Deadline deadline);
  Result<void> write(std::string_view bytes, Deadline deadline);
  /// 0: the peer closed in an orderly way.
  Result<std::size_t> read(std::span<char> into, Deadline deadline);
  /// A kept connection is of no use when the peer closed it, or sent something unasked.
  [[nodiscard]] bool is_quiet() const;
  [[nodiscard]] std::string peer_certificate() const;

 private:
  explicit BlockingStream(int socket) : socket_(socket) {}
  Result<void> wait(short events, Deadline deadline) const;
  Result<void> wait_for_tls(int outcome, Deadline deadline);
  void close();
  int socket_ = -1;
  ssl_st* ssl_ = nullptr;
};

}  // namespace minben::net
