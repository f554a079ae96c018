#include <thread>

#include <gtest/gtest.h>

#include "support/database.hpp"

namespace minben::store {
namespace {

constexpr Query insert_note{"test_insert", "insert into note (id, text) values ($1, $2)"};
constexpr Query count_notes{"test_count", "select count(*) as n from note"};
constexpr Query divide{"test_divide", "select 1 / $1::int as q"};

struct NoteDatabase : test::TestDatabase {
  NoteDatabase() {
    const auto made = database().transact([](Transaction& transaction) {
      return transaction.run_script(
          "create table note (id integer primary key, text text not null check (text <> 'bad'));"
          "create table reply (note integer references note (id))");
    });
    MINBEN_ASSERT(made.has_value());
  }
  std::int64_t count() { return database().run(count_notes)->front().integer("n"); }
};

TEST(Queries, CarryEveryTypeThereAndBack) {
  test::TestDatabase db;
  constexpr Query echo{
      "test_echo",
      "select $1::text as t, $2::bigint as i, $3::double precision as d, "
      "$4::boolean as b, $5::timestamptz as at, $6::date as day, $7::jsonb as j, "
      "$8::bytea as raw, $9::text[] as list, $10::uuid as id, $11::text as nothing"};
  const auto at = *parse_instant("2026-11-23T04:05:06.000007Z");
  const Date day = *parse_date("2024-02-29");
  const Json json = *parse_json(R"({"a":[1,"民本"]})");
  const Bytes raw{0, 1, 0xff};
  const std::vector<std::string> list{"plain", "", "a,b", "q\"\\{}", "NULL", "民本"};
  const CaseId id = *CaseId::parse("0191f000-0000-7000-8000-000000000001");
  const auto rows =
      db->run(echo, "it's \"so\"\n", INT64_MIN, 0.1, true, at, day, json, raw, list, id, nullptr);
  ASSERT_TRUE(rows) << describe(rows.error());
  const Row row = rows->front();
  EXPECT_EQ(row.text("t"), "it's \"so\"\n");
  EXPECT_EQ(row.integer("i"), INT64_MIN);
  EXPECT_EQ(row.number("d"), 0.1);
  EXPECT_TRUE(row.boolean("b"));
  EXPECT_EQ(row.instant("at"), at);
  EXPECT_EQ(row.date("day"), day);
  EXPECT_EQ(row.json("j"), json);
  EXPECT_EQ(row.bytes("raw"), raw);
  EXPECT_EQ(row.texts("list"), list);
  EXPECT_EQ(row.id<CaseId>("id"), id);
  EXPECT_TRUE(row.is_null("nothing"));
  EXPECT_EQ(row.text("nothing"), "");
}

TEST(Queries, OptionalsAreNullOrValue) {
  test::TestDatabase db;
  constexpr Query echo{"test_optional", "select $1::int as a, $2::timestamptz as b"};
  const auto rows = db->run(echo, std::optional<int>(), std::optional<Instant>());
  EXPECT_TRUE(rows->front().is_null("a"));
  EXPECT_FALSE(rows->front().optional_instant("b").has_value());
}

TEST(Queries, RefuseATextWithNulInsteadOfCuttingIt) {
  NoteDatabase db;
  const auto outcome = db->run(insert_note, 1, std::string("a\0b", 3));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "bad_value");
  EXPECT_EQ(db.count(), 0);
}

TEST(Transactions, CommitOnValueAndRollBackOnError) {
  NoteDatabase db;
  const auto kept = db->transact([](Transaction& t) { return t.run(insert_note, 1, "kept"); });
  EXPECT_TRUE(kept);
  const auto dropped = db->transact([](Transaction& t) -> Result<void> {
    MINBEN_CHECK(t.run(insert_note, 2, "dropped"));
    return fail(Kind::conflict, "changed_my_mind");
  });
  EXPECT_EQ(dropped.error().code, "changed_my_mind");
  EXPECT_EQ(db.count(), 1);
}

TEST(Transactions, AnExceptionRollsBackAndTheConnectionStaysUsable) {
  NoteDatabase db;
  EXPECT_THROW(static_cast<void>(db->transact([](Transaction& t) -> Result<void> {
                 MINBEN_CHECK(t.run(insert_note, 1, "dropped"));
                 throw std::runtime_error("out of memory, say");
               })),
               std::runtime_error);
  EXPECT_EQ(db.count(), 0);
}

TEST(Transactions, RunActionsOnlyAfterTheCommit) {
  NoteDatabase db;
  std::int64_t seen = -1;
  EXPECT_TRUE(db->transact([&](Transaction& t) -> Result<void> {
    t.after_commit([&] { seen = db.count(); });
    MINBEN_CHECK(t.run(insert_note, 1, "x"));
    return {};
  }));
  EXPECT_EQ(seen, 1);
  EXPECT_FALSE(db->transact([&](Transaction& t) -> Result<void> {
    t.after_commit([&] { seen = 99; });
    return fail(Kind::conflict, "no");
  }));
  EXPECT_EQ(seen, 1);
}

TEST(Errors, SayWhatTheDatabaseMeant) {
  NoteDatabase db;
  ASSERT_TRUE(db->run(insert_note, 1, "first"));
  const auto duplicate = db->run(insert_note, 1, "secret value");
  EXPECT_EQ(duplicate.error().kind, Kind::conflict);
  EXPECT_EQ(duplicate.error().code, "duplicate");
  EXPECT_EQ(duplicate.error().field, "note_pkey");
  EXPECT_EQ(duplicate.error().detail.find("secret"), std::string::npos);

  const auto check = db->run(insert_note, 2, "bad");
  EXPECT_EQ(check.error().kind, Kind::invalid);
  EXPECT_EQ(check.error().field, "note_text_check");

  constexpr Query orphan{"test_orphan", "insert into reply values (77)"};
  EXPECT_EQ(db->run(orphan).error().code, "no_such_parent");
  EXPECT_EQ(db->run(insert_note, 3, nullptr).error().field, "text");

  constexpr Query cast{"test_cast", "select $1::text::uuid"};
  const auto bad = db->run(cast, "A123456789");
  EXPECT_EQ(bad.error().code, "bad_value");
  EXPECT_EQ(bad.error().detail.find("A123456789"), std::string::npos)
      << "errors must quote no values";

  constexpr Query broken{"test_broken", "select no_such_column from note"};
  for (int i = 0; i < 2; ++i) {  // the failed statement is not taken for prepared
    const auto failed = db->run(broken);
    EXPECT_EQ(failed.error().kind, Kind::internal);
    EXPECT_NE(failed.error().detail.find("no_such_column"), std::string::npos);
  }
}

TEST(Errors, AfterAFailedQueryOnlyRollBackIsPossible) {
  NoteDatabase db;
  const auto outcome = db->transact([](Transaction& t) -> Result<void> {
    MINBEN_CHECK(t.run(insert_note, 1, "x"));
    EXPECT_FALSE(t.run(divide, 0));
    EXPECT_FALSE(t.run(count_notes));
    return {};  // a caller that overlooked it still cannot commit
  });
  EXPECT_FALSE(outcome);
  EXPECT_EQ(db.count(), 0);
}

TEST(Errors, DeadlocksAreTriedAgain) {
  NoteDatabase db;
  ASSERT_TRUE(db->run(insert_note, 1, "a"));
  ASSERT_TRUE(db->run(insert_note, 2, "b"));
  constexpr Query touch{"test_touch", "update note set text = text || '.' where id = $1"};
  std::atomic<int> arrived{0}, runs{0};
  const auto cross = [&](int first, int second) {
    return db->transact([&](Transaction& t) -> Result<void> {
      ++runs;
      MINBEN_CHECK(t.run(touch, first));
      ++arrived;
      for (int i = 0; i < 200 && arrived < 2; ++i) std::this_thread::sleep_for(milliseconds{5});
      MINBEN_CHECK(t.run(touch, second));
      return {};
    });
  };
  std::thread other([&] { EXPECT_TRUE(cross(2, 1)); });
  EXPECT_TRUE(cross(1, 2));
  other.join();
  EXPECT_GE(runs, 3) << "one of the two was the victim and ran again";  // at times twice
  constexpr Query all{"test_all", "select text from note order by id"};
  for (const Row row : *db->run(all)) EXPECT_TRUE(row.text("text").ends_with(".."));
}

TEST(Pipelining, SendsManyStatementsInOneGo) {
  NoteDatabase db;
  EXPECT_TRUE(db->transact([](Transaction& t) -> Result<void> {
    for (int i = 0; i < 2000; ++i) t.queue(insert_note, i, std::string(200, 'x'));
    MINBEN_TRY(rows, t.run(count_notes));
    EXPECT_EQ(rows.front().integer("n"), 2000);
    return {};
  }));
  EXPECT_EQ(db.count(), 2000);
}

TEST(Pipelining, AFailureIsReportedByTheNextRunOrTheCommit) {
  NoteDatabase db;
  const auto at_run = db->transact([](Transaction& t) -> Result<void> {
    t.queue(insert_note, 1, "x");
    t.queue(insert_note, 1, "again");
    MINBEN_CHECK(t.run(count_notes));
    return {};
  });
  EXPECT_EQ(at_run.error().code, "duplicate");
  const auto at_commit = db->transact([](Transaction& t) -> Result<void> {
    t.queue(insert_note, 1, "x");
    t.queue(divide, 0);
    t.queue(insert_note, 2, "y");
    return {};
  });
  EXPECT_EQ(at_commit.error().code, "bad_value");
  EXPECT_EQ(db.count(), 0);
}

TEST(Pool, NeverOpensMoreThanItMay) {
  test::TestDatabase db(test::TestDatabase::system_clock(), {}, 3);
  constexpr Query slow{"test_slow", "select pg_sleep(0.05)"};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) threads.emplace_back([&] { EXPECT_TRUE(db->run(slow)); });
  for (auto& thread : threads) thread.join();
  constexpr Query sessions{
      "test_sessions",
      "select count(*) as n from pg_stat_activity where datname = current_database()"};
  EXPECT_LE(db->run(sessions)->front().integer("n"), 3);
}

TEST(Pool, ReplacesConnectionsThatTheServerClosed) {
  test::TestDatabase db;
  constexpr Query kill_all{"test_kill",
                           "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                           "where datname = $1 and pid <> pg_backend_pid()"};
  constexpr Query name{"test_name", "select current_database()::text as name"};
  const std::string database_name = db->run(name)->front().text("name");
  test::TestDatabase other;
  ASSERT_TRUE(other->run(kill_all, database_name));
  std::this_thread::sleep_for(milliseconds{100});
  EXPECT_TRUE(db->run(name)) << "an idle connection that died is not handed out";
}

TEST(Pool, AServerThatIsNotThereIsUnavailable) {
  DatabaseConfig config;
  config.url = "postgresql:///minben?host=/nonexistent";
  config.connect_timeout_ms = milliseconds{100};
  const auto database = Database::open(config, test::TestDatabase::system_clock());
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind, Kind::unavailable);
}

TEST(Pool, AStatementThatTakesTooLongIsEnded) {
  test::TestDatabase db;
  DatabaseConfig config;
  config.url = db.url();
  config.statement_timeout_ms = milliseconds{50};
  const auto database = Database::open(config, test::TestDatabase::system_clock());
  constexpr Query slow{"test_slow", "select pg_sleep(10)"};
  EXPECT_EQ((*database)->run(slow).error().code, "statement_timeout");
}

}  // namespace
}  // namespace minben::store
