#include "streams.hpp"

namespace minben::citizen {

/// A browser opens one stream a page; more of one thing are dropped, the oldest first.
constexpr std::size_t max_streams_of_one = 16;

struct Streams::Open {
  std::mutex mutex;
  std::map<std::string, std::vector<std::shared_ptr<net::EventStream>>> by_id;

  void changed(const std::string& id) {
    const std::lock_guard lock(mutex);
    const auto found = by_id.find(id);
    if (found == by_id.end()) return;
    std::erase_if(found->second, [](const auto& stream) { return !stream->send("changed", "1"); });
    if (found->second.empty()) by_id.erase(found);
  }

  void add(const std::string& id, std::shared_ptr<net::EventStream> stream) {
    const std::lock_guard lock(mutex);
    forget_closed();
    auto& streams = by_id[id];
    if (streams.size() >= max_streams_of_one) {
      streams.front()->close();
      streams.erase(streams.begin());
    }
    streams.push_back(std::move(stream));
  }

 private:
  void forget_closed() {
    for (auto at = by_id.begin(); at != by_id.end();) {
      std::erase_if(at->second, [](const auto& stream) { return !stream->open(); });
      at = at->second.empty() ? by_id.erase(at) : std::next(at);
    }
  }
};

Streams::Streams(store::Database& database)
    : open_(std::make_shared<Open>()),
      listener_(std::make_shared<store::Listener>(
          database, std::vector<std::string>{"case", "data-request"},
          [open = open_](const store::Event& event) { open->changed(event.key); })) {}

void Streams::add(const std::string& id, std::shared_ptr<net::EventStream> stream) const {
  open_->add(id, std::move(stream));
}

}  // namespace minben::citizen
