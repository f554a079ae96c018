#include <array>

#include "encoding.hpp"
#include "table.hpp"

namespace minben::intake {

namespace {

template <class Enum, std::size_t n>
std::string_view name_in(const std::array<std::string_view, n>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view to_string(Format format) {
  static constexpr std::array<std::string_view, 10> names{
      "csv", "json", "ndjson", "xml", "xlsx", "ods", "geojson", "topojson", "shapefile", "kml"};
  return name_in(names, format);
}

std::string_view to_string(Type type) {
  static constexpr std::array<std::string_view, 7> names{"text", "integer",   "number",  "boolean",
                                                         "date", "timestamp", "geometry"};
  return name_in(names, type);
}

std::string_view to_string(Role role) {
  static constexpr std::array<std::string_view, 12> names{
      "none",        "longitude", "latitude",   "county_code", "town_code", "village_code",
      "county_name", "town_name", "identifier", "category",    "measure",   "year"};
  return name_in(names, role);
}

Result<Prepared> prepare(const std::filesystem::path& file, const Hints& hints,
                         const std::filesystem::path& work, Care care, const Clock& clock,
                         const Limits& limits, const std::function<bool()>& cancelled) {
  const Watch watch(clock, limits, cancelled);
  MINBEN_CHECK(watch.check());
  MINBEN_TRY(mapped, MappedFile::open(file, limits.max_bytes));
  if (trim(mapped.text().substr(0, 4096)).empty() && mapped.text().size() <= 4096)
    return not_a_table("an empty file");
  Repairs repairs;
  if (care == Care::optimistic && mapped.text().size() > 2 * sampled_bytes) {
    TableSource source{file, mapped.text(), true, mapped.text().starts_with("\xef\xbb\xbf"), {}};
    if (source.mark) source.text.remove_prefix(3);
    MINBEN_TRY(sampled, prepare_by_sample(source, hints, watch));
    if (sampled) return std::move(*sampled);
  }
  const auto decoded = work / "decoded";
  MINBEN_TRY(text, read_text(std::move(mapped), decoded, hints.encoding, watch, repairs));
  Inspection inspection;
  inspection.encoding = text.encoding;
  const TableSource source{
      text.original ? file : decoded, text.text(), text.original, text.original && text.mark, {}};
  MINBEN_TRY(prepared, prepare_table(source, hints, work / "table.csv", std::move(inspection),
                                     repairs, watch));
  if (prepared.file != decoded) remove_quietly(decoded);
  return prepared;
}

}  // namespace minben::intake
