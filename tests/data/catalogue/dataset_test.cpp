#include "fixture.hpp"

namespace minben::catalogue {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Datasets, are_kept_as_json_without_loss) {
  Dataset made = dataset("測站");
  made.id = DatasetId{parse_uuid("01900000-0000-7000-8000-000000000001").value()};
  made.name = "stations";
  made.frequency = {Frequency::Kind::regular, Frequency::Unit::month, 3};
  made.temporal.from = parse_date("2020-01-01").value();
  made.issued = parse_instant("2020-01-01T00:00:00Z").value();
  made.distributions[0].fields = {{"站名", {"名稱", "name"}, "text", ""}};
  made.distributions[0].byte_size = 5'000'000'000;
  made.distributions[0].checksum = Checksum{"sha256", "ab"};
  made.kept.ckan = {{"extras", JsonArray{1, "x"}}};
  made.origin = Origin{"s", "i", "https://x.tw", parse_instant("2026-01-01T00:00:00.5Z").value()};
  const auto read = dataset_from_json(to_json(made));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(*read, made);
}

TEST(Datasets, reading_is_strict_and_names_the_place) {
  const auto reading = [](std::string_view text) {
    return dataset_from_json(parse_json(text).value());
  };
  EXPECT_EQ(reading(R"({"titel":{}})").error().code, "not_a_dataset");
  EXPECT_EQ(reading(R"({"frequency":{"kind":"often"}})").error().field, "/frequency/kind");
  EXPECT_EQ(reading(R"({"distributions":[{"rows":"7"}]})").error().field, "/distributions/0/rows");
  EXPECT_EQ(reading(R"([])").error().code, "not_a_dataset");
}

TEST(Datasets, faults_are_all_told_with_their_places) {
  Dataset wrong = dataset("");
  wrong.name = "Nicht Erlaubt";
  wrong.keywords = {"", "x"};
  wrong.service_category = "Z99";
  wrong.landing_page = "javascript:alert(1)";
  wrong.temporal = {parse_date("2026-02-01").value(), parse_date("2026-01-01").value()};
  wrong.distributions[0].download_url = "file:///etc/passwd";
  wrong.distributions[0].fields = {{"a", {}, "", ""}, {"a", {}, "", ""}};
  std::vector<std::string> places;
  for (const Error& each : check(wrong)) places.push_back(each.field);
  EXPECT_THAT(places, testing::UnorderedElementsAre("/name", "/title", "/keywords/0",
                                                    "/service_category", "/landing_page",
                                                    "/temporal/to", "/distributions/0/download_url",
                                                    "/distributions/0/fields/1/name"));
  Dataset right = dataset("對");
  right.name = "right";
  EXPECT_THAT(check(right), IsEmpty());
  right.title.zh_hant = std::string(3 * 256, 'x');
  EXPECT_THAT(check(right), SizeIs(1));
}

TEST(Datasets, differences_are_by_what_elements_are_called) {
  Dataset before = dataset("一");
  before.distributions[0].id =
      DistributionId{parse_uuid("01900000-0000-7000-8000-00000000000a").value()};
  before.distributions[0].fields = {{"站名", {}, "", ""}, {"值", {}, "", ""}};
  Dataset after = before;
  after.distributions[0].fields.insert(after.distributions[0].fields.begin(), {"時間", {}, "", ""});
  after.keywords = {"新"};
  std::vector<std::string> pointers;
  for (const Difference& each : differences(before, after)) pointers.push_back(each.pointer);
  EXPECT_THAT(
      pointers,
      ElementsAre("/distributions/01900000-0000-7000-8000-00000000000a/fields/時間", "/keywords"));
  EXPECT_THAT(differences(before, before), IsEmpty());
}

TEST(Datasets, data_is_as_new_as_is_said_of_it_or_of_its_newest_part) {
  Dataset dataset;
  EXPECT_EQ(data_changed_at(dataset), std::nullopt);
  dataset.distributions.resize(2);
  const Instant at = parse_instant("2026-01-31T01:00:00Z").value();
  dataset.distributions[1].modified = at;
  EXPECT_EQ(data_changed_at(dataset), at);
  dataset.modified = at - hours(1);
  EXPECT_EQ(data_changed_at(dataset), at - hours(1)) << "what is said of the whole counts";
}

TEST(Datasets, promises_are_counted_in_the_calendar) {
  const Instant at = parse_instant("2026-01-31T01:00:00Z").value();
  EXPECT_EQ(due({Frequency::Kind::regular, Frequency::Unit::month, 1}, at),
            parse_instant("2026-02-28T01:00:00Z").value());
  EXPECT_EQ(due({Frequency::Kind::regular, Frequency::Unit::minute, 10}, at), at + minutes{10});
  EXPECT_EQ(due({Frequency::Kind::irregular, {}, 1}, at), std::nullopt);
}

}  // namespace
}  // namespace minben::catalogue
