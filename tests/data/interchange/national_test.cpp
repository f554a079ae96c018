#include "interchange/national.hpp"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interchange/dcat.hpp"
#include "support/datasets.hpp"
#include "support/shared.hpp"

namespace minben::interchange {
namespace {

using catalogue::Dataset;
using catalogue::Publisher;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Json json(std::string_view text) { return parse_json(text).value(); }

FoundNational good(const Json& metadata) {
  auto found = read_national(metadata);
  if (!found) {
    for (const Error& fault : found.error()) ADD_FAILURE() << describe(fault);
    return {};
  }
  return std::move(*found);
}

/// Every member of `said` comes back as it was.
void expect_lossless(const JsonObject& said, const JsonObject& written,
                     const std::string& where = "") {
  for (const auto& member : said) {
    const std::string at = where + "/" + std::string(member.key());
    const Json* there = written.if_contains(member.key());
    ASSERT_NE(there, nullptr) << at;
    const auto* list = member.value().if_array();
    if (list && !list->empty() && list->front().is_object() &&
        std::string(member.key()) == "distribution") {
      ASSERT_EQ(there->get_array().size(), list->size());
      for (std::size_t i = 0; i < list->size(); ++i)
        expect_lossless((*list)[i].get_object(), there->get_array()[i].get_object(),
                        fmt::format("{}/{}", at, i));
    } else {
      EXPECT_EQ(write_json(*there), write_json(member.value())) << at;
    }
  }
}

const std::string second_version =
    test::read_file(MINBEN_SOURCE_DIR "/tests/data/interchange/national_v2.json");

TEST(National, TheSecondVersionIsReadAndComesBackWhole) {
  const Json said = json(second_version);
  const FoundNational found = good(said);
  EXPECT_EQ(found.version, NationalVersion::v2);
  EXPECT_EQ(found.publisher.oid, "2.16.886.101.20003.20082");
  EXPECT_EQ(found.publisher.title.zh_hant, "數位部");
  const Dataset& d = found.dataset;
  EXPECT_EQ(d.publisher, publisher_code("數位部"));
  EXPECT_EQ(d.name, "a41000000g-000001");
  EXPECT_EQ(d.service_category, "I00");
  EXPECT_EQ(d.licence, "OGDL-TW-1.0");
  EXPECT_TRUE(d.cost.empty());
  EXPECT_EQ(d.frequency, (catalogue::Frequency{catalogue::Frequency::Kind::regular,
                                               catalogue::Frequency::Unit::month, 3}));
  EXPECT_EQ(to_string(*d.temporal.to), "2015-01-01");
  EXPECT_EQ(to_string(*d.issued), "2013-10-31T16:00:00Z");
  EXPECT_THAT(d.keywords, ElementsAre("全部資料集"));
  EXPECT_THAT(d.keywords_en, ElementsAre("OpenData"));
  EXPECT_THAT(d.languages, ElementsAre("zh-Hant"));
  EXPECT_THAT(d.related_urls, ElementsAre("https://example1.gov.example"));
  ASSERT_THAT(d.distributions, SizeIs(2));
  EXPECT_EQ(d.distributions[0].rows, 4600);
  ASSERT_THAT(d.distributions[0].fields, SizeIs(2));
  EXPECT_EQ(d.distributions[0].fields[1].name, "人口");
  EXPECT_EQ(d.distributions[0].fields[1].description.zh_hant, "population");
  EXPECT_EQ(d.distributions[1].format, "JSON");
  EXPECT_THAT(catalogue::check(d), IsEmpty());
  expect_lossless(said.get_object(), write_national(d, found.publisher, NationalVersion::v2));
  // What the platform says itself is not taken from what was sent.
  const JsonObject ours =
      write_national(d, found.publisher, NationalVersion::v2, {"77", "銀", Instant(), Instant()});
  EXPECT_EQ(ours.at("datasetId"), "77");
  EXPECT_EQ(ours.at("dataQuality"), "銀");
  EXPECT_EQ(ours.at("modifiedDate"), "1970-01-01 08:00:00");
}

TEST(National, TheExampleOfTheFirstVersionComesBackWhole) {
  MINBEN_SHARED_OR_SKIP(file, "conformance/tw-open-data-api/common_data_access_api_swagger2.yaml");
  const std::string text = test::read_file(file);
  const auto begin = text.find("{ \"categoryCode\":\"I00\"");
  ASSERT_NE(begin, std::string::npos);
  const auto end = text.find("] } }", begin);
  const Json said = json(text.substr(begin, end + 3 - begin));
  const FoundNational found = good(said);
  EXPECT_EQ(found.version, NationalVersion::v1);
  EXPECT_EQ(found.publisher.org_code, "A41000000G");
  EXPECT_EQ(found.dataset.title.zh_hant, "行政院公報");
  EXPECT_THAT(found.dataset.distributions, SizeIs(3));
  EXPECT_EQ(found.dataset.distributions[2].access_url, "http://example/endpoint");
  EXPECT_EQ(found.dataset.distributions[2].format, "SERVICES");
  EXPECT_GE(found.dataset.distributions[0].fields.size(), 15u);
  expect_lossless(said.get_object(),
                  write_national(found.dataset, found.publisher, NationalVersion::v1));
}

TEST(National, WhatIsChangedHereIsNotUndoneByWhatWasKept) {
  FoundNational found = good(json(second_version));
  found.dataset.frequency = {catalogue::Frequency::Kind::irregular};
  found.dataset.distributions.pop_back();
  const JsonObject written = write_national(found.dataset, found.publisher, NationalVersion::v2);
  EXPECT_EQ(written.at("updateFrequency"), "不定期");
  EXPECT_EQ(written.at("detectFrequency"), "everyday");
  EXPECT_THAT(written.at("distribution").get_array(), SizeIs(1));
}

// The members that the form has fields for.
Dataset in_the_form(Dataset d, NationalVersion version) {
  const auto only = [](catalogue::Text& text) {
    if (text.zh_hant.empty()) text.zh_hant = text.en;
    text.en.clear();
  };
  Dataset out;
  out.name = d.name;
  out.publisher = d.publisher;
  for (auto* text : {&d.title, &d.description, &d.notes, &d.cost}) only(*text);
  out.title = d.title;
  out.description = d.description;
  out.notes = d.notes;
  out.national_id = d.national_id;
  out.service_category = d.service_category;
  out.kind = d.kind;
  out.licence = d.licence;
  out.frequency = d.frequency;
  out.temporal = d.temporal;
  out.contact = {d.contact.name, d.contact.phone, d.contact.email, ""};
  out.modified = d.modified;
  out.issued = d.issued;
  for (const auto& distribution : d.distributions) {
    catalogue::Distribution one;
    one.national_id = distribution.national_id;
    one.format = distribution.format;
    one.download_url = distribution.download_url;
    one.character_encoding = distribution.character_encoding;
    if (version == NationalVersion::v2) one.rows = distribution.rows;
    out.distributions.push_back(one);
  }
  return out;
}

TEST(National, WhatTheFormHasFieldsForIsReadBack) {
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  for (int round = 0; round < 300 && !testing::Test::HasFailure(); ++round) {
    Dataset dataset = test::publishable_dataset(random);
    const Publisher publisher = *test::random_publisher(dataset.publisher);
    dataset.licence = "OGDL-TW-1.0";
    dataset.contact.name = trim(dataset.contact.name);
    for (auto* text :
         {&dataset.title, &dataset.description, &dataset.notes})  // white space around is dropped
      for (auto* each : {&text->zh_hant, &text->en}) *each = std::string(trim(*each));
    for (const NationalVersion version : {NationalVersion::v1, NationalVersion::v2}) {
      SCOPED_TRACE(
          fmt::format("seed {} round {} version {}", seed, round, static_cast<int>(version)));
      const FoundNational found =
          good(json(write_json(write_national(dataset, publisher, version))));
      const Dataset expected = in_the_form(dataset, version),
                    got = in_the_form(found.dataset, version);
      EXPECT_EQ(got.frequency, expected.frequency);
      EXPECT_EQ(got.temporal, expected.temporal);
      EXPECT_EQ(got.contact, expected.contact);
      EXPECT_EQ(got.licence, expected.licence);
      EXPECT_EQ(got.service_category, expected.service_category);
      EXPECT_EQ(got.distributions.size(), expected.distributions.size());
      EXPECT_EQ(found.publisher.title.zh_hant, publisher.title.zh_hant);
      if (dataset.modified)
        EXPECT_EQ(*got.modified, std::chrono::floor<seconds>(*expected.modified));
      for (std::size_t i = 0; i < got.distributions.size() && i < expected.distributions.size();
           ++i) {
        EXPECT_EQ(got.distributions[i].format, expected.distributions[i].format);
        EXPECT_EQ(got.distributions[i].rows, expected.distributions[i].rows);
        if (version == NationalVersion::v2) {
          // Names that differ in white space only are one name.
          EXPECT_EQ(found.dataset.distributions[i].fields.empty(),
                    dataset.distributions[i].fields.empty());
          EXPECT_LE(found.dataset.distributions[i].fields.size(),
                    dataset.distributions[i].fields.size());
        }
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

struct Refused {
  const char* change;  ///< a JSON merge over the good form
  const char* pointer;
  const char* type;
};
TEST(National, FaultsNameTheFieldAndHaveTheCodesOfTheApi) {
  const Refused cases[] = {
      {R"({"categoryService": "k00"})", "/categoryService", "ER0031:資料集屬性錯誤"},
      {R"({"categoryTheme": "x"})", "/categoryTheme", "ER0032:資料集主題分類錯誤"},
      {R"({"title": ""})", "/title", "ER0031:資料集屬性錯誤"},
      {R"({"title": ["a"]})", "/title", "ER0031:資料集屬性錯誤"},
      {R"({"license": "99"})", "/license", "ER0031:資料集屬性錯誤"},
      {R"({"coverageStartedDate": "soon"})", "/coverageStartedDate", "ER0031:資料集屬性錯誤"},
      {R"({"keyword": 5})", "/keyword", "ER0031:資料集屬性錯誤"},
      {R"({"publisherOID": ""})", "/publisherOID", "ER0031:資料集屬性錯誤"},
      {R"({"distribution": {}})", "/distribution", "ER0031:資料集屬性錯誤"},
      {R"({"distribution": [1]})", "/distribution/0", "ER0031:資料集屬性錯誤"},
      {R"({"distribution": [{"resourceDownloadUrl": "javascript:x"}]})",
       "/distribution/0/resourceDownloadUrl", "ER0031:資料集屬性錯誤"},
  };
  for (const Refused& refused : cases) {
    Json form = json(second_version);
    const Json change = json(refused.change);
    for (const auto& member : change.get_object()) form.get_object()[member.key()] = member.value();
    const auto found = read_national(form);
    ASSERT_FALSE(found) << refused.change;
    ASSERT_THAT(found.error(), SizeIs(1)) << refused.change;
    EXPECT_EQ(found.error()[0].field, refused.pointer);
    const NationalError error = national_error(found.error()[0]);
    EXPECT_EQ(error.error_type, refused.type);
    EXPECT_FALSE(error.message.empty());
  }
  Json form = json(second_version);
  form.get_object()["categoryService"] = "k00";
  EXPECT_EQ(national_error(read_national(form).error()[0]).message, "無此分類categoryService=k00");
  EXPECT_FALSE(read_national(json("[]")));
}

TEST(National, FieldListsAreReadAsAgenciesWriteThem) {
  const auto fields = read_field_list(
      "委辦單位(臨時及短期)、電話（電話）,「序號」；lat(緯度(度))\n地號(地號)、地號");
  ASSERT_THAT(fields, SizeIs(5));
  EXPECT_EQ(fields[0].name, "委辦單位");
  EXPECT_EQ(fields[0].description.zh_hant, "臨時及短期");
  EXPECT_EQ(fields[1].description.zh_hant, "");  // says nothing more
  EXPECT_EQ(fields[2].name, "序號");
  EXPECT_EQ(fields[3].description.zh_hant, "緯度(度)");
  EXPECT_EQ(write_field_list(read_field_list("a(b)、c")), "a(b)、c");
  EXPECT_THAT(read_field_list(""), IsEmpty());
  EXPECT_THAT(read_field_list("(((("), IsEmpty());
}

TEST(NationalRows, TheWholeNationalListLoads) {
  MINBEN_SHARED_OR_SKIP(file, "data/catalogue/datagovtw_datasets_2026-03-23.jsonl");
  const std::string text = test::read_file(file);
  std::set<std::string> names, publishers, origins, ids;
  std::size_t datasets = 0, addresses = 0, most = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto found = read_national_line(json(line));
    ASSERT_TRUE(found) << describe(found.error()) << line;
    ++datasets;
    const auto faults = catalogue::check(found->dataset);
    ASSERT_THAT(faults, IsEmpty()) << describe(faults.front()) << line;
    EXPECT_TRUE(names.insert(found->dataset.name).second) << line;
    EXPECT_TRUE(origins.insert(found->dataset.origin->identifier).second);
    publishers.insert(found->publisher.code.value);
    ids.insert(found->dataset.national_id);
    addresses += found->dataset.distributions.size();
    most = std::max(most, found->dataset.distributions.size());
    if (found->dataset.national_id == "6671")
      EXPECT_TRUE(
          found->dataset.distributions[0].download_url.ends_with("fldspc=0,44,45,9,&utf=1"));
  }
  EXPECT_EQ(datasets, 52'600u);
  EXPECT_EQ(publishers.size(), 800u);
  EXPECT_EQ(ids.size(), 52'600u - 53u);
  EXPECT_EQ(addresses, 232'064u - 1'905u);  // that many were pieces of others
  EXPECT_EQ(most, 494u);
}

TEST(NationalRows, LocalPortalsLoad) {
  MINBEN_SHARED_OR_SKIP(folder, "data/catalogue/local_portals_2018");
  std::size_t rows = 0, without_title = 0, described = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string text = test::read_file(entry.path());
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    const Portal portal{entry.path().stem().string().substr(3, 4) == "chia" ? "chiayi" : "portal",
                        "臺南市政府"};
    std::set<std::string> names;
    const Json list = parse_json(text, {64u << 20, 64}).value();
    for (const Json& row : list.get_array()) {
      ++rows;
      const auto found = read_portal_row(row.get_object(), portal);
      if (!found) {
        ++without_title;
        continue;
      }
      const auto faults = catalogue::check(found->dataset);
      EXPECT_THAT(faults, IsEmpty()) << describe(faults.front()) << write_json(row);
      described += !found->dataset.description.empty();
      names.insert(found->dataset.name);
    }
    EXPECT_GT(names.size(), 30u) << entry.path();
  }
  EXPECT_EQ(rows, 11'517u);
  EXPECT_EQ(without_title, 0u);
  EXPECT_GT(described, 10'000u);
}

// CSV with quotes, as far as these two files need it; reading files is the intake's.
std::vector<JsonObject> csv_rows(std::string_view text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"')
      rows.back().back() += text[++i];
    else if (c == '"') quoted = !quoted;
    else if (!quoted && c == ',') rows.back().emplace_back();
    else if (!quoted && c == '\n') rows.emplace_back(1);
    else if (c != '\r' || quoted) rows.back().back() += c;
  }
  std::vector<JsonObject> out;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size()) continue;
    JsonObject row;
    for (std::size_t k = 0; k < rows[0].size(); ++k) row[rows[0][k]] = rows[i][k];
    out.push_back(std::move(row));
  }
  return out;
}

TEST(NationalRows, TheFullMetadataOfTaoyuanLoads) {
  MINBEN_SHARED_OR_SKIP(file, "data/catalogue/taoyuan_full_metadata_2018-07.csv");
  std::string text = test::read_file(file);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  const auto rows = csv_rows(text);
  ASSERT_THAT(rows, SizeIs(1444));
  std::set<std::string> publishers;
  std::size_t categories = 0, frequencies = 0, licences = 0, fields = 0, formats = 0, coded = 0;
  for (const JsonObject& row : rows) {
    const auto found = read_portal_row(row, {"taoyuan", "桃園市政府"});
    ASSERT_TRUE(found) << describe(found.error());
    const Dataset& d = found->dataset;
    const auto faults = catalogue::check(d);
    EXPECT_THAT(faults, IsEmpty()) << describe(faults.front()) << write_json(row);
    publishers.insert(found->publisher.title.zh_hant);
    categories += !d.service_category.empty();
    frequencies += d.frequency.kind != catalogue::Frequency::Kind::unknown;
    licences += d.licence == "OGDL-TW-1.0";
    coded += !found->publisher.org_code.empty();
    EXPECT_TRUE(d.issued && d.modified);
    for (const auto& distribution : d.distributions) {
      fields += !distribution.fields.empty();
      formats += distribution.format == "SHX";
    }
  }
  EXPECT_THAT(publishers, SizeIs(34));
  EXPECT_TRUE(publishers.contains("桃園市政府社會局"));
  EXPECT_EQ(categories, 1444u);
  EXPECT_EQ(frequencies, 1444u);
  EXPECT_EQ(licences, 1444u);
  EXPECT_EQ(coded, 1444u);
  EXPECT_GT(fields, 1400u);
  EXPECT_GE(formats, 4u);
}

TEST(NationalRows, TheFullMetadataOfTaipeiLoads) {
  MINBEN_SHARED_OR_SKIP(file, "data/catalogue/taipei_full_metadata_2018-07_big5.csv");
  const test::TemporaryDirectory directory;
  const auto utf8 = directory.path() / "taipei.csv";
  // Decoding is the intake's; here iconv does it.
  const std::string command =
      fmt::format("iconv -c -f CP950 -t UTF-8 '{}' >'{}'", file.string(), utf8.string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto rows = csv_rows(test::read_file(utf8));
  ASSERT_THAT(rows, SizeIs(1127));
  std::size_t categories = 0, free = 0, licences = 0, counted = 0, unknown = 0;
  for (const JsonObject& row : rows) {
    const auto found = read_portal_row(row, {"taipei", "臺北市政府"});
    ASSERT_TRUE(found) << describe(found.error());
    const Dataset& d = found->dataset;
    const auto faults = catalogue::check(d);
    EXPECT_THAT(faults, IsEmpty()) << describe(faults.front()) << write_json(row);
    categories += !d.service_category.empty();
    free += d.cost.empty();
    licences += d.licence == "OGDL-TW-1.0";
    unknown += d.frequency.kind == catalogue::Frequency::Kind::unknown;
    for (const auto& distribution : d.distributions) {
      counted += distribution.rows.has_value();
      EXPECT_NE(distribution.format, "UTF-8");
    }
  }
  EXPECT_EQ(categories, 1125u);  // two have none
  EXPECT_EQ(licences, 1122u);
  EXPECT_EQ(free, 1126u);
  EXPECT_GT(counted, 300u);
  EXPECT_LT(unknown, 80u);
}

}  // namespace
}  // namespace minben::interchange
