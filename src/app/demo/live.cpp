#include "live.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "../files.hpp"

namespace minben::app::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view key_file = "key";
constexpr std::string_view stream_file = "stream";

catalogue::Text text_of(const Json& object, std::string_view name) {
  const Json* found = find(object, name);
  return found ? catalogue::Text{string_or(*found, "zh_hant"), string_or(*found, "en")}
               : catalogue::Text{};
}

Result<std::vector<streams::Field>> fields_of(const Json& given) {
  std::vector<streams::Field> fields;
  for (const Json& each : given.at("fields").as_array()) {
    streams::Field& field = fields.emplace_back();
    field.name = string_or(each, "name");
    field.label = string_or(each, "label");
    field.unit = string_or(each, "unit");
    for (const auto type : {intake::Type::integer, intake::Type::number, intake::Type::timestamp})
      if (intake::to_string(type) == string_or(each, "type")) field.type = type;
  }
  return fields;
}

Result<streams::Stream> publish(const Json& given, const Config& config, OpenData& open_data,
                                Platform& platform) {
  MINBEN_TRY(dataset, catalogue::dataset_from_json(given.at("dataset")));
  const Json& said = given.at("stream");
  streams::NewStream wanted;
  wanted.id = open_data.live().new_id();
  MINBEN_TRY(fields, fields_of(said));
  wanted.fields = std::move(fields);
  wanted.key = string_or(said, "key");
  wanted.every_seconds = static_cast<int>(get_integer(said, "every_seconds").value_or(0));
  wanted.retention_days = static_cast<int>(get_integer(said, "retention_days").value_or(7));
  dataset.distributions.push_back(
      streams::distribution_of(wanted, text_of(said, "title"), config.origin));
  MINBEN_TRY(stream,
             platform.database().transact([&](store::Transaction& tx) -> Result<streams::Stream> {
               MINBEN_TRY(puts, open_data.catalogue().put(tx, {&dataset, 1}, {}));
               MINBEN_TRY(put, std::move(puts.front()));
               wanted.dataset = put.id;
               return open_data.live().streams().make(tx, wanted);
             }));
  MINBEN_CHECK(open_data.live().history().prepare(stream));
  return stream;
}

}  // namespace

Result<void> publish_streams(const Config& config, OpenData& open_data, Platform& platform,
                             const fs::path& directory) {
  MINBEN_TRY(text, read_file(config.packages / "open-data" / "streams.json"));
  MINBEN_TRY(given, parse_json(text));
  fs::create_directories(directory);
  for (const Json& each : given.at("streams").as_array()) {
    MINBEN_TRY(stream, publish(each, config, open_data, platform));
    MINBEN_TRY(agency, AgencyCode::parse(string_or(each, "agency")));
    MINBEN_TRY(client, platform.clients().add({agency, "Bicycle stations", {api::Scope::publish}}));
    MINBEN_CHECK(trust::write_secret_file(directory / key_file, client.second + "\n"));
    MINBEN_CHECK(write_file(directory / stream_file, to_string(stream.id) + "\n"));
  }
  return {};
}

fs::path stations_directory(const fs::path& country) { return country / "outside" / "stations"; }

std::vector<std::string> stations_command(const fs::path& country, const Ports& ports) {
  const fs::path directory = stations_directory(country);
  const auto stream = read_file(directory / stream_file);
  if (!stream) return {};
  return {(program_directory() / "outside/stations").string(),
          "--portal",
          fmt::format("http://127.0.0.1:{}", ports.portal),
          "--stream",
          std::string(trim(*stream)),
          "--key-file",
          (directory / key_file).string()};
}

}  // namespace minben::app::demo
