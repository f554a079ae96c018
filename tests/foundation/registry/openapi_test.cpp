#include <fstream>

#include "fixture.hpp"

namespace minben::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string with_paths(std::string_view paths, std::string_view schemas = "{}") {
  return fmt::format(R"({{"openapi": "3.1.0", "info": {{"title": "T"}}, "paths": {},
    "components": {{"schemas": {}}}}})",
                     paths, schemas);
}

std::string answering(std::string_view schema) {
  return fmt::format(R"({{"/a": {{"get": {{"responses": {{"200": {{"description": "",
    "content": {{"application/json": {{"schema": {}}}}}}}}}}}}}}})",
                     schema);
}

std::string detail_of(std::string_view text) {
  const auto read = read_openapi(text);
  return read ? "" : read.error().code + ": " + read.error().detail;
}

TEST(OpenApi, GivesOperationsAndFields) {
  const auto read = read_openapi(with_paths(R"({
    "/permits": {"get": {"responses": {"200": {"description": "", "content": {"application/json":
      {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/permit"}}}}}}},
      "post": {"responses": {"201": {"$ref": "#/components/responses/made"}}}},
    "/permits/{number}": {"delete": {"responses": {"204": {"description": ""}}},
      "parameters": [], "summary": "not an operation"}})",
                                            R"({"permit": {"allOf": [
    {"type": "object", "properties": {"number": {}, "holder": {}}},
    {"properties": {"until": {}, "number": {}}}]}}, "responses": {"made": {"description": "",
    "content": {"application/json": {"schema": {"properties": {"id": {}}}}}}})"));
  ASSERT_TRUE(read) << describe(read.error());
  std::vector<std::string> operations;
  for (const Operation& one : read->operations) operations.push_back(one.method + " " + one.path);
  EXPECT_THAT(operations, ElementsAre("GET /permits", "POST /permits", "DELETE /permits/{number}"));
  EXPECT_THAT(read->fields, ElementsAre("number", "holder", "until", "id"));
}

TEST(OpenApi, TheListOfUsesCanBeRegistered) {
  std::ifstream file(std::filesystem::path(MINBEN_SOURCE_DIR) /
                     "docs/examples/use-list.openapi.json");
  const auto read = read_openapi(std::string(std::istreambuf_iterator<char>(file), {}));
  ASSERT_TRUE(read) << describe(read.error());
  std::vector<std::string> operations;
  for (const Operation& one : read->operations) operations.push_back(one.method + " " + one.path);
  EXPECT_THAT(operations,
              ElementsAre("GET /v2/findUsage", "GET /v2/usagePeriod", "GET /v2/heartbeat"));
  EXPECT_THAT(read->fields,
              ElementsAre("totalUsages", "usages", "periodStart", "status", "message"));
}

TEST(OpenApi, OfNothingElseIsRead) {
  EXPECT_THAT(detail_of("openapi: 3.0.0"), HasSubstr("not JSON"));
  EXPECT_THAT(detail_of(R"({"swagger": "2.0"})"), HasSubstr("OpenAPI 3.0"));
  EXPECT_THAT(detail_of(R"({"openapi": "3.0.3"})"), HasSubstr("missing"));
  EXPECT_THAT(detail_of(with_paths("{}")), HasSubstr("no operation"));
  EXPECT_THAT(detail_of(with_paths(R"({"a": {}})")), HasSubstr("begins with /"));
  EXPECT_THAT(detail_of(std::string(max_openapi + 1, ' ')), HasSubstr("1 MiB"));
}

TEST(OpenApi, ReferencesStayInTheFileAndEnd) {
  EXPECT_THAT(detail_of(with_paths(answering(R"({"$ref": "http://elsewhere.example/s"})"))),
              HasSubstr("leaves the file"));
  EXPECT_THAT(detail_of(with_paths(answering(R"({"$ref": "#/components/schemas/x"})"))),
              HasSubstr("refers to nothing"));
  EXPECT_THAT(detail_of(with_paths(answering(R"({"$ref": "#/components/schemas/x"})"),
                                   R"({"x": {"$ref": "#/components/schemas/x"}})")),
              HasSubstr("in a circle"));
  // Each level refers twice to the next: 2^n schemas unless somebody counts.
  EXPECT_THAT(detail_of(with_paths(answering(R"({"$ref": "#/components/schemas/x"})"),
                                   R"({"x": {"allOf": [{"$ref": "#/components/schemas/x"},
                                                       {"$ref": "#/components/schemas/x"}]}})")),
              HasSubstr("too deep or many"));
}

}  // namespace
}  // namespace minben::registry
