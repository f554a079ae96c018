#include "core/parallel.hpp"

#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace minben {
namespace {

TEST(Pieces, CoverAllOnceWhateverTheirLength) {
  for (const std::size_t count : {0u, 1u, 7u, 100u, 1001u})
    for (const std::size_t least : {0u, 1u, 3u, 100u, 5000u}) {
      std::vector<int> seen(count);
      std::mutex mutex;
      std::size_t shortest = count;
      in_pieces(count, least, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) ++seen[i];
        const std::lock_guard lock(mutex);
        shortest = std::min(shortest, to - from);
      });
      EXPECT_EQ(seen, std::vector<int>(count, 1)) << count << " in " << least;
      EXPECT_GE(shortest, std::min(count, least));
    }
}

TEST(Pieces, SmallWorkStaysOnItsThread) {
  in_pieces(99, 50, [me = std::this_thread::get_id()](std::size_t from, std::size_t to) {
    EXPECT_EQ(std::this_thread::get_id(), me);
    EXPECT_EQ(from, 0u);
    EXPECT_EQ(to, 99u);
  });
}

}  // namespace
}  // namespace minben
