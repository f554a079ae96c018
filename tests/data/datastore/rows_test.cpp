#include <thread>

#include "datastore/difference.hpp"
#include "datastore/exports.hpp"
#include "support.hpp"

namespace minben::datastore {
namespace {

using test::code;
using test::value;

struct Rows : test::DatastoreTest {
  const std::vector<NewField> fields{
      {"站號", intake::Type::integer}, {"名稱", intake::Type::text, "Name", "Of the station"},
      {"量", intake::Type::number},    {"日", intake::Type::date},
      {"時", intake::Type::timestamp}, {"開", intake::Type::boolean}};

  Version create(std::string_view records, const std::vector<std::string>& key = {"站號"}) {
    return value(store->create(table, fields, key, json(records).as_array()));
  }
  Result<Version> write(Method method, std::string_view records) {
    return store->write(table, method, json(records).as_array());
  }
  std::string lists(const std::vector<std::string>& names = {}) {
    Search wanted;
    wanted.fields = names;
    wanted.format = RecordsFormat::lists;
    return records(wanted);
  }
};

TEST_F(Rows, MakeATableByACall) {
  const Version made = create(
      R"([{"站號":1,"名稱":"中正 \"A\",\n路","量":0.1,"日":"2024-02-29","時":"2024-01-01T08:00","開":true},{"站號":"2"}])");
  EXPECT_EQ(made.rows, 2);
  EXPECT_EQ(made.fields[1].description, "Of the station");
  EXPECT_EQ(
      lists(),
      R"([[1,1,"中正 \"A\",\n路",0.1,"2024-02-29","2024-01-01T08:00:00",true],[2,2,null,null,null,null,null]])");
  EXPECT_EQ(value(store->info(table)).primary_key, (std::vector<std::string>{"站號"}));
  EXPECT_EQ(string_or(made.source, "call"), "create");
  create("[]", {});
  EXPECT_EQ(lists(), "[]");
}

TEST_F(Rows, InsertUpdateAndUpsert) {
  create(R"([{"站號":1,"名稱":"甲","量":1},{"站號":2,"名稱":"乙","量":2}])");
  EXPECT_EQ(value(write(Method::insert, R"([{"站號":3,"名稱":"","量":3}])")).number, 2);
  EXPECT_EQ(value(write(Method::update, R"([{"站號":1,"量":null},{"站號":3,"名稱":"丙"}])")).number,
            3);
  EXPECT_EQ(lists({"站號", "名稱", "量"}), R"([[1,"甲",null],[2,"乙",2],[3,"丙",3]])");
  EXPECT_EQ(value(write(Method::upsert, R"([{"站號":9,"名稱":"壬"},{"站號":2,"量":22}])")).rows, 4);
  EXPECT_EQ(lists({"站號", "名稱", "量"}),
            R"([[1,"甲",null],[2,"乙",22],[3,"丙",3],[9,"壬",null]])");
  Search old;
  old.version = 1;
  EXPECT_EQ(search(old).total, 2);
  EXPECT_EQ(code(write(Method::insert, R"([{"站號":2}])")), "duplicate_key");
  EXPECT_EQ(code(write(Method::upsert, R"([{"站號":7},{"站號":7}])")), "duplicate_key");
  EXPECT_EQ(code(write(Method::update, R"([{"站號":7}])")), "no_such_row");
  EXPECT_EQ(code(write(Method::upsert, R"([{"名稱":"無"}])")), "bad_key");
  EXPECT_EQ(code(write(Method::upsert, R"([{"站號":1,"無":2}])")), "bad_field");
  EXPECT_EQ(code(write(Method::upsert, R"([{"站號":1,"日":"tomorrow"}])")), "bad_value");
  EXPECT_EQ(code(write(Method::upsert, R"([[1]])")), "bad_value");
  EXPECT_EQ(value(store->info(table)).version.number, 4) << "what failed made no version";
}

TEST_F(Rows, NeedAKeyToBeChanged) {
  create(R"([{"站號":1},{"站號":1}])", {});
  EXPECT_EQ(value(write(Method::insert, R"([{"站號":1}])")).rows, 3);
  EXPECT_EQ(code(write(Method::update, R"([{"站號":1}])")), "bad_key");
  EXPECT_EQ(code(store->create(table, fields, {"無"}, {})), "bad_key");
  EXPECT_EQ(
      code(store->create(table, fields, {"站號"}, json(R"([{"站號":1},{"站號":1}])").as_array())),
      "duplicate_key");
}

TEST_F(Rows, GoByFilters) {
  create(R"([{"站號":1,"名稱":"甲"},{"站號":2},{"站號":3,"名稱":"丙"}])");
  EXPECT_EQ(value(store->remove_rows(table, json(R"({"名稱":"甲"})"))).rows, 2);
  EXPECT_EQ(lists({"站號"}), "[[2],[3]]");
  EXPECT_EQ(code(store->remove_rows(table, json(R"({"無":1})"))), "bad_field");
  EXPECT_EQ(value(store->remove_rows(table, JsonObject{})).rows, 0);
}

TEST_F(Rows, RefuseBadNames) {
  for (const char* name : {"", " a", "a\nb", "_id", "_x", "$and", "a\x7F"})
    EXPECT_EQ(code(store->create(table, {{name}}, {}, {})), "bad_field") << name;
  EXPECT_EQ(code(store->create(table, {{"a"}, {"A"}}, {}, {})), "bad_field");
  EXPECT_EQ(code(store->create(table, {}, {}, {})), "bad_field");
  const std::string hostile = "x\"); drop table n; --'";
  EXPECT_TRUE(
      store->create(table, {{hostile}}, {hostile}, JsonArray{JsonObject{{hostile, "'\"\\"}}}));
  EXPECT_TRUE(store->write(table, Method::upsert, JsonArray{JsonObject{{hostile, "y"}}}));
  EXPECT_EQ(lists(), R"([[1,"'\"\\"],[2,"y"]])");
}

TEST_F(Rows, LoseNothingWhenTwoNodesWriteAtOnce) {
  create("[]");
  const auto other = open();
  std::atomic<int> written{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t)
      threads.emplace_back([&, t] {
        Datastore& node = t == 0 ? *store : *other;
        for (int i = 0; i < 4; ++i) {
          const auto made =
              node.write(table, Method::insert, JsonArray{JsonObject{{"站號", t * 100 + i}}});
          if (made) ++written;
          else EXPECT_EQ(made.error().code, "table_changed");
        }
      });
  }
  EXPECT_EQ(search({}).total, written);
  EXPECT_GE(written, 4);
}

// --------------------------------------------------------------------------------- difference

TEST_F(Rows, OfManyWhoWriteAtOnceEachHasItsTurn) {
  create("[]");
  constexpr int writers = 16;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < writers; ++i)
      threads.emplace_back([&, i] {
        const auto made = write(Method::upsert, fmt::format(R"([{{"站號": {}}}])", i));
        EXPECT_TRUE(made) << describe(made.error());
      });
  }
  const auto now = value(store->info(table));
  EXPECT_EQ(now.version.rows, writers);
  EXPECT_EQ(now.version.number, writers + 1) << "none was made twice";
}

TEST_F(Rows, AreComparedByTheirKey) {
  create(
      R"([{"站號":1,"名稱":"甲","量":1},{"站號":2,"名稱":"乙","量":2},{"站號":3,"名稱":"丙"},{"站號":4}])");
  value(write(Method::upsert, R"([{"站號":2,"名稱":"乙二","量":null},{"站號":5,"名稱":"戊"}])"));
  value(store->remove_rows(table, json(R"({"站號":1})")));
  Comparison wanted;
  wanted.from = 1;
  wanted.to = 3;
  const Difference found = value(store->compare(table, wanted));
  EXPECT_EQ(found.key, (std::vector<std::string>{"站號"}));
  EXPECT_EQ(found.added, 1);
  EXPECT_EQ(found.removed, 1);
  EXPECT_EQ(found.changed, 1);
  EXPECT_EQ(found.unchanged, 2);
  EXPECT_EQ(
      found.rows,
      R"([{"change":"removed","row":{"站號":1,"名稱":"甲","量":1,"日":null,"時":null,"開":null}},)"
      R"({"change":"changed","key":{"站號":2},"cells":{"名稱":["乙","乙二"],"量":[2,null]}},)"
      R"({"change":"added","row":{"站號":5,"名稱":"戊","量":null,"日":null,"時":null,"開":null}}])");
  wanted.limit = 1;
  wanted.offset = 1;
  EXPECT_TRUE(value(store->compare(table, wanted)).rows.starts_with(R"([{"change":"changed")"));
  wanted.key = {"名稱"};
  EXPECT_EQ(value(store->compare(table, wanted)).added, 2);
  wanted.key = {"量"};
  EXPECT_EQ(code(store->compare(table, wanted)), "bad_key");
  wanted.key = {"無"};
  EXPECT_EQ(code(store->compare(table, wanted)), "bad_field");
  wanted = {.from = 1, .to = 9, .key = {}};
  EXPECT_EQ(code(store->compare(table, wanted)), "no_such_version");
}

TEST_F(Rows, OfFilesAreComparedByAFieldThatTellsThemApart) {
  std::string before = "編號,數\n";
  std::string after = "編號,數\n";
  for (int i = 0; i < 1000; ++i) before += fmt::format("A{},{}\n", i, i % 7);
  for (int i = 1; i < 1001; ++i) after += fmt::format("A{},{}\n", i, i == 500 ? 99 : i % 7);
  load(before);
  load(after);
  const Difference found = value(store->compare(table, {.from = 1, .to = 2, .key = {}}));
  EXPECT_EQ(found.key, (std::vector<std::string>{"編號"}));
  EXPECT_EQ(found.added, 1);
  EXPECT_EQ(found.removed, 1);
  EXPECT_EQ(found.changed, 1);
  EXPECT_EQ(found.unchanged, 998);
}

TEST_F(Rows, WithoutAKeyAreComparedAsWholes) {
  load("a,b\nx,1\nx,1\ny,2\n");
  load("a,b,c\nx,1,n\ny,2,n\ny,2,n\ny,2,n\nz,3,n\n");
  const Difference found = value(store->compare(table, {.from = 1, .to = 2, .key = {}}));
  EXPECT_TRUE(found.key.empty());
  EXPECT_EQ(found.added_fields, (std::vector<std::string>{"c"}));
  EXPECT_EQ(found.added, 3);
  EXPECT_EQ(found.removed, 1);
  EXPECT_EQ(found.unchanged, 2);
  EXPECT_EQ(
      found.rows,
      R"([{"change":"removed","row":{"a":"x","b":1}},{"change":"added","times":2,"row":{"a":"y","b":2}},)"
      R"({"change":"added","row":{"a":"z","b":3}}])");
}

TEST_F(Rows, AreComparedThoughATypeChanged) {
  load("id,v\n1,5\n2,6\n3,7\n");
  load("id,v\n1,5\n2,six\n3,7\n");
  const Difference found = value(store->compare(table, {.from = 1, .to = 2, .key = {"id"}}));
  EXPECT_EQ(found.changed, 1);
  EXPECT_NE(found.rows.find(R"("cells":{"v":[6,"six"]})"), std::string::npos) << found.rows;
}

}  // namespace
}  // namespace minben::datastore
