#pragma once
// Records sent to addresses that people and programs name (webhooks). Each has a cursor of its own:
// records come in order, at least once, in batches; what fails is tried again with growing pauses,
// and after days of it the hook is disabled.
//
// Messages are signed as Standard Webhooks 1.0 says: webhook-id, webhook-timestamp,
// webhook-signature.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keys/keys.hpp"
#include "net/fetch.hpp"
#include "streams/streams.hpp"

namespace minben::keys {
struct Holder;
}

namespace minben::streams {

using HookId = Id<struct HookTag>;

/// Who wants it: a person, or a program by its client id.
struct HookOwner {
  PersonId person{};  ///< nil: a program
  std::string client{};
  friend bool operator==(const HookOwner&, const HookOwner&) = default;
};

struct NewHook {
  StreamId stream;
  HookOwner owner;
  std::string url;                      ///< https; at most 2,000 bytes
  std::string key{};                    ///< records about this one alone; "" = all
  std::optional<std::int64_t> after{};  ///< begin behind this one; else with what comes from now on
};

struct Hook {
  HookId id;
  StreamId stream;
  HookOwner owner;
  std::string url, key;
  bool active = true;
  std::int64_t cursor = 0;
  Instant made_at{};
  int failures = 0;  ///< one after another
  std::optional<Instant> failing_since, delivered_at;
  std::string last_error;  ///< a code, or "answered 500"
};

struct HooksConfig {
  net::FetcherConfig fetcher{};  ///< which networks, besides public ones, may be reached
  bool allow_http = false;       ///< tests only
  std::string origin{};          ///< of the address that stops it
  int batch = 200;               ///< records of a message
  std::size_t batch_bytes = 512u << 10;
  int max_per_owner = 20;
  int max_per_stream = 1000;
  milliseconds patience{10'000};
  seconds first_pause{2};
  seconds longest_pause{3600};
  days give_up_after{3};
  int threads = 2;
  /// Told in the transaction that disables it.
  std::function<Result<void>(store::Transaction&, const Hook&)> on_disabled{};
};

/// Thread-safe; several nodes may have one.
class Hooks {
 public:
  /// All outlive it.
  Hooks(store::Database& database, const Streams& streams, const keys::Keys& keys,
        const Clock& clock, Random& random, HooksConfig config = {});
  ~Hooks();  ///< stops

  /// Asks the address first, with {"type": "stream.challenge", "challenge"}: it must answer 200 and
  /// the challenge. With the secret, "whsec_…", which is told this once. invalid "bad_url",
  /// "challenge_failed"; too_many "too_many_hooks".
  Result<std::pair<Hook, std::string>> add(const NewHook& wanted) const;
  Result<std::vector<Hook>> list(const HookOwner& owner) const;
  /// not_found "no_such_hook", also when it is somebody else's.
  Result<Hook> find(const HookOwner& owner, HookId id) const;
  Result<void> remove(const HookOwner& owner, HookId id) const;
  /// By the token in the hook's stop address.
  Result<void> stop_by_token(HookId id, std::string_view token) const;
  /// A disabled one goes on where it was.
  Result<void> resume(const HookOwner& owner, HookId id) const;
  Result<void> account_ended(store::Transaction& tx, PersonId person) const;

  /// Sends what one hook has coming, if there is one: true.
  Result<bool> send_one() const;
  void start();
  void stop();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// The keys of hooks' secrets, for a rotation of master keys.
keys::Holder hook_keys();

/// "v1,<base64>" over "<id>.<timestamp>.<body>".
std::string hook_signature(std::span<const std::uint8_t> secret, std::string_view id,
                           std::int64_t timestamp, std::string_view body);

}  // namespace minben::streams
