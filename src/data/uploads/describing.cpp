// What a dataset says about a table's version, and about the file that it was read from.
#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

#include "uploads.hpp"

namespace minben::uploads {

using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::DistributionId;
using datastore::TableId;

namespace {

constexpr std::string_view original_path = "/datastore/original/";

/// Of a format as intake names it.
std::string_view media_type_of(std::string_view format) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> types{
      {{"csv", "text/csv"},
       {"json", "application/json"},
       {"ndjson", "application/x-ndjson"},
       {"xml", "application/xml"},
       {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
       {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
       {"geojson", "application/geo+json"},
       {"topojson", "application/json"},
       {"shapefile", "application/zip"},
       {"kml", "application/vnd.google-earth.kml+xml"}}};
  for (const auto& [name, type] : types)
    if (name == format) return type;
  return "application/octet-stream";
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return out;
}

/// As its name ends: what people look for, "XLSX", "ZIP".
std::string format_of(std::string_view file_name, std::string_view read_as) {
  const auto dot = file_name.rfind('.');
  const std::string_view suffix =
      dot == file_name.npos ? std::string_view() : file_name.substr(dot + 1);
  const bool plain = !suffix.empty() && suffix.size() <= 8 &&
                     std::ranges::all_of(suffix, [](unsigned char c) { return std::isalnum(c); });
  return upper(plain ? suffix : read_as);
}

void describe_table(Distribution& distribution, const datastore::Version& version,
                    std::string_view origin, Instant now) {
  distribution.rows = version.rows;
  distribution.format = "CSV";
  distribution.media_type = "text/csv";
  distribution.character_encoding = "UTF-8";
  distribution.modified = now;
  distribution.download_url =
      fmt::format("{}/datastore/dump/{}?bom=true", origin, to_string(distribution.id));
  std::vector<catalogue::FieldDescription> fields;
  for (const datastore::Field& each : version.fields) {
    const auto known =
        std::ranges::find(distribution.fields, each.name, &catalogue::FieldDescription::name);
    if (known != distribution.fields.end()) fields.push_back(*known);
    else fields.push_back({each.name, {each.description, each.label}, {}, each.unit});
    fields.back().type = to_string(each.type);
  }
  distribution.fields = std::move(fields);
}

void describe_original(Distribution& original, const Distribution& table,
                       const datastore::Version& version, Instant now) {
  const Json& kept = *find(version.source, "original");
  original.title.zh_hant = fmt::format(
      "{}（原始檔）", table.title.zh_hant.empty() ? table.title.en : table.title.zh_hant);
  original.title.en =
      table.title.en.empty() ? std::string() : fmt::format("{} (as uploaded)", table.title.en);
  original.format =
      format_of(string_or(version.source, "name"), string_or(version.source, "format"));
  original.byte_size = find(kept, "bytes")->get_int64();
  original.checksum = catalogue::Checksum{"sha256", string_or(kept, "sha256")};
  original.character_encoding = string_or(version.source, "encoding");
  original.modified = now;
  original.fields = table.fields;
  original.media_type = media_type_of(string_or(version.source, "format"));
  if (original.format == "ZIP") original.media_type = "application/zip";
}

}  // namespace

std::string original_address(std::string_view origin, TableId table) {
  return fmt::format("{}{}{}", origin, original_path, to_string(table));
}

bool is_original(const Distribution& distribution, std::string_view origin) {
  return distribution.download_url.starts_with(fmt::format("{}{}", origin, original_path));
}

void describe(Dataset& dataset, DistributionId distribution, const datastore::Version& version,
              std::string_view origin, const Clock& clock, Random& random) {
  const Instant now = clock.now();
  auto& all = dataset.distributions;
  const auto table = std::ranges::find(all, distribution, &Distribution::id);
  if (table == all.end()) return;
  describe_table(*table, version, origin, now);
  const std::string address = original_address(origin, TableId{distribution.value});
  auto original = std::ranges::find(all, address, &Distribution::download_url);
  if (!find(version.source, "original")) {
    if (original != all.end()) all.erase(original);
    return;
  }
  const Distribution described = *table;
  if (original == all.end()) {
    original = all.insert(std::next(table), Distribution{});
    original->id = DistributionId::make(clock, random);
    original->download_url = address;
  }
  describe_original(*original, described, version, now);
}

std::string media_type(const datastore::Original& original) {
  constexpr std::string_view archive = "PK\x03\x04";
  std::string first(archive.size(), '\0');
  std::ifstream(original.file, std::ios::binary).read(first.data(), std::ssize(first));
  const bool is_sheet = original.format == "xlsx" || original.format == "ods";
  if (first == archive && !is_sheet) return "application/zip";
  if (original.format == "csv")
    return original.encoding.empty() ? "text/csv" : "text/csv; charset=" + original.encoding;
  return std::string(media_type_of(original.format));
}

}  // namespace minben::uploads
