#pragma once
// Consent assertions whose signature was verified a moment ago.
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange.hpp"

namespace minben::exchange {

/// A key of the platform, and its bytes to know it by.
struct ConsentKey {
  trust::VerifyKey key;
  Bytes bytes;
};

/// Thread-safe. Keyed by the token's SHA-256; whether an assertion is still good for the clock and
/// for the platform's keys is asked every time. Refused tokens are not kept.
class ConsentCache {
 public:
  explicit ConsentCache(std::size_t max = 4096);  ///< assertions, about 2 KiB each
  /// By any of the keys; errors as of verify_assertion().
  Result<std::shared_ptr<const ConsentAssertion>> verify(std::string_view token,
                                                         std::span<const ConsentKey> keys,
                                                         Instant now);

 private:
  struct Entry {
    ConsentAssertion assertion;
    Bytes key;
  };
  using EntryPtr = std::shared_ptr<const Entry>;
  struct DigestHash {
    std::size_t operator()(const Sha256& digest) const;
  };
  using Entries = std::unordered_map<Sha256, EntryPtr, DigestHash>;

  [[nodiscard]] EntryPtr find(const Sha256& digest);
  void keep(const Sha256& digest, EntryPtr entry);

  const std::size_t max_;
  std::mutex mutex_;
  Entries young_, old_;  ///< the old go together when the young are half of all
};

}  // namespace minben::exchange
