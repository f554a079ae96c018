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

/// The file becomes the distribution's table, and people get the table's export.
Result<void> load(const std::filesystem::path& file, const Config& config, OpenData& open_data,
                  Distribution& distribution) {
  const TableId table{distribution.id.value};
  datastore::Datastore::LoadOptions options;
  for (const auto& field : distribution.fields)
    options.described.push_back({.name = field.name,
                                 .description = field.description.in(Language::zh_hant),
                                 .unit = field.unit});
  intake::Hints hints;
  hints.file_name = file.filename().string();
  hints.format = distribution.format;
  hints.encoding = distribution.character_encoding;
  MINBEN_TRY(version, open_data.tables().load(table, file, hints, options));
  distribution.rows = version.rows;
  distribution.format = "CSV";
  distribution.media_type = "text/csv";
  distribution.character_encoding = "UTF-8";
  distribution.download_url =
      fmt::format("{}/datastore/dump/{}?bom=true", config.origin, to_string(distribution.id));
  if (!distribution.fields.empty()) return {};
  for (const datastore::Field& field : version.fields)
    distribution.fields.push_back({field.name,
                                   {field.description, field.label},
                                   std::string(to_string(field.type)),
                                   field.unit});
  return {};
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
  std::vector<Dataset> datasets;
  for (const Json& each : given.at("datasets").as_array()) {
    MINBEN_TRY(dataset, catalogue::dataset_from_json(each.at("dataset")));
    const JsonArray& files = each.at("files").as_array();
    for (std::size_t i = 0; i < dataset.distributions.size(); ++i) {
      Distribution& distribution = dataset.distributions[i];
      distribution.id = catalogue::DistributionId::make(clock, random);
      distribution.modified = clock.now();
      MINBEN_CHECK(load(folder / "files" / std::string_view(files.at(i).as_string()), config,
                        open_data, distribution));
    }
    // What the package does not say happens now: the demonstration is their first release.
    if (!dataset.issued) dataset.issued = clock.now();
    if (!dataset.modified) dataset.modified = clock.now();
    datasets.push_back(std::move(dataset));
  }
  MINBEN_TRY(puts, database.transact([&](store::Transaction& tx) {
    return open_data.catalogue().put(tx, datasets, {});
  }));
  for (auto& put : puts) MINBEN_CHECK(std::move(put));
  return check_all(open_data.quality(), database);
}

}  // namespace minben::app::demo
