#include "channel.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace minben::streams {

std::string event_text(const Record& record) {
  return fmt::format("id: {}\ndata: {}\n\n", record.sequence, record_json(record));
}

void Channel::keep(const Record& record) {
  Kept& made = kept_.emplace_back(Kept{record.sequence, record.key, event_text(record)});
  kept_bytes_ += made.text.size();
  while (kept_.size() > most_kept || kept_bytes_ > most_kept_bytes) {
    kept_bytes_ -= kept_.front().text.size();
    kept_.pop_front();
  }
}

std::optional<net::EventText> Channel::from_kept(std::int64_t& after, std::string_view key) const {
  if (kept_.empty() || after + 1 < kept_.front().sequence) return std::nullopt;
  std::string text;
  auto index = static_cast<std::size_t>(after + 1 - kept_.front().sequence);
  for (; index < kept_.size() && text.size() < most_at_once; ++index) {
    const Kept& each = kept_[index];
    after = each.sequence;
    if (key.empty() || each.key == key) text += each.text;
  }
  return std::make_shared<const std::string>(std::move(text));
}

// Texts are made once for each place and key, however many want them.
void Channel::deliver(const std::vector<Record>& records) {
  const std::int64_t before = position_;
  for (const Record& record : records) {
    if (record.sequence != position_ + 1) break;  // pruned meanwhile: skip_pruned() tells of it
    keep(record);
    position_ = record.sequence;
  }
  if (kept_.empty() || before + 1 < kept_.front().sequence)
    return;  // too many at once: they are caught up with
  std::map<std::string, std::vector<net::EventText>, std::less<>> made;
  const auto texts = [&](const std::string& key) -> const std::vector<net::EventText>& {
    auto [found, fresh] = made.try_emplace(key);
    for (std::int64_t at = before; fresh && at < position_;) {
      auto text = from_kept(at, key);
      if (text && !(*text)->empty()) found->second.push_back(std::move(*text));
    }
    return found->second;
  };
  for (Follower& follower : followers_) {
    if (follower.wanted.after != before) continue;
    bool open = true;
    for (const net::EventText& text : texts(follower.wanted.key))
      open = open && follower.to->send(text);
    if (open) follower.wanted.after = position_;
  }
}

bool Channel::bring_on(
    Follower& follower, const Read& read, int& reads,
    std::map<std::pair<std::int64_t, std::string>, std::pair<net::EventText, std::int64_t>>& made) {
  const std::pair place{follower.wanted.after, follower.wanted.key};
  auto found = made.find(place);
  if (found == made.end()) {
    std::int64_t after = follower.wanted.after;
    auto text = from_kept(after, follower.wanted.key);
    if (!text) {
      if (reads-- <= 0) return false;
      const auto page = read(after, follower.wanted.key);
      if (!page) return false;
      std::string written;
      for (const Record& record : page->records) {
        if (record.sequence > position_) break;
        written += event_text(record);
        after = record.sequence;
        if (written.size() >= most_at_once) break;
      }
      const bool all = page->records.empty() || after == page->records.back().sequence;
      if (all && !page->more) after = std::max(after, position_);
      if (written.empty()) after = position_;
      text = std::make_shared<const std::string>(std::move(written));
    }
    found = made.emplace(place, std::pair{std::move(*text), after}).first;
  }
  const auto& [text, after] = found->second;
  if (text->empty() || follower.to->send(text)) follower.wanted.after = after;
  return true;
}

std::size_t Channel::catch_up(const Read& read, int& reads) {
  std::map<std::pair<std::int64_t, std::string>, std::pair<net::EventText, std::int64_t>> made;
  std::size_t behind = 0;
  for (Follower& follower : followers_) {
    if (follower.wanted.after >= position_ || !follower.to->open()) continue;
    if (follower.to->waiting() == 0) bring_on(follower, read, reads, made);
    if (follower.wanted.after < position_) ++behind;
  }
  return behind;
}

void Channel::skip_pruned(std::int64_t pruned, const std::string& origin) {
  if (position_ < pruned) {
    kept_.clear();
    kept_bytes_ = 0;
    position_ = pruned;
  }
  for (Follower& follower : followers_) {
    if (follower.wanted.after >= pruned) continue;
    const Json gap = JsonObject{
        {"after", follower.wanted.after},
        {"first", pruned + 1},
        {"history", fmt::format("{}/datastore/dump/{}?format=csv", origin, to_string(id_))}};
    follower.to->send("gap", write_json(gap), std::to_string(pruned));
    follower.wanted.after = pruned;
  }
}

void Channel::close(std::string_view reason) {
  const auto text = std::make_shared<const std::string>(
      net::write_event("closed", write_json(JsonObject{{"reason", reason}})));
  for (Follower& follower : followers_) {
    follower.to->send(text);
    follower.to->close();
  }
  followers_.clear();
}

std::size_t Channel::sweep() {
  std::erase_if(followers_, [](const Follower& each) { return !each.to->open(); });
  return followers_.size();
}

}  // namespace minben::streams
