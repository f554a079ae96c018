#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "shared_events.hpp"

namespace minben::net {

/// The queue between those who send events and the connection that writes them.
class EventQueue final : public SharedEventStream {
 public:
  static constexpr std::size_t max_waiting = 256;

  /// `wake` is called (from any thread) when something waits again, and at the end, until detach().
  explicit EventQueue(std::function<void()> wake) : wake_(std::move(wake)) {}
  bool send(std::string_view event, std::string_view data, std::string_view id) override;
  bool send(EventText text) override;
  [[nodiscard]] std::size_t waiting() const override;
  void close() override;
  [[nodiscard]] bool open() const override;

  std::vector<EventText> take();  ///< everything that waits, in its order
  void detach();                  ///< the client is gone: sending fails from now on

 private:
  mutable std::mutex mutex_;
  std::vector<EventText> waiting_;
  bool open_ = true;
  std::function<void()> wake_;
};

}  // namespace minben::net
