#pragma once
// What tests of logs over HTTP share: a server that everybody may call, and entries.
#include <memory>

#include "ledger/ledger.hpp"
#include "support/shared.hpp"

namespace minben::ledger::test_house {

inline constexpr net::Access anyone{"anyone"};

inline std::unique_ptr<net::Server> serve(std::vector<net::Route> routes, std::uint16_t port = 0) {
  net::ServerConfig config;
  config.port = port;
  return net::Server::start(config, std::move(routes),
                            {.guard = [](const net::Route&,
                                         net::Request&) { return std::optional<net::Response>(); },
                             .finish = {},
                             .error_page = {}})
      .value();
}

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// "e 0", "e 1" … at most 50,000 at once.
inline void grow(Log& log, std::uint64_t to, std::string_view of = "e") {
  while (log.size() < to) {
    const std::uint64_t next = std::min<std::uint64_t>(to, log.size() + 50'000);
    std::vector<Bytes> entries;
    for (std::uint64_t i = log.size(); i < next; ++i)
      entries.push_back(bytes_of(fmt::format("{} {}", of, i)));
    ASSERT_TRUE(log.append_all(entries));
  }
}

}  // namespace minben::ledger::test_house
