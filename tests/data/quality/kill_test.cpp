// A process that checks is killed at random moments and started again; what is known at the end is
// what an undisturbed one finds. 120 datasets and 8 kills, or MINBEN_QUALITY_DATASETS and
// MINBEN_QUALITY_KILLS.
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "house.hpp"

namespace minben::quality {

namespace {

int number(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<int>(parse_integer(text).value_or(otherwise)) : otherwise;
}

struct Kill : testing::Test {
  using Database = minben::test::TestDatabase;
  SystemClock clock;
  SystemRandom random;
  catalogue::Catalogue catalogue{clock, random};
  minben::test::TemporaryDirectory temporary;
  Files files;

  void publish(Database& db, int datasets) {
    SeededRandom same(5);  // the same ids in both databases
    const catalogue::Catalogue publishing(clock, same);
    must(db->transact([&](store::Transaction& tx) -> Result<void> {
      catalogue::Publisher publisher;
      publisher.code = {"moenv"};
      publisher.title.en = "A ministry";
      MINBEN_CHECK(publishing.save(tx, publisher));
      for (int i = 0; i < datasets; ++i) {
        catalogue::Dataset made;
        made.name = fmt::format("set-{:04}", i);
        made.title.en = made.name;
        made.description.en = "about";
        made.publisher = {"moenv"};
        made.licence = "OGDL-TW-1.0";
        made.distributions.push_back(House::distribution(files.url(fmt::format("/{}.csv", i))));
        MINBEN_TRY(puts, publishing.put(tx, {&made, 1}, {}));
        MINBEN_CHECK(std::move(puts.front()));
      }
      return {};
    }));
  }
  pid_t start(Database& db) {
    const std::string program = MINBEN_BINARY_DIR "/tests/quality_once";
    std::string url = db.url(), tables = (temporary.path() / "tables").string();
    std::array<char*, 4> arguments{const_cast<char*>(program.c_str()), url.data(), tables.data(),
                                   nullptr};
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ),
              0);
    return child;
  }
  static bool wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  /// All that does not depend on when it was, or on how often something was begun.
  static std::vector<std::string> content(Database& db) {
    static constexpr store::Query all{"test_content", R"(
      select c.name, d.badge, d.mqa, d.checking, l.state, l.findings, l.evidence, l.version,
        (select count(*) from quality.change x where x.dataset_id = d.dataset_id) as changes
      from quality.dataset d join catalogue.dataset c on c.dataset_id = d.dataset_id
      join quality.link l on l.dataset_id = d.dataset_id order by c.name)"};
    std::vector<std::string> out;
    const auto rows = must(db->run(all));
    for (const store::Row row : rows)
      out.push_back(fmt::format("{} {} {} {} {} {} {} {} {}", row.text("name"), row.text("badge"),
                                row.integer("mqa"), row.boolean("checking"), row.text("state"),
                                write_json(row.json("findings")), write_json(row.json("evidence")),
                                row.integer("version"), row.integer("changes")));
    return out;
  }
};

}  // namespace

TEST_F(Kill, AnyMomentLeavesNothingToRepair) {
  const int datasets = number("MINBEN_QUALITY_DATASETS", 120);
  const int kills = number("MINBEN_QUALITY_KILLS", 8);
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom dice(seed);
  for (int i = 0; i < datasets; ++i)
    files.file(fmt::format("/{}.csv", i), i % 3 == 0 ? "別的,欄\n1,2\n" : std::string(stations));
  Database calm(clock, {catalogue::migrations(), datastore::migrations(), migrations()});
  Database disturbed(clock, {catalogue::migrations(), datastore::migrations(), migrations()});
  for (Database* each : {&calm, &disturbed}) publish(*each, datasets);

  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_for(start(calm)));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
  int killed = 0;
  for (int i = 0; i < kills; ++i) {
    const pid_t child = start(disturbed);
    const std::uint64_t lease = i == 0 ? 0 : 300;
    std::this_thread::sleep_for(
        milliseconds{lease + dice.below(static_cast<std::uint64_t>(20 + took.count() / kills))});
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) break;  // it was over before
    ++killed;
  }
  ASSERT_TRUE(wait_for(start(disturbed)));
  const auto expected = content(calm), found = content(disturbed);
  EXPECT_EQ(expected.size(), static_cast<std::size_t>(datasets));
  EXPECT_EQ(expected, found);
  EXPECT_GE(killed, kills / 4);
  fmt::print("seed {}: {} datasets, {} kills, {:.0f} ms undisturbed\n", seed, datasets, killed,
             took.count());
}

}  // namespace minben::quality
