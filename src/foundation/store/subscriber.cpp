#include <spdlog/spdlog.h>

#include "internal.hpp"

namespace minben::store {

namespace {
constexpr milliseconds poll_pause{2000};
constexpr milliseconds unsettled_pause{20};
constexpr milliseconds longest_pause{60000};

constexpr Query add_subscriber{"store_add_subscriber",
                               "insert into store.subscriber (name, position) values ($1, 0) "
                               "on conflict do nothing"};
constexpr Query take_subscriber{"store_take_subscriber",
                                "select position from store.subscriber where name = $1 "
                                "for update skip locked"};
constexpr Query move_subscriber{"store_move_subscriber",
                                "update store.subscriber set position = $2 where name = $1"};
}  // namespace

struct Subscriber::Impl {
  Database& database;
  std::string name;
  std::vector<std::string> topics;
  Handler handler;
  int batch_size;
  Signal signal{};
  std::thread thread{};
  std::atomic<bool> stopping{false};

  Result<EventBatch> handle_batch(Transaction& transaction) {
    MINBEN_TRY(rows, transaction.run(take_subscriber, name));
    if (rows.empty()) return EventBatch{};  // another node is at it
    const std::int64_t position = rows.front().integer("position");
    MINBEN_TRY(batch, read_events(transaction, topics, position, batch_size));
    if (!batch.events.empty()) MINBEN_CHECK(handler(transaction, batch.events));
    if (batch.reached > position)
      MINBEN_CHECK(transaction.run(move_subscriber, name, batch.reached));
    return batch;
  }

  Result<EventBatch> step() {
    return database.transact([&](Transaction& transaction) { return handle_batch(transaction); });
  }

  Result<void> register_name() {
    MINBEN_CHECK(database.run(add_subscriber, name));
    return {};
  }

  void run() {
    int failures = 0;
    bool registered = false;
    while (!stopping) {
      if (!registered) registered = register_name().has_value();
      const auto batch = step();
      if (batch) {
        failures = 0;
        if (!batch->more) signal.wait_for(batch->unsettled ? unsettled_pause : poll_pause);
        continue;
      }
      spdlog::warn("subscriber {}: {}", name, describe(batch.error()));
      pause_after(++failures);
    }
  }

  /// A failing batch holds the line, since order is promised; it must not spin.
  void pause_after(int failures) {
    const auto until = std::chrono::steady_clock::now() +
                       std::min(longest_pause, milliseconds{250} * (1 << std::min(failures, 9)));
    while (!stopping && std::chrono::steady_clock::now() < until)
      signal.wait_for(milliseconds{250});
  }
};

Subscriber::Subscriber(Database& database, std::string name, std::vector<std::string> topics,
                       Handler handler, int batch)
    : impl_(new Impl{database, std::move(name), std::move(topics), std::move(handler), batch}) {}
Subscriber::~Subscriber() { stop(); }

void Subscriber::start() {
  MINBEN_ASSERT(!impl_->thread.joinable());
  impl_->stopping = false;
  impl_->database.impl().hub.add(impl_->signal, events_channel);
  impl_->thread = std::thread([this] { impl_->run(); });
}

void Subscriber::stop() {
  impl_->stopping = true;
  impl_->database.impl().hub.remove(impl_->signal);
  impl_->signal.raise();
  if (impl_->thread.joinable()) impl_->thread.join();
}

Result<int> Subscriber::run_once() {
  MINBEN_CHECK(impl_->register_name());
  for (int count = 0;;) {
    MINBEN_TRY(batch, impl_->step());
    count += static_cast<int>(batch.events.size());
    if (!batch.more) return count;
  }
}

// ----------------------------------------------------------------------------------- listener

struct Listener::Impl {
  Database& database;
  std::vector<std::string> topics;
  std::function<void(const Event&)> on_event;
  std::int64_t position = -1;  ///< -1: not known yet
  Signal signal{};
  std::atomic<bool> stopping{false};
  std::thread thread{};

  Result<void> find_start() {
    MINBEN_TRY(start, database.transact([](Transaction& t) { return settled_position(t); }));
    position = start;
    return {};
  }

  Result<EventBatch> step() {
    if (position < 0) MINBEN_CHECK(find_start());
    MINBEN_TRY(batch, database.transact([&](Transaction& transaction) {
      return read_events(transaction, topics, position, 256);
    }));
    for (const Event& event : batch.events) {
      if (stopping) break;
      on_event(event);
    }
    position = batch.reached;
    return batch;
  }

  void run() {
    while (!stopping) {
      const auto batch = step();
      if (!batch) spdlog::warn("listener: {}", describe(batch.error()));
      if (batch && batch->more) continue;
      signal.wait_for(batch && batch->unsettled ? unsettled_pause : poll_pause);
    }
  }
};

Listener::Listener(Database& database, std::vector<std::string> topics,
                   std::function<void(const Event&)> on_event)
    : impl_(new Impl{database, std::move(topics), std::move(on_event)}) {
  database.impl().hub.add(impl_->signal, events_channel);
  const auto found = impl_->find_start();
  if (!found) spdlog::warn("listener starts late: {}", describe(found.error()));
  impl_->thread = std::thread([this] { impl_->run(); });
}

Listener::~Listener() {
  impl_->stopping = true;
  impl_->database.impl().hub.remove(impl_->signal);
  impl_->signal.raise();
  impl_->thread.join();
}

}  // namespace minben::store
