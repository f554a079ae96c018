#include "core/crew.hpp"

#include <atomic>
#include <latch>

#include <gtest/gtest.h>

namespace minben {
namespace {

constexpr milliseconds for_ever{3'600'000};

TEST(Crews, TakeTurnsAtOnceWhileThereIsMore) {
  Crew crew;
  std::atomic<int> turns = 0;
  std::latch done(1);
  crew.start(1, for_ever, [&] {
    if (++turns == 5) done.count_down();
    return turns < 5;
  });
  done.wait();
  crew.stop();
  EXPECT_EQ(turns, 5);
}

TEST(Crews, TakeAnotherTurnWhenWokenInOne) {
  Crew crew;
  std::atomic<int> turns = 0;
  std::latch begun(1), woken(1), again(1);
  crew.start(1, for_ever, [&] {
    if (++turns == 1) {
      begun.count_down();
      woken.wait();
    } else {
      again.count_down();
    }
    return false;
  });
  begun.wait();
  crew.wake();
  woken.count_down();
  again.wait();
  EXPECT_EQ(turns, 2);
}

TEST(Crews, EndAWaitWhenTheyStop) {
  Crew crew;
  std::latch waiting(1);
  std::atomic<bool> whole = true;
  crew.start(1, for_ever, [&] {
    waiting.count_down();
    whole = crew.wait(for_ever);
    return true;
  });
  waiting.wait();
  crew.stop();
  EXPECT_FALSE(whole);
  EXPECT_TRUE(crew.stopping());
  EXPECT_FALSE(crew.wait(for_ever));
}

TEST(Crews, MayBeStartedAgain) {
  Crew crew;
  for (int i = 0; i < 2; ++i) {
    std::latch all(3);
    crew.start(3, for_ever, [&] {
      all.count_down();
      return false;
    });
    all.wait();
    crew.stop();
  }
  EXPECT_TRUE(crew.wait(milliseconds{0}) || crew.stopping());
}

}  // namespace
}  // namespace minben
