#include <array>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <fcntl.h>

#include "internal.hpp"
#include "live.hpp"

namespace minben::store {

void Signal::raise() {
  {
    const std::lock_guard lock(mutex_);
    raised_ = true;
  }
  raised_cv_.notify_one();
}

bool Signal::wait_for(milliseconds at_most) {
  std::unique_lock lock(mutex_);
  const bool raised = raised_cv_.wait_for(lock, at_most, [&] { return raised_; });
  raised_ = false;
  return raised;
}

void Hub::add(Signal& signal, std::string_view channel) {
  const std::lock_guard lock(mutex_);
  interested_.emplace(channel, &signal);
  if (thread_.joinable()) return;
  MINBEN_ASSERT(::pipe2(wake_pipe_, O_CLOEXEC | O_NONBLOCK) == 0);
  thread_ = std::thread([this] { listen(); });
}

void Hub::remove(Signal& signal) {
  const std::lock_guard lock(mutex_);
  std::erase_if(interested_, [&](const auto& entry) { return entry.second == &signal; });
}

Hub::~Hub() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  (void)!::write(wake_pipe_[1], "x", 1);
  thread_.join();
  ::close(wake_pipe_[0]);
  ::close(wake_pipe_[1]);
}

void Hub::raise(std::string_view channel) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, signal] : interested_)
    if (channel.empty() || name == channel) signal->raise();
}

std::unique_ptr<Connection> Hub::open_session() {
  auto session = connect(config_.url, milliseconds{0}, config_.statement_timeout_ms);
  if (!session) return nullptr;
  for (const std::string_view channel : {events_channel, jobs_channel, live_channel})
    if (!execute_simple(**session, "listen " + std::string(channel), "store_listen"))
      return nullptr;
  return std::move(*session);
}

void Hub::wait_and_dispatch(Connection& session) {
  std::array<pollfd, 2> sources{
      {{PQsocket(session.pg.get()), POLLIN, 0}, {wake_pipe_[0], POLLIN, 0}}};
  if (::poll(sources.data(), sources.size(), -1) < 0 || sources[0].revents == 0) return;
  if (PQconsumeInput(session.pg.get()) != 1) session.broken = true;
  while (PGnotify* notification = PQnotifies(session.pg.get())) {
    raise(notification->relname);
    PQfreemem(notification);
  }
}

void Hub::listen() {
  while (!stopping_) {
    const auto session = open_session();
    if (!session) {
      pollfd wake{wake_pipe_[0], POLLIN, 0};
      ::poll(&wake, 1, 500);
      continue;
    }
    raise("");  // whatever was announced while nobody listened
    while (!stopping_ && !session->broken) wait_and_dispatch(*session);
  }
}

struct Waiter::Impl {
  Database& database;
  Signal signal{};
};

Waiter::Waiter(Database& database) : impl_(new Impl{database}) {
  database.impl().hub.add(impl_->signal, live_channel);
}
Waiter::~Waiter() { impl_->database.impl().hub.remove(impl_->signal); }
bool Waiter::wait_for(milliseconds at_most) { return impl_->signal.wait_for(at_most); }
void Waiter::wake() { impl_->signal.raise(); }

}  // namespace minben::store
