#include "support/port.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

namespace minben::test {

std::uint16_t free_port() {
  constexpr unsigned first = 5000, count = 4000;
  static std::atomic<unsigned> next{static_cast<unsigned>(::getpid()) * 61};
  for (;;) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(first + next++ % count));
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool free = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    if (free) return ntohs(address.sin_port);
  }
}

}  // namespace minben::test
