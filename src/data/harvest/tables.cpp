#include "tables.hpp"

#include <fstream>

#include <fmt/format.h>
#include <pugixml.hpp>
#include <unicode/unistr.h>

namespace minben::harvest {

namespace {

constexpr std::size_t largest_line = 4u << 20;
constexpr std::size_t largest_whole = 128u << 20;  ///< of what is not read line by line
constexpr std::size_t max_columns = 1000;
constexpr int max_depth = 32;

Result<std::string> whole(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return fail(Kind::not_found, "cannot_read", error.message(), file.string());
  if (size > largest_whole)
    return fail(Kind::too_large, "file_too_large", "only JSON lines may be larger than 128 MiB",
                file.string());
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<void> read_lines(std::istream& in, const RowSink& sink) {
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.size() > largest_line) return fail(Kind::too_large, "line_too_long", "4 MiB at most");
    if (trim(line).empty()) continue;
    auto json = parse_json(line);
    if (!json || !json->is_object())
      return std::unexpected(
          Error{Kind::invalid, "not_json", "each line is a JSON object", "", number, 0});
    MINBEN_CHECK(sink(std::move(json->get_object())));
  }
  return {};
}

std::string in_utf8(std::string text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (is_utf8(text)) return text;
  std::string out;
  icu::UnicodeString(text.data(), static_cast<std::int32_t>(text.size()), "Big5-HKSCS")
      .toUTF8String(out);
  return out;
}

/// Elements of which there are several are a list, and so are those that the standard repeats.
Json value_of(const pugi::xml_node& node, int depth) {
  JsonObject object;
  bool elements = false;
  if (depth < max_depth)
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      elements = true;
      Json value = value_of(child, depth + 1);
      const std::string_view name = child.name();
      if (Json* before = object.if_contains(name)) {
        if (!before->is_array()) *before = JsonArray{std::move(*before)};
        before->get_array().push_back(std::move(value));
      } else if (name == "distribution" || name == "urls" || name == "resourceField") {
        object[name] = JsonArray{std::move(value)};
      } else {
        object[name] = std::move(value);
      }
    }
  if (elements) return object;
  return Json(std::string_view(node.text().get()));
}

std::vector<pugi::xml_node> elements_of(const pugi::xml_node& node) {
  std::vector<pugi::xml_node> out;
  for (const pugi::xml_node& child : node.children())
    if (child.type() == pugi::node_element) out.push_back(child);
  return out;
}

class CsvReading {
 public:
  explicit CsvReading(std::string_view text) : text_(text) {}
  /// False at the end.
  Result<bool> next(std::vector<std::string>& cells) {
    cells.clear();
    if (at_ >= text_.size()) return false;
    while (true) {
      MINBEN_TRY(cell, read_cell());
      if (cells.size() < max_columns) cells.push_back(std::move(cell));
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++at_;
      return true;
    }
  }

 private:
  Result<std::string> read_cell() {
    std::string cell;
    if (at_ < text_.size() && text_[at_] == '"') {
      ++at_;
      while (true) {
        const auto quote = text_.find('"', at_);
        if (quote == text_.npos)
          return fail(Kind::invalid, "not_csv", "a quotation mark is never closed");
        cell += text_.substr(at_, quote - at_);
        at_ = quote + 1;
        if (at_ >= text_.size() || text_[at_] != '"') break;
        cell += '"';
        ++at_;
      }
    }
    const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    cell += text_.substr(at_, end - at_);
    at_ = end;
    return cell;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<void> read_csv_rows(std::string_view text, const RowSink& sink) {
  CsvReading reading(text);
  std::vector<std::string> header, cells;
  MINBEN_TRY(any, reading.next(header));
  if (!any || header.size() < 2)
    return fail(Kind::invalid, "not_rows", "neither JSON nor XML nor a CSV header");
  while (true) {
    MINBEN_TRY(more, reading.next(cells));
    if (!more) return {};
    JsonObject row;
    for (std::size_t i = 0; i < std::min(header.size(), cells.size()); ++i)
      if (const std::string_view name = trim(header[i]); !name.empty() && !cells[i].empty())
        row[name] = cells[i];
    if (!row.empty()) MINBEN_CHECK(sink(std::move(row)));
  }
}

Result<void> read_xml_rows(std::string_view text, const RowSink& sink) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(text.data(), text.size());
  if (!parsed) return fail(Kind::invalid, "not_xml", parsed.description());
  auto rows = elements_of(document.document_element());
  for (int depth = 0; rows.size() == 1 && depth < max_depth; ++depth) {
    auto inner = elements_of(rows.front());
    if (inner.empty() || elements_of(inner.front()).empty()) break;
    rows = std::move(inner);
  }
  for (const pugi::xml_node& each : rows) {
    Json value = value_of(each, 0);
    if (!value.is_object())
      return fail(Kind::invalid, "not_rows", "an element for each dataset was expected");
    MINBEN_CHECK(sink(std::move(value.get_object())));
  }
  return {};
}

Result<void> read_json_rows(std::string_view text, const RowSink& sink) {
  MINBEN_TRY(json, parse_json(text, {.max_bytes = largest_whole, .max_depth = 64}));
  JsonArray* rows = json.if_array();
  if (auto* object = json.if_object())
    for (auto& member : *object)
      if (!rows && member.value().is_array() && !member.value().get_array().empty() &&
          member.value().get_array().front().is_object())
        rows = &member.value().get_array();
  if (!rows) return fail(Kind::invalid, "not_rows", "a list of objects was expected");
  for (Json& each : *rows) {
    if (!each.is_object()) return fail(Kind::invalid, "not_rows", "a row is an object");
    MINBEN_CHECK(sink(std::move(each.get_object())));
  }
  return {};
}

Result<void> read_rows(const std::filesystem::path& file, const RowSink& sink) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Kind::not_found, "cannot_read", "no such file", file.string());
  std::string first;
  std::getline(in, first);
  std::string_view begin = trim(first);
  if (begin.starts_with("\xef\xbb\xbf")) begin = trim(begin.substr(3));
  if (begin.starts_with('{') && begin.ends_with('}') && begin == trim(first)) {
    in.clear();
    in.seekg(0);
    return read_lines(in, sink);
  }
  MINBEN_TRY(bytes, whole(file));
  const std::string text = in_utf8(std::move(bytes));
  const std::string_view body = trim(text);
  if (body.starts_with('{') || body.starts_with('[')) return read_json_rows(body, sink);
  if (body.starts_with('<')) return read_xml_rows(body, sink);
  return read_csv_rows(text, sink);
}

}  // namespace minben::harvest
