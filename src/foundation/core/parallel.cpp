#include "core/parallel.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace minben {

void in_pieces(std::size_t count, std::size_t least,
               const std::function<void(std::size_t, std::size_t)>& work, std::size_t most) {
  if (count == 0) return;
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t pieces =
      std::clamp<std::size_t>(count / std::max<std::size_t>(least, 1), 1, std::min(cores, most));
  const auto begin_of = [&](std::size_t piece) { return count * piece / pieces; };
  std::vector<std::jthread> others;
  others.reserve(pieces - 1);
  for (std::size_t i = 1; i < pieces; ++i)
    others.emplace_back([&work, from = begin_of(i), to = begin_of(i + 1)] { work(from, to); });
  work(0, begin_of(1));
}

}  // namespace minben
