#include "interchange/schema_org.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/datasets.hpp"

namespace minben::interchange {
namespace {

using catalogue::Dataset;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Addresses ours{"https://data.example.tw"};

TEST(SchemaOrg, HasWhatDatasetSearchAsksFor) {
  SeededRandom random(5);
  for (int round = 0; round < 200; ++round) {
    const Dataset dataset = test::random_dataset(random);
    const auto& publisher = *test::random_publisher(dataset.publisher);
    for (const Language language : {Language::zh_hant, Language::en}) {
      const JsonObject object = write_schema_org(dataset, publisher, ours, language);
      EXPECT_EQ(object.at("@type"), "Dataset");
      EXPECT_EQ(object.at("name"), Json(dataset.title.in(language)));
      const std::string description(object.at("description").get_string());
      EXPECT_GT(length_in_characters(description), 10u);
      EXPECT_LE(length_in_characters(description), 5000u);
      EXPECT_TRUE(object.at("creator").get_object().contains("name"));
      if (!dataset.licence.empty() && !dataset.licence.starts_with("other"))
        EXPECT_THAT(std::string(object.at("license").get_string()), HasSubstr("http"));
      const auto graph = read_json_ld(write_json(object), "");
      ASSERT_TRUE(graph) << describe(graph.error());
      EXPECT_EQ(graph->instances("http://schema.org/Dataset").size(), 1u);
      EXPECT_EQ(graph->instances("http://schema.org/DataDownload").size(),
                dataset.distributions.size());
    }
  }
}

TEST(SchemaOrg, NoMetadataEndsTheScript) {
  Dataset dataset;
  dataset.title.en = "</script><script>alert(1)</script><!--";
  const std::string text = for_script(write_schema_org(dataset, {}, ours, Language::en));
  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_EQ(string_or(parse_json(text).value(), "name"), dataset.title.en);
}

TEST(SchemaOrg, LongDescriptionsAreCutBetweenCharacters) {
  Dataset dataset;
  dataset.title.zh_hant = "資料";
  for (int i = 0; i < 6000; ++i) dataset.description.zh_hant += "字";
  const JsonObject object = write_schema_org(dataset, {}, ours, Language::zh_hant);
  const std::string description(object.at("description").get_string());
  EXPECT_TRUE(is_utf8(description));
  EXPECT_EQ(length_in_characters(description), 5000u);
}

TEST(Croissant, DescribesFilesWhoseContentIsKnown) {
  Dataset dataset;
  dataset.title = {"公車站", "Bus stops"};
  catalogue::Distribution file;
  file.id = {parse_uuid("01020304-0506-7008-8009-0a0b0c0d0e0f").value()};
  file.download_url = "https://e.example/a.csv";
  file.media_type = "text/csv";
  file.checksum = {"sha256", std::string(64, 'a')};
  file.fields = {{"name", {}, "text", ""}, {"lines", {}, "integer", ""}};
  catalogue::Distribution unknown;
  unknown.download_url = "https://e.example/b.csv";
  dataset.distributions = {file, unknown};
  const JsonObject object = write_croissant(dataset, {}, ours, Language::en);
  ASSERT_EQ(object.at("distribution").get_array().size(), 1u);
  const auto graph = read_json_ld(write_json(object), "http://base.example/");
  ASSERT_TRUE(graph) << describe(graph.error());
  EXPECT_EQ(graph->instances("http://mlcommons.org/croissant/FileObject").size(), 1u);
  EXPECT_EQ(graph->instances("http://mlcommons.org/croissant/Field").size(), 2u);
  const auto types = graph->objects(graph->instances("http://mlcommons.org/croissant/Field")[1],
                                    "http://mlcommons.org/croissant/dataType");
  ASSERT_EQ(types.size(), 1u);
  EXPECT_EQ(graph->term(types[0]).value, "https://schema.org/Integer");
}

}  // namespace
}  // namespace minben::interchange
