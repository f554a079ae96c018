#pragma once
// One coarse timer a loop, instead of one for each operation.
#include <chrono>
#include <set>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace minben::net {

namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Something that must not take for ever. Belongs to one loop's thread.
class Timed {
 public:
  explicit Timed(asio::execution_context& loop);
  virtual ~Timed();
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  void expire_in(std::optional<std::chrono::milliseconds> time);
  [[nodiscard]] bool expired() const { return expired_; }

 protected:
  virtual void on_expiry() = 0;

 private:
  friend class Deadlines;
  asio::execution_context& loop_;
  SteadyTime deadline_ = SteadyTime::max();
  bool expired_ = false;
};

/// All of a loop's; sweeps four times a second.
class Deadlines final : public asio::execution_context::service {
 public:
  using key_type = Deadlines;
  static asio::execution_context::id id;
  explicit Deadlines(asio::execution_context& loop);
  void add(Timed* item) { items_.insert(item); }
  void remove(Timed* item) { items_.erase(item); }

 private:
  void shutdown() override;
  void sweep();
  asio::steady_timer timer_;
  std::set<Timed*> items_;
};

}  // namespace minben::net
