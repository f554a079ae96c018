#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "fixture.hpp"

namespace minben::keys {
namespace {

using Rotating = KeysTest;

TEST_F(Rotating, LeavesEverythingReadableAndTheOldKeyUnneeded) {
  Machine a = machine();
  const auto before = people(a, 25);
  const auto erased = sealed_at(a, 99);
  must(db_->transact([&](store::Transaction& t) { return a.vault.erase(t, erased.whose); }));
  const auto old = a.ring->ids().front();
  EXPECT_EQ(wraps(a, old), 25 + purposes);

  const auto fresh = must(a.rotate());
  EXPECT_EQ(state(a, old), State::deactivated);
  EXPECT_EQ(wraps(a, old), 0);
  EXPECT_EQ(wraps(a, fresh), 25 + purposes);
  must(a.rotation.retire(old));
  EXPECT_EQ(state(a, old), State::destroyed);
  EXPECT_EQ(a.ring->ids(), std::vector{fresh});

  const Machine restarted = machine();
  for (const Sealed& each : before) {
    EXPECT_EQ(must(a.open(each.whose, each.sealed)), each.text);
    EXPECT_EQ(must(restarted.open(each.whose, each.sealed)), each.text);
  }
  EXPECT_EQ(restarted.open(erased.whose, erased.sealed).error().code, "erased");
  for (const char* value : {"lin@example.test", "A123456789"})
    EXPECT_EQ(a.vault.lookup("x", value), restarted.vault.lookup("x", value))
        << "what is found by a keyed hash must be found ever after";
}

TEST_F(Rotating, GoesOnWhileNodesSealAndOpen) {
  Machine a = machine("a");
  copy("a", "b");
  const Machine b = machine("b");
  const auto before = people(a, 60);
  const auto old = a.ring->ids().front();
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::vector<Sealed> during;
  std::thread node([&] {
    for (int i = 0; !stop; ++i, ++rounds) {
      during.push_back(sealed_at(b, i));
      const Sealed& known = before[static_cast<std::size_t>(i) % before.size()];
      EXPECT_EQ(must(b.open(known.whose, known.sealed)), known.text);
    }
  });
  const auto next = must(a.rotation.prepare());
  copy("a", "b");  // b reads it when it meets the first key that the new one wrapped
  must(a.rotation.activate(next));
  auto rewrapped = a.rewrap(5);
  auto retired = a.rotation.retire(old);
  // A transaction of b that began before may have ended after; nothing of it may be lost.
  if (!retired && retired.error().code == "still_wraps") {
    rewrapped = a.rewrap(5);
    retired = a.rotation.retire(old);
  }
  for (const int since = rounds; rounds < since + 5;) std::this_thread::yield();
  stop = true;
  node.join();
  ASSERT_TRUE(rewrapped) << describe(rewrapped.error());
  ASSERT_TRUE(retired) << describe(retired.error());
  copy("a", "b");
  const Machine restarted = machine("b");
  EXPECT_GE(during.size(), 5u);
  for (const auto* list : {&before, static_cast<const std::vector<Sealed>*>(&during)})
    for (const Sealed& each : *list)
      EXPECT_EQ(must(restarted.open(each.whose, each.sealed)), each.text);
}

TEST_F(Rotating, GoesOnWhereItWasKilled) {
  Machine a = machine();
  const auto before = people(a, 80);
  const auto old = a.ring->ids().front();
  int kills = 0;
  for (useconds_t patience = 1000;; patience += 800) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {  // a process of its own, with connections of its own
      const auto database =
          must(store::Database::open({.url = db_.url(), .connections = 1}, clock_));
      Machine worker(*database, clock_, random_, file("a"));
      // Killed at the very end, with nothing left to do: another run would be another rotation.
      if (state(worker, old) == State::deactivated && wraps(worker, old) == 0) ::_exit(0);
      const bool done = must(worker.rotation.unfinished()) ? worker.rewrap(1).has_value()
                                                           : worker.rotate(1).has_value();
      ::_exit(done ? 0 : 1);
    }
    ::usleep(patience);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    for (const Sealed& each : before)
      ASSERT_EQ(must(a.open(each.whose, each.sealed)), each.text) << "after " << kills << " kills";
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ++kills;
  }
  EXPECT_GT(kills, 0);
  must(a.ring->refresh());
  EXPECT_EQ(a.ring->ids().size(), 2u) << "one rotation, however often it was killed";
  EXPECT_EQ(wraps(a, old), 0);
  must(a.rotation.retire(old));
  const Machine restarted = machine();
  for (const Sealed& each : before)
    EXPECT_EQ(must(restarted.open(each.whose, each.sealed)), each.text);
}

TEST_F(Rotating, ComesBackForWhatWasLocked) {
  Machine a = machine();
  const auto some = people(a, 9);
  constexpr store::Query lock{"test_lock_first",
                              "select subject_id from identity.subject_key order by subject_id "
                              "limit 1 for update"};
  const auto old = a.ring->ids().front();
  must(a.rotation.activate(must(a.rotation.prepare())));
  Rotation::Progress progress;
  must(db_->transact([&](store::Transaction& t) -> Result<void> {
    MINBEN_CHECK(t.run(lock));
    for (int i = 0; i < 3; ++i) MINBEN_CHECK(a.rotation.rewrap(5, progress));
    return {};
  }));
  EXPECT_EQ(wraps(a, old), 1);
  EXPECT_EQ(must(a.rotation.rewrap(5, progress)), 1);
  EXPECT_EQ(wraps(a, old), 0);
}

TEST_F(Rotating, UsesTheKeyThatAKilledRotationLeftInTheFile) {
  Machine a = machine();
  const auto left = must(a.ring->add(trust::MasterKey::generate(random_)));
  EXPECT_EQ(must(a.rotation.prepare()), left);
  EXPECT_EQ(must(a.rotation.prepare()), left);
  EXPECT_EQ(a.ring->ids().size(), 2u);
}

TEST_F(Rotating, RefusesToRetireWhatIsNeeded) {
  Machine a = machine();
  const auto before = people(a, 12);
  const auto old = a.ring->ids().front();
  EXPECT_EQ(a.rotation.retire(old).error().code, "key_in_use");
  const auto next = must(a.rotation.prepare());
  must(a.rotation.activate(next));
  Rotation::Progress progress;
  must(a.rotation.rewrap(5, progress));
  const auto refused = a.rotation.retire(old);
  EXPECT_EQ(refused.error().code, "still_wraps");
  EXPECT_NE(refused.error().detail.find("7 of people"), std::string::npos)
      << refused.error().detail;
  EXPECT_EQ(a.ring->ids().size(), 2u);
  EXPECT_EQ(a.rotation.activate(old).error().code, "not_in_pre_activation");
  EXPECT_EQ(state(a, next), State::active) << "a refusal changes nothing";
  EXPECT_EQ(a.rotation.retire(trust::MasterKeyId{}).error().code, "no_such_key");
  must(a.rewrap());
  EXPECT_TRUE(a.rotation.retire(old));
  EXPECT_TRUE(a.rotation.retire(old)) << "again does nothing";
}

TEST_F(Rotating, RetiringWaitsForWhoeverIsWrapping) {
  Machine a = machine();
  const auto old = a.ring->ids().front();
  const PersonId late = PersonId::make(clock_, random_);
  std::promise<void> wrapped, go;
  std::thread slow([&] {
    must(db_->transact([&](store::Transaction& t) -> Result<void> {
      MINBEN_CHECK(a.vault.seal(t, late, "test", "x"));
      wrapped.set_value();
      go.get_future().wait();
      return {};
    }));
  });
  wrapped.get_future().wait();
  must(a.rotate());  // does not see what is not committed
  auto retired = std::async(std::launch::async, [&] { return a.rotation.retire(old); });
  EXPECT_EQ(retired.wait_for(milliseconds{300}), std::future_status::timeout);
  go.set_value();
  slow.join();
  EXPECT_EQ(retired.get().error().code, "still_wraps");
  must(a.rewrap());
  EXPECT_TRUE(a.rotation.retire(old));
  EXPECT_TRUE(a.seal(late, "y"));
}

TEST_F(Rotating, WaitsForNodesThatDoNotHaveTheKey) {
  Machine a = machine("a");
  copy("a", "b");
  const Machine b = machine("b");
  must(a.keys->report("node a"));
  must(b.keys->report("node b"));
  const auto next = must(a.rotation.prepare());
  must(a.keys->report("node a"));
  EXPECT_EQ(must(a.rotation.nodes_without(next)), std::vector<std::string>{"node b"});
  const auto refused = a.rotation.activate(next);
  EXPECT_EQ(refused.error().code, "nodes_lack_key");
  EXPECT_NE(refused.error().detail.find("node b"), std::string::npos);
  EXPECT_EQ(state(a, next), State::pre_activation);

  copy("a", "b");
  must(b.keys->report("node b"));
  EXPECT_TRUE(must(a.rotation.nodes_without(next)).empty());
  EXPECT_TRUE(a.rotation.activate(next));
}

TEST_F(Rotating, DoesNotWaitForNodesThatAreGone) {
  Machine a = machine("a");
  copy("a", "b");
  {
    const Machine b = machine("b");
    must(b.keys->report("killed"));
    b.keys->start("stopped");
    while (must(a.rotation.nodes_without({})).size() < 2) std::this_thread::yield();
  }
  const auto next = must(a.rotation.prepare());
  EXPECT_EQ(must(a.rotation.nodes_without(next)), std::vector<std::string>{"killed"});
  clock_.advance(report_lease + seconds{1});
  EXPECT_TRUE(a.rotation.activate(next));
}

TEST_F(Rotating, TellsAMachineWithAnOldFileWhatItLacks) {
  Machine a = machine("a");
  copy("a", "b");
  copy("a", "c");
  Machine b = machine("b");
  const Sealed known = sealed_at(a, 1);
  must(a.rotate());
  EXPECT_EQ(b.open(known.whose, known.sealed).error().code, "unknown_master_key");
  EXPECT_EQ(b.seal(PersonId::make(clock_, random_), "x").error().code, "unknown_master_key");
  EXPECT_EQ(b.rotation.prepare().error().code, "unknown_master_key");
  const auto refused =
      Keys::open(db_.database(), clock_, random_, std::move(*trust::KeyRing::load(file("c"))));
  EXPECT_EQ(refused.error().code, "unknown_master_key");
  EXPECT_NE(refused.error().detail.find(trust::to_string(a.ring->ids().back())), std::string::npos);
  copy("a", "b");
  EXPECT_EQ(must(b.open(known.whose, known.sealed)), known.text) << "without a restart";
}

TEST_F(Rotating, RetiresOnEachMachine) {
  Machine a = machine("a");
  const auto old = a.ring->ids().front();
  const auto next = must(a.rotate());
  copy("a", "b");
  Machine b = machine("b");
  must(a.rotation.retire(old));
  EXPECT_EQ(b.ring->ids().size(), 2u);
  must(b.rotation.retire(old));
  EXPECT_EQ(b.ring->ids(), std::vector{next});
}

}  // namespace
}  // namespace minben::keys
