#include <algorithm>
#include <array>

#include "archive.hpp"
#include "encoding.hpp"
#include "json_records.hpp"
#include "kml.hpp"
#include "shapefile.hpp"
#include "sheet.hpp"
#include "table.hpp"
#include "xml_records.hpp"

namespace minben::intake {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view utf8_mark = "\xef\xbb\xbf";

/// What is certainly no table of ours, by its first bytes, in words.
std::string_view known_other(std::string_view bytes) {
  struct Known {
    std::string_view magic, what;
  };
  static constexpr std::array<Known, 13> known{
      Known{"%PDF-", "a PDF document"},
      {"\xd0\xcf\x11\xe0", "a document of Office 97 to 2003 (.xls, .doc): save it as .xlsx or CSV"},
      {"\x89PNG", "an image (PNG)"},
      {"\xff\xd8\xff", "an image (JPEG)"},
      {"GIF8", "an image (GIF)"},
      {"\x1f\x8b", "a gzip archive"},
      {"7z\xbc\xaf", "a 7-Zip archive"},
      {"Rar!", "a RAR archive"},
      {"PAR1", "a Parquet file"},
      {"SQLite format 3", "an SQLite database"},
      {"{\\rtf", "a text document (RTF)"},
      {"\x7f"
       "ELF",
       "a program"},
      {"MZ\x90", "a program"}};
  for (const Known& one : known)
    if (bytes.starts_with(one.magic)) return one.what;
  return {};
}

/// Names of formats in metadata: "CSV", ".csv", "application/json".
bool says(std::string_view declared, Format format) {
  const std::string word = to_lower_ascii(declared);
  const auto has = [&](std::string_view part) { return word.contains(part); };
  switch (format) {
    case Format::csv:
      return has("csv") || has("txt") || has("tsv") || has("text");
    case Format::json:
      return has("json") || has("api");
    case Format::ndjson:
      return has("json");
    case Format::geojson:
      return has("json");
    case Format::topojson:
      return has("json");
    case Format::xml:
      return has("xml") || has("rss");
    case Format::kml:
      return has("km") || has("xml");
    case Format::xlsx:
      return has("xls") || has("excel") || has("spreadsheetml");
    case Format::ods:
      return has("ods") || has("opendocument");
    case Format::shapefile:
      return has("shp") || has("shape") || has("zip");
  }
  return false;
}

/// The way of one file through the readers.
class Preparation {
 public:
  Preparation(const Hints& hints, const fs::path& work, const Watch& watch)
      : hints_(hints), work_(work), watch_(watch) {}

  Result<Prepared> file(const fs::path& path, MappedFile mapped) {
    if (const std::string_view other = known_other(mapped.text()); !other.empty())
      return not_a_table(other);
    if (mapped.text().starts_with("PK\x03\x04")) return archive(mapped.text());
    return text(path, std::move(mapped), true);
  }

  /// Everything of `work` but what was prepared goes.
  void clean(const fs::path& keep) const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(work_, ignored))
      if (entry.path() != keep) remove_quietly(entry.path());
  }

 private:
  Result<Prepared> archive(std::string_view bytes) {
    MINBEN_TRY(opened, Archive::open(bytes, watch_));
    if (opened.find("xl/workbook.xml") != nullptr) {
      inspection_.format = Format::xlsx;
      MINBEN_CHECK(write_xlsx_rows(opened, raw(), inspection_, repairs_, watch_));
      return rows();
    }
    if (opened.find("content.xml") != nullptr) {
      inspection_.format = Format::ods;
      MINBEN_CHECK(write_ods_rows(opened, raw(), inspection_, repairs_, watch_));
      return rows();
    }
    if (find_shapefile(opened) != nullptr) {
      inspection_.format = Format::shapefile;
      MINBEN_TRY(out, RecordWriter::create(raw(), watch_));
      MINBEN_CHECK(
          write_shapefile_records(opened, work_ / "shapes", out, inspection_, repairs_, watch_));
      return records(out);
    }
    return packed(opened);
  }

  /// A single table, packed: the largest file that can be one.
  Result<Prepared> packed(Archive& opened) {
    const ArchiveEntry* largest = nullptr;
    std::int64_t tables = 0;
    for (const ArchiveEntry& entry : opened.entries()) {
      const std::string name = to_lower_ascii(entry.name);
      static constexpr std::array<std::string_view, 9> endings{
          ".csv", ".txt", ".tsv", ".json", ".geojson", ".ndjson", ".jsonl", ".xml", ".kml"};
      if (std::ranges::none_of(endings, [&](std::string_view end) { return name.ends_with(end); }))
        continue;
      ++tables;
      if (largest == nullptr || entry.bytes > largest->bytes) largest = &entry;
    }
    if (largest == nullptr) return not_a_table("a ZIP archive without a table in it");
    const std::string layer = largest->name;
    repairs_.add("other_files", 0, tables - 1);
    const fs::path path = work_ / "unpacked";
    MINBEN_CHECK(opened.extract(*largest, path));
    MINBEN_TRY(mapped, MappedFile::open(path, watch_.limits().max_bytes));
    if (const std::string_view other = known_other(mapped.text()); !other.empty())
      return not_a_table(other);
    MINBEN_TRY(prepared, text(path, std::move(mapped), false));
    prepared.inspection.layer = layer;
    return prepared;
  }

  Result<Prepared> text(const fs::path& path, MappedFile mapped, bool original) {
    const fs::path decoded = work_ / "decoded";
    MINBEN_TRY(read, read_text(std::move(mapped), decoded, hints_.encoding, watch_, repairs_));
    inspection_.encoding = read.encoding;
    const std::string_view content = read.text();
    const std::string_view start = trim(content.substr(0, 65536));
    if (start.empty()) return not_a_table("an empty file");
    if (start.front() == '{' || start.front() == '[' || start.front() == '\x1e') {
      auto made = json(content);
      // "[註]" or "{1}" may begin a CSV file too.
      if (made || made.error().code != "not_json") return made;
      if (says(hints_.format, Format::json) || start.front() == '{' || start.size() < 2 ||
          start[1] == '{')
        return not_a_table("JSON that cannot be read: " + made.error().detail);
      repairs_ = {};
      remove_quietly(raw());
    } else if (start.front() == '<') {
      return xml(content, start);
    }
    mismatch(Format::csv);
    const TableSource source{read.original ? path : decoded,
                             content,
                             read.original && original,
                             read.original && read.mark,
                             {}};
    return prepare_table(source, hints_, table(), std::move(inspection_), repairs_, watch_);
  }

  Result<Prepared> json(std::string_view content) {
    MINBEN_TRY(out, RecordWriter::create(raw(), watch_));
    if (is_ndjson(content)) {
      const std::string_view first = content.substr(0, content.find('\n'));
      const bool features = first.contains("\"Feature\"") && first.contains("\"geometry\"");
      inspection_.format = features ? Format::geojson : Format::ndjson;
      MINBEN_CHECK(write_ndjson_records(content, features, out, repairs_, watch_));
      return records(out);
    }
    MINBEN_TRY(written, write_json_records(content, out, inspection_, repairs_, watch_));
    inspection_.format = written.format;
    if (!written.rows) return records(out);
    MINBEN_CHECK(out.close());  // rows of values: a header may be the first of them
    return rows();
  }

  Result<Prepared> xml(std::string_view content, std::string_view start) {
    const std::string head = to_lower_ascii(start.substr(0, 1024));
    if (head.contains("<!doctype html") || head.contains("<html")) return not_a_table("a web page");
    MINBEN_TRY(out, RecordWriter::create(raw(), watch_));
    const bool kml = head.contains("<kml");
    inspection_.format = kml ? Format::kml : Format::xml;
    const auto written = kml ? write_kml_records(content, out, watch_)
                             : write_xml_records(content, out, inspection_, watch_);
    if (!written && written.error().code == "not_xml")
      return not_a_table("XML that cannot be read: " + written.error().detail);
    MINBEN_CHECK(written);
    return records(out);
  }

  /// Of records that were written to raw().
  Result<Prepared> records(RecordWriter& out) {
    if (out.records() == 0) return not_a_table("a file without records");
    MINBEN_TRY(columns, out.close());
    if (columns.names.empty()) return not_a_table("records without values");
    mismatch(inspection_.format);
    return from_raw(&columns);
  }
  /// Of rows that were written to raw() with their header.
  Result<Prepared> rows() {
    mismatch(inspection_.format);
    return from_raw(nullptr);
  }
  Result<Prepared> from_raw(const KnownColumns* columns) {
    MINBEN_TRY(mapped, MappedFile::open(raw(), watch_.limits().max_bytes));
    if (mapped.text().empty()) return not_a_table("a file without rows");
    const TableSource source{raw(), mapped.text(), false, false, columns};
    return prepare_table(source, hints_, table(), std::move(inspection_), repairs_, watch_);
  }

  void mismatch(Format found) {
    if (!hints_.format.empty() && !says(hints_.format, found)) repairs_.add("format_mismatch");
  }
  [[nodiscard]] fs::path raw() const { return work_ / "rows.csv"; }
  [[nodiscard]] fs::path table() const { return work_ / "table.csv"; }

  const Hints& hints_;
  const fs::path& work_;
  const Watch& watch_;
  Inspection inspection_;
  Repairs repairs_;
};

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

Result<Prepared> prepare(const fs::path& file, const Hints& hints, const fs::path& work, Care care,
                         const Clock& clock, const Limits& limits,
                         const std::function<bool()>& cancelled) {
  const Watch watch(clock, limits, cancelled);
  MINBEN_CHECK(watch.check());
  MINBEN_TRY(mapped, MappedFile::open(file, limits.max_bytes));
  if (mapped.text().empty()) return not_a_table("an empty file");
  const bool large = mapped.text().size() > 2 * sampled_bytes;
  const std::string_view start = trim(mapped.text().substr(0, 4096));
  const bool other = start.empty() || std::string_view("{[<").contains(start.front()) ||
                     !known_other(start).empty() || start.starts_with("PK\x03\x04");
  if (care == Care::optimistic && large && !other) {
    TableSource source{file, mapped.text(), true, mapped.text().starts_with(utf8_mark), {}};
    if (source.mark) source.text.remove_prefix(utf8_mark.size());
    MINBEN_TRY(sampled, prepare_by_sample(source, hints, watch));
    if (sampled) return std::move(*sampled);
  }
  Preparation preparation(hints, work, watch);
  auto prepared = preparation.file(file, std::move(mapped));
  preparation.clean(prepared ? prepared->file : fs::path{});
  return prepared;
}

}  // namespace minben::intake
