#pragma once
// Somebody who follows a stream, without a network.
#include <condition_variable>

#include "fixture.hpp"

namespace minben::streams {

/// A reader on the other end: takes at its own pace what it is sent.
class Reader final : public net::SharedEventStream {
 public:
  explicit Reader(bool slow = false) : slow_(slow) {}
  bool send(std::string_view event, std::string_view data, std::string_view id) override {
    return send(std::make_shared<const std::string>(net::write_event(event, data, id)));
  }
  bool send(net::EventText text) override {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    (slow_ ? held_ : got_) += *text;
    ++waiting_;
    if (!slow_) waiting_ = 0;
    changed_.notify_all();
    return true;
  }
  [[nodiscard]] std::size_t waiting() const override {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }
  void close() override {
    const std::lock_guard lock(mutex_);
    open_ = false;
    changed_.notify_all();
  }
  [[nodiscard]] bool open() const override {
    const std::lock_guard lock(mutex_);
    return open_;
  }
  void take() {
    const std::lock_guard lock(mutex_);
    got_ += std::exchange(held_, {});
    waiting_ = 0;
  }
  std::string wait_for(std::string_view text) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds{10}, [&] { return got_.find(text) != got_.npos; });
    return got_;
  }
  bool wait_closed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds{10}, [&] { return !open_; });
  }
  std::vector<std::int64_t> ids() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::int64_t> out;
    for (const auto line : split(got_, '\n'))
      if (line.starts_with("id: ")) out.push_back(parse_integer(line.substr(4)).value());
    return out;
  }

 private:
  const bool slow_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string got_, held_;
  std::size_t waiting_ = 0;
  bool open_ = true;
};

}  // namespace minben::streams
