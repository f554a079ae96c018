#pragma once
// Private: one stream's followers on this node, and its newest records as they are written.
#include <deque>

#include "streams/feed.hpp"

namespace minben::streams {

struct Follower {
  Feed::Wanted wanted;  ///< `after` moves on
  std::shared_ptr<net::SharedEventStream> to;
};

/// As followers get it.
std::string event_text(const Record& record);

/// Belongs to the feed's thread.
class Channel {
 public:
  static constexpr std::size_t most_kept = 2048;  ///< records
  static constexpr std::size_t most_kept_bytes = 4u << 20;
  static constexpr std::size_t most_at_once = 64u << 10;  ///< bytes of one text

  Channel(StreamId id, std::int64_t position) : id_(id), position_(position) {}
  [[nodiscard]] const StreamId& id() const { return id_; }
  [[nodiscard]] std::int64_t position() const { return position_; }

  void add(Follower follower) { followers_.push_back(std::move(follower)); }
  /// Records that follow position(), to all who have come so far.
  void deliver(const std::vector<Record>& records);
  /// Brings those on who are behind and have taken what they were sent: from what is kept here, or
  /// by `read` from the database, at most `reads` times. How many are still behind.
  using Read = std::function<Result<Page>(std::int64_t after, std::string_view key)>;
  std::size_t catch_up(const Read& read, int& reads);
  /// Those before `pruned` that somebody asks for are told of as gone.
  void skip_pruned(std::int64_t pruned, const std::string& origin);
  void close(std::string_view reason);
  /// Forgets those who have gone; how many are left.
  std::size_t sweep();

 private:
  struct Kept {
    std::int64_t sequence;
    std::string key;
    std::string text;
  };
  void keep(const Record& record);
  /// Records after one number as one text; moves the number. Nothing when those are not kept here.
  std::optional<net::EventText> from_kept(std::int64_t& after, std::string_view key) const;
  bool bring_on(Follower& follower, const Read& read, int& reads,
                std::map<std::pair<std::int64_t, std::string>,
                         std::pair<net::EventText, std::int64_t>>& made);

  StreamId id_;
  std::int64_t position_;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  std::vector<Follower> followers_;
};

}  // namespace minben::streams
