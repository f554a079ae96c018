#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/net.hpp"

namespace minben::net::test {

inline constexpr Access anyone{"anyone"};

Route route(Method method, std::string pattern, Handler handler, std::size_t max_body = 64_KiB);

/// Starts, or stops the test program: every test that calls this needs its server.
std::unique_ptr<Server> serve(std::vector<Route> routes, ServerConfig config = {},
                              Server::Hooks hooks = {});

std::string url(const Server& server, std::string_view path);

/// A bare TCP connection, for saying what no client would say.
class Wire {
 public:
  explicit Wire(std::uint16_t port);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  bool say(std::string_view bytes) const;
  /// Until the peer closes, `enough` has been seen, or the time is up.
  std::string hear(std::string_view enough = {}, milliseconds patience = milliseconds(5000)) const;
  /// True when the peer closed within the time.
  [[nodiscard]] bool closed_within(milliseconds patience) const;

 private:
  int socket_;
};

/// Says it, hears everything until the server closes.
std::string talk(const Server& server, std::string_view bytes);
int status_of(std::string_view answer);

}  // namespace minben::net::test
