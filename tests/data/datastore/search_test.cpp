#include "datastore/exports.hpp"
#include "support.hpp"

namespace minben::datastore {
namespace {

using test::code;
using test::value;

struct Searches : test::DatastoreTest {
  Searches() {
    load(
        "名稱,區,數量,金額,日期,時刻,開放\n"
        "Café 甲,信義區,1,0.5,2024-01-01,2024-01-01 08:00:00,true\n"
        "書店乙,大安區,2,-1.25,2024-02-29,2024-01-01 09:30:00,false\n"
        "公園丙,信義區,3,,2024-03-01,2024-01-02 00:00:00,true\n"
        ",中山區,,10,,,\n"
        "\"O'Neil \"\"x\"\"\",大安區,2,1e3,2024-02-29,2024-01-01 09:30:01,true\n");
  }
  /// The `_id`s that match, e.g. "1,3", or the error's code; and the total has to be right.
  std::string ids(std::string_view filters, const Json& q = nullptr, bool plain = true) {
    Search wanted;
    wanted.filters = json(filters);
    wanted.q = q;
    wanted.plain = plain;
    wanted.fields = {"_id"};
    wanted.format = RecordsFormat::csv;
    const auto page = store->search(table, wanted);
    if (!page) return page.error().code;
    EXPECT_EQ(page->total, page->count);
    std::string out = page->records.substr(5);
    for (std::size_t at = 0; (at = out.find("\r\n")) != out.npos;)
      out.replace(at, 2, at + 2 == out.size() ? "" : ",");
    return out;
  }
};

TEST_F(Searches, FilterByEveryTypeExactly) {
  EXPECT_EQ(ids("{}"), "1,2,3,4,5");
  EXPECT_EQ(ids(R"({"區":"信義區"})"), "1,3");
  EXPECT_EQ(ids(R"({"區":["信義區","中山區"],"數量":[1,3,99]})"), "1,3");
  EXPECT_EQ(ids(R"({"數量":"2"})"), "2,5");
  EXPECT_EQ(ids(R"({"數量":2.0})"), "2,5");
  EXPECT_EQ(ids(R"({"數量":2.5})"), "");
  EXPECT_EQ(ids(R"({"金額":1000})"), "5");
  EXPECT_EQ(ids(R"({"金額":[-1.25,"10"]})"), "2,4");
  EXPECT_EQ(ids(R"({"日期":"2024-02-29"})"), "2,5");
  EXPECT_EQ(ids(R"({"時刻":"2024-01-01T09:30"})"), "2");
  EXPECT_EQ(ids(R"({"時刻":["2024-01-02","2024-01-01 09:30:01.000"]})"), "3,5");
  EXPECT_EQ(ids(R"({"開放":false})"), "2");
  EXPECT_EQ(ids(R"({"開放":"true"})"), "1,3,5");
  EXPECT_EQ(ids(R"({"名稱":null})"), "4");
  EXPECT_EQ(ids(R"({"金額":[null,0.5]})"), "1,3");
  EXPECT_EQ(ids(R"({"區":[]})"), "");
  EXPECT_EQ(ids(R"({"_id":[1,5,77]})"), "1,5");
  EXPECT_EQ(ids(R"({"名稱":"O'Neil \"x\""})"), "5");
}

TEST_F(Searches, AnswerTheSameWithoutTheIndexAndMakeItAnew) {
  std::vector<Search> all(6);
  all[1].filters = json(R"({"區":"大安區","數量":{"gte":2}})");
  all[2].sort = "金額 desc";
  all[2].format = RecordsFormat::csv;
  all[3].sort = "_id desc";
  all[3].limit = 2;
  all[3].offset = 1;
  all[4].fields = {"日期", "名稱", "_id"};
  all[4].format = RecordsFormat::lists;
  all[4].filters = json(R"({"_id":[1,3,5]})");
  all[5].q = "書店乙";
  const test::fs::path rows = folder / "tables" / to_string(table);
  for (const Search& each : all) {
    const Page wanted = search(each);
    for (const char* extension : {"1.index", "1.rows"}) test::fs::remove(rows / extension);
    const auto other = open();
    for (int i = 0; i < 2; ++i) {
      const Page got = value(other->search(table, each));
      EXPECT_EQ(got.records, wanted.records);
      EXPECT_EQ(got.total, wanted.total);
      EXPECT_EQ(got.next_page, wanted.next_page);
      other->settle();
      for (const char* extension : {"1.index", "1.rows"})
        EXPECT_TRUE(test::fs::exists(rows / extension)) << extension;
    }
  }
}

TEST_F(Searches, FilterByRangesAndTheirCombinations) {
  EXPECT_EQ(ids(R"({"數量":{"gt":1}})"), "2,3,5");
  EXPECT_EQ(ids(R"({"數量":{"gte":1,"lt":3}})"), "1,2,5");
  EXPECT_EQ(ids(R"({"數量":{"gt":1.5,"lte":2.9}})"), "2,5");
  EXPECT_EQ(ids(R"({"金額":{"gte":-1.25,"lt":10}})"), "1,2");
  EXPECT_EQ(ids(R"({"日期":{"gte":"2024-01-02","lt":"2024-03-01"}})"), "2,5");
  EXPECT_EQ(ids(R"({"時刻":{"gt":"2024-01-01T09:30"}})"), "3,5");
  EXPECT_EQ(ids(R"({"區":{"gte":"中","lt":"信"}})"), "4");
  EXPECT_EQ(ids(R"({"數量":{"eq":2}})"), "2,5");
  EXPECT_EQ(ids(R"({"數量":[1,{"gte":3}]})"), "1,3");
  EXPECT_EQ(ids(R"({"_id":{"gt":3}})"), "4,5");
  EXPECT_EQ(ids(R"({"_id":{"gte":-5,"lt":2}})"), "1");
  EXPECT_EQ(ids(R"({"$or":[{"區":"中山區"},{"數量":1}]})"), "1,4");
  EXPECT_EQ(ids(R"({"$or":[]})"), "");
  EXPECT_EQ(ids(R"({"$and":[]})"), "1,2,3,4,5");
  EXPECT_EQ(ids(R"({"$and":[{"區":"大安區"},{"$or":[{"金額":{"lt":0}},{"開放":true}]}],"數量":2})"),
            "2,5");
}

TEST_F(Searches, RefuseFiltersThatMakeNoSense) {
  EXPECT_EQ(ids(R"({"無":1})"), "bad_field");
  EXPECT_EQ(ids(R"({"數量":"many"})"), "bad_value");
  EXPECT_EQ(ids(R"({"日期":"2024-02-30"})"), "bad_value");
  EXPECT_EQ(ids(R"({"日期":20240101})"), "bad_value");
  EXPECT_EQ(ids(R"({"開放":"maybe"})"), "bad_value");
  EXPECT_EQ(ids(R"({"數量":{"between":1}})"), "bad_filter");
  EXPECT_EQ(ids(R"({"數量":{}})"), "bad_filter");
  EXPECT_EQ(ids(R"({"數量":[[1]]})"), "bad_filter");
  EXPECT_EQ(ids(R"({"$or":{"數量":1}})"), "bad_filter");
  EXPECT_EQ(ids(R"([1])"), "bad_filter");
  EXPECT_EQ(
      ids(R"({"$and":[{"$and":[{"$and":[{"$and":[{"$and":[{"$and":[{"$and":[{"$and":[{}]}]}]}]}]}]}]}]})"),
      "bad_filter");
  JsonArray many(10'001, Json(1));
  Search wanted;
  wanted.filters = JsonObject{{"數量", many}};
  EXPECT_EQ(store->search(table, wanted).error().kind, Kind::too_large);
}

TEST_F(Searches, TakeHostileNamesAndValuesForNothingElse) {
  for (const char* text : {"' or 1=1 --", "\"; drop table x; --", "$1", "%", "_", "\\",
                           "\xEF\xBC\x87 or 1", "信義區' union select 1 --", "*", "?"}) {
    Search wanted;
    wanted.filters = JsonObject{{"區", text}};
    EXPECT_EQ(value(store->search(table, wanted)).total, 0) << text;
    wanted.filters = JsonObject{{text, "x"}};
    EXPECT_EQ(code(store->search(table, wanted)), "bad_field") << text;
    wanted.filters = JsonObject{};
    wanted.q = text;
    EXPECT_TRUE(store->search(table, wanted)) << text;
    wanted.q = nullptr;
    wanted.sort = text;
    EXPECT_EQ(code(store->search(table, wanted)), "bad_sort") << text;
    wanted.sort = "";
    wanted.fields = {text};
    EXPECT_EQ(code(store->search(table, wanted)), "bad_field") << text;
  }
  Search nul;
  nul.filters = JsonObject{{"區", std::string("a\0b", 3)}};
  EXPECT_EQ(code(store->search(table, nul)), "bad_value");
}

TEST_F(Searches, FindWordsInAllFieldsOrOne) {
  EXPECT_EQ(ids("{}", "信義"), "1,3");
  EXPECT_EQ(ids("{}", "CAFÉ"), "1");
  EXPECT_EQ(ids("{}", "信義 公園"), "3");
  EXPECT_EQ(ids("{}", "信義\u3000公園"), "3");
  EXPECT_EQ(ids("{}", "2024-02"), "2,5");
  EXPECT_EQ(ids("{}", "無此字"), "");
  EXPECT_EQ(ids("{}", "  "), "1,2,3,4,5");
  EXPECT_EQ(ids(R"({"數量":3})", "信義"), "3");
  EXPECT_EQ(ids("{}", JsonObject{{"名稱", "園"}, {"區", "信義"}}), "3");
  EXPECT_EQ(ids("{}", JsonObject{{"無", "園"}}), "bad_field");
  EXPECT_EQ(ids("{}", 5), "bad_query_text");
  EXPECT_EQ(ids("{}", Json(boost::json::string(1001, 'x'))), "bad_query_text");
}

TEST_F(Searches, CombineWordsAsTsqueryDoes) {
  EXPECT_EQ(ids("{}", "信義 & !公園", false), "1");
  EXPECT_EQ(ids("{}", "書店 | 公園:*", false), "2,3");
  EXPECT_EQ(ids("{}", "(書店 | 公園) & 大安", false), "2");
  EXPECT_EQ(ids("{}", "!(書店 | 公園)", false), "1,4,5");
  for (const char* bad :
       {"(", ")", "a & )", "!", "a | (b", "((((((((((((((((((a))))))))))))))))))"})
    EXPECT_EQ(ids("{}", bad, false), "bad_query_text") << bad;
}

TEST_F(Searches, SortByFieldsAndThenByRow) {
  Search wanted;
  wanted.fields = {"_id"};
  wanted.format = RecordsFormat::lists;
  const auto sorted = [&](std::string_view sort) {
    wanted.sort = sort;
    return records(wanted);
  };
  EXPECT_EQ(sorted("數量 desc"), "[[4],[3],[2],[5],[1]]");
  EXPECT_EQ(sorted("數量 desc nulls last, _id desc"), "[[3],[5],[2],[1],[4]]");
  EXPECT_EQ(sorted("\"區\" asc, 金額 DESC"), "[[4],[3],[1],[5],[2]]");
  EXPECT_EQ(sorted("_id desc"), "[[5],[4],[3],[2],[1]]");
  EXPECT_EQ(sorted("  "), "[[1],[2],[3],[4],[5]]");
  for (const char* bad : {"數量 up", ",", "數量,,區", "\"數量", "數量; drop", "nulls first"}) {
    wanted.sort = bad;
    EXPECT_EQ(code(store->search(table, wanted)), "bad_sort") << bad;
  }
}

TEST_F(Searches, AnswerInEveryFormat) {
  Search wanted;
  wanted.fields = {"名稱", "金額"};
  wanted.filters = json(R"({"_id":{"gte":3}})");
  EXPECT_EQ(
      records(wanted),
      R"([{"名稱":"公園丙","金額":null},{"名稱":null,"金額":10},{"名稱":"O'Neil \"x\"","金額":1000}])");
  wanted.format = RecordsFormat::lists;
  EXPECT_EQ(records(wanted), R"([["公園丙",null],[null,10],["O'Neil \"x\"",1000]])");
  wanted.format = RecordsFormat::csv;
  EXPECT_EQ(records(wanted), "名稱,金額\r\n公園丙,\r\n,10\r\n\"O'Neil \"\"x\"\"\",1000\r\n");
  wanted.format = RecordsFormat::tsv;
  EXPECT_EQ(records(wanted), "名稱\t金額\r\n公園丙\t\r\n\t10\r\n\"O'Neil \"\"x\"\"\"\t1000\r\n");
  const Page page = search(wanted);
  EXPECT_EQ(page.fields[0].type, "text");
  EXPECT_EQ(page.fields[1].type, "float8");
}

TEST_F(Searches, PageByOffsetAndByKey) {
  Search wanted;
  wanted.fields = {"_id"};
  wanted.format = RecordsFormat::lists;
  wanted.limit = 2;
  wanted.offset = 2;
  Page page = search(wanted);
  EXPECT_EQ(page.records, "[[3],[4]]");
  EXPECT_EQ(page.total, 5);
  wanted.offset = 9;
  EXPECT_EQ(search(wanted).records, "[]");
  wanted.offset = 0;
  wanted.limit = 0;
  EXPECT_EQ(search(wanted).total, 5);
  wanted.limit = 2;
  wanted.filters = json(R"({"區":["信義區","大安區"]})");
  page = search(wanted);
  EXPECT_EQ(page.records, "[[1],[2]]");
  wanted.filters = page.next_page;
  page = search(wanted);
  EXPECT_EQ(page.records, "[[3],[5]]");
  EXPECT_EQ(write_json(page.next_page),
            R"({"$and":[{"區":["信義區","大安區"]},{"_id":{"gt":5}}]})");
  wanted.filters = page.next_page;
  page = search(wanted);
  EXPECT_EQ(page.records, "[]");
  EXPECT_TRUE(page.next_page.is_null());
  wanted.filters = JsonObject{};
  wanted.sort = "_id desc";
  EXPECT_EQ(write_json(search(wanted).next_page), R"({"_id":{"lt":4}})");
  wanted.include_total = false;
  EXPECT_FALSE(search(wanted).total.has_value());
  for (const int limit : {-1, 32'001}) {
    wanted.limit = limit;
    EXPECT_EQ(code(store->search(table, wanted)), "bad_limit");
  }
}

TEST_F(Searches, AnswerDistinctRowsWithTheirTotal) {
  Search wanted;
  wanted.fields = {"區"};
  wanted.distinct = true;
  wanted.sort = "區 desc";
  wanted.limit = 2;
  wanted.format = RecordsFormat::lists;
  const Page page = search(wanted);
  EXPECT_EQ(page.records, R"([["大安區"],["信義區"]])");
  EXPECT_EQ(page.total, 3);
  wanted.sort = "數量";
  EXPECT_EQ(code(store->search(table, wanted)), "bad_sort");
}

/// Whatever the index answers, the engine answers too: the same filters beside a word that is in
/// all rows go past the index.
TEST_F(Searches, AgreeWithTheEngineWhateverIsAsked) {
  std::string csv = "t,big,n,x,d,b,all\n";
  SeededRandom dice(7);
  for (int i = 0; i < 70'000; ++i) {
    const auto cell = [&](const std::string& text) {
      return dice.below(20) == 0 ? std::string() : text;
    };
    csv +=
        cell("t" + std::to_string(dice.below(300))) + "," + cell("u" + std::to_string(i)) + "," +
        cell(std::to_string(static_cast<std::int64_t>(dice.below(200'000)) - 100'000)) + "," +
        cell(fmt::format("{:.3f}", static_cast<double>(dice.below(100'000'000)) / 1000 - 50'000)) +
        "," +
        cell(to_string(
            add_days(Date(std::chrono::year(2000) / 1 / 1), static_cast<int>(dice.below(9000))))) +
        "," + cell(dice.below(2) == 0 ? "true" : "false") + ",word\n";
  }
  load(csv);
  const auto number = [&](int from, int to) {
    return from + static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(to - from)));
  };
  const auto leaf = [&]() -> JsonObject {
    switch (dice.below(8)) {
      case 0:
        return {{"t", fmt::format("t{}", number(0, 310))}};
      case 1:
        return {{"t", JsonArray{fmt::format("t{}", number(0, 300)), nullptr, "none"}}};
      case 2:
        return {{"n", JsonObject{{"gte", number(-100'000, 0)}, {"lt", number(0, 100'000)}}}};
      case 3:
        return {{"x", JsonObject{{"gt", static_cast<double>(number(-50'000, 50'000)) / 7}}}};
      case 4:
        return {{"d", JsonObject{{"lte", to_string(add_days(Date(std::chrono::year(2000) / 1 / 1),
                                                            static_cast<int>(number(0, 9000))))}}}};
      case 5:
        return {{"b", dice.below(3) == 0 ? Json(nullptr) : Json(dice.below(2) == 0)}};
      case 6:
        return {{"_id", JsonObject{{"gt", number(-10, 70'010)}}}};
      default:
        return {{"n", JsonArray{number(-100'000, 100'000), nullptr}}};
    }
  };
  for (int i = 0; i < 60; ++i) {
    JsonObject filters = leaf();
    if (dice.below(2) == 0) filters["$or"] = JsonArray{leaf(), leaf()};
    if (dice.below(3) == 0)
      filters["$and"] = JsonArray{leaf(), JsonObject{{"$or", JsonArray{leaf(), leaf()}}}};
    Search wanted;
    wanted.filters = filters;
    wanted.offset = number(0, 300);
    wanted.sort = dice.below(4) == 0 ? "_id desc" : "";
    const Page fast = search(wanted);
    wanted.q = JsonObject{{"all", "WORD"}};
    const Page slow = search(wanted);
    EXPECT_EQ(fast.total, slow.total) << write_json(filters);
    EXPECT_EQ(fast.records, slow.records) << write_json(filters);
  }
}

TEST_F(Searches, BoundWhatAPageMayWeigh) {
  std::string csv = "n,t\n";
  for (int i = 0; i < 200; ++i)
    csv += fmt::format("{},{}\n", i, std::string(500'000, static_cast<char>('a' + i % 26)));
  load(csv);
  Search wanted;
  wanted.limit = 200;
  EXPECT_EQ(code(store->search(table, wanted)), "answer_too_large");
  wanted.offset = 150;
  wanted.limit = 3;
  const std::string rows = records(wanted);
  EXPECT_EQ(rows.size(),
            3 * 500'000 + 3 * std::string(R"({"_id":151,"n":150,"t":""},)").size() + 1);
  EXPECT_TRUE(rows.starts_with(R"([{"_id":151,"n":150,"t":"u)")) << rows.substr(0, 40);
}

TEST_F(Searches, WorkOnEmptyTables) {
  load("a,b\n");
  EXPECT_EQ(search({}).total, 0);
  Search wanted;
  wanted.sort = "a desc";
  EXPECT_EQ(records(wanted), "[]");
}

// ------------------------------------------------------------------------------- figures, SQL

TEST_F(Searches, CountAndMeasureGroups) {
  Aggregate wanted;
  wanted.group = "區";
  Bars bars = value(store->aggregate(table, wanted));
  ASSERT_EQ(bars.bars.size(), 3u);
  EXPECT_EQ(bars.rows, 5);
  EXPECT_EQ(bars.bars[0].value, "2");
  wanted.measure = Aggregate::Measure::sum;
  wanted.of = "金額";
  wanted.limit = 1;
  bars = value(store->aggregate(table, wanted));
  EXPECT_EQ(bars.bars[0].label, "大安區");
  EXPECT_EQ(bars.bars[0].value, "998.75");
  EXPECT_EQ(bars.groups, 3);
  EXPECT_EQ(bars.others, 3);
  wanted = {};
  wanted.group = "日期";
  wanted.bucket = Aggregate::Bucket::month;
  bars = value(store->aggregate(table, wanted));
  ASSERT_EQ(bars.bars.size(), 4u);
  EXPECT_FALSE(bars.bars[0].label.has_value());
  EXPECT_EQ(bars.bars[2].label, "2024-02");
  EXPECT_EQ(bars.bars[2].rows, 2);
  wanted = {};
  wanted.measure = Aggregate::Measure::avg;
  wanted.of = "數量";
  wanted.filters = json(R"({"區":"信義區"})");
  EXPECT_EQ(value(store->aggregate(table, wanted)).bars[0].value, "2");
  wanted.of = "名稱";
  EXPECT_EQ(code(store->aggregate(table, wanted)), "bad_field");
}

TEST_F(Searches, DrawHistograms) {
  Aggregate wanted;
  wanted.group = "數量";
  wanted.bucket = Aggregate::Bucket::histogram;
  wanted.limit = 2;
  const Bars bars = value(store->aggregate(table, wanted));
  ASSERT_EQ(bars.bars.size(), 2u);
  EXPECT_EQ(bars.bars[0].from, 1.0);
  EXPECT_EQ(bars.bars[0].to, 2.0);
  EXPECT_EQ(bars.bars[0].rows, 1);
  EXPECT_EQ(bars.bars[1].rows, 3);
  EXPECT_EQ(bars.others, 1);
  wanted.filters = json(R"({"區":"無"})");
  EXPECT_TRUE(value(store->aggregate(table, wanted)).bars.empty());
}

TEST_F(Searches, AnswerSqlOverTablesThatMayBeRead) {
  const TableId second = TableId::make(clock, random);
  value(load_into(second, "區,人口\n信義區,20\n大安區,30\n"));
  const auto all = [](TableId) { return true; };
  const std::string a = "\"" + to_string(table) + "\"";
  const std::string b = "\"" + to_string(second) + "\"";
  const SqlAnswer answer =
      value(store->search_sql("select b.人口, sum(a.數量) as 數量, 1.50 as x from " + a +
                                  " a join " + b + " b on a.區 = b.區 group by all order by 1",
                              all));
  EXPECT_EQ(answer.records, R"([{"人口":20,"數量":4,"x":1.50},{"人口":30,"數量":4,"x":1.50}])");
  EXPECT_EQ(answer.fields[1].type, "numeric");
  EXPECT_EQ(value(store->search_sql("select max(_id) m from " + a, all)).records, R"([{"m":5}])");
  const auto only_first = [&](TableId id) { return id == table; };
  for (const std::string& sql :
       {"select * from " + b,
        "select * from " + a + " union all select 區, 區, 1, 1.0, null, null, null, true from " + b,
        "select (select max(人口) from " + b + ")",
        "with x as (select * from " + b + ") select * from x",
        std::string("select * from \"0191f000-0000-7000-8000-000000000001\"")}) {
    const auto refused = store->search_sql(sql, only_first);
    ASSERT_FALSE(refused) << sql;
    EXPECT_EQ(refused.error().code, "no_such_table") << sql;
    EXPECT_EQ(refused.error().detail, "there is no such table") << sql;
  }
  EXPECT_EQ(
      code(store->search_sql(
          "select * from read_parquet('" + value(store->parquet(second)).string() + "')", all)),
      "not_allowed");
  EXPECT_EQ(code(store->search_sql(
                "select * from \"" + value(store->parquet(second)).string() + "\"", all)),
            "no_such_table");
  EXPECT_EQ(code(store->search_sql("select nothing from " + a, all)), "bad_query");
}

TEST_F(Searches, NamesColumnsOfSqlAsPostgresDoes) {
  const std::string from = " from \"" + to_string(table) + "\"";
  const auto names = [&](const std::string& select) {
    std::string out;
    for (const auto& field : value(store->search_sql(select, [](TableId) { return true; })).fields)
      out += field.name + " ";
    return out;
  };
  EXPECT_EQ(names("select count(*), SUM(數量), max(數量) as most, 區" + from + " group by 區"),
            "count sum most 區 ");
  EXPECT_EQ(names("select count(*), count(數量), 區, 區" + from + " group by 區"),
            "count count_1 區 區_1 ");
  EXPECT_EQ(names("select cast(數量 as text), count(*)::int, coalesce(max(數量), 0), "
                  "case when true then 1 end, row_number() over ()" +
                  from + " group by 數量"),
            "數量 count coalesce case row_number ");
  EXPECT_EQ(names("select count(*)" + from + " union all select 1 as n"), "count ");
  EXPECT_EQ(names("with x as (select count(*) as n" + from + ") select sum(n) from x"), "sum ");
  EXPECT_EQ(names("select *, count(*) over ()" + from + " limit 0").substr(0, 4), "_id ");
  EXPECT_EQ(
      value(store->search_sql("select count(*)" + from, [](TableId) { return true; })).records,
      R"([{"count":5}])");
}

TEST_F(Searches, CutLongAnswersOfSql) {
  std::string csv = "n\n";
  for (int i = 0; i < 40'000; ++i) csv += std::to_string(i) + "\n";
  load(csv);
  const SqlAnswer answer = value(store->search_sql("select n from \"" + to_string(table) + "\"",
                                                   [](TableId) { return true; }));
  EXPECT_EQ(answer.count, 32'000);
  EXPECT_TRUE(answer.truncated);
}

// ------------------------------------------------------------------------------------ exports

struct Exports : Searches {
  std::string all(const Export& wanted) {
    std::string out;
    value(store->export_rows(table, wanted, [&](std::string_view piece) -> Result<void> {
      out += piece;
      return {};
    }));
    return out;
  }
};

TEST_F(Exports, AreWhatWasPublished) {
  Export wanted;
  wanted.fields = {"名稱", "數量", "金額"};
  EXPECT_EQ(all(wanted),
            "名稱,數量,金額\r\nCafé 甲,1,0.5\r\n書店乙,2,-1.25\r\n公園丙,3,\r\n,,10\r\n"
            "\"O'Neil \"\"x\"\"\",2,1000\r\n");
  wanted.bom = true;
  EXPECT_TRUE(all(wanted).starts_with("\xEF\xBB\xBF名稱"));
  wanted.filters = json(R"({"數量":2})");
  wanted.sort = "金額 desc";
  wanted.format = ExportFormat::json;
  EXPECT_EQ(all(wanted),
            "[\n{\"名稱\":\"O'Neil \\\"x\\\"\",\"數量\":2,\"金額\":1000},\n"
            "{\"名稱\":\"書店乙\",\"數量\":2,\"金額\":-1.25}\n]\n");
  EXPECT_TRUE(parse_json(all(wanted)));
  wanted.format = ExportFormat::ndjson;
  EXPECT_EQ(all(wanted),
            "{\"名稱\":\"O'Neil \\\"x\\\"\",\"數量\":2,\"金額\":1000}\n"
            "{\"名稱\":\"書店乙\",\"數量\":2,\"金額\":-1.25}\n");
  wanted.format = ExportFormat::xml;
  EXPECT_EQ(all(wanted),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rows>\n"
            "<row><value name=\"名稱\">O'Neil &quot;x&quot;</value><value name=\"數量\">2</value>"
            "<value name=\"金額\">1000</value></row>\n"
            "<row><value name=\"名稱\">書店乙</value><value name=\"數量\">2</value>"
            "<value name=\"金額\">-1.25</value></row>\n</rows>\n");
  wanted.format = ExportFormat::geojson;
  EXPECT_EQ(code(store->export_rows(table, wanted, [](auto) { return Result<void>(); })),
            "no_places");
}

TEST_F(Exports, ComeBackAsTheyWere) {
  const std::string csv = all({});
  load(csv);
  EXPECT_EQ(all({}), csv);
}

TEST_F(Exports, GuardSpreadsheetsOnlyWhenAsked) {
  load("t,n\n=1+1,-5\n@x,3\n-a,1\nb,2\n");
  EXPECT_EQ(all({}), "t,n\r\n=1+1,-5\r\n@x,3\r\n-a,1\r\nb,2\r\n");
  Export wanted;
  wanted.spreadsheet = true;
  EXPECT_EQ(all(wanted), "t,n\r\n'=1+1,-5\r\n'@x,3\r\n'-a,1\r\nb,2\r\n");
}

TEST_F(Exports, PutPlacesOnAMap) {
  load("名,經度,緯度\n甲,121.5,25.03\n乙,,\n丙,120.25,22.5\n");
  Export wanted;
  wanted.format = ExportFormat::geojson;
  const Json map = json(all(wanted));
  const JsonArray& features = map.at("features").as_array();
  ASSERT_EQ(features.size(), 3u);
  EXPECT_EQ(
      write_json(features[0]),
      R"({"type":"Feature","geometry":{"type":"Point","coordinates":[1.215E2,2.503E1]},"properties":{"名":"甲","經度":1.215E2,"緯度":2.503E1}})");
  EXPECT_TRUE(features[1].at("geometry").is_null());
}

TEST_F(Exports, EndWhenTheSinkFailsOrTheTableIsWithdrawn) {
  std::string csv = "t\n";
  for (int i = 0; i < 300'000; ++i)
    csv += "a text that makes the export long enough to be noticed " + std::to_string(i) + "\n";
  csv += csv.substr(2);
  load(csv);
  int pieces = 0;
  EXPECT_EQ(code(store->export_rows(table, {},
                                    [&](auto) -> Result<void> {
                                      if (++pieces == 3) return fail(Kind::unavailable, "gone");
                                      return {};
                                    })),
            "gone");
  std::size_t bytes = 0;
  EXPECT_EQ(code(store->export_rows(table, {},
                                    [&](std::string_view piece) -> Result<void> {
                                      if (bytes == 0) value(store->withdraw(table));
                                      bytes += piece.size();
                                      return {};
                                    })),
            "table_withdrawn");
  EXPECT_LT(bytes, 20u << 20);
}

TEST_F(Exports, HandOutTheParquetFileItself) {
  const auto path = value(store->parquet(table));
  std::ifstream in(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(hex_encode(sha256(content)), value(store->info(table)).version.sha256);
  EXPECT_TRUE(content.starts_with("PAR1"));
}

}  // namespace
}  // namespace minben::datastore
