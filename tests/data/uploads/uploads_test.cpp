// Files on their way to become versions of tables: in the background, through kills, or not at all.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "datastore/search.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"
#include "uploads/uploads.hpp"

namespace minben::uploads {
namespace {

namespace fs = std::filesystem;
using datastore::TableId;
using testing::HasSubstr;

template <class T>
T value(Result<T> result) {
  if (!result) throw std::runtime_error(minben::describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
template <class T>
std::string code(const Result<T>& result) {
  return result ? "" : result.error().code;
}

struct Files : testing::Test {
  SystemClock clock;
  SystemRandom random;
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{
      clock, {catalogue::migrations(), datastore::migrations(), uploads::migrations()}};
  std::unique_ptr<datastore::Datastore> tables = open_tables();
  std::unique_ptr<Uploads> house = open({});
  catalogue::DatasetId dataset = catalogue::DatasetId::make(clock, random);
  TableId table = TableId::make(clock, random);

  std::unique_ptr<datastore::Datastore> open_tables() {
    datastore::Config config;
    config.directory = temporary.path() / "tables";
    return value(datastore::Datastore::open(config, db.database(), clock, random));
  }
  std::unique_ptr<Uploads> open(Config config) {
    config.directory = temporary.path() / "tables" / ".uploads";
    return value(Uploads::open(config, db.database(), *tables, clock, random));
  }
  [[nodiscard]] fs::path file(const std::string& content) const {
    const fs::path path = temporary.path() / "sent";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  Upload begin(const std::string& content, const std::string& name = "stations.csv") {
    return value(house->begin({.dataset = dataset,
                               .table = table,
                               .agency = {"moenv"},
                               .asked_by = "officer:0190",
                               .file_name = name,
                               .sha256 = hex_encode(sha256(content)),
                               .title = "測站",
                               .note = "第一版"},
                              file(content)));
  }
  Upload now(UploadId id) {
    return value(db->separately([&](auto& tx) { return house->find(tx, id); }));
  }
  Result<datastore::Version> take(UploadId id, bool keep = true) {
    return db->transact([&](auto& tx) { return house->take(tx, id, keep); });
  }
  Result<Upload> cancel(UploadId id) {
    return db->transact([&](auto& tx) { return house->cancel(tx, id); });
  }
  [[nodiscard]] std::size_t files_waiting() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(temporary.path() / "tables" / ".uploads"), {}));
  }
};

TEST_F(Files, WaitForTheirSteward) {
  const Upload sent = begin("站名,日期\n古亭,115/11/30\n萬華,115/12/01\n");
  EXPECT_EQ(sent.state, State::waiting);
  EXPECT_FALSE(fs::exists(temporary.path() / "sent")) << "it was taken over";
  EXPECT_EQ(code(take(sent.id)), "not_ready");
  ASSERT_TRUE(value(house->work_once()));
  const Upload read = now(sent.id);
  ASSERT_EQ(read.state, State::ready) << read.code << read.detail;
  EXPECT_EQ(read.rows, 2);
  EXPECT_EQ(read.columns, 2);
  EXPECT_EQ(code(tables->info(table)), "no_such_table") << "nobody else sees it";
  const auto aside = value(tables->info(read.aside()));
  EXPECT_THAT(write_json(aside.version.source), HasSubstr("roc_date"));

  const auto version = value(take(sent.id));
  EXPECT_EQ(version.number, 1);
  EXPECT_EQ(value(tables->search(table, {})).total, 2);
  EXPECT_EQ(now(sent.id).state, State::taken);
  EXPECT_EQ(files_waiting(), 0u);
  const auto original = value(tables->original(table));
  EXPECT_EQ(original.name, "stations.csv");
  EXPECT_EQ(original.bytes, sent.bytes);
  EXPECT_EQ(media_type(original), "text/csv; charset=UTF-8");
  EXPECT_EQ(code(take(sent.id)), "not_ready");
  EXPECT_EQ(code(cancel(sent.id)), "is_over");
  EXPECT_FALSE(value(house->work_once()));
}

TEST_F(Files, AreNotKeptWhenTheStewardDoesNotWant) {
  const Upload sent = begin("a\n1\n");
  value(house->work_once());
  value(take(sent.id, false));
  EXPECT_EQ(code(tables->original(table)), "no_original");
  EXPECT_EQ(files_waiting(), 0u);
}

TEST_F(Files, ThatAreNoTablesSayWhy) {
  const Upload sent = begin("{\"a\": [1,\n 2,\n oops", "broken.json");
  value(house->work_once());
  const Upload read = now(sent.id);
  EXPECT_EQ(read.state, State::failed);
  EXPECT_EQ(read.code, "not_a_table");
  EXPECT_EQ(read.detail.find(temporary.path().string()), std::string::npos);
  EXPECT_EQ(read.field.find(temporary.path().string()), std::string::npos);
  EXPECT_EQ(files_waiting(), 0u);
}

TEST_F(Files, AreGoneWhenTheyAreCancelled) {
  const Upload waiting = begin("a\n1\n"), ready = begin("a\n2\n");
  EXPECT_EQ(value(cancel(waiting.id)).state, State::cancelled);
  value(house->work_once());
  ASSERT_EQ(now(ready.id).state, State::ready);
  EXPECT_EQ(value(cancel(ready.id)).state, State::cancelled);
  EXPECT_EQ(files_waiting(), 0u);
  EXPECT_EQ(code(tables->info(ready.aside())), "no_such_table");
  EXPECT_FALSE(value(house->work_once()));
}

TEST_F(Files, AreBoundedInNumber) {
  Config config;
  config.most_open = 2;
  house = open(config);
  begin("a\n1\n");
  const Upload second = begin("a\n2\n");
  const auto third = house->begin({.dataset = dataset,
                                   .table = table,
                                   .agency = {"moenv"},
                                   .asked_by = {},
                                   .file_name = {},
                                   .sha256 = {},
                                   .title = {},
                                   .note = {}},
                                  file("a\n3\n"));
  EXPECT_EQ(code(third), "too_many_uploads");
  EXPECT_EQ(files_waiting(), 2u);
  value(cancel(second.id));
  begin("a\n3\n");
}

TEST_F(Files, ThatNobodyDecidesOnEnd) {
  const Upload sent = begin("a\n1\n");
  value(house->work_once());
  Config config;
  config.ready_for = days{0};
  house = open(config);
  value(db->transact([&](auto& tx) { return house->tick(tx); }));
  EXPECT_EQ(now(sent.id).state, State::cancelled);
  EXPECT_EQ(now(sent.id).code, "expired");
  EXPECT_EQ(files_waiting(), 0u);
  config.kept = days{0};
  house = open(config);
  value(db->transact([&](auto& tx) { return house->tick(tx); }));
  EXPECT_EQ(code(db->separately([&](auto& tx) { return house->find(tx, sent.id); })),
            "no_such_upload");
}

std::string many_rows(int count) {
  std::string csv = "id,date,text\n";
  for (int i = 0; i < count; ++i)
    csv += fmt::format("{},1{:02}/0{}/1{},some text that is read {}\n", i, i % 20, i % 9 + 1, i % 9,
                       i * 7);
  return csv;
}

/// The button is pressed while it is read.
TEST_F(Files, StopWhenTheyAreCancelledWhileTheyAreRead) {
  Config config;
  config.heartbeat_ms = milliseconds{10};
  house = open(config);
  const Upload sent = begin(many_rows(600'000));
  std::thread worker([this] { value(house->work_once()); });
  std::string seen;
  while (now(sent.id).state == State::waiting || now(sent.id).stage.empty())
    std::this_thread::sleep_for(milliseconds{5});
  seen = now(sent.id).stage;
  const auto asked = cancel(sent.id);
  worker.join();
  EXPECT_FALSE(seen.empty());
  // Read before the button was seen, or not: nothing is left of it.
  ASSERT_TRUE(asked) << code(asked);
  EXPECT_EQ(now(sent.id).state, State::cancelled);
  EXPECT_EQ(code(tables->info(table)), "no_such_table");
}

/// How much is read is told while it is read.
TEST_F(Files, TellHowFarTheyAre) {
  Config config;
  config.heartbeat_ms = milliseconds{5};
  house = open(config);
  std::string csv = "id,text\n";  // regular: the engine reads it as it stands
  for (int i = 0; i < 1'500'000; ++i)
    csv += fmt::format("{},some text that is read {}\n", i, i * 7);
  const Upload sent = begin(csv);
  std::set<std::string> stages;
  double most = 0;
  std::atomic<bool> over{false};
  std::thread worker([&] {
    value(house->work_once());
    over = true;
  });
  while (!over) {
    const Upload read = now(sent.id);
    stages.insert(read.stage);
    if (read.share) most = std::max(most, *read.share);
    std::this_thread::sleep_for(milliseconds{2});
  }
  worker.join();
  ASSERT_EQ(now(sent.id).state, State::ready);
  EXPECT_EQ(now(sent.id).rows, 1'500'000);
  EXPECT_TRUE(stages.contains("reading"));
  EXPECT_GT(most, 0.0);
  EXPECT_LE(most, 1.0);
}

/// Not a test: what the test below runs in a process of its own, as another node would.
TEST(ChildReads, DISABLED_AFile) {
  const fs::path folder = std::getenv("MINBEN_CHILD_FOLDER");
  SystemClock clock;
  SystemRandom random;
  const auto database =
      value(store::Database::open({.url = std::getenv("MINBEN_CHILD_DATABASE")}, clock));
  datastore::Config config;
  config.directory = folder;
  const auto tables = value(datastore::Datastore::open(config, *database, clock, random));
  const auto house = value(Uploads::open({.directory = folder / ".uploads",
                                          .lease_ms = milliseconds{300},
                                          .heartbeat_ms = milliseconds{20}},
                                         *database, *tables, clock, random));
  value(house->work_once());
}

TEST_F(Files, AreReadAnewWhenTheirProcessIsKilled) {
  const Upload sent = begin(many_rows(400'000));
  ::setenv("MINBEN_CHILD_FOLDER", (temporary.path() / "tables").c_str(), 1);
  ::setenv("MINBEN_CHILD_DATABASE", db.url().c_str(), 1);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::execl("/proc/self/exe", "test_uploads", "--gtest_also_run_disabled_tests",
            "--gtest_filter=ChildReads.DISABLED_AFile", nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 4000 && now(sent.id).state == State::waiting; ++i)
    std::this_thread::sleep_for(milliseconds{5});
  ASSERT_EQ(now(sent.id).state, State::loading);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(now(sent.id).state, State::loading) << "nobody knows yet";
  for (int i = 0; i < 100 && !value(house->work_once()); ++i)
    std::this_thread::sleep_for(milliseconds{50});
  ASSERT_EQ(now(sent.id).state, State::ready) << now(sent.id).code;
  EXPECT_EQ(now(sent.id).rows, 400'000);
  EXPECT_EQ(value(take(sent.id)).rows, 400'000);
}

TEST_F(Files, OverWhichProcessesDieFailInTheEnd) {
  const Upload sent = begin("a\n1\n");
  Config config;
  config.attempts = 2;
  house = open(config);
  static constexpr store::Query die{
      "test_die",
      "update uploads.upload set state = 'loading', attempt = attempt + 1, "
      "lease_until = now() - interval '1 second' where upload_id = $1"};
  value(db.database().run(die, sent.id));
  value(db.database().run(die, sent.id));
  EXPECT_FALSE(value(house->work_once()));
  EXPECT_EQ(now(sent.id).state, State::failed);
  EXPECT_EQ(now(sent.id).code, "interrupted");
  EXPECT_EQ(files_waiting(), 0u);
}

// ------------------------------------------------------------------------------------ describing

struct Describing : Files {
  catalogue::Dataset made;
  catalogue::DistributionId id{table.value};

  Describing() {
    made.distributions.resize(1);
    made.distributions[0].id = id;
    made.distributions[0].title = {"測站", "Stations"};
  }
  void upload(const std::string& content, const std::string& name, bool keep) {
    const Upload sent = begin(content, name);
    value(house->work_once());
    ASSERT_EQ(now(sent.id).state, State::ready) << now(sent.id).detail;
    const auto version = value(take(sent.id, keep));
    describe(made, id, version, "https://gov.example", clock, random);
  }
};

TEST_F(Describing, TheUploadedFileIsADistributionOfItsOwn) {
  upload("站名,值\n古亭,1\n", "測站.csv", true);
  ASSERT_EQ(made.distributions.size(), 2u);
  const auto& [rows, original] = std::tie(made.distributions[0], made.distributions[1]);
  EXPECT_EQ(rows.rows, 1);
  EXPECT_EQ(rows.fields.at(1).type, "integer");
  EXPECT_EQ(original.title.zh_hant, "測站（原始檔）");
  EXPECT_EQ(original.title.en, "Stations (as uploaded)");
  EXPECT_EQ(original.format, "CSV");
  EXPECT_EQ(original.download_url, "https://gov.example/datastore/original/" + to_string(table));
  EXPECT_EQ(original.checksum->hex, hex_encode(sha256("站名,值\n古亭,1\n")));
  EXPECT_TRUE(is_original(original, "https://gov.example"));
  EXPECT_FALSE(is_original(rows, "https://gov.example"));

  const auto before = original.id;
  upload("[{\"站名\": \"古亭\"}]", "測站.json", true);
  ASSERT_EQ(made.distributions.size(), 2u);
  EXPECT_EQ(made.distributions[1].id, before);
  EXPECT_EQ(made.distributions[1].format, "JSON");
  EXPECT_EQ(made.distributions[1].character_encoding, "UTF-8");
  upload("a\n1\n", "a.csv", false);
  EXPECT_EQ(made.distributions.size(), 1u);
}

TEST_F(Describing, TypesAreThoseOfTheFileThatCame) {
  datastore::Original original;
  original.file = file("PK\x03\x04 and so on");
  original.format = "csv";
  EXPECT_EQ(media_type(original), "application/zip");
  original.format = "xlsx";
  EXPECT_EQ(media_type(original),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  original.file = file("???");
  original.format = "something";
  EXPECT_EQ(media_type(original), "application/octet-stream");
}

}  // namespace
}  // namespace minben::uploads
