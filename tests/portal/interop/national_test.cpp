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

TEST_F(National, rows_are_asked_for_by_the_number_of_a_resource) {
  sample.as_object()["distribution"].as_array()[0].as_object()["resourceID"] =
      "A41000000G-000001-001";
  ASSERT_EQ(publish(sample).status, 200);
  follow();
  const auto entry =
      db->separately([&](auto& tx) { return catalogue.find_national(tx, "A41000000G-000001"); });
  ASSERT_TRUE(entry);
  const datastore::TableId table{entry->dataset.distributions.front().id.value};
  const Json rows =
      parse_json(
          R"([{"title": "甲", "pages": 3, "day": "2026-11-01"}, {"title": "乙", "pages": 5}])")
          .value();
  ASSERT_TRUE(tables->create(table,
                             {{.name = "title"},
                              {.name = "pages", .type = intake::Type::integer},
                              {.name = "day", .type = intake::Type::date}},
                             {}, rows.as_array()));
  const std::string address = "/api/v1/rest/datastore/A41000000G-000001-001";
  const Json page =
      answer_of(send(net::Method::get, address + "?fields=title,pages&sort=pages&limit=1"));
  EXPECT_EQ(page.at("success"), Json(true));
  EXPECT_EQ(
      page.at("result"),
      parse_json(R"({"resource_id": "A41000000G-000001-001", "limit": 1, "offset": 0, "total": 2,
              "fields": [{"id": "title", "type": "string"}, {"id": "pages", "type": "integer"}],
              "records": [{"title": "甲", "pages": 3}]})")
          .value());
  const Json all = answer_of(send(net::Method::get, address)).at("result");
  EXPECT_EQ(all.at("records").as_array().size(), 2u);
  EXPECT_FALSE(all.at("records").as_array()[0].as_object().contains("_id"));
  const auto packed =
      send(net::Method::get, "/api/v1/dump/datastore/A41000000G-000001-001?format=csv");
  EXPECT_EQ(packed.headers.get("Content-Type"), "application/x-gzip");
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  const auto fault = [&](const std::string& query) {
    const Json answer = answer_of(send(net::Method::get, query));
    const Json* error = find(answer, "error");
    return error ? string_or(*error, "type") : write_json(answer);
  };
  EXPECT_EQ(fault(address + "?limit=11.5"), "ER0210");
  EXPECT_EQ(fault(address + "?filters=title:x"), "ER0210");
  EXPECT_EQ(fault(address + "?sort=title,pages"), "ER0210");
  EXPECT_EQ(fault(address + "?fields=nobody"), "ER0220");
  EXPECT_EQ(fault(address + "?colour=red"), "ER0200");
  EXPECT_EQ(fault("/api/v1/rest/datastore/A41000000G-000001-002"), "ER0100");
  EXPECT_EQ(fault("/api/v1/rest/datastore/nobody"), "ER0100");
  EXPECT_EQ(fault("/api/v1/dump/datastore/A41000000G-000001-001?format=pdf"), "ER0210");
  EXPECT_EQ(fault("/api/v1/dump/datastore/A41000000G-000001-001"), "ER0210");
}

TEST_F(National, what_has_no_national_numbers_goes_by_ours_and_comes_back_without_any) {
  sample.as_object().erase("identifier");
  ASSERT_EQ(publish(sample).status, 200);
  follow();
  const auto names = index->names(0, 10);
  ASSERT_EQ(names.size(), 1u);
  const std::string address = "/api/v2/rest/dataset/" + names.front().name;
  Json read = answer_of(send(net::Method::get, address)).at("result");
  const auto before = db->separately(
      [&](auto& tx) { return catalogue.find(tx, std::string_view(names.front().name)); });
  ASSERT_TRUE(before);
  EXPECT_EQ(string_or(read, "identifier"), names.front().name);
  EXPECT_EQ(string_or(read.at("distribution").as_array()[0], "resourceID"),
            to_string(before->dataset.distributions.front().id));
  read.as_object()["title"] = "改名";
  ASSERT_EQ(
      send(net::Method::put, address, write_json(read), "application/json", "moenv-key").status,
      200);
  const auto after = db->separately(
      [&](auto& tx) { return catalogue.find(tx, std::string_view(names.front().name)); });
  ASSERT_TRUE(after);
  EXPECT_EQ(after->dataset.title.zh_hant, "改名");
  EXPECT_EQ(after->dataset.national_id, "");
  EXPECT_EQ(after->dataset.distributions.front().national_id, "");
  EXPECT_EQ(after->dataset.distributions.front().id, before->dataset.distributions.front().id);
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
