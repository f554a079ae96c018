// A harvesting process is killed at random moments and started again; what comes out equals what an
// undisturbed one makes. 1,000 datasets and 10 kills, or MINBEN_HARVEST_DATASETS and
// MINBEN_HARVEST_KILLS.
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "house.hpp"

namespace minben::harvest {

namespace {

int number(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<int>(parse_integer(text).value_or(otherwise)) : otherwise;
}

struct Kill : testing::Test {
  using Run = harvest::Run;
  SystemClock clock;
  SystemRandom random;
  catalogue::Catalogue catalogue{clock, random};
  Portal portal;
  using Database = minben::test::TestDatabase;

  RunId begin(Database& db) {
    const Harvester harvester(db.database(), catalogue, clock, random, House::settings());
    Source source;
    source.code = SourceCode{"city"};
    source.title.en = "A city";
    source.url = portal.url();
    source.pause_ms = milliseconds{5};
    source.whole_every_days = 0;
    const auto begun = db->transact([&](auto& tx) -> Result<Run> {
      MINBEN_CHECK(harvester.save(tx, source));
      const auto known = harvester.runs(tx, source.code, 1);
      if (known && known->empty()) {
        MINBEN_TRY(dry, harvester.begin(tx, source.code, true, "test"));
        return dry;
      }
      MINBEN_CHECK(harvester.activate(tx, source.code));
      return harvester.begin(tx, source.code, false, "test");
    });
    if (!begun) ADD_FAILURE() << describe(begun.error());
    return begun ? begun->id : RunId{};
  }
  static pid_t start(Database& db, RunId run) {
    const std::string program = MINBEN_BINARY_DIR "/tests/harvest_once", id = to_string(run);
    std::string url = db.url();
    std::array<char*, 4> arguments{const_cast<char*>(program.c_str()), url.data(),
                                   const_cast<char*>(id.c_str()), nullptr};
    pid_t child = 0;
    const int failed =
        ::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ);
    EXPECT_EQ(failed, 0);
    return child;
  }
  static bool wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  Run over(Database& db, RunId run) {
    const Harvester harvester(db.database(), catalogue, clock, random, House::settings());
    return db->transact([&](auto& tx) { return harvester.run(tx, run); }).value();
  }
  /// All that does not depend on when it was.
  std::string content(Database& db) {
    std::vector<std::string> lines;
    const auto entries =
        db->transact([&](auto& tx) { return catalogue.changes(tx, 0, 1'000'000); }).value();
    for (catalogue::Entry entry : entries) {
      entry.dataset.origin->fetched_at = {};
      lines.push_back(fmt::format("{} {} {} {}", to_string(entry.dataset.id), entry.version,
                                  to_string(entry.status),
                                  write_json(catalogue::to_json(entry.dataset))));
    }
    std::ranges::sort(lines);
    return hex_encode(sha256(fmt::format("{}", fmt::join(lines, "\n")))) +
           fmt::format(" of {}", lines.size());
  }
};

}  // namespace

TEST_F(Kill, AnyMomentLeavesNothingToRepair) {
  const int datasets = number("MINBEN_HARVEST_DATASETS", 1000);
  const int kills = number("MINBEN_HARVEST_KILLS", 10);
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom dice(seed);
  portal.add(1, datasets);
  Database calm(clock, {catalogue::migrations(), migrations()});
  Database disturbed(clock, {catalogue::migrations(), migrations()});
  for (Database* each : {&calm, &disturbed}) ASSERT_TRUE(wait_for(start(*each, begin(*each))));

  // The second round changes some and loses some: versions and withdrawals are disturbed, too.
  int killed = 0, alive = 0;
  for (const int round : {1, 2}) {
    if (round == 2) {
      portal.add(1, datasets / 10, "改過的資料集");
      for (int i = 0; i < datasets / 20; ++i) portal.remove(datasets - i);
    }
    const auto before = std::chrono::steady_clock::now();
    const RunId quiet = begin(calm);
    ASSERT_TRUE(wait_for(start(calm, quiet)));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - before;
    const RunId run = begin(disturbed);
    const int wanted = round == 1 ? (kills + 1) / 2 : kills / 2;
    for (int i = 0; i < wanted;) {
      const pid_t child = start(disturbed, run);
      // Who goes on after a kill waits for the lease of the dead; then it works for a share of the
      // time that the whole takes.
      const std::uint64_t lease = i == 0 ? 0 : 300;
      const auto share = static_cast<std::uint64_t>(10 + took.count() * 0.7 / wanted);
      std::this_thread::sleep_for(milliseconds{lease + dice.below(share)});
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      if (!WIFSIGNALED(status)) {
        ++alive;
        break;  // it was over before
      }
      ++i;
      ++killed;
    }
    ASSERT_TRUE(wait_for(start(disturbed, run)));
    const Counts &a = over(calm, quiet).counts, b = over(disturbed, run).counts;
    EXPECT_EQ(a.created, b.created);
    EXPECT_EQ(a.changed, b.changed);
    EXPECT_EQ(a.unchanged, b.unchanged);
    EXPECT_EQ(a.withdrawn, b.withdrawn);
    EXPECT_EQ(a.failed + b.failed, 0);
    EXPECT_EQ(content(calm), content(disturbed));
  }
  fmt::print("seed {}: {} datasets, {} kills, {} rounds were over sooner; {}\n", seed, datasets,
             killed, alive, content(disturbed));
  EXPECT_GE(killed, kills / 4);
}

}  // namespace minben::harvest
