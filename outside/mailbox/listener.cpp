#include "mailbox/listener.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace outside::mailbox {

namespace {

constexpr int max_connections = 32;
constexpr timeval patience{.tv_sec = 60, .tv_usec = 0};

auto not_listening() {
  return fail(Kind::unavailable, errno == EADDRINUSE ? "address_in_use" : "cannot_listen",
              std::generic_category().message(errno), "smtp");
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<SmtpListener>> SmtpListener::start(std::uint16_t port,
                                                          SmtpSession::Deliver deliver) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(socket, 64) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    auto failure = not_listening();
    ::close(socket);
    return failure;
  }
  return std::unique_ptr<SmtpListener>(
      new SmtpListener(socket, ntohs(address.sin_port), std::move(deliver)));
}

SmtpListener::SmtpListener(int socket, std::uint16_t port, SmtpSession::Deliver deliver)
    : listener_(socket),
      port_(port),
      deliver_(std::move(deliver)),
      thread_([this] { accept_all(); }) {}

SmtpListener::~SmtpListener() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  while (open_ > 0) std::this_thread::sleep_for(milliseconds(10));
}

void SmtpListener::accept_all() {
  while (!stopping_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      if (!stopping_) std::this_thread::sleep_for(milliseconds(20));
      continue;
    }
    if (open_ >= max_connections) {
      send_all(socket, "421 too many connections\r\n");
      ::close(socket);
      continue;
    }
    ++open_;
    std::thread([this, socket] { talk(socket); }).detach();
  }
}

void SmtpListener::talk(int socket) {
  constexpr timeval pause{.tv_sec = 1, .tv_usec = 0};  // so that stopping is noticed
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  SmtpSession session(deliver_);
  bool alive = send_all(socket, SmtpSession::greeting());
  std::array<char, 8192> piece;
  for (int silent_seconds = 0;
       alive && !session.finished() && !stopping_ && silent_seconds < patience.tv_sec;) {
    const auto size = ::recv(socket, piece.data(), piece.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      ++silent_seconds;
      continue;
    }
    if (size <= 0) break;
    silent_seconds = 0;
    alive = send_all(socket, session.take({piece.data(), static_cast<std::size_t>(size)}));
  }
  ::close(socket);
  --open_;
}

}  // namespace outside::mailbox
