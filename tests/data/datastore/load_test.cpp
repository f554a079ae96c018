#include <csignal>
#include <cstdlib>
#include <thread>

#include <sys/wait.h>

#include "support.hpp"

namespace minben::datastore {
namespace {

using test::code;
using test::value;
namespace fs = std::filesystem;

struct Loads : test::DatastoreTest {
  [[nodiscard]] std::vector<std::string> files(const fs::path& in) const {
    std::vector<std::string> out;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(in, error))
      if (entry.is_regular_file()) out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  }
  [[nodiscard]] fs::path folder_of_table() const { return folder / "tables" / to_string(table); }
};

TEST_F(Loads, MakeAVersionWithItsDictionary) {
  const Version made = load(
      "編號,行政區,日期,金額,數量,有效\n"
      "A1,信義區,2024-01-02,1.5,9007199254740993,true\n"
      "A2,大安區,2024-03-04,,2,false\n"
      "A3,信義區,2023-12-31,-7,3,true\n");
  EXPECT_EQ(made.number, 1);
  EXPECT_EQ(made.rows, 3);
  EXPECT_EQ(made.sha256.size(), 64u);
  ASSERT_EQ(made.fields.size(), 6u);
  EXPECT_EQ(made.fields[2].type, intake::Type::date);
  EXPECT_EQ(made.fields[2].least, "2023-12-31");
  EXPECT_EQ(made.fields[2].most, "2024-03-04");
  EXPECT_EQ(made.fields[3].nulls, 1);
  EXPECT_EQ(made.fields[1].distinct, 2);
  EXPECT_EQ(
      records({}),
      R"([{"_id":1,"編號":"A1","行政區":"信義區","日期":"2024-01-02","金額":1.5,"數量":9007199254740993,"有效":true},)"
      R"({"_id":2,"編號":"A2","行政區":"大安區","日期":"2024-03-04","金額":null,"數量":2,"有效":false},)"
      R"({"_id":3,"編號":"A3","行政區":"信義區","日期":"2023-12-31","金額":-7,"數量":3,"有效":true}])");
  EXPECT_EQ(value(store->info(table)).version.fields, made.fields);
  EXPECT_EQ(files(folder_of_table()), (std::vector<std::string>{"1.index", "1.parquet", "1.rows"}));
}

TEST_F(Loads, KeepEveryVersionAsItWas) {
  load("a\n1\n");
  load("a,b\n2,x\n3,y\n");
  EXPECT_EQ(records({}), R"([{"_id":1,"a":2,"b":"x"},{"_id":2,"a":3,"b":"y"}])");
  Search old;
  old.version = 1;
  EXPECT_EQ(records(old), R"([{"_id":1,"a":1}])");
  old.version = 3;
  EXPECT_EQ(code(store->search(table, old)), "no_such_version");
  const auto versions = value(store->versions(table));
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].number, 2);
  EXPECT_EQ(value(store->parquet(table, 1)).filename(), "1.parquet");
}

TEST_F(Loads, ReadWithCareWhatASampleDidNotShow) {
  std::string csv = "n,t\n";
  for (int i = 0; i < 60'000; ++i) csv += std::to_string(i) + ",text\n";
  csv += "not a number,text\n";
  const Version made = load(csv);
  EXPECT_EQ(made.rows, 60'001);
  EXPECT_EQ(made.fields[0].type, intake::Type::text);
}

TEST_F(Loads, KeepEmptyTextsAndMissingOnesApart) {
  load("a,b\n\"\",1\n,2\nx,3\n");
  EXPECT_EQ(records({}),
            R"([{"_id":1,"a":"","b":1},{"_id":2,"a":null,"b":2},{"_id":3,"a":"x","b":3}])");
}

TEST_F(Loads, RenameWhatIsReserved) {
  const Version made = load("_id,file_row_number,_id_\n7,8,9\n");
  EXPECT_EQ(made.fields[0].name, "_id__");
  EXPECT_EQ(made.fields[0].label, "_id");
  EXPECT_EQ(made.fields[1].name, "file_row_number_");
  EXPECT_EQ(records({}), R"([{"_id":1,"_id__":7,"file_row_number_":8,"_id_":9}])");
}

TEST_F(Loads, TakeThePublishersWordsIntoTheDictionary) {
  Datastore::LoadOptions options;
  options.described = {{"a", intake::Type::text, "Amount", "What was paid", "NT$"}, {"nowhere"}};
  options.source = JsonObject{{"url", "https://data.example/t.csv"}};
  const Version made = value(store->load(table, file("a\n1\n"), {}, options));
  EXPECT_EQ(made.fields[0].label, "Amount");
  EXPECT_EQ(made.fields[0].description, "What was paid");
  EXPECT_EQ(made.fields[0].unit, "NT$");
  EXPECT_EQ(made.fields[0].type, intake::Type::integer);
  EXPECT_EQ(string_or(made.source, "url"), "https://data.example/t.csv");
  EXPECT_EQ(string_or(made.source, "kind"), "file");
}

TEST_F(Loads, LeaveNothingBehindWhenTheyFail) {
  EXPECT_NE(code(load_into(table, std::string("\x89PNG\r\n\x1a\n\0\0\0", 11))), "");
  EXPECT_EQ(code(store->info(table)), "no_such_table");
  EXPECT_TRUE(files(folder / "tables").empty());
  Datastore::LoadOptions cancelled;
  cancelled.cancelled = [] { return true; };
  EXPECT_EQ(code(store->load(table, file("a\n1\n"), {}, cancelled)), "cancelled");
  EXPECT_TRUE(files(folder / "tables").empty());
}

TEST_F(Loads, ReadNoFileButTheirOwn) {
  std::ofstream(folder / "secret.txt") << "secret\n";
  const std::string path = (folder / "secret.txt").string();
  // Names and values that would be SQL if anything took them for it.
  load("\"a'); select * from read_text('" + path +
       "\",\"b\"\"\"\n\"'); drop table x; --\",\"\\\"\n");
  EXPECT_EQ(search({}).count, 1);
  EXPECT_EQ(records({}).find("secret\\n"), std::string::npos);
}

/// Not a test: what the test below runs in a process of its own, as another node would.
TEST(ChildLoads, DISABLED_AFile) {
  const std::filesystem::path folder = std::getenv("MINBEN_CHILD_FOLDER");
  SystemClock clock;
  SystemRandom random;
  const auto database =
      value(store::Database::open({.url = std::getenv("MINBEN_CHILD_DATABASE")}, clock));
  Config config;
  config.directory = folder / "tables";
  const auto store = value(Datastore::open(config, *database, clock, random));
  std::ofstream(folder / "ready") << "1";
  value(store->load(value(TableId::parse(std::getenv("MINBEN_CHILD_TABLE"))), folder / "t.csv", {},
                    {}));
}

TEST_F(Loads, AreNotSeenWhenTheyAreKilled) {
  load("a\n1\n");
  std::string csv = "id,text\n";
  for (int i = 0; i < 400'000; ++i)
    csv += fmt::format("{},some text that is loaded {}\n", i, i * 7);
  file(csv);
  ::setenv("MINBEN_CHILD_FOLDER", folder.c_str(), 1);
  ::setenv("MINBEN_CHILD_DATABASE", db.url().c_str(), 1);
  ::setenv("MINBEN_CHILD_TABLE", to_string(table).c_str(), 1);
  int killed = 0;
  for (const int after_ms : {0, 50, 150, 300, 500, 800, 1200, 1800}) {
    fs::remove(folder / "ready");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::execl("/proc/self/exe", "test_datastore", "--gtest_also_run_disabled_tests",
              "--gtest_filter=ChildLoads.DISABLED_AFile", nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 2000 && !fs::exists(folder / "ready"); ++i)
      std::this_thread::sleep_for(milliseconds{5});
    std::this_thread::sleep_for(milliseconds{after_ms});
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    const Table found = value(store->info(table));
    EXPECT_EQ(search({}).total, found.version.rows);
    EXPECT_TRUE(found.version.rows == 1 || found.version.rows == 400'000) << found.version.rows;
  }
  EXPECT_GE(killed, 1);
  value(store->sweep());
  EXPECT_TRUE(fs::is_empty(folder / "tables" / ".loading"));
  // Every file is of a version that counts.
  EXPECT_EQ(files(folder_of_table()).size(), 3 * value(store->versions(table)).size());
  load("a\n2\n");
  EXPECT_EQ(records({}), R"([{"_id":1,"a":2}])");
}

TEST_F(Loads, DoNotSweepWhatIsBeingLoaded) {
  const auto other = open();
  std::string csv = "id,text\n";
  for (int i = 0; i < 200'000; ++i) csv += std::to_string(i) + ",some text\n";
  std::atomic<bool> over{false};
  std::thread sweeper([&] {
    while (!over) value(other->sweep());
  });
  for (int i = 0; i < 3; ++i) load(csv);
  over = true;
  sweeper.join();
  EXPECT_EQ(search({}).total, 200'000);
  EXPECT_EQ(files(folder_of_table()).size(), 9u);
}

TEST_F(Loads, OfTwoNodesAtOnceAreVersionsOfTheirOwn) {
  const auto other = open();
  std::vector<std::thread> threads;
  for (Datastore* node : {store.get(), other.get()})
    threads.emplace_back([this, node] {
      for (int i = 0; i < 5; ++i) {
        const fs::path path = folder / fmt::format("{}-{}.csv", static_cast<void*>(node), i);
        std::ofstream(path) << "a\n" << i << "\n";
        value(node->load(table, path, {}, {}));
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(value(store->versions(table)).size(), 10u);
  EXPECT_EQ(value(other->info(table)).version.number, 10);
}

TEST_F(Loads, EndForEverybodyWhenATableIsWithdrawn) {
  load("a\n1\n");
  const auto other = open();
  EXPECT_TRUE(other->search(table, {}));
  value(store->withdraw(table));
  for (Datastore* node : {store.get(), other.get()}) {
    EXPECT_EQ(code(node->search(table, {})), "table_withdrawn");
    EXPECT_EQ(code(node->info(table)), "table_withdrawn");
    EXPECT_EQ(code(node->versions(table)), "table_withdrawn");
    EXPECT_EQ(code(node->parquet(table)), "table_withdrawn");
    EXPECT_EQ(code(node->search_sql("select * from \"" + to_string(table) + "\"",
                                    [](TableId) { return true; })),
              "no_such_table");
  }
  value(other->reopen(table));
  EXPECT_TRUE(store->search(table, {}));
}

TEST_F(Loads, OfLargeTablesAreReadBeforeTheirIndexIsMade) {
  Config config;
  config.index_first_bytes = 0;
  store = open(config);
  std::string csv = "n,t\n";
  for (int i = 0; i < 50'000; ++i) csv += fmt::format("{},text {}\n", i, i % 7);
  EXPECT_EQ(load(csv).rows, 50'000);
  Search last;
  last.filters = json(R"({"t":"text 3"})");
  last.sort = "_id desc";
  last.limit = 1;
  const Page before = search(last);
  EXPECT_EQ(before.total, 7143);
  EXPECT_EQ(before.records, R"([{"_id":49998,"n":49997,"t":"text 3"}])");
  store->settle();
  EXPECT_EQ(files(folder_of_table()), (std::vector<std::string>{"1.index", "1.parquet", "1.rows"}));
  EXPECT_EQ(search(last).records, before.records);
  EXPECT_EQ(search(last).total, before.total);
  EXPECT_TRUE(files(folder / "tables" / ".loading").empty());
}

TEST_F(Loads, WhoseTableIsDroppedMeanwhileLeaveNothing) {
  Config config;
  config.index_first_bytes = 0;
  store = open(config);
  std::string csv = "n\n";
  for (int i = 0; i < 100'000; ++i) csv += std::to_string(i) + "\n";
  load(csv);
  value(store->drop(table));
  store->settle();
  EXPECT_TRUE(files(folder_of_table()).empty());
  load(csv);
  store = nullptr;  // ends what is being made
  store = open(config);
  Search one;
  one.limit = 1;
  EXPECT_EQ(records(one), R"([{"_id":1,"n":0}])");
}

TEST_F(Loads, AreGoneWhenATableIsDropped) {
  load("a\n1\n");
  value(store->drop(table));
  EXPECT_EQ(code(store->search(table, {})), "no_such_table");
  EXPECT_TRUE(files(folder_of_table()).empty());
  EXPECT_GT(load("a\n2\n").number, 1) << "a number means one content for ever";
  EXPECT_EQ(code(store->withdraw(TableId::make(clock, random))), "no_such_table");
}

}  // namespace
}  // namespace minben::datastore
