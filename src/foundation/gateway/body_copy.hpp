#pragma once
// A body that passes through the gateway, for who keeps it (bodies.hpp).
#include <string>
#include <string_view>

namespace minben::gateway {

/// One body, while it passes. Of one that is too long nothing is kept.
class BodyCopy {
 public:
  /// From the beginning again, at most `limit` bytes; 0 = nothing is copied.
  void begin(std::size_t limit) {
    text_.clear();
    limit_ = limit;
    too_long_ = false;
  }
  void add(std::string_view bytes) {
    if (limit_ == 0 || too_long_) return;
    too_long_ = bytes.size() > limit_ - text_.size();
    if (too_long_) text_ = {};
    else text_ += bytes;
  }
  [[nodiscard]] std::string take() && { return std::move(text_); }
  [[nodiscard]] bool whole() const { return limit_ > 0 && !too_long_; }

 private:
  std::string text_;
  std::size_t limit_ = 0;
  bool too_long_ = false;
};

/// Of one exchange.
struct BodyCopies {
  BodyCopy request, response;
};

}  // namespace minben::gateway
