#include "open_data.hpp"

#include <fmt/format.h>

#include "../files.hpp"

namespace minben::app::demo {

namespace {

using catalogue::Dataset;
using catalogue::Distribution;
using datastore::TableId;

catalogue::Text text_of(const Json& object, std::string_view name) {
  const Json* found = find(object, name);
  return found ? catalogue::Text{string_or(*found, "zh_hant"), string_or(*found, "en")}
               : catalogue::Text{};
}

Result<void> save_publishers(const Json& list, OpenData& open_data, store::Database& database) {
  return database.transact([&](store::Transaction& tx) -> Result<void> {
    for (const Json& each : list.as_array()) {
      catalogue::Publisher publisher;
      MINBEN_TRY(code, catalogue::PublisherCode::parse(string_or(each, "code")));
      publisher.code = code;
      publisher.title = text_of(each, "title");
      publisher.oid = string_or(each, "oid");
      publisher.org_code = string_or(each, "org_code");
      publisher.agency = string_or(each, "agency");
      MINBEN_CHECK(open_data.catalogue().save(tx, publisher));
    }
    return {};
  });
}

using SeriesByName = std::map<std::string, catalogue::SeriesId, std::less<>>;

Result<SeriesByName> save_series(const Json& list, OpenData& open_data, store::Database& database) {
  return database.transact([&](store::Transaction& tx) -> Result<SeriesByName> {
    SeriesByName ids;
    for (const Json& each : list.as_array()) {
      catalogue::Series series;
      MINBEN_TRY(code, catalogue::PublisherCode::parse(string_or(each, "publisher")));
      series.publisher = code;
      series.name = string_or(each, "name");
      series.title = text_of(each, "title");
      series.description = text_of(each, "description");
      series.frequency = {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::year, 1};
      MINBEN_TRY(saved, open_data.catalogue().save(tx, std::move(series)));
      ids[saved.name] = saved.id;
    }
    return ids;
  });
}

/// A file, read into a table aside: it becomes the distribution's with the dataset.
struct Loaded {
  catalogue::DistributionId distribution;
  TableId aside;
  datastore::Original original;
};

Result<Loaded> load(const std::filesystem::path& file, const Config& config, OpenData& open_data,
                    const Distribution& distribution, TableId aside) {
  datastore::Datastore::LoadOptions options;
  options.source = JsonObject{{"name", file.filename().string()}};
  for (const auto& field : distribution.fields)
    options.described.push_back({.name = field.name,
                                 .description = field.description.in(Language::zh_hant),
                                 .unit = field.unit});
  intake::Hints hints;
  hints.file_name = file.filename().string();
  hints.format = distribution.format;
  hints.encoding = distribution.character_encoding;
  MINBEN_CHECK(open_data.tables().load(aside, file, hints, options));
  MINBEN_TRY(content, read_file(file));
  // Kept by a link: not to the package's own file, which may be edited.
  Loaded loaded{distribution.id, aside, {}};
  loaded.original.file = tables_directory(config) / ".uploads" / to_string(aside);
  MINBEN_CHECK(write_file(loaded.original.file, content));
  loaded.original.sha256 = hex_encode(sha256(content));
  loaded.original.bytes = static_cast<std::int64_t>(content.size());
  return loaded;
}

/// So that nobody who opens the country has to wait for the first badges.
Result<void> check_all(const quality::Quality& quality, store::Database& database) {
  MINBEN_CHECK(quality.follow());
  for (bool more = true; more;) {
    MINBEN_TRY(worked, quality.work_once());
    more = worked;
  }
  return database.transact([&](store::Transaction& tx) { return quality.tick(tx); });
}

}  // namespace

Result<void> publish_open_data(const Config& config, OpenData& open_data, store::Database& database,
                               const Clock& clock, Random& random) {
  const std::filesystem::path folder = config.packages / "open-data";
  MINBEN_TRY(text, read_file(folder / "catalogue.json"));
  MINBEN_TRY(given, parse_json(text));
  MINBEN_CHECK(save_publishers(given.at("publishers"), open_data, database));
  MINBEN_TRY(series, save_series(given.at("series"), open_data, database));
  std::vector<Dataset> datasets;
  std::vector<std::vector<Loaded>> loaded;
  for (const Json& each : given.at("datasets").as_array()) {
    MINBEN_TRY(dataset, catalogue::dataset_from_json(each.at("dataset")));
    if (const auto found = series.find(string_or(each, "series")); found != series.end())
      dataset.series = found->second;
    const JsonArray& files = each.at("files").as_array();
    auto& tables = loaded.emplace_back();
    for (std::size_t i = 0; i < dataset.distributions.size(); ++i) {
      Distribution& distribution = dataset.distributions[i];
      distribution.id = catalogue::DistributionId::make(clock, random);
      MINBEN_TRY(table, load(folder / "files" / std::string_view(files.at(i).as_string()), config,
                             open_data, distribution, TableId::make(clock, random)));
      tables.push_back(std::move(table));
    }
    // What the package does not say happens now: the demonstration is their first release.
    if (!dataset.issued) dataset.issued = clock.now();
    if (!dataset.modified) dataset.modified = clock.now();
    datasets.push_back(std::move(dataset));
  }
  MINBEN_TRY(puts, database.transact([&](store::Transaction& tx) -> Result<catalogue::Puts> {
    std::vector<Dataset> described = datasets;
    for (std::size_t i = 0; i < described.size(); ++i)
      for (const Loaded& each : loaded[i]) {
        MINBEN_TRY(version, open_data.tables().adopt(
                                tx, each.aside, TableId{each.distribution.value}, each.original));
        uploads::describe(described[i], each.distribution, version, config.origin, clock, random);
      }
    return open_data.catalogue().put(tx, described, {});
  }));
  std::error_code ignored;
  for (const auto& tables : loaded)
    for (const Loaded& each : tables) std::filesystem::remove(each.original.file, ignored);
  for (auto& put : puts) MINBEN_CHECK(std::move(put));
  return check_all(open_data.quality(), database);
}

}  // namespace minben::app::demo
