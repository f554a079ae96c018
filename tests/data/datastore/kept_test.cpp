// What lies beside a version: index and rows, which are made anew when they are lost, and the file
// that it was read from.
#include "support.hpp"

namespace minben::datastore {
namespace {

using test::code;
using test::value;
namespace fs = std::filesystem;

struct Kept : test::DatastoreTest {
  [[nodiscard]] fs::path beside(const std::string& name) const {
    return folder / "tables" / to_string(table) / name;
  }
  /// As a process that was just started sees it.
  void start_anew() { store = open(); }
  Search where(const std::string& filters) const {
    Search search;
    search.filters = json(filters);
    return search;
  }
  [[nodiscard]] static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Original given(const std::string& text, const std::string& name = "given.csv") const {
    Original made;
    fs::remove(folder / name);  // what was kept of it before is another name of the same file
    made.file = file(text, name);
    made.sha256 = hex_encode(sha256(text));
    made.bytes = static_cast<std::int64_t>(text.size());
    return made;
  }
  /// Read aside, and made the next version of the table.
  Version publish(const std::string& text, bool keep = true) {
    const TableId aside = TableId::make(clock, random);
    const Original original = given(text);
    intake::Hints hints;
    hints.file_name = "站點.csv";
    value(store->load(aside, original.file, hints, {}));
    return value(db->transact([&](store::Transaction& tx) {
      return store->adopt(tx, aside, table, keep ? std::optional(original) : std::nullopt);
    }));
  }
};

TEST_F(Kept, IndexAndRowsAreMadeAnewFromTheParquetFile) {
  std::string csv = "n,town\n";
  for (int i = 0; i < 30'000; ++i)
    csv += fmt::format("{},{}\n", i, i % 3 == 0 ? "信義區" : "大安區");
  load(csv);
  const auto before = records(where(R"({"town": "信義區", "n": {"gte": 29000}})"));
  const auto total = search(where(R"({"town": "信義區"})")).total;
  ASSERT_EQ(total, 10'000);
  for (const auto& lost :
       {std::vector<std::string>{"1.index"}, {"1.rows"}, {"1.index", "1.rows"}}) {
    for (const std::string& name : lost) ASSERT_TRUE(fs::remove(beside(name)));
    start_anew();
    EXPECT_EQ(records(where(R"({"town": "信義區", "n": {"gte": 29000}})")), before);
    EXPECT_EQ(search(where(R"({"town": "信義區"})")).total, total);
    store->settle();
    for (const std::string& name : lost) EXPECT_TRUE(fs::exists(beside(name))) << name;
  }
}

TEST_F(Kept, DamagedOnesAreMadeAnewToo) {
  load("a\n1\n2\n3\n");
  std::ofstream(beside("1.index"), std::ios::binary) << "of another machine";
  fs::resize_file(beside("1.rows"), 5);
  start_anew();
  EXPECT_EQ(records(where(R"({"a": {"gte": 2}})")), R"([{"_id":2,"a":2},{"_id":3,"a":3}])");
  start_anew();
  EXPECT_EQ(records({}), R"([{"_id":1,"a":1},{"_id":2,"a":2},{"_id":3,"a":3}])");
}

TEST_F(Kept, WhatOthersAskMeanwhileIsAnswered) {
  std::string csv = "n\n";
  for (int i = 0; i < 100'000; ++i) csv += std::to_string(i) + "\n";
  load(csv);
  fs::remove(beside("1.rows"));
  fs::remove(beside("1.index"));
  start_anew();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] { EXPECT_EQ(search(where(R"({"n": {"lt": 10}})")).total, 10); });
  for (auto& thread : threads) thread.join();
  store->settle();
  EXPECT_TRUE(fs::is_empty(folder / "tables" / ".loading"));
}

TEST_F(Kept, WithoutItsParquetFileAVersionIsNotAnswered) {
  load("a\n1\n");
  for (const char* name : {"1.parquet", "1.index", "1.rows"}) fs::remove(beside(name));
  start_anew();
  EXPECT_EQ(code(store->search(table, {})), "file_unreadable");
  EXPECT_EQ(value(missing_tables(db.database(), folder / "tables")), 1);
}

TEST_F(Kept, WhatWasReadAsideBecomesTheNextVersion) {
  load("a\n1\n");
  const Version made = publish("a,b\n5,x\n", false);
  EXPECT_EQ(made.number, 2);
  EXPECT_EQ(records({}), R"([{"_id":1,"a":5,"b":"x"}])");
  EXPECT_EQ(code(store->original(table)), "no_original");
  start_anew();
  EXPECT_EQ(records({}), R"([{"_id":1,"a":5,"b":"x"}])");
  EXPECT_EQ(value(missing_tables(db.database(), folder / "tables")), 0);
}

TEST_F(Kept, ARollBackLeavesNothing) {
  load("a\n1\n");
  const TableId aside = TableId::make(clock, random);
  value(store->load(aside, file("a\n2\n", "other.csv"), {}, {}));
  const Original original = given("a\n2\n");
  const auto refused = db->transact([&](store::Transaction& tx) -> Result<Version> {
    value(store->adopt(tx, aside, table, original));
    return fail(Kind::conflict, "changed_meanwhile");
  });
  EXPECT_EQ(code(refused), "changed_meanwhile");
  EXPECT_EQ(records({}), R"([{"_id":1,"a":1}])");
  value(store->sweep());
  EXPECT_FALSE(fs::exists(beside("2.parquet")));
  EXPECT_TRUE(fs::is_empty(beside("originals")));
  // It is still there, and can be taken after all.
  EXPECT_EQ(value(db->transact([&](store::Transaction& tx) {
              return store->adopt(tx, aside, table, original);
            })).number,
            2);
  EXPECT_EQ(records({}), R"([{"_id":1,"a":2}])");
}

TEST_F(Kept, TheUploadedFileIsKeptAsItWas) {
  const std::string first = "\xEF\xBB\xBF日期,值\r\n115/11/30,1\r\n",
                    second = "日期,值\n115/12/01,2\n";
  publish(first);
  publish(second);
  const Original newest = value(store->original(table)), old = value(store->original(table, 1));
  EXPECT_EQ(content(newest.file), second);
  EXPECT_EQ(content(old.file), first);
  EXPECT_EQ(old.sha256, hex_encode(sha256(first)));
  EXPECT_EQ(old.bytes, std::ssize(first));
  EXPECT_EQ(old.name, "站點.csv");
  EXPECT_EQ(old.format, "csv");
  value(store->sweep());
  EXPECT_EQ(content(value(store->original(table, 1)).file), first);
  value(store->withdraw(table));
  EXPECT_EQ(code(store->original(table, 1)), "table_withdrawn");
  value(store->reopen(table));
  value(store->drop(table));
  EXPECT_TRUE(fs::is_empty(beside("originals")));
}

TEST_F(Kept, OnlyTheFilesOfTheNewestVersions) {
  Config config;
  config.directory = folder / "tables";
  config.originals_kept = 2;
  store = nullptr;
  store = value(Datastore::open(config, db.database(), clock, random));
  publish("a\n1\n");
  publish("a\n2\n");
  publish("a\n3\n");
  EXPECT_EQ(code(store->original(table, 1)), "no_original");
  EXPECT_EQ(content(value(store->original(table, 2)).file), "a\n2\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(beside("originals")), {}), 2);
  // The same file again is there once.
  publish("a\n3\n");
  publish("a\n3\n");
  EXPECT_EQ(content(value(store->original(table, 3)).file), "a\n3\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(beside("originals")), {}), 2);
  EXPECT_EQ(records({}), R"([{"_id":1,"a":3}])") << "rows of all versions stay";
}

TEST_F(Kept, ADirectoryIsLookedAtBeforeItIsUsed) {
  EXPECT_TRUE(check_directory(folder / "new" / "tables"));
  EXPECT_TRUE(fs::is_empty(folder / "new" / "tables"));
  std::ofstream(folder / "file") << "x";
  EXPECT_EQ(code(check_directory(folder / "file" / "tables")), "cannot_write");
}

}  // namespace
}  // namespace minben::datastore
