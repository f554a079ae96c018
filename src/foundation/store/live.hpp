#pragma once
// For rooms that know by themselves what is new, in an order of their own that no other transaction
// disturbs (the outbox waits for the oldest one that still runs).
#include <memory>

#include "store/store.hpp"

namespace minben::store {

/// For Transaction::announce.
inline constexpr std::string_view live_channel = "minben_live";

/// Waits for what is announced on live_channel, on any node. An announcement can be lost when a
/// node is killed or its connection breaks: who waits also looks now and then unasked. Thread-safe.
class Waiter {
 public:
  explicit Waiter(Database& database);
  ~Waiter();
  /// True when there was an announcement since the last call, or wake().
  bool wait_for(milliseconds at_most);
  void wake();
  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::store
