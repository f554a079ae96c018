#include "reading.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "core/shortened.hpp"
#include "intake/intake.hpp"

namespace minben::quality {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Distribution;
using catalogue::FieldDescription;

namespace {

constexpr std::size_t most_listed = 20;  ///< names in one piece of evidence
constexpr std::size_t most_name = 100;   ///< bytes of each
constexpr std::uint64_t most_unpacked = 2ull << 30;
constexpr std::uint64_t most_memory = 512ull << 20;

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most_listed; ++i)
    out += (out.empty() ? "" : ", ") + shortened(names[i], most_name);
  if (names.size() > most_listed) out += fmt::format(" (+{})", names.size() - most_listed);
  return out;
}

/// Names count alike without regard to form, case and space around them.
std::string comparable(std::string_view name) { return to_lower_ascii(to_nfc(trim(name))); }

/// A geometry needs no description, and what intake makes of it beside it neither.
bool is_self_evident(const auto& column, bool has_geometry) {
  if (column.type == intake::Type::geometry) return true;
  return has_geometry &&
         (column.role == intake::Role::longitude || column.role == intake::Role::latitude);
}

struct NamedColumn {
  std::string name;
  std::string label;  ///< of a double header
  bool self_evident = false;
};

/// Of intake's columns, or the datastore's fields.
std::vector<NamedColumn> named(const auto& columns) {
  const bool has_geometry = std::ranges::any_of(
      columns, [](const auto& each) { return each.type == intake::Type::geometry; });
  std::vector<NamedColumn> out;
  for (const auto& each : columns)
    out.push_back({each.name, each.label, is_self_evident(each, has_geometry)});
  return out;
}

/// All that is described is there, and all that is there is described.
Evidence compare(const std::vector<FieldDescription>& described,
                 const std::vector<NamedColumn>& columns) {
  Evidence out = met("desc_match", fmt::format("{}", columns.size()));
  if (described.empty())
    return {"desc_match", Finding::failed, "no_fields", "", listed([&] {
              std::vector<std::string> names;
              for (const NamedColumn& each : columns) names.push_back(each.name);
              return names;
            }())};
  const auto is = [](const FieldDescription& field, const NamedColumn& column) {
    const std::string wanted = comparable(field.name);
    return wanted == comparable(column.name) || wanted == comparable(column.label);
  };
  // Names alone are what Taiwan's standard asks for; once there are words about some columns, those
  // without are the ones that nobody has described.
  const bool in_words =
      std::ranges::any_of(described, [](const auto& field) { return !field.description.empty(); });
  std::vector<std::string> missing, undescribed;
  for (const FieldDescription& field : described)
    if (std::ranges::none_of(columns, [&](const auto& column) { return is(field, column); }))
      missing.push_back(field.name);
  for (const NamedColumn& column : columns)
    if (!column.self_evident && std::ranges::none_of(described, [&](const auto& field) {
          return is(field, column) && (!in_words || !field.description.empty());
        }))
      undescribed.push_back(column.name);
  if (missing.empty() && undescribed.empty()) return out;
  const std::string_view reason = missing.empty()       ? "columns_undescribed"
                                  : undescribed.empty() ? "columns_missing"
                                                        : "columns_differ";
  return {"desc_match", Finding::failed, std::string(reason), listed(missing), listed(undescribed)};
}

bool carries_its_encoding(intake::Format format) {
  using enum intake::Format;
  return format == xlsx || format == ods || format == shapefile;
}

Evidence encoding_of(const Distribution& distribution, const intake::Inspection& inspection) {
  if (carries_its_encoding(inspection.format))
    return {"encoding_match", Finding::exempt, "", "", std::string(to_string(inspection.format))};
  if (distribution.character_encoding.empty())
    return {"encoding_match", Finding::failed, "encoding_not_said", "", inspection.encoding};
  const bool differs = std::ranges::any_of(
      inspection.repairs, [](const auto& each) { return each.code == "encoding_mismatch"; });
  if (differs)
    return {"encoding_match", Finding::failed, "encoding_differs", distribution.character_encoding,
            inspection.encoding};
  return met("encoding_match", inspection.encoding);
}

Evidence structure_of(const Distribution& distribution, const intake::Inspection& inspection) {
  const std::string found(to_string(inspection.format));
  const bool differs = std::ranges::any_of(
      inspection.repairs, [](const auto& each) { return each.code == "format_mismatch"; });
  if (differs) return {"structure", Finding::failed, "format_differs", distribution.format, found};
  return met("structure", found);
}

/// Beside the criteria: told, and not counted.
void note_facts(const Distribution& distribution, const Came& came, Verdict& verdict) {
  const std::string type = media_type_of(came.content_type);
  if (!distribution.media_type.empty() && !type.empty() && type != "application/octet-stream" &&
      type != to_lower_ascii(distribution.media_type))
    verdict.evidence.push_back(
        {"media_type", Finding::failed, "media_type_differs", distribution.media_type, type});
  if (distribution.byte_size && came.whole && *distribution.byte_size != came.bytes)
    verdict.evidence.push_back({"byte_size", Finding::failed, "byte_size_differs",
                                std::to_string(*distribution.byte_size),
                                std::to_string(came.bytes)});
}

void set(Verdict& verdict, Evidence evidence) {
  const Finding finding = evidence.finding;
  Findings& f = verdict.findings;
  if (evidence.criterion == "structure") f.structured = finding;
  else if (evidence.criterion == "encoding_match") f.encoding = finding;
  else if (evidence.criterion == "desc_match") f.description = finding;
  else if (evidence.criterion == "downloadable") f.downloadable = finding;
  else if (evidence.criterion == "linkable") f.linkable = finding;
  verdict.evidence.push_back(std::move(evidence));
}

std::string start_of(const std::filesystem::path& file) {
  std::string start(4096, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return start;
}

/// What cannot be compared since the file could not be read as a table.
void leave_open(Verdict& verdict, std::string_view reason) {
  for (const std::string_view criterion : {"encoding_match", "desc_match"})
    set(verdict, {std::string(criterion), Finding::not_checked, std::string(reason), "", ""});
}

bool wants_a_page(const Distribution& distribution) {
  const auto* format = vocabulary::find_format(distribution.format);
  return format && format->media_type == "text/html";
}

Result<void> read_table(const Distribution& distribution, const Came& came,
                        const std::filesystem::path& work, const Clock& clock, seconds reading_time,
                        const std::function<bool()>& cancelled, Verdict& verdict) {
  intake::Hints hints;
  hints.file_name = came.file.filename().string();
  hints.format = distribution.format;
  hints.encoding = distribution.character_encoding;
  const intake::Limits limits{
      .max_bytes = most_unpacked, .max_memory_bytes = most_memory, .max_time_s = reading_time};
  const auto read =
      intake::prepare(came.file, hints, work, intake::Care::careful, clock, limits, cancelled);
  if (!read) {
    const Error& error = read.error();
    if (error.kind == Kind::internal || error.kind == Kind::unavailable) return fail(error);
    const bool large = error.kind == Kind::too_large;
    set(verdict, {"structure", large ? Finding::not_checked : Finding::failed,
                  large ? "too_large_to_read" : "not_a_table", distribution.format,
                  shortened(error.detail, 200)});
    leave_open(verdict, "not_read");
    return {};
  }
  set(verdict, structure_of(distribution, read->inspection));
  set(verdict, encoding_of(distribution, read->inspection));
  set(verdict, compare(distribution.fields, named(read->inspection.columns)));
  return {};
}

}  // namespace

std::string media_type_of(std::string_view content_type) {
  const std::string type = to_lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
  return type.find('/') == std::string::npos ? std::string() : type;
}

bool looks_like_a_page(std::string_view start) {
  if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
  const std::string head = to_lower_ascii(trim(start).substr(0, 1024));
  if (head.starts_with("<!doctype html") || head.starts_with("<html")) return true;
  return head.starts_with("<") && !head.starts_with("<?xml") && head.contains("<html");
}

bool is_service(const Distribution& distribution) {
  return !distribution.api_description_url.empty() || distribution.format == "API" ||
         distribution.format == "WMS" || distribution.format == "WFS" ||
         distribution.format == "WMTS" || distribution.format == "WEBSERVICES";
}

Result<Verdict> judge_file(const Distribution& distribution, const Came& came,
                           const std::filesystem::path& work, const Clock& clock,
                           seconds reading_time, const std::function<bool()>& cancelled) {
  Verdict verdict;
  set(verdict, met("linkable"));
  const std::string start = start_of(came.file);
  if (looks_like_a_page(start) && !wants_a_page(distribution)) {
    verdict.instead = "page_instead";
    set(verdict, {"downloadable", Finding::failed, "page_instead", distribution.format,
                  media_type_of(came.content_type)});
    return verdict;
  }
  set(verdict, met("downloadable", fmt::format("{} B", came.bytes)));
  note_facts(distribution, came, verdict);
  const auto* format = vocabulary::find_format(distribution.format);
  if (format && !format->structured) {
    set(verdict, {"structure", Finding::failed, "not_structured", "", distribution.format});
    leave_open(verdict, "not_read");
  } else if (start.empty()) {
    set(verdict, {"structure", Finding::failed, "empty_file", distribution.format, "0 B"});
    leave_open(verdict, "not_read");
  } else if (!came.whole) {
    set(verdict, {"structure", Finding::not_checked, "too_large_to_read", "", ""});
    leave_open(verdict, "not_read");
  } else {
    MINBEN_CHECK(read_table(distribution, came, work, clock, reading_time, cancelled, verdict));
  }
  return verdict;
}

Verdict judge_table(const Distribution& distribution, const datastore::Table& table,
                    std::string_view format) {
  Verdict verdict;
  set(verdict, met("linkable"));
  set(verdict, met("downloadable"));
  const auto *said = vocabulary::find_format(distribution.format),
             *given = vocabulary::find_format(format);
  if (said && given && said != given)
    set(verdict, {"structure", Finding::failed, "format_differs", distribution.format,
                  std::string(given->label)});
  else set(verdict, met("structure", std::string(given ? given->label : format)));
  const std::string encoding = to_lower_ascii(distribution.character_encoding);
  if (encoding.empty())
    set(verdict, {"encoding_match", Finding::failed, "encoding_not_said", "", "UTF-8"});
  else if (encoding != "utf-8" && encoding != "utf8")
    set(verdict, {"encoding_match", Finding::failed, "encoding_differs",
                  distribution.character_encoding, "UTF-8"});
  else set(verdict, met("encoding_match", "UTF-8"));
  set(verdict, compare(distribution.fields, named(table.version.fields)));
  return verdict;
}

}  // namespace minben::quality
