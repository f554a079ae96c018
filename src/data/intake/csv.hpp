#pragma once
// Rows of separated text, RFC 4180 and what people make of it; UTF-8.
#include <array>
#include <deque>
#include <span>

#include "files.hpp"

namespace minben::intake {

struct Cell {
  std::string_view text;  ///< without its quotes; until the reader's next row
  bool quoted = false;
  [[nodiscard]] bool is_null() const { return text.empty() && !quoted; }
};

/// Ways in which a text is not RFC 4180 with one kind of line end.
struct Irregular {
  bool stray_quote = false;      ///< a quote inside a cell, or text after a closing one
  bool formula = false;          ///< ="text"
  bool unclosed_quote = false;   ///< taken for a character
  bool carriage_return = false;  ///< before a line feed
  bool line_feed = false;        ///< alone
  bool odd_line_end = false;     ///< CR CR LF, or CR inside a cell
};

struct CsvShape {
  char separator = ',';
  char newline = '\n';  ///< '\r' for files of old Macintoshes
  bool quotes = true;
  std::size_t max_cell_bytes = 1u << 20;
  std::size_t max_cells = 2000;
  /// A quote that does not close within as many lines is a character; 0: no bound (own files).
  std::size_t max_lines_in_cell = 200;
};

/// Reads rows of a text. Not thread-safe.
class CsvReader {
 public:
  CsvReader(std::string_view text, CsvShape shape);

  /// False at the end, or when a bound is passed (`error`).
  bool next();
  [[nodiscard]] std::span<const Cell> cells() const { return {cells_.data(), count_}; }
  [[nodiscard]] bool blank() const { return count_ == 1 && cells_[0].is_null(); }
  [[nodiscard]] std::int64_t record() const { return record_; }  ///< 1-based
  [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(p_ - begin_); }
  [[nodiscard]] bool saw_quotes() const { return saw_quotes_; }
  /// Of all rows so far, and of the current one alone.
  [[nodiscard]] const Irregular& irregular() const { return all_; }
  [[nodiscard]] bool row_has_stray_quote() const { return stray_in_row_; }
  [[nodiscard]] bool row_has_formula() const { return formula_in_row_; }
  [[nodiscard]] const Result<void>& error() const { return error_; }

 private:
  const char* plain_cell(const char* start, const char* p);
  const char* quoted_cell(const char* p);
  const char* closing(const char* p, bool& escaped, bool& spaces);
  const char* end_of_row(const char* p);
  void add(std::string_view text, bool quoted);
  std::string& scratch();
  void unescape(std::string_view inside);

  const char* begin_;
  const char* end_;
  const char* p_;
  CsvShape shape_;
  std::array<bool, 256> special_{};
  std::vector<Cell> cells_;
  std::size_t count_ = 0;
  std::deque<std::string> scratch_;  // unescaped cells; they must not move while a row is read
  std::size_t scratch_used_ = 0;
  std::int64_t record_ = 0;
  int runaways_ = 0;
  bool saw_quotes_ = false;
  bool stray_in_row_ = false;
  bool formula_in_row_ = false;
  Irregular all_;
  Result<void> error_;
};

/// Writes one cell as RFC 4180 with commas; `quoted` empty texts keep their quotes.
void append_cell(OutputFile& out, std::string_view text, bool quoted);

}  // namespace minben::intake
