#include "rebuild.hpp"

namespace minben::ledger {

void RightEdges::offer(int level, std::uint64_t index, std::span<const Hash> hashes) {
  const std::lock_guard guard(mutex_);
  for (auto& [size, edge] : edges_) {
    const std::uint64_t count = hashes_at(level, size);
    if (count % tile_width == 0 || count / tile_width != index) continue;
    const auto part = hashes.first(count % tile_width);
    edge[level].assign(part.begin(), part.end());
  }
}

Hash RightEdges::root(std::uint64_t size) const {
  const Edge& edge = edges_.at(size);
  const auto found = tree_root(size, [&](int level, std::uint64_t index) -> Result<Hash> {
    const int inside = level % tile_height;
    const std::uint64_t first = (index << inside) % tile_width;
    const std::span<const Hash> hashes = edge.at(level / tile_height);
    return complete_tile_root(hashes.subspan(first, std::size_t{1} << inside));
  });
  return *found;  // nothing is read, so nothing fails
}

bool Upper::may_begin(std::uint64_t index) {
  std::unique_lock guard(mutex_);
  moved_.wait(guard, [&] { return stopped_ || index < next_ + ahead_; });
  return !stopped_;
}

std::vector<RebuiltTile> Upper::add(std::uint64_t index, const Hash& root) {
  std::vector<RebuiltTile> completed;
  const std::lock_guard guard(mutex_);
  early_.emplace(index, root);
  for (auto first = early_.begin(); first != early_.end() && first->first == next_;
       first = early_.erase(first), ++next_)
    push(0, first->second, completed);
  moved_.notify_all();
  return completed;
}

void Upper::push(std::size_t at, const Hash& hash, std::vector<RebuiltTile>& completed) {
  if (at == levels_.size()) levels_.emplace_back();
  Level& level = levels_[at];
  level.hashes.push_back(hash);
  if (level.hashes.size() < tile_width) return;
  const Hash above = complete_tile_root(level.hashes);
  completed.push_back(
      {{static_cast<int>(at) + 1, level.full++, tile_width}, std::exchange(level.hashes, {})});
  push(at + 1, above, completed);
}

std::vector<RebuiltTile> Upper::partials() {
  const std::lock_guard guard(mutex_);
  std::vector<RebuiltTile> out;
  for (std::size_t at = 0; at < levels_.size(); ++at) {
    const Level& level = levels_[at];
    if (level.hashes.empty()) continue;
    out.push_back({{static_cast<int>(at) + 1, level.full, static_cast<int>(level.hashes.size())},
                   level.hashes});
  }
  return out;
}

void Upper::stop() {
  const std::lock_guard guard(mutex_);
  stopped_ = true;
  moved_.notify_all();
}

}  // namespace minben::ledger
