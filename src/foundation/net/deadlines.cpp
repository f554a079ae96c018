#include "deadlines.hpp"

#include <vector>

#include <boost/asio/io_context.hpp>

namespace minben::net {

namespace {
constexpr std::chrono::milliseconds period{250};
}

asio::execution_context::id Deadlines::id;

Timed::Timed(asio::execution_context& loop) : loop_(loop) {
  asio::use_service<Deadlines>(loop_).add(this);
}

Timed::~Timed() { asio::use_service<Deadlines>(loop_).remove(this); }

void Timed::expire_in(std::optional<std::chrono::milliseconds> time) {
  deadline_ = time ? std::chrono::steady_clock::now() + *time : SteadyTime::max();
}

Deadlines::Deadlines(asio::execution_context& loop)
    : asio::execution_context::service(loop), timer_(static_cast<asio::io_context&>(loop)) {
  sweep();
}

void Deadlines::shutdown() { items_.clear(); }

void Deadlines::sweep() {
  timer_.expires_after(period);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = std::chrono::steady_clock::now();
    const std::vector<Timed*> items(items_.begin(), items_.end());  // expiry may remove some
    for (Timed* item : items) {
      if (!items_.contains(item) || now < item->deadline_) continue;
      item->deadline_ = SteadyTime::max();
      item->expired_ = true;
      item->on_expiry();
    }
    sweep();
  });
}

}  // namespace minben::net
