// Files of rooms become one document; examples of it become calls.
#include <gmock/gmock.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "openapi/openapi.hpp"

namespace minben::openapi {
namespace {

constexpr std::string_view rows = R"({
  "tags": [{"name": "rows", "en": "Rows", "zh_hant": "資料列"}],
  "families": {
    "wrapped": {"answer": {"type": "object", "properties": {"result": "$result"}}, "also_post": true,
      "errors": [{"status": "404", "schema": "Failure", "en": "Not there"},
                 {"status": "403", "schema": "Failure", "en": "No key", "key": true}]}},
  "parameters": {
    "table": {"type": "string", "en": "Which", "zh_hant": "哪一個", "example": "${table}"},
    "limit": {"schema": {"type": "integer", "minimum": 0}, "en": "How many", "example": 5},
    "filters": {"schema": {"type": ["object", "string"]}, "en": "Which rows", "example": {"鎮": "a&b"}}},
  "schemas": {"Failure": {"type": "object"}, "Row": {"type": "object"}},
  "operations": [
    {"id": "search", "path": "/rows", "tag": "rows", "family": "wrapped", "en": "Rows", "zh_hant": "查詢",
     "parameters": ["table!", "limit", "filters"], "result": "[Row]"},
    {"id": "one", "path": "/rows/{table}", "tag": "rows", "family": "wrapped", "en": "One",
     "parameters": ["table", "limit"], "result": "Row", "example": {"table": "a b"}},
    {"id": "write", "path": "/rows", "method": "put", "tag": "rows", "family": "wrapped", "en": "Write", "key": true,
     "body": {"schema": "Row", "example": {"id": "${table}"}}, "result": "Row"}]})";
constexpr std::string_view files = R"({"operations": [
  {"id": "file", "path": "/file.csv", "tag": "rows", "family": "", "en": "A file", "media": "text/csv"}]})";

Json made() {
  const std::array texts{rows, files};
  return document(
      texts, {.origin = "https://data.example.tw", .title = {"介面", "Interfaces"}, .text = {}},
      {{"table", "0190"}});
}
const Json& at(const Json& document, std::string_view pointer) {
  return document.at_pointer(std::string(pointer));
}

TEST(Document, joins_files_and_says_where_it_is) {
  const Json document = made();
  EXPECT_EQ(at(document, "/openapi"), Json("3.1.0"));
  EXPECT_EQ(at(document, "/servers/0/url"), Json("https://data.example.tw"));
  EXPECT_EQ(at(document, "/tags/0/x-zh-Hant"), Json("資料列"));
  EXPECT_EQ(document.at("paths").as_object().size(), 3u);
  EXPECT_EQ(at(document, "/paths/~1file.csv/get/responses/200/content/text~1csv/schema/type"),
            Json("string"));
}

TEST(Document, answers_are_wrapped_as_their_family_says) {
  const Json document = made();
  const Json& schema =
      at(document, "/paths/~1rows/get/responses/200/content/application~1json/schema");
  EXPECT_EQ(at(schema, "/properties/result/items/$ref"), Json("#/components/schemas/Row"));
  EXPECT_EQ(at(document, "/paths/~1rows/get/responses/404/content/application~1json/schema/$ref"),
            Json("#/components/schemas/Failure"));
}

TEST(Document, what_needs_a_key_says_so_and_only_that_is_refused_for_want_of_one) {
  const Json document = made();
  EXPECT_TRUE(at(document, "/paths/~1rows/get/security").as_array().empty());
  EXPECT_EQ(at(document, "/paths/~1rows/put/security").as_array().size(), 2u);
  EXPECT_FALSE(at(document, "/paths/~1rows/get/responses").as_object().contains("403"));
  EXPECT_TRUE(at(document, "/paths/~1rows/put/responses").as_object().contains("403"));
}

TEST(Document, calls_by_get_may_come_as_json) {
  const Json document = made();
  const Json& body = at(document, "/paths/~1rows/post/requestBody/content/application~1json");
  EXPECT_EQ(at(body, "/schema/required/0"), Json("table"));
  EXPECT_EQ(at(body, "/schema/properties/limit/minimum"), Json(0));
  EXPECT_EQ(at(body, "/example/table"), Json("0190"));
  EXPECT_EQ(at(document, "/paths/~1rows/post/operationId"), Json("search_by_post"));
}

TEST(Document, examples_become_calls) {
  const Json document = made();
  const auto of = [&](std::string_view path, std::string_view method) {
    return example_of(path, method, document.at("paths").at(path).at(method));
  };
  EXPECT_EQ(of("/rows", "get").target,
            "/rows?table=0190&limit=5&filters=%7B%22%E9%8E%AE%22%3A%22a%26b%22%7D");
  EXPECT_EQ(of("/rows/{table}", "get").target, "/rows/a%20b");
  const Example write = of("/rows", "put");
  EXPECT_EQ(write.method, "PUT");
  EXPECT_EQ(write.body, R"({"id":"0190"})");
  EXPECT_EQ(write.media, "application/json");
  EXPECT_TRUE(write.needs_key);
  EXPECT_FALSE(of("/rows", "get").needs_key);
}

TEST(Samples, what_has_none_stays_as_it_is) {
  EXPECT_EQ(with_samples("${a}-${b}-${", {{"a", "1"}}), "1-${b}-${");
  EXPECT_EQ(with_samples("", {}), "");
}

}  // namespace
}  // namespace minben::openapi
