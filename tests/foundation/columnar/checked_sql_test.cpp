// Strangers' SQL. The table T is readable, S is a view on the same connection that is not.
#include <fstream>

#include "columnar/checked_sql.hpp"
#include "support.hpp"

namespace minben::columnar {
namespace {

using test::ask;
using test::value;

constexpr std::string_view readable = "0191f000-0000-7000-8000-000000000001";
constexpr std::string_view secret = "0191f000-0000-7000-8000-000000000002";

/// T and S in a text stand for the two names, quoted.
std::string with_names(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c == '@') out += quote_name(readable);
    else if (c == '#') out += quote_name(secret);
    else out += c;
  return out;
}

struct CheckedSqlTest : test::EngineTest {
  CheckedSqlTest() {
    for (const std::string_view name : {readable, secret})
      must_ask("create temp view " + quote_name(name) +
               " as select i as id, i % 7 as k, '臺北' || i as name, date '2024-01-01' as d "
               "from range(1000) r(i)");
  }
  Result<CheckedSql> check(std::string_view sql) {
    return check_sql(connection, with_names(sql),
                     [](std::string_view name) { return name == readable; });
  }
  Result<std::string> run(std::string_view sql) {
    MINBEN_TRY(checked, check(sql));
    return ask(connection, checked.text, {}, milliseconds{3000});
  }
};

TEST_F(CheckedSqlTest, LetsOrdinaryQuestionsThrough) {
  EXPECT_EQ(value(run("SELECT count(*) FROM @")), "1000\n");
  EXPECT_EQ(value(run("select name, id from @ where name like '臺北9%' order by id desc limit 2;")),
            "臺北999|999\n臺北998|998\n");
  EXPECT_EQ(
      value(run("select k, sum(id) filter (where id > 10) as s from @ group by k having count(*) "
                "> 142 order by s desc nulls last limit 1 -- a comment")),
      "5|71781\n");
  EXPECT_EQ(value(run("with a as (select k, count(*) n from @ group by all), b as (select max(n) m "
                      "from a) select a.k from a join b on a.n = b.m order by 1 limit 1")),
            "0\n");
  EXPECT_EQ(value(run("select a.id from @ a where a.id in (select id + 1 from @ where id < 2) and "
                      "exists (select 1) and a.id not in (1) and not (a.id is null)")),
            "2\n");
  EXPECT_EQ(value(run("select id, row_number() over (partition by k order by id) from @ where id "
                      "between 14 and 15 order by id")),
            "14|1\n15|1\n");
  EXPECT_EQ(value(run("select 1 union all select id from @ where id = 5 order by 1")), "1\n5\n");
  EXPECT_EQ(value(run("select cast(id as varchar) || '!' , round(id / 3.0, 2), "
                      "case when id > 1 then 'a' else upper('b') end, coalesce(null, 4), "
                      "extract(year from d), trim(' x '), substring(name from 1 for 2), "
                      "try_cast(name as integer), nullif(1, 1) from @ where id = 2")),
            "2!|0.67|a|4|2024|x|臺北|~|~\n");
  EXPECT_EQ(value(run("select * exclude (d, name) from @ t left join (select id as j from @) u on "
                      "t.id = u.j - 1 where id = 999")),
            "999|5|~\n");
  EXPECT_EQ(check("select a.id from @ a, @ b where a.id = b.id")->tables,
            std::vector<std::string>{std::string(readable)});
}

TEST_F(CheckedSqlTest, RefusesWhatIsNotAQuestionAboutReadableTables) {
  static const std::vector<std::string_view> hostile{
      // files
      "select * from read_csv('/etc/passwd')",
      "select * from read_csv_auto('/etc/passwd')",
      "select * from read_text('/etc/passwd')",
      "select * from read_blob('/etc/passwd')",
      "select * from read_parquet('/tmp/*.parquet')",
      "select * from parquet_scan('x')",
      "select * from read_json('/etc/passwd')",
      "select * from read_json_auto('/x')",
      "select * from read_ndjson('/x')",
      "select * from sniff_csv('/etc/passwd')",
      "select * from parquet_metadata('x')",
      "select * from parquet_schema('x')",
      "select * from glob('*')",
      "select * from '/etc/passwd'",
      "select * from \"/etc/passwd\"",
      "select * from \"tables/x.parquet\"",
      "from '/etc/passwd'",
      "select * from 'https://x.example/a.csv'",
      "select * from \"file:///etc/passwd\"",
      "select (select count(*) from '/etc/passwd')",
      "select * from @ where id in (select 1 from '/etc/passwd')",
      "select * from @ order by (select 1 from '/etc/passwd')",
      "select * from @ limit (select 1 from '/etc/passwd')",
      "select * from @ join '/etc/passwd' on true",
      "table '/etc/passwd'",
      // statements
      "copy (select 1) to '/tmp/x'",
      "copy @ to '/tmp/x.csv'",
      "copy @ from '/etc/passwd'",
      "attach '/tmp/x.db' as y",
      "detach x",
      "install httpfs",
      "load httpfs",
      "force install httpfs",
      "pragma database_list",
      "pragma table_info('x')",
      "call pragma_version()",
      "set threads = 100",
      "reset all",
      "set variable a = 1",
      "create table x as select 1",
      "create macro f(a) as a",
      "create view v as select 1",
      "create secret (type s3)",
      "drop view #",
      "insert into @ values (1)",
      "update @ set id = 1",
      "delete from @",
      "alter table @ rename to x",
      "truncate @",
      "vacuum",
      "checkpoint",
      "begin",
      "commit",
      "prepare p as select 1",
      "execute p",
      "deallocate p",
      "explain select 1",
      "explain analyze select 1",
      "describe @",
      "describe #",
      "summarize #",
      "show tables",
      "show all tables",
      "show #",
      "use memory",
      "export database '/tmp/x'",
      "import database '/tmp/x'",
      "merge into @ using # on true when matched then delete",
      "select 1; select 2",
      "select 1; copy (select 1) to '/tmp/x'",
      ";",
      "",
      " ",
      "--",
      "(",
      "select",
      // the engine's own tables and functions
      "select * from duckdb_settings()",
      "select * from duckdb_tables",
      "select * from duckdb_views()",
      "select * from information_schema.tables",
      "select * from pg_catalog.pg_class",
      "select * from sqlite_master",
      "select * from main.@",
      "select * from memory.main.@",
      "select * from temp.#",
      "select * from duckdb_secrets()",
      "select * from duckdb_extensions()",
      "select * from pragma_database_list",
      "select * from pragma_table_info('@')",
      "select getenv('PATH')",
      "select current_setting('memory_limit')",
      "select query('select 1')",
      "select * from query('select 1')",
      "select * from query_table('#')",
      "select getvariable('a')",
      "select system.main.getenv('PATH')",
      "select current_query()",
      "select txid_current()",
      "select pg_sleep(10)",
      "select sleep_ms(1000)",
      "select nextval('s')",
      "select version()",
      "select read_text('/etc/passwd')",
      "select json_execute_serialized_sql('{}')",
      "select json_serialize_sql('select 1')",
      "select * from json_execute_serialized_sql('{}')",
      "select write_log('x')",
      "select setseed(0.1)",
      "select hash(id) from @",
      "select stats(id) from @",
      "select vector_type(id) from @",
      "select 'x'.getenv()",
      "select is_histogram_other_bin(1)",
      "select checkpoint()",
      "select force_checkpoint()",
      "select error('x')",
      "select can_cast_implicitly(1, 2)",
      "select pg_typeof(1)",
      // other people's tables
      "select * from #",
      "select * from @ union select * from #",
      "select * from @ except select * from #",
      "select * from @, #",
      "select * from @ natural join #",
      "select (select max(id) from #)",
      "select * from @ where exists (select 1 from #)",
      "with x as (select * from #) select * from x",
      "with x as (select * from @) select * from x, #",
      "select * from (select * from #) y",
      "select * from (select * from (select * from #))",
      "from #",
      "table #",
      "select * from @ semi join # using (id)",
      "select * from @ asof join # on @.id >= #.id",
      "select id from @ group by (select max(id) from #), id",
      "select row_number() over (order by (select max(id) from #)) from @",
      "select case when (select true from # limit 1) then 1 end",
      "select sum(id) filter (where id in (select id from #)) from @",
      "select * from @ qualify (select true from # limit 1)",
      "select * from @ order by (select max(id) from #)",
      "select * from @ limit (select max(id) from #)",
      "select distinct on ((select max(id) from #)) id from @",
      "select id from @ group by id having (select true from #)",
      "select * from @ a left join lateral (select * from # where id = a.id) b on true",
      "select * from \"0191F000-0000-7000-8000-000000000002\"",
      "select * from \"0191f000-0000-7000-8000-000000000001 \"",
      // scopes
      "with \"/etc/passwd\" as (select 1) select * from \"/etc/passwd\"",
      "with # as (select 1) select * from #",
      "with @ as (select 1) select * from @",
      "with a as (select * from a) select * from a",
      "with a as (select * from b), b as (select 1) select * from a",
      "select * from (with x as (select 1) select * from x) y, x",
      "with duckdb_tables as (select 1) select * from @ where id in (select 1) union select 1 from "
      "duckdb_views",
      "with a as materialized (select 1) select * from a",
      "with recursive r as (select 1 union all select * from r) select * from r",
      "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
      // forms
      "select ?",
      "select $1",
      "select $name",
      "select * from @ where id = ?",
      "values (1), (2)",
      "select * from (values (1)) v(x)",
      "select * from @ using sample 10",
      "select * from @ tablesample 5%",
      "select * from @ limit 10%",
      "select columns('.*') from @",
      "select columns(*) from @",
      "select * replace (getenv('PATH') as id) from @",
      "select * rename (id as x) from @",
      "select unnest([1, 2, 3])",
      "select [x for x in [1, 2]]",
      "select list_transform([1], x -> x)",
      "select {'a': id} from @",
      "select map([1], [2])",
      "select id::json from @",
      "select id::int[] from @",
      "select 'a' collate nocase",
      "select try(id) from @",
      "select * from range(10)",
      "select * from generate_series(1, 10)",
      "select * from repeat(1, 10)",
      "select * from unnest([1])",
      "pivot @ on k using sum(id)",
      "select * from (pivot @ on k using sum(id))",
      "unpivot @ on id into name n value v",
      "select * from @ at (version => 1)",
      "select sum(id order by name) from @",
      // bombs
      "select repeat('x', 1000000000)",
      "select lpad('x', 1000000000, 'y')",
      "select rpad('x', 999999999, 'y')",
      "select format('{:1000000000}', 1)",
      "select printf('%1000000000d', 1)",
      "select string_agg(name, '') from @",
      "select list(name) from @",
      "select array_agg(id) from @",
      "select range(1000000000)",
      "select generate_series(1, 1000000000)",
      "select bar(1, 0, 1, 1000000000)",
      "select histogram(id) from @",
      "select quantile(id, 0.5) from @",
      "select id from @ group by cube (id, k, name, d, id+1, id+2, id+3)",
      "select replace(replace(replace(name, '', name), '', name), '', name) from @",
      "select a from (select a||a||a a from (select a||a||a||a a from (select a||a||a||a a from "
      "(select "
      "a||a||a||a||a a from (select name||name||name||name||name a from @)))))",
      "with a as (select name||name||name||name||name||name x from @), b as (select "
      "x||x||x||x||x||x x "
      "from a), c as (select x||x||x||x||x||x x from b), d as (select x||x||x||x||x||x x from c) "
      "select "
      "length(x) from d",
      "select 1 from @ a,@ b,@ c,@ d,@ e,@ f,@ g,@ h,@ i,@ j,@ k,@ l,@ m",
  };
  for (const std::string_view sql : hostile) {
    const auto outcome = check(sql);
    EXPECT_FALSE(outcome) << sql;
    if (outcome) continue;
    const Kind kind = outcome.error().kind;
    EXPECT_TRUE(kind == Kind::invalid || kind == Kind::not_found || kind == Kind::too_large)
        << sql << ": " << describe(outcome.error());
  }
  EXPECT_GE(hostile.size(), 200u);
}

TEST_F(CheckedSqlTest, SaysWhichTableIsMissingAlikeForSecretAndUnknownOnes) {
  auto hidden = check("select * from #").error();
  auto unknown = check("select * from \"0191f000-0000-7000-8000-000000000003\"").error();
  EXPECT_EQ(hidden.field, secret);
  hidden.field = unknown.field = "";
  EXPECT_EQ(hidden, unknown);
}

TEST_F(CheckedSqlTest, StopsTextsThatNestTooDeeplyOrAreTooLong) {
  const auto deep = [](std::size_t count, std::string_view open, std::string_view close) {
    std::string out = "select ";
    for (std::size_t i = 0; i < count; ++i) out += open;
    out += '1';
    for (std::size_t i = 0; i < count; ++i) out += close;
    return out;
  };
  for (const std::string& sql :
       {deep(10000, "(", ")"), deep(65, "(select ", ")"), deep(15000, "-", ""),
        deep(7000, "not ", ""), deep(300, "case when true then ", " end"), deep(10000, "1+", ""),
        deep(3000, "1 in (", ")"), deep(6000, "1,", ""), deep(20000, "'x'||", ""),
        deep(5000, "", "::int"), deep(3000, "", " union all select 1"), std::string(40000, ' ')}) {
    const auto outcome = check(sql);
    EXPECT_FALSE(outcome) << sql.substr(0, 60);
  }
}

TEST_F(CheckedSqlTest, BombsThatLookHarmlessEndByTimeOrMemory) {
  EngineConfig small;
  small.memory_bytes = 128u << 20;
  small.temporary_bytes = 16u << 20;
  const auto other = open(small);
  Connection c = value(other->connect());
  ASSERT_TRUE(
      c.run("create temp view " + quote_name(readable) +
                " as select i as id, i % 7 as k, '臺北' || i as name from range(100000) r(i)",
            milliseconds{1000}));
  for (const std::string_view sql :
       {"select count(*) from @ a, @ b, @ c",
        "select a.id from @ a, @ b, @ c order by a.id + b.id + c.id",
        "select a.name, count(distinct b.name || c.name) from @ a, @ b, @ c group by 1",
        "select distinct a.name || b.name from @ a, @ b",
        "select sum(a.id) over (order by b.id) from @ a, @ b",
        "select count(*) from @ a where (select count(*) from @ b where b.name > a.name || a.id) > "
        "0",
        "select * from @ a join @ b on a.name like '%' || b.id || '%' where a.id < 0 or a.k > b.k "
        "+ 7",
        "select max(regexp_matches(a.name, '(.*)*(.*)*x' || b.name)) from @ a, @ b"}) {
    const auto checked = check_sql(c, with_names(sql), [](auto name) { return name == readable; });
    ASSERT_TRUE(checked) << sql << describe(checked.error());
    auto rows = c.query(checked->text, {}, milliseconds{400});
    std::string code = rows ? "" : rows.error().code;
    while (rows && code.empty()) {
      const auto chunk = rows->next();
      if (!chunk) code = chunk.error().code;
      if (chunk && *chunk == nullptr) break;
    }
    EXPECT_TRUE(code == "query_time" || code == "query_memory") << sql << ": " << code;
  }
}

TEST_F(CheckedSqlTest, ListsItsFunctionsInOrder) {
  const auto list = allowed_functions();
  EXPECT_TRUE(std::ranges::is_sorted(list));
  EXPECT_TRUE(std::ranges::find(list, "count") != list.end());
}

}  // namespace
}  // namespace minben::columnar
