#include "streams/feed.hpp"

#include <algorithm>
#include <mutex>

#include <spdlog/spdlog.h>

#include "channel.hpp"
#include "store/live.hpp"

namespace minben::streams {

namespace {

constexpr milliseconds quiet{1000};  ///< between looks when nothing is announced
constexpr milliseconds busy{10};     ///< while somebody is behind
constexpr int page_size = 500;
constexpr int reads_a_pass = 50;
constexpr auto count_pause = seconds{10};

/// Followers by address and in all.
class Doors {
 public:
  explicit Doors(const FeedConfig& config) : config_(config) {}
  Result<void> enter(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (all_ >= config_.max_followers)
      return fail(Kind::unavailable, "too_many_followers",
                  "as many follow here as can: try again later");
    int& here = by_address_[address];
    if (here >= config_.max_per_address)
      return fail(Kind::too_many, "too_many_from_address",
                  "too many streams are followed from this address");
    ++here;
    ++all_;
    return {};
  }
  void leave(const std::string& address) {
    const std::lock_guard lock(mutex_);
    --all_;
    const auto found = by_address_.find(address);
    if (--found->second == 0) by_address_.erase(found);
  }
  [[nodiscard]] int all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  const FeedConfig& config_;
  mutable std::mutex mutex_;
  std::map<std::string, int> by_address_;
  int all_ = 0;
};

}  // namespace

struct Feed::Impl {
  Impl(store::Database& a_database, const Streams& a_streams, const Clock& a_clock, Random& random,
       FeedConfig configured)
      : streams(a_streams),
        clock(a_clock),
        config(std::move(configured)),
        doors(std::make_shared<Doors>(config)),
        waiter(a_database),
        node(new_uuid(a_clock, random)) {}

  const Streams& streams;
  const Clock& clock;
  const FeedConfig config;
  std::shared_ptr<Doors> doors;  ///< places may outlive the feed
  store::Waiter waiter;
  const Uuid node;
  std::map<StreamId, Channel> channels;  ///< the thread's
  Instant told{};
  std::mutex mutex;
  std::vector<Follower> coming;
  std::atomic<bool> stopping = false;
  std::thread thread;

  void run() {
    bool behind = false;
    while (!stopping) {
      waiter.wait_for(behind ? busy : quiet);
      behind = pass();
    }
    for (auto& [id, channel] : channels) channel.close("node_stops");
    channels.clear();
  }

  /// True when somebody is still behind.
  bool pass() {
    std::vector<Follower> fresh;
    {
      const std::lock_guard lock(mutex);
      fresh = std::exchange(coming, {});
    }
    std::vector<StreamId> ids;
    for (const auto& [id, channel] : channels) ids.push_back(id);
    for (const Follower& each : fresh) ids.push_back(each.wanted.stream);
    if (ids.empty()) {
      tell();
      return false;
    }
    const auto heads = streams.heads(ids);
    if (!heads) {
      spdlog::warn("streams: {}", describe(heads.error()));
      const std::lock_guard lock(mutex);
      std::ranges::move(fresh, std::back_inserter(coming));
      return true;
    }
    for (Follower& each : fresh) seat(std::move(each), *heads);
    bool behind = false;
    int reads = reads_a_pass;
    for (const Streams::Head& head : *heads) {
      const auto found = channels.find(head.id);
      if (found != channels.end()) behind |= look(found->second, head, reads);
    }
    for (auto each = channels.begin(); each != channels.end();)
      each = each->second.sweep() == 0 ? channels.erase(each) : std::next(each);
    tell();
    return behind;
  }

  void seat(Follower follower, const std::vector<Streams::Head>& heads) {
    const auto head = std::ranges::find(heads, follower.wanted.stream, &Streams::Head::id);
    if (head == heads.end()) return follower.to->close();
    auto [found, is_new] = channels.try_emplace(head->id, head->id, head->last);
    found->second.add(std::move(follower));
  }

  bool look(Channel& channel, const Streams::Head& head, int& reads) {
    if (!head.open) {
      channel.close("closed");
      return false;
    }
    channel.skip_pruned(head.pruned, config.origin);
    const auto read = [&](std::int64_t after, std::string_view key) {
      return streams.records(channel.id(), after, page_size, key);
    };
    while (channel.position() < head.last) {
      const auto page = read(channel.position(), {});
      if (!page) {
        spdlog::warn("streams: {}", describe(page.error()));
        return true;
      }
      if (page->records.empty()) break;
      channel.deliver(page->records);
    }
    return channel.catch_up(read, reads) > 0;
  }

  void tell() {
    const Instant now = clock.now();
    if (now - told < count_pause) return;
    told = now;
    std::map<StreamId, int> counts;
    for (auto& [id, channel] : channels) counts[id] = static_cast<int>(channel.sweep());
    if (counts.empty()) return;
    if (const auto done = streams.tell_followers(node, counts); !done)
      spdlog::warn("streams: {}", describe(done.error()));
  }
};

Feed::Feed(store::Database& database, const Streams& streams, const Clock& clock, Random& random,
           FeedConfig config)
    : impl_(new Impl(database, streams, clock, random, std::move(config))) {}
Feed::~Feed() { stop(); }

void Feed::start() {
  impl_->stopping = false;
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Feed::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->stopping = true;
  impl_->waiter.wake();
  impl_->thread.join();
}

Result<Place> Feed::admit(const std::string& remote_address) {
  MINBEN_CHECK(impl_->doors->enter(remote_address));
  return Place(nullptr,
               [doors = impl_->doors, remote_address](void*) { doors->leave(remote_address); });
}

void Feed::follow(Wanted wanted, std::shared_ptr<net::SharedEventStream> to) {
  to->send(std::make_shared<const std::string>(": minben\nretry: 3000\n\n"));
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->coming.push_back({std::move(wanted), std::move(to)});
  }
  impl_->waiter.wake();
}

int Feed::followers() const { return impl_->doors->all(); }
const FeedConfig& Feed::config() const { return impl_->config; }

}  // namespace minben::streams
