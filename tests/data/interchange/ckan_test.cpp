#include "interchange/ckan.hpp"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/datasets.hpp"
#include "support/shared.hpp"

namespace minben::interchange {
namespace {

using catalogue::Dataset;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CkanFacts facts{Instant(seconds(1'600'000'000)),
                      Instant(microseconds(1'700'000'000'000'007))};

Json json(std::string_view text) { return parse_json(text).value(); }

FoundCkan good(const Json& package, bool own = false) {
  auto found = read_ckan_package(package, own);
  if (found) return std::move(*found);
  for (const Error& fault : found.error()) ADD_FAILURE() << describe(fault);
  return {};
}

TEST(Ckan, DatasetsOfOursAreReadAsTheyWereWritten) {
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  for (int round = 0; round < 400 && !testing::Test::HasFailure(); ++round) {
    Dataset dataset = test::random_dataset(random);
    const auto& publisher = *test::random_publisher(dataset.publisher);
    const std::string text = write_json(write_ckan_package(dataset, publisher, facts));
    SCOPED_TRACE(fmt::format("seed {} round {}\n{}", seed, round, text));
    FoundCkan found = good(json(text), true);
    found.dataset.kept = {};
    EXPECT_EQ(found.publisher.code, publisher.code);
    if (dataset != found.dataset)
      for (const auto& difference : catalogue::differences(dataset, found.dataset))
        ADD_FAILURE() << difference.pointer << ": " << write_json(difference.before) << " became "
                      << write_json(difference.after);
  }
}

TEST(Ckan, PackagesHaveTheMembersOfCkan) {
  SeededRandom random(11);
  Dataset dataset = test::publishable_dataset(random);
  while (dataset.distributions.empty() || dataset.service_category.empty())
    dataset = test::publishable_dataset(random);
  const JsonObject package =
      write_ckan_package(dataset, *test::random_publisher(dataset.publisher), facts);
  const auto names = [](const JsonObject& object) {
    std::set<std::string> out;
    for (const auto& member : object) out.emplace(member.key());
    return out;
  };
  EXPECT_EQ(names(package), (std::set<std::string>{"author",
                                                   "author_email",
                                                   "creator_user_id",
                                                   "extras",
                                                   "groups",
                                                   "id",
                                                   "isopen",
                                                   "license_id",
                                                   "license_title",
                                                   "license_url",
                                                   "maintainer",
                                                   "maintainer_email",
                                                   "metadata_created",
                                                   "metadata_modified",
                                                   "name",
                                                   "notes",
                                                   "num_resources",
                                                   "num_tags",
                                                   "organization",
                                                   "owner_org",
                                                   "private",
                                                   "relationships_as_object",
                                                   "relationships_as_subject",
                                                   "resources",
                                                   "state",
                                                   "tags",
                                                   "title",
                                                   "type",
                                                   "url",
                                                   "version"}));
  for (const char* name : {"cache_last_updated",
                           "cache_url",
                           "created",
                           "datastore_active",
                           "description",
                           "format",
                           "hash",
                           "id",
                           "last_modified",
                           "metadata_modified",
                           "mimetype",
                           "mimetype_inner",
                           "name",
                           "package_id",
                           "position",
                           "resource_type",
                           "size",
                           "state",
                           "url",
                           "url_type"})
    EXPECT_TRUE(package.at("resources").get_array()[0].get_object().contains(name)) << name;
  EXPECT_EQ(package.at("metadata_created"), "2020-09-13T12:26:40.000000");
  EXPECT_EQ(package.at("metadata_modified"), "2023-11-14T22:13:20.000007");
  EXPECT_EQ(package.at("num_resources").to_number<std::size_t>(), dataset.distributions.size());
  EXPECT_EQ(package.at("owner_org"), package.at("organization").get_object().at("id"));
  EXPECT_EQ(names(package.at("organization").get_object()),
            (std::set<std::string>{"id", "name", "title", "type", "description", "image_url",
                                   "created", "is_organization", "approval_status", "state"}));
  EXPECT_EQ(names(package.at("groups").get_array()[0].get_object()),
            (std::set<std::string>{"description", "display_name", "id", "image_display_url", "name",
                                   "title"}));
  EXPECT_EQ(names(write_ckan_tag("x")),
            (std::set<std::string>{"display_name", "id", "name", "state", "vocabulary_id"}));
}

const std::string foreign =
    test::read_file(MINBEN_SOURCE_DIR "/tests/data/interchange/ckan_package.json");

TEST(Ckan, PackagesOfOthersAreReadWithTheirExtras) {
  const FoundCkan found = good(json(foreign));
  EXPECT_EQ(found.id, "7b9a");
  EXPECT_TRUE(found.active);
  EXPECT_EQ(found.publisher.code.value, "bus-ministry");
  EXPECT_EQ(found.publisher.title.en, "Ministry of Buses");
  const Dataset& d = found.dataset;
  EXPECT_TRUE(d.id.is_nil());
  EXPECT_EQ(d.name, "bus-stops");
  EXPECT_EQ(d.title.en, "Bus stops");
  EXPECT_EQ(d.contact.email, "bus@e.example");
  EXPECT_EQ(d.licence, "http://www.opendefinition.org/licenses/cc-by");
  EXPECT_EQ(catalogue::vocabulary::eu_frequency(d.frequency), "MONTHLY");
  EXPECT_THAT(d.themes, ElementsAre("TRAN"));
  EXPECT_THAT(d.languages, ElementsAre("en", "de"));
  EXPECT_THAT(d.keywords, ElementsAre("公車"));
  EXPECT_THAT(d.keywords_en, ElementsAre("bus"));
  EXPECT_EQ(to_string(*d.issued), "2012-05-10T00:00:00Z");
  EXPECT_EQ(to_string(*d.temporal.from), "2010-01-01");
  ASSERT_THAT(d.distributions, SizeIs(2));
  EXPECT_EQ(d.distributions[0].download_url, "https://e.example/stops.csv");
  EXPECT_EQ(d.distributions[0].byte_size, 1024);
  EXPECT_EQ(d.distributions[0].checksum->algorithm, "md5");
  EXPECT_EQ(d.distributions[0].format, "CSV");
  EXPECT_EQ(d.distributions[1].access_url, "https://e.example/api");
  EXPECT_THAT(catalogue::check(d), IsEmpty());
}

TEST(Ckan, WhatIsNotOursComesBackAndWhatIsThePlatformsDoesNot) {
  const FoundCkan found = good(json(foreign));
  CkanFacts plain = facts;
  plain.complete = false;
  const JsonObject written = write_ckan_package(found.dataset, found.publisher, plain);
  const Json said = json(foreign);
  for (const char* name : {"author", "author_email", "license_id", "notes", "title", "type", "url",
                           "version", "spatial_coverage_custom", "harvest_ng", "name"})
    EXPECT_EQ(written.at(name), said.at(name)) << name;
  for (const char* name : {"tracking_summary", "revision_id"})
    EXPECT_FALSE(written.contains(name)) << name;
  EXPECT_NE(written.at("id"), said.at("id"));
  std::map<std::string, std::string> extras;
  for (const Json& extra : written.at("extras").get_array())
    EXPECT_TRUE(extras.emplace(string_or(extra, "key"), string_or(extra, "value")).second)
        << string_or(extra, "key");
  for (const Json& extra : said.at("extras").get_array())
    EXPECT_EQ(extras[string_or(extra, "key")], string_or(extra, "value"))
        << string_or(extra, "key");
  const auto& resources = written.at("resources").get_array();
  EXPECT_EQ(resources[0].at("custom"), 5);
  EXPECT_EQ(resources[0].at("hash"), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(resources[0].at("format"), "csv");
  EXPECT_EQ(resources[0].at("size"), "1024");
  EXPECT_EQ(resources[1].at("description"), "ask it");
}

TEST(Ckan, FaultsNameTheMember) {
  for (const auto& [text, pointer] :
       {std::pair{"[]", ""}, std::pair{R"({"title": {}})", "/title"},
        std::pair{R"({"title": "x", "resources": 5})", "/resources"},
        std::pair{R"({"title": "x", "resources": [5]})", "/resources/0"},
        std::pair{R"({"title": "x", "resources": [{"url": []}]})", "/resources/0/url"}}) {
    const auto found = read_ckan_package(json(text));
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error()[0].field, pointer);
  }
  EXPECT_FALSE(read_ckan_package(
      json(R"({"title": "x", "extras": [{"key": "minben:frequency", "value": "{"}]})")));
}

TEST(Ckan, DraftsAndWithdrawnOnesSaySo) {
  SeededRandom random(3);
  const Dataset dataset = test::random_dataset(random);
  CkanFacts draft = facts, gone = facts;
  draft.status = catalogue::Status::draft;
  gone.status = catalogue::Status::withdrawn;
  const auto& publisher = *test::random_publisher(dataset.publisher);
  EXPECT_EQ(write_ckan_package(dataset, publisher, draft).at("state"), "draft");
  EXPECT_FALSE(good(write_ckan_package(dataset, publisher, draft)).active);
  EXPECT_FALSE(good(write_ckan_package(dataset, publisher, gone)).active);
}

}  // namespace
}  // namespace minben::interchange
