#pragma once
// Private: hooks as rows, and what sending them needs.
#include <mutex>
#include <thread>

#include "store/live.hpp"
#include "streams/hooks.hpp"

namespace minben::streams {

#define MINBEN_HOOK_COLUMNS                                                                \
  "hook_id, stream_id, person_id, client_id, url, key, state, cursor, made_at, failures, " \
  "failing_since, delivered_at, last_error, wrapped_key, sealed_secret"

Hook hook_of(const store::Row& row);
std::string hook_context(std::string_view id);

struct Hooks::Impl {
  Impl(store::Database& a_database, const Streams& a_streams, const keys::Keys& a_keys,
       const Clock& a_clock, Random& a_random, HooksConfig configured)
      : database(a_database),
        streams(a_streams),
        keys(a_keys),
        clock(a_clock),
        random(a_random),
        config(std::move(configured)),
        fetcher(config.fetcher),
        waiter(a_database) {}

  store::Database& database;
  const Streams& streams;
  const keys::Keys& keys;
  const Clock& clock;
  Random& random;
  const HooksConfig config;
  net::Fetcher fetcher;
  store::Waiter waiter;
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads{};

  Result<Bytes> secret_of(const store::Row& row) const;
  [[nodiscard]] std::string stop_token(std::span<const std::uint8_t> secret,
                                       const HookId& id) const;
  /// Sends a signed message; the answer's body. An answer of another status than 2xx is an error.
  Result<std::string> post(const std::string& url, std::span<const std::uint8_t> secret,
                           const std::string& message, const std::string& body) const;
  Result<void> challenge(const std::string& url, std::span<const std::uint8_t> secret,
                         const HookId& id) const;
};

}  // namespace minben::streams
