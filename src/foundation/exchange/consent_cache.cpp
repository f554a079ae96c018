#include "consent_cache.hpp"

#include <algorithm>
#include <cstring>

#include "values.hpp"

namespace minben::exchange {

std::size_t ConsentCache::DigestHash::operator()(const Sha256& digest) const {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

ConsentCache::ConsentCache(std::size_t max) : max_(std::max<std::size_t>(max, 2)) {}

ConsentCache::EntryPtr ConsentCache::find(const Sha256& digest) {
  const std::lock_guard lock(mutex_);
  if (const auto found = young_.find(digest); found != young_.end()) return found->second;
  if (const auto found = old_.find(digest); found != old_.end()) return found->second;
  return nullptr;
}

void ConsentCache::keep(const Sha256& digest, EntryPtr entry) {
  const std::lock_guard lock(mutex_);
  if (young_.size() >= max_ / 2) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.insert_or_assign(digest, std::move(entry));
}

Result<std::shared_ptr<const ConsentAssertion>> ConsentCache::verify(
    std::string_view token, std::span<const ConsentKey> keys, Instant now) {
  const Sha256 digest = sha256(token);
  const auto assertion_of = [](const EntryPtr& entry) {
    return std::shared_ptr<const ConsentAssertion>(entry, &entry->assertion);
  };
  if (const EntryPtr known = find(digest);
      known && std::ranges::find(keys, known->key, &ConsentKey::bytes) != keys.end()) {
    MINBEN_CHECK(check_lifetime(known->assertion, now));
    return assertion_of(known);
  }
  Error error{Kind::unavailable, "consent_missing", "no key to check it with", {}, 0, 0};
  for (const ConsentKey& key : keys) {
    auto assertion = verify_assertion(token, key.key, now);
    if (assertion) {
      const auto entry = std::make_shared<const Entry>(std::move(*assertion), key.bytes);
      keep(digest, entry);
      return assertion_of(entry);
    }
    error = std::move(assertion).error();
    if (error.code != "consent_forged") break;
  }
  return fail(std::move(error));
}

}  // namespace minben::exchange
