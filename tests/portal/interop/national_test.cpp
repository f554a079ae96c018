// Taiwan's interfaces: the sample dataset of the specification is published, read, changed and
// ended.
#include "house.hpp"

namespace minben::interop {
namespace {

struct National : House {
  Json sample = JsonObject{
      {"categoryTheme", "130"},
      {"categoryService", "I00"},
      {"categoryDataset", "A"},
      {"identifier", "A41000000G-000001"},
      {"title", "行政院公報"},
      {"description", "行政院及所屬機關涉及人民權益之法令等重要事項"},
      {"license", "1"},
      {"cost", "free"},
      {"dataProvider", "國家發展委員會"},
      {"publisherOID", "2.16.886.101.20003.20069"},
      {"publisherContactName", "鄭先生"},
      {"publisherContactPhone", "02-23165300"},
      {"publisherContactEmail", "example2@ndc.gov.tw"},
      {"updateFrequency", "每1日"},
      {"language", "zh-TW"},
      {"keyword", JsonArray{"公報", "施政"}},
      {"notes", ""},
      {"distribution",
       JsonArray{JsonObject{{"resourceDescription", "公報 XML"},
                            {"resourceField", "公報類型、編輯分類"},
                            {"resourceFormat", "XML"},
                            {"resourceCharacterEncoding", "UTF-8"},
                            {"resourceDownloadUrl", "https://gazette.example.tw/a.xml"}}}}};
  void SetUp() override {
    publisher("moenv", {"國家發展委員會", ""});
    publisher("taipei", {"臺北市政府", ""});
    follow();
  }
  Json answer_of(const net::ClientResponse& response) {
    return parse_json(response.body).value_or(Json());
  }
  net::ClientResponse publish(const Json& body, std::string_view key = "moenv-key") {
    return send(net::Method::post, "/api/v2/rest/dataset", write_json(body), "application/json",
                key);
  }
  std::string error_type(const net::ClientResponse& response) {
    const Json answer = answer_of(response);
    const Json* error = find(answer, "error");
    return error ? string_or(*error, "error_type") : "none: " + response.body;
  }
};

TEST_F(National, a_dataset_is_published_read_changed_and_ended) {
  const auto published = publish(sample);
  ASSERT_EQ(published.status, 200) << published.body;
  follow();
  const Json read = answer_of(send(net::Method::get, "/api/v2/rest/dataset/A41000000G-000001"));
  EXPECT_EQ(string_or(read.at("result"), "title"), "行政院公報");
  const Json older = answer_of(send(net::Method::get, "/api/v1/rest/dataset/A41000000G-000001"));
  EXPECT_EQ(string_or(older.at("result"), "categoryCode"), "I00");
  sample.as_object()["title"] = "行政院公報（新）";
  const auto changed = send(net::Method::put, "/api/v2/rest/dataset/A41000000G-000001",
                            write_json(sample), "application/json", "moenv-key");
  ASSERT_EQ(changed.status, 200) << changed.body;
  follow();
  EXPECT_EQ(
      string_or(
          answer_of(send(net::Method::get, "/api/v2/rest/dataset/A41000000G-000001")).at("result"),
          "title"),
      "行政院公報（新）");
  for (const char* list : {"/api/v1/rest/dataset", "/api/v1/rest/tag/%E5%85%AC%E5%A0%B1"})
    EXPECT_EQ(answer_of(send(net::Method::get, list)).at("result"),
              Json(JsonArray{"A41000000G-000001"}))
        << list;
  EXPECT_EQ(
      answer_of(send(net::Method::get, "/api/v1/rest/group/I00")).at("result").at("package_count"),
      Json(1));
  const auto ended =
      send(net::Method::del, "/api/v2/rest/dataset/A41000000G-000001", "", "", "moenv-key");
  EXPECT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(send(net::Method::get, "/api/v2/rest/dataset/A41000000G-000001").status, 404);
  EXPECT_EQ(error_type(send(net::Method::put, "/api/v2/rest/dataset/A41000000G-000001",
                            write_json(sample), "application/json", "moenv-key"))
                .substr(0, 6),
            "ER0052");
}

TEST_F(National, errors_have_the_codes_of_the_specification) {
  EXPECT_EQ(error_type(publish(sample, "nonsense")).substr(0, 6), "ER0010");
  EXPECT_EQ(error_type(publish(sample, "taipei-key")).substr(0, 6), "ER0011");
  Json wrong = sample;
  wrong.as_object()["categoryService"] = "k00";
  EXPECT_EQ(error_type(publish(wrong)).substr(0, 6), "ER0031");
  wrong = sample;
  wrong.as_object().erase("title");
  EXPECT_EQ(error_type(publish(wrong)).substr(0, 6), "ER0031");
  EXPECT_EQ(error_type(send(net::Method::put, "/api/v2/rest/dataset/nobody", write_json(sample),
                            "application/json", "moenv-key"))
                .substr(0, 6),
            "ER0050");
  EXPECT_EQ(error_type(send(net::Method::del, "/api/v2/rest/dataset/nobody", "", "", "moenv-key"))
                .substr(0, 6),
            "ER0060");
}

}  // namespace
}  // namespace minben::interop
