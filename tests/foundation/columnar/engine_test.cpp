#include <fstream>
#include <thread>

#include "support.hpp"

namespace minben::columnar {
namespace {

using test::ask;
using test::value;

using Engines = test::EngineTest;

TEST_F(Engines, WriteEveryTypeAsPeopleAndJsonDo) {
  Connection& c = connection;
  auto rows = value(c.query(
      "select true, -5::tinyint, 9007199254740993, "
      "170141183460469231731687303715884105727::hugeint, "
      "0.1::double, -12.340::decimal(9,3), -0.05::decimal(30,2), '說\"\n', date '0099-02-28', "
      "time '01:02:03.040', timestamp '1969-12-31 23:59:59.5', "
      "timestamptz '2026-01-02 03:04:05+08', null, 'nan'::double, 18446744073709551615::ubigint, "
      "date '12345-01-01', 'infinity'::timestamp, 1.1::float",
      {}, milliseconds{5000}));
  const Chunk* chunk = value(rows.next());
  ASSERT_NE(chunk, nullptr);
  std::string text;
  std::string json;
  for (const Column& column : chunk->columns) {
    column.append_text(text += '|', 0);
    column.append_json(json += '|', 0);
  }
  EXPECT_EQ(text,
            "|true|-5|9007199254740993|170141183460469231731687303715884105727|0.1|-12.340|-0.05|"
            "說\"\n|0099-02-28|01:02:03.04|1969-12-31T23:59:59.5|2026-01-01T19:04:05Z||NaN|"
            "18446744073709551615|+12345-01-01|infinity|1.1");
  EXPECT_EQ(json,
            "|true|-5|9007199254740993|170141183460469231731687303715884105727|0.1|-12.340|-0.05|"
            "\"說\\\"\\n\"|\"0099-02-28\"|\"01:02:03.04\"|\"1969-12-31T23:59:59.5\"|"
            "\"2026-01-01T19:04:05Z\"|null|\"NaN\"|18446744073709551615|\"+12345-01-01\"|"
            "\"infinity\"|1.1");
  EXPECT_EQ(value(rows.next()), nullptr);
}

TEST_F(Engines, BindEveryTypeOfParameter) {
  EXPECT_EQ(
      must_ask(
          "select $1::int, $2::boolean, $3::bigint, $4::double, $5::varchar, $6::date, "
          "$7::timestamp",
          {nullptr, true, std::int64_t{-1}, 2.5, std::string("a\0b'", 4),
           value(parse_date("2024-02-29")), value(parse_instant("2026-11-23T04:05:06.000007Z"))}),
      "~|true|-1|2.5|a" + std::string(1, '\0') + "b'|2024-02-29|2026-11-23T04:05:06.000007\n");
  EXPECT_EQ(ask(connection, "select $1::int", {}).error().code, "bad_query");
}

TEST_F(Engines, CarryARowThroughParquet) {
  const auto file = folder.path / "tables" / "it's.parquet";
  ASSERT_TRUE(connection.run(
      copy_to_parquet("select i, 'r' || i as t from range(50000) r(i)", file), milliseconds{9000}));
  EXPECT_EQ(must_ask("select count(*), sum(i), min(t) from read_parquet(" +
                     quote_text(file.string()) + ")"),
            "50000|1249975000|r0\n");
}

TEST_F(Engines, ReadCsvWithKnownTypes) {
  const auto file = folder.path / "tables" / "a.csv";
  std::ofstream(file) << "名稱,數量\n\"臺北,市\",12\n\"a\"\"b\nc\",\n";
  const CsvSource source{
      file, ',', false, true, 1, 0, {{"名'稱\"", "VARCHAR"}, {"數量", "BIGINT"}}};
  EXPECT_EQ(must_ask("select * from " + read_csv(source)), "臺北,市|12\na\"b\nc|~\n");
  std::ofstream(file) << "\"\",1\r\n,2\r\n";
  EXPECT_EQ(must_ask("select * from " + read_csv({file, ',', true, true, 0, 0, source.fields})),
            "|1\n~|2\n");
  std::ofstream(file) << "名稱,數量\nx,y\n";
  EXPECT_EQ(ask(connection, "select * from " + read_csv(source)).error().code, "bad_query");
}

TEST_F(Engines, StayInTheirDirectories) {
  std::ofstream(folder.path / "outside.csv") << "a\n1\n";
  const std::string outside = (folder.path / "outside.csv").string();
  const std::string inside = (folder.path / "tables").string();
  for (const std::string& sql : std::vector<std::string>{
           "select * from read_csv('" + outside + "')",
           "select * from read_text('" + inside + "/../outside.csv')",
           "select * from read_text('/etc/passwd')",
           "select * from '" + outside + "'",
           "select * from glob('/etc/*')",
           "copy (select 1) to '/tmp/minben-escaped.csv'",
           "copy (select 1) to '" + inside + "x/a.csv'",
           "attach '/tmp/minben-escaped.db' as x",
           "install httpfs",
           "load '/tmp/x.duckdb_extension'",
           "set enable_external_access = true",
           "set allowed_directories = ['/']",
           "reset lock_configuration",
           "set memory_limit = '100GB'",
           "export database '/tmp/minben-escaped'",
       })
    EXPECT_FALSE(ask(connection, sql)) << sql;
  EXPECT_FALSE(std::filesystem::exists("/tmp/minben-escaped.csv"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/minben-escaped.db"));
}

TEST_F(Engines, EndAQueryWhenItsTimeIsOver) {
  const auto outcome = ask(
      connection, "select count(*) from range(10000000) a, range(10000000) b where a.range % 7 = 1",
      {}, milliseconds{50});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "query_time");
  EXPECT_EQ(must_ask("select 1"), "1\n") << "the connection is of use again";
}

TEST_F(Engines, EndAQueryThatIsCancelled) {
  std::thread other([this] {
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(milliseconds{20});
      connection.cancel();
    }
  });
  const auto outcome = ask(connection, "select count(*) from range(10000000) a, range(10000000) b",
                           {}, milliseconds{20000});
  other.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "cancelled");
}

TEST_F(Engines, EndAQueryThatNeedsTooMuchMemory) {
  EngineConfig small;
  small.memory_bytes = 64u << 20;
  small.temporary_bytes = 1u << 20;
  const auto other = open(small);
  Connection c = value(other->connect());
  const auto outcome =
      ask(c, "select i, count(*) from range(50000000) r(i) group by i order by 2 limit 1");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "query_memory");
  EXPECT_EQ(ask(c, "select 1"), "1\n");
}

TEST_F(Engines, LendAsManyConnectionsAsTheyMay) {
  EngineConfig few;
  few.connections = 1;
  const auto other = open(few);
  {
    Connection first = value(other->connect());
    EXPECT_EQ(other->connect(milliseconds{10}).error().code, "engine_busy");
  }
  EXPECT_TRUE(other->connect(milliseconds{10}));
}

TEST_F(Engines, StreamWithoutHoldingTheResult) {
  EngineConfig small;
  small.memory_bytes = 64u << 20;
  const auto other = open(small);
  Connection c = value(other->connect());
  auto rows = value(
      c.query("select i, repeat('x', 1000) from range(1000000) r(i)", {}, milliseconds{60000}));
  std::size_t count = 0;
  while (const Chunk* chunk = value(rows.next())) count += chunk->rows;
  EXPECT_EQ(count, 1000000u);
}

TEST_F(Engines, RefuseANulAndSeveralStatements) {
  EXPECT_EQ(ask(connection, std::string_view("select 1\0 from x", 16)).error().code, "bad_query");
  EXPECT_EQ(ask(connection, "select 1; select 2").error().code, "bad_query");
  EXPECT_EQ(ask(connection, "select [1, 2]").error().code, "bad_query");
}

}  // namespace
}  // namespace minben::columnar
