#include "records.hpp"

#include "core/large_json.hpp"

namespace minben::datastore {

namespace {

/// What spreadsheets take for the beginning of a formula (OWASP: CSV injection).
bool looks_like_formula(std::string_view text) {
  constexpr std::string_view beginnings = "=+-@\t\r";
  return !text.empty() && beginnings.find(text.front()) != beginnings.npos;
}

}  // namespace

void append_xml(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        // XML 1.0 has no other control characters.
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
}

RecordWriter::RecordWriter(RowForm form, const std::vector<std::string>& names, bool spreadsheet)
    : form_(form), spreadsheet_(spreadsheet), names_(names) {
  for (const std::string& name : names) {
    std::string before;
    if (form == RowForm::object) {
      append_json_text(before, name);
      before = (before_.empty() ? "" : ",") + before + ":";
    } else if (form == RowForm::xml) {
      before = "<value name=\"";
      append_xml(before, name);
      before += "\">";
    } else if (!before_.empty()) {
      before = form == RowForm::tsv ? "\t" : ",";
    }
    before_.push_back(std::move(before));
  }
}

void RecordWriter::header(std::string& out) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    out += before_[i];
    text(out, names_[i]);
  }
  out += "\r\n";
}

void RecordWriter::begin(std::string& out) const {
  if (form_ == RowForm::object) out += '{';
  if (form_ == RowForm::list) out += '[';
  if (form_ == RowForm::xml) out += "<row>";
}

void RecordWriter::end(std::string& out) const {
  if (form_ == RowForm::object) out += '}';
  if (form_ == RowForm::list) out += ']';
  if (form_ == RowForm::xml) out += "</row>\n";
  if (form_ == RowForm::csv || form_ == RowForm::tsv) out += "\r\n";
}

void RecordWriter::row(std::string& out, const columnar::Chunk& chunk, std::size_t row,
                       std::size_t first) const {
  begin(out);
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const columnar::Column& column = chunk.columns[first + i];
    if (form_ == RowForm::xml && column.is_null(row)) continue;
    out += before_[i];
    cell(out, column, row);
  }
  end(out);
}

void RecordWriter::row(std::string& out, std::span<const Cell> cells,
                       const std::vector<bool>& quoted) const {
  const bool json = form_ == RowForm::object || form_ == RowForm::list;
  begin(out);
  for (std::size_t i = 0; i < before_.size(); ++i) {
    out += before_[i];
    const Cell& cell = cells[i];
    if (cell.null) {
      if (json) out += "null";
    } else if (!json) {
      if (quoted[i]) text(out, cell.text);
      else out += cell.text;
    } else if (quoted[i] || cell.text.ends_with("NaN") || cell.text.ends_with("Infinity")) {
      append_json_text(out, cell.text);
    } else {
      out += cell.text;
    }
  }
  end(out);
}

void RecordWriter::cell(std::string& out, const columnar::Column& column, std::size_t row) const {
  if (form_ == RowForm::object || form_ == RowForm::list) return column.append_json(out, row);
  const bool is_text = column.type() == columnar::Type::text && !column.is_null(row);
  if (form_ == RowForm::xml) {
    if (is_text) append_xml(out, column.text(row));
    else column.append_text(out, row);
    out += "</value>";
    return;
  }
  if (is_text) text(out, column.text(row));
  else column.append_text(out, row);
}

void RecordWriter::text(std::string& out, std::string_view text) const {
  const bool guarded = spreadsheet_ && looks_like_formula(text);
  const char separator = form_ == RowForm::tsv ? '\t' : ',';
  // All bytes at once, since few texts have one of them: looking for a set asks a function for
  // each.
  bool special = text.empty();
  for (const char c : text) special |= c == separator || c == '"' || c == '\r' || c == '\n';
  if (!special) {
    if (guarded) out += '\'';
    out += text;
    return;
  }
  out += '"';
  if (guarded) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace minben::datastore
