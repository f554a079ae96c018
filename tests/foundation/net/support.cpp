#include "support.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minben::net::test {

Route route(Method method, std::string pattern, Handler handler, std::size_t max_body) {
  return {method, std::move(pattern), anyone, max_body, std::move(handler)};
}

std::unique_ptr<Server> serve(std::vector<Route> routes, ServerConfig config, Server::Hooks hooks) {
  auto server = Server::start(config, std::move(routes), std::move(hooks));
  if (!server) ADD_FAILURE() << describe(server.error());
  MINBEN_ASSERT(server.has_value());
  return std::move(*server);
}

std::string url(const Server& server, std::string_view path) {
  return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
}

Wire::Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  MINBEN_ASSERT(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

Wire::~Wire() { ::close(socket_); }

bool Wire::say(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Wire::hear(std::string_view enough, milliseconds patience) const {
  std::string heard;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (enough.empty() || heard.find(enough) == heard.npos) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    pollfd entry{socket_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) break;
    std::array<char, 16384> piece;
    const auto size = ::recv(socket_, piece.data(), piece.size(), 0);
    if (size <= 0) break;
    heard.append(piece.data(), static_cast<std::size_t>(size));
  }
  return heard;
}

bool Wire::closed_within(milliseconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    pollfd entry{socket_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 16384> piece;
    if (::recv(socket_, piece.data(), piece.size(), 0) <= 0) return true;
  }
}

std::string talk(const Server& server, std::string_view bytes) {
  const Wire wire(server.port());
  wire.say(bytes);
  return wire.hear();
}

int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ")) return 0;
  return static_cast<int>(parse_integer(answer.substr(9, 3)).value_or(0));
}

}  // namespace minben::net::test
