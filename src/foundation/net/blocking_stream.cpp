#include "blocking_stream.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>

#include <fmt/format.h>

namespace minben::net {

namespace {

auto broken(std::string_view code, int number) {
  return fail(Kind::unavailable, code, std::generic_category().message(number));
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int outcome = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (outcome != 0) return fail(Kind::unavailable, "connect_failed", ::gai_strerror(outcome));
  return Addresses(list);
}

std::string numeric(const addrinfo& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.ai_family == AF_INET6
                          ? static_cast<const void*>(
                                &reinterpret_cast<const sockaddr_in6*>(address.ai_addr)->sin6_addr)
                          : &reinterpret_cast<const sockaddr_in*>(address.ai_addr)->sin_addr;
  const char* made = ::inet_ntop(address.ai_family, bytes, text.data(), text.size());
  return made == nullptr ? std::string() : std::string(made);
}

int milliseconds_left(Deadline deadline) {
  const auto left =
      std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

// OpenSSL's own socket BIO writes with write(2), and a peer that has gone would end this process by
// SIGPIPE.
int write_quietly(BIO* bio, const char* data, int size) {
  int socket = -1;
  BIO_get_fd(bio, &socket);
  BIO_clear_retry_flags(bio);
  const auto sent =
      static_cast<int>(::send(socket, data, static_cast<std::size_t>(size), MSG_NOSIGNAL));
  if (sent <= 0 && BIO_sock_should_retry(sent)) BIO_set_retry_write(bio);
  return sent;
}

const BIO_METHOD* quiet_socket() {
  static const BIO_METHOD* const method = [] {
    const BIO_METHOD* socket = BIO_s_socket();
    BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    BIO_meth_set_write(made, write_quietly);
    BIO_meth_set_read(made, BIO_meth_get_read(socket));
    BIO_meth_set_ctrl(made, BIO_meth_get_ctrl(socket));
    BIO_meth_set_create(made, BIO_meth_get_create(socket));
    BIO_meth_set_destroy(made, BIO_meth_get_destroy(socket));
    return made;
  }();
  return method;
}

}  // namespace

BlockingStream::BlockingStream(BlockingStream&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), ssl_(std::exchange(other.ssl_, nullptr)) {}

BlockingStream& BlockingStream::operator=(BlockingStream&& other) noexcept {
  if (this == &other) return *this;
  close();
  socket_ = std::exchange(other.socket_, -1);
  ssl_ = std::exchange(other.ssl_, nullptr);
  return *this;
}

BlockingStream::~BlockingStream() { close(); }

void BlockingStream::close() {
  if (ssl_) {
    SSL_shutdown(ssl_);
    ERR_clear_error();
    SSL_free(ssl_);
  }
  if (socket_ >= 0) ::close(socket_);
}

Result<void> BlockingStream::wait(short events, Deadline deadline) const {
  pollfd entry{socket_, events, 0};
  while (true) {
    const int ready = ::poll(&entry, 1, milliseconds_left(deadline));
    if (ready > 0) return {};
    if (ready == 0) return fail(Kind::unavailable, "timeout", "no answer in time");
    if (errno != EINTR) return broken("broken", errno);
  }
}

Result<BlockingStream> BlockingStream::connect(const std::string& host, std::uint16_t port,
                                               Deadline deadline, const MayReach& may_reach) {
  MINBEN_TRY(addresses, resolve(host, port));
  Error last{Kind::unavailable, "connect_failed", "no address", {}, 0, 0};
  for (const addrinfo* address = addresses.get(); address; address = address->ai_next) {
    if (may_reach && !may_reach(numeric(*address))) {
      last.detail = "an address that is not to be reached";
      continue;
    }
    BlockingStream stream(
        ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (stream.socket_ < 0) continue;
    const int on = 1;
    ::setsockopt(stream.socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(stream.socket_, address->ai_addr, address->ai_addrlen) == 0) return stream;
    if (errno != EINPROGRESS) {
      last.detail = std::generic_category().message(errno);
      continue;
    }
    MINBEN_CHECK(stream.wait(POLLOUT, deadline));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(stream.socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return stream;
    last.detail = std::generic_category().message(error);
  }
  return fail(std::move(last));
}

Result<void> BlockingStream::start_tls(ssl_ctx_st* context, const std::string& host,
                                       Deadline deadline) {
  ssl_ = SSL_new(context);
  BIO* bio = BIO_new(quiet_socket());
  if (!ssl_ || !bio) return fail(Kind::internal, "tls_failed", last_tls_error());
  BIO_set_fd(bio, socket_, BIO_NOCLOSE);
  SSL_set_bio(ssl_, bio, bio);  // owns it from here
  ask_for_host(ssl_, host);
  while (true) {
    ERR_clear_error();
    const int outcome = SSL_connect(ssl_);
    if (outcome == 1) return {};
    MINBEN_CHECK(wait_for_tls(outcome, deadline));
  }
}

Result<void> BlockingStream::wait_for_tls(int outcome, Deadline deadline) {
  switch (SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_WANT_READ:
      return wait(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait(POLLOUT, deadline);
    case SSL_ERROR_SYSCALL:
      return broken("broken", errno);
    default:
      return fail(Kind::unavailable, "tls_failed", last_tls_error());
  }
}

Result<void> BlockingStream::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (ssl_) {
      ERR_clear_error();
      const int written = SSL_write(ssl_, bytes.data(),
                                    static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)));
      if (written > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else {
        MINBEN_CHECK(wait_for_tls(written, deadline));
      }
      continue;
    }
    const auto written = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      MINBEN_CHECK(wait(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return broken("broken", errno);
    }
  }
  return {};
}

Result<std::size_t> BlockingStream::read(std::span<char> into, Deadline deadline) {
  while (true) {
    if (ssl_) {
      ERR_clear_error();
      const int size = SSL_read(ssl_, into.data(), static_cast<int>(into.size()));
      if (size > 0) return static_cast<std::size_t>(size);
      if (SSL_get_error(ssl_, size) == SSL_ERROR_ZERO_RETURN) return 0;
      MINBEN_CHECK(wait_for_tls(size, deadline));
      continue;
    }
    const auto size = ::recv(socket_, into.data(), into.size(), 0);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno == EAGAIN) {
      MINBEN_CHECK(wait(POLLIN, deadline));
    } else if (errno != EINTR) {
      return broken("broken", errno);
    }
  }
}

bool BlockingStream::is_quiet() const {
  if (ssl_ && SSL_pending(ssl_) > 0) return false;
  if (ssl_) {
    // Session tickets may wait unread; only a closed connection is of no use.
    char byte = 0;
    ERR_clear_error();
    const int size = SSL_peek(ssl_, &byte, 1);
    return size <= 0 && SSL_get_error(ssl_, size) == SSL_ERROR_WANT_READ;
  }
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

std::string BlockingStream::peer_certificate() const {
  return ssl_ ? peer_certificate_der(ssl_) : std::string{};
}

}  // namespace minben::net
