#include "csv.hpp"

#include <cstring>

namespace minben::intake {

namespace {

constexpr int max_runaways = 64;  // then quotes are characters: the time stays bounded

constexpr unsigned char at(const char* p) { return static_cast<unsigned char>(*p); }

}  // namespace

CsvReader::CsvReader(std::string_view text, CsvShape shape)
    : begin_(text.data()), end_(text.data() + text.size()), p_(begin_), shape_(shape) {
  for (const char c : {shape.separator, '\n', '\r', '"'}) special_[at(&c)] = true;
  cells_.resize(64);
}

void CsvReader::add(std::string_view text, bool quoted) {
  if (text.size() > shape_.max_cell_bytes && error_)
    error_ = fail(Kind::too_large, "cell_too_large", "Limits::max_cell_bytes");
  if (count_ >= shape_.max_cells) {
    if (error_) error_ = fail(Kind::too_large, "too_many_columns", "Limits::max_columns");
    count_ = 0;
  }
  if (count_ == cells_.size()) cells_.resize(cells_.size() * 2);
  cells_[count_++] = {text, quoted};
}

std::string& CsvReader::scratch() {
  if (scratch_used_ == scratch_.size()) scratch_.emplace_back();
  std::string& text = scratch_[scratch_used_++];
  text.clear();
  return text;
}

void CsvReader::unescape(std::string_view inside) {
  std::string& text = scratch();
  text.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    text.push_back(inside[i]);
    if (inside[i] == '"' && i + 1 < inside.size() && inside[i + 1] == '"') ++i;
  }
  add(text, true);
}

/// The cell begins at `start`; what is before `p` has been looked at.
const char* CsvReader::plain_cell(const char* start, const char* p) {
  for (;;) {
    while (p < end_ && !special_[at(p)]) ++p;
    if (p == end_ || *p == shape_.separator || *p == shape_.newline) break;
    if (*p == '"') {
      saw_quotes_ = true;
      if (shape_.quotes) all_.stray_quote = stray_in_row_ = true;
    } else if (*p == '\r') {
      const char* q = p;
      while (q < end_ && *q == '\r') ++q;
      if (q < end_ && *q == '\n') {  // the end of the line
        if (q - p > 1) all_.odd_line_end = true;
        break;
      }
      if (q == end_) break;
      all_.odd_line_end = true;
    } else {
      all_.odd_line_end = true;  // LF in a file whose lines end in CR
    }
    ++p;
  }
  add({start, static_cast<std::size_t>(p - start)}, false);
  return p;
}

/// The closing quote of the cell that begins at `p`; nullptr when there is none near.
const char* CsvReader::closing(const char* p, bool& escaped, bool& spaces) {
  const char* const far = static_cast<std::size_t>(end_ - p) > shape_.max_cell_bytes + 1
                              ? p + shape_.max_cell_bytes + 1
                              : end_;
  std::size_t lines = 0;
  while (p < far) {
    const auto* quote =
        static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(far - p)));
    if (quote == nullptr) return nullptr;
    if (shape_.max_lines_in_cell > 0)
      for (const char* q = p; q < quote; ++q)
        if (*q == shape_.newline && ++lines > shape_.max_lines_in_cell) return nullptr;
    const char* after = quote + 1;
    if (after == end_ || *after == shape_.separator || *after == '\n' || *after == '\r')
      return quote;
    if (*after == '"') {
      escaped = true;
      p = after + 1;
      continue;
    }
    while (after < end_ && *after == ' ') ++after;
    if (after == end_ || *after == shape_.separator || *after == '\n' || *after == '\r') {
      spaces = after > quote + 1;
      return quote;
    }
    all_.stray_quote = stray_in_row_ = true;  // said "so" inside: a character
    p = quote + 1;
  }
  return nullptr;
}

const char* CsvReader::quoted_cell(const char* p) {
  saw_quotes_ = true;
  bool escaped = false, spaces = false;
  const bool stray_before = stray_in_row_, any_before = all_.stray_quote;
  const char* const close = runaways_ < max_runaways ? closing(p + 1, escaped, spaces) : nullptr;
  if (close == nullptr) {
    ++runaways_;
    stray_in_row_ = stray_before;
    all_.stray_quote = any_before;
    all_.unclosed_quote = true;
    return plain_cell(p, p + 1);
  }
  const std::string_view inside(p + 1, static_cast<std::size_t>(close - p - 1));
  if (escaped) unescape(inside);
  else add(inside, true);
  p = close + 1;
  if (spaces) {
    all_.stray_quote = stray_in_row_ = true;
    while (p < end_ && *p == ' ') ++p;
  }
  return p;
}

const char* CsvReader::end_of_row(const char* p) {
  if (p == end_) return p;
  if (*p == '\r') {
    const char* q = p;
    while (q < end_ && *q == '\r') ++q;
    if (q < end_ && *q == '\n') {
      all_.carriage_return = true;
      return q + 1;
    }
    return shape_.newline == '\r' ? p + 1 : q;
  }
  all_.line_feed = true;
  return p + 1;
}

bool CsvReader::next() {
  if (p_ >= end_ || !error_) return false;
  ++record_;
  count_ = 0;
  scratch_used_ = 0;
  stray_in_row_ = formula_in_row_ = false;
  const char* p = p_;
  for (;;) {
    const bool formula = end_ - p >= 2 && *p == '=' && p[1] == '"' && shape_.quotes;
    if (formula) {  // ="00123": how spreadsheet programs are kept from dropping zeros
      all_.formula = formula_in_row_ = true;
      ++p;
    }
    p = p < end_ && *p == '"' && shape_.quotes ? quoted_cell(p) : plain_cell(p, p);
    if (p == end_ || *p != shape_.separator) break;
    ++p;
  }
  p_ = end_of_row(p);
  return error_.has_value();
}

void append_cell(OutputFile& out, std::string_view text, bool quoted) {
  bool needs = text.empty() && quoted;
  for (const char c : text)
    if (c == ',' || c == '"' || c == '\n' || c == '\r') needs = true;
  if (!text.empty() && (text.front() == '#' || text.front() == ' ' || text.back() == ' '))
    needs = true;  // no engine takes it for a comment, or trims it
  if (!needs) return out.append(text);
  out.append('"');
  for (;;) {
    const std::size_t quote = text.find('"');
    out.append(text.substr(0, quote));
    if (quote == std::string_view::npos) break;
    out.append(std::string_view("\"\""));
    text.remove_prefix(quote + 1);
  }
  out.append('"');
}

}  // namespace minben::intake
