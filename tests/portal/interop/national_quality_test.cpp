// Taiwan's quality calls.
#include <fstream>

#include "house.hpp"

namespace minben::interop {
namespace {

struct NationalQuality : House {
  void SetUp() override {
    publisher("moenv", {"環境部", ""});
    publisher("taipei", {"臺北市政府", ""});
    add("air", {"站名", "數值"});
    add("water", {"站名"});
    follow();
    ASSERT_TRUE(quality.follow());
    while (*quality.work_once()) continue;
  }
  void add(const std::string& name, const std::vector<std::string>& described) {
    std::ofstream(temporary.path() / "t.csv") << "站名,數值\n甲,1\n";
    catalogue::Dataset made;
    made.name = name;
    made.national_id = "37960000" + name;
    made.title.zh_hant = "資料" + name;
    made.description.zh_hant = "說明";
    made.publisher = {"moenv"};
    made.licence = "OGDL-TW-1.0";
    catalogue::Distribution file;
    file.id = catalogue::DistributionId::make(clock, random);
    file.format = "CSV";
    file.character_encoding = "UTF-8";
    file.download_url = "https://data.example.tw/datastore/dump/" + to_string(file.id);
    for (const std::string& each : described) file.fields.push_back({each, {"說明", ""}, "", ""});
    ASSERT_TRUE(tables->load({file.id.value}, temporary.path() / "t.csv", {}, {}));
    made.distributions.push_back(file);
    put(made);
  }
};

TEST_F(NationalQuality, AnAgencyReadsWhatTheChecksFound) {
  const Json answer = json("/api/v2/rest/qc/2.16.886.101.20003.20069");
  ASSERT_TRUE(answer.at("success").as_bool());
  const JsonArray& list = answer.at("result").as_array();
  ASSERT_EQ(list.size(), 2u);
  const Json &air = list[0], &water = list[1];
  EXPECT_EQ(string_or(air, "datasetId"), "37960000air");
  EXPECT_EQ(string_or(air, "title"), "資料air");
  for (const char* each :
       {"linkable", "downloadable", "structure", "encoding_match", "desc_match", "csv"})
    EXPECT_EQ(string_or(air, each), "1") << each;
  EXPECT_EQ(string_or(air, "request"), "0");
  EXPECT_EQ(string_or(air, "changed"), "0");
  EXPECT_EQ(string_or(air, "created"), "2026-11-30T04:05:06.000007Z");
  EXPECT_EQ(string_or(water, "desc_match"), "0");
  EXPECT_EQ(string_or(water, "dataQuality"), "銀");
  EXPECT_EQ(json("/api/v2/rest/qc/2.16.886.101.90001.1").at("result").as_array().size(), 0u);
  EXPECT_EQ(send(net::Method::get, "/api/v2/rest/qc/1.2.3").status, 404);
}

TEST_F(NationalQuality, OneDatasetWithItsResources) {
  const Json answer = json("/api/v2/rest/quality_result/37960000water").at("result");
  EXPECT_EQ(string_or(answer, "desc_match"), "0");
  ASSERT_EQ(answer.at("resources").as_array().size(), 1u);
  EXPECT_EQ(string_or(answer.at("resources").as_array().front(), "desc_match"), "0");
  EXPECT_EQ(send(net::Method::get, "/api/v2/rest/quality_result/nobody").status, 404);
}

TEST_F(NationalQuality, LinkedDataHaveTheMeasurements) {
  const std::string turtle = send(net::Method::get, "/dataset/water.ttl").body;
  EXPECT_THAT(turtle, testing::HasSubstr("http://www.w3.org/ns/dqv#"));
  EXPECT_THAT(turtle, testing::HasSubstr("urn:minben:metric:badge"));
  EXPECT_THAT(turtle, testing::HasSubstr("\"silver\""));
}

TEST_F(NationalQuality, MetadataSayTheBadge) {
  EXPECT_EQ(string_or(json("/api/v2/rest/dataset/37960000water").at("result"), "dataQuality"),
            "銀");
}

}  // namespace
}  // namespace minben::interop
