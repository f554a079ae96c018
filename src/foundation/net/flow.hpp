#pragma once
// Requests, answers and connections as they come, without a thread each: for programs that hand on
// what they receive. Everything here are coroutines on the server's own threads and must not block;
// what blocks is done elsewhere and awaited with suspend(). One coroutine uses one object at a
// time.
//
// Whoever does not read is not sent to: a piece is asked for when the last one has gone on, so that
// memory does not grow with a body, and a slow receiver slows its sender down.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "net.hpp"

namespace minben::net {

template <class T>
using Task = boost::asio::awaitable<T>;

/// Calls `start` with a function that resumes the caller, once, from any thread.
using Resume = std::move_only_function<void()>;
Task<void> suspend(std::move_only_function<void(Resume)> start);
/// Lets everything else that is ready go first.
Task<void> yield();
Task<void> sleep_for(microseconds time);

inline constexpr std::size_t piece_size = 64u << 10;  ///< bytes; no piece is larger

// ------------------------------------------------------------------------------------- server

/// One request, of which only the head has been read, and the way of its answer.
class Flow {
 public:
  virtual ~Flow() = default;
  Request request;                          ///< without a body
  std::optional<std::uint64_t> length = 0;  ///< of the body; nothing: it is not announced

  /// The next piece of the body, valid until the next call; empty at the end. Errors:
  /// "body_too_large" (past the route's max_body), "bad_request", "broken" (the client has gone, or
  /// sends less than the server's least rate).
  virtual Task<Result<std::string_view>> read() = 0;
  /// The whole answer. False: the client has gone.
  virtual Task<bool> answer(Response response) = 0;
  /// An answer in pieces: its head (the body in it is not used), pieces, end. Without a length the
  /// pieces are chunks, so that the client sees whether the end came. An answer that was begun and
  /// not ended breaks the connection.
  virtual Task<bool> begin(const Response& head, std::optional<std::uint64_t> length) = 0;
  virtual Task<bool> write(std::string_view piece) = 0;
  virtual Task<bool> end() = 0;
};

struct FlowHandler {
  std::function<Task<void>(Flow&)> run;
};
std::shared_ptr<const FlowHandler> flow_handler(std::function<Task<void>(Flow&)> run);

// ------------------------------------------------------------------------------------- client

/// A request under way. Errors of all: "broken", "timeout", "bad_response", "response_too_large",
/// "truncated".
class Answering {
 public:
  virtual ~Answering() = default;
  /// Pieces of the request's body, when more was announced.
  virtual Task<Result<void>> write(std::string_view piece) = 0;
  virtual Task<Result<void>> end() = 0;
  /// Status and fields of the answer, once.
  virtual Task<Result<ClientResponse>> head() = 0;
  /// Then its body: the next piece, valid until the next call; empty at the end.
  virtual Task<Result<std::string_view>> read() = 0;
  /// Of the answer's body, when it is announced.
  [[nodiscard]] virtual std::optional<std::uint64_t> length() const = 0;
};

/// What follows a request's head.
struct More {
  std::optional<std::uint64_t> length;  ///< of all pieces; nothing: chunks
};

/// As Client, for coroutines. One object serves all threads; connections are kept for each of them.
/// ClientConfig::timeout_ms is for the head of an answer and for each piece; max_response_bytes is
/// for the whole body.
class FlowClient {
 public:
  explicit FlowClient(ClientConfig config);
  ~FlowClient();
  /// With request.body as the whole body, or with pieces to come. A kept connection that turns out
  /// to be closed before anything was sent is replaced; nothing is ever sent twice. Errors:
  /// "bad_url", "connect_failed", "tls_failed", "timeout", "broken".
  Task<Result<std::unique_ptr<Answering>>> send(const ClientRequest& request,
                                                std::optional<More> more = std::nullopt);
  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

// ----------------------------------------------------------------------------------- channels

/// What a peer showed beside its certificate.
struct PeerProof {
  std::vector<std::string> chain;  ///< DER: between the peer's and the root, verified
  std::string ocsp_response;       ///< DER, of servers: stapled and not checked, or ""
};

/// A TLS connection with a protocol of its own on it, named by ALPN (RFC 7301).
class Channel {
 public:
  virtual ~Channel() = default;
  std::string received;  ///< not yet used; the user erases what it has used
  std::string note;      ///< the user's own, kept with the connection

  /// Waits for more bytes in `received`, at most until the deadline. Errors: "broken", "timeout".
  virtual Task<Result<void>> receive() = 0;
  virtual Task<Result<void>> send(std::string_view bytes) = 0;
  /// For everything from now on; nothing: no end.
  virtual void expire_in(std::optional<milliseconds> time) = 0;
  virtual void close() = 0;
  /// The server is stopping: no further exchange should be begun.
  [[nodiscard]] virtual bool ending() const = 0;
  /// Of the peer, verified; DER.
  [[nodiscard]] const std::string& peer_certificate() const { return peer_certificate_; }
  [[nodiscard]] const PeerProof& peer_proof() const { return *peer_proof_; }
  [[nodiscard]] const std::string& remote_address() const { return remote_address_; }

 protected:
  std::string peer_certificate_;
  std::shared_ptr<const PeerProof> peer_proof_;
  std::string remote_address_;
};

/// Runs until it has enough; then the connection is closed.
struct ChannelHandler {
  std::function<Task<void>(Channel&)> run;
};
std::shared_ptr<const ChannelHandler> channel_handler(std::function<Task<void>(Channel&)> run);

/// Opens channels, and keeps those that can be used again.
class ChannelClient {
 public:
  /// `protocol`: the ALPN name, which the server must agree to ("tls_failed" else).
  ChannelClient(ClientConfig config, std::string protocol);
  ~ChannelClient();
  /// A kept one, or a new one, to "https://host:port". `fresh`: not a kept one. Errors:
  /// "connect_failed", "tls_failed", "timeout".
  enum class Kept { welcome, unwanted };
  Task<Result<std::unique_ptr<Channel>>> open(const std::string& url, Kept kept = Kept::welcome);
  /// For the next open() of that URL; one that has unused bytes is closed instead.
  void keep(const std::string& url, std::unique_ptr<Channel> channel);
  /// New connections use the certificates that are in the files now; kept ones are closed.
  Result<void> renew_tls();
  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace minben::net
