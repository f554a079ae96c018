#include "layout.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_set>

#include "values.hpp"

namespace minben::intake {

namespace {

constexpr std::size_t sample_bytes = 1u << 20;
constexpr std::size_t sample_rows = 500;
constexpr std::size_t most_titles = 20;
constexpr std::size_t longest_name = 200;  // bytes

using Row = std::vector<std::string>;

std::size_t filled(const Row& row) {
  return static_cast<std::size_t>(
      std::ranges::count_if(row, [](const std::string& cell) { return !trim(cell).empty(); }));
}
bool is_comment(const Row& row) { return row.front().starts_with('#'); }
bool is_blank(const Row& row) { return row.size() == 1 && row.front().empty(); }

/// The first rows; the last may be cut by the sample and is left out when there are others.
std::vector<Row> first_rows(std::string_view text, CsvShape shape) {
  const bool cut = text.size() > sample_bytes;
  CsvReader reader(text.substr(0, sample_bytes), shape);
  std::vector<Row> rows;
  while (rows.size() < sample_rows && reader.next()) {
    Row& row = rows.emplace_back();
    for (const Cell& cell : reader.cells()) row.emplace_back(cell.text);
  }
  if (cut && rows.size() > 1 && rows.size() < sample_rows) rows.pop_back();
  return rows;
}

/// The commonest number of cells, of rows that have any text; of two as common the greater, because
/// titles and notes are the narrow ones.
std::pair<std::size_t, double> common_width(const std::vector<Row>& rows) {
  std::map<std::size_t, std::size_t, std::greater<>> counts;
  std::size_t all = 0;
  for (const Row& row : rows)
    if (!is_blank(row) && !is_comment(row)) {
      ++counts[row.size()];
      ++all;
    }
  if (all == 0) return {1, 0};
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  return {most->first, static_cast<double>(most->second) / static_cast<double>(all)};
}

CsvShape find_shape(std::string_view text, const Limits& limits) {
  CsvShape best;
  best.max_cell_bytes = limits.max_cell_bytes;
  best.max_cells = limits.max_columns;
  if (text.substr(0, sample_bytes).find('\n') == std::string_view::npos &&
      text.find('\r') != std::string_view::npos)
    best.newline = '\r';
  double best_score = 0;
  CsvShape shape = best;
  for (const char separator : {',', '\t', ';', '|'}) {
    shape.separator = separator;
    const std::vector<Row> rows = first_rows(text, shape);
    const auto [width, share] = common_width(rows);
    if (width < 2 || share < 0.3) continue;
    const auto first = std::ranges::find_if(rows, [](const Row& row) { return filled(row) > 1; });
    const double score = share + 0.1 * static_cast<double>(std::min<std::size_t>(width, 10)) +
                         (first != rows.end() && first->size() == width ? 0.5 : 0);
    if (score <= best_score) continue;
    best_score = score;
    best.separator = separator;
  }
  return best;
}

/// Titles stand alone in their line, or in far fewer cells than the table has.
std::size_t count_titles(const std::vector<Row>& rows, std::size_t width) {
  std::size_t titles = 0;
  const auto is_title = [&](const Row& row) {
    if (is_blank(row) || is_comment(row)) return true;
    if (row.front().starts_with("sep=")) return true;  // for a spreadsheet program
    return width > 1 && (filled(row) <= 1 || row.size() * 2 < width);
  };
  while (titles + 1 < rows.size() && titles < most_titles && is_title(rows[titles])) ++titles;
  return titles;
}

constexpr Kinds typed_kinds = integer_kind | number_kind | date_kind | timestamp_kind;

/// What all values of a column from row `first` on have in common; 0: text, or nothing there.
Kinds kinds_below(const std::vector<Row>& rows, std::size_t first, std::size_t column) {
  Kinds alive = typed_kinds;
  bool any = false;
  for (std::size_t i = first; i < rows.size() && alive != 0; ++i) {
    if (column >= rows[i].size() || rows[i][column].empty()) continue;
    const std::string& value = rows[i][column];
    const Reading reading = recognise(value, alive);
    if (reading.fits == 0 && is_null_word(value)) continue;
    alive &= reading.fits;
    any = true;
  }
  return any ? alive : Kinds{0};
}

struct Evidence {
  int words = 0;   ///< words where values of a type stand below
  int values = 0;  ///< values of that type
};
Evidence compare(const Row& row, const std::vector<Kinds>& below) {
  Evidence evidence;
  for (std::size_t i = 0; i < row.size() && i < below.size(); ++i) {
    if (below[i] == 0 || row[i].empty() || is_null_word(row[i])) continue;
    ++(recognise(row[i], below[i]).fits != 0 ? evidence.values : evidence.words);
  }
  return evidence;
}

std::vector<Kinds> all_kinds_below(const std::vector<Row>& rows, std::size_t first,
                                   std::size_t width) {
  std::vector<Kinds> kinds(width);
  for (std::size_t i = 0; i < width; ++i) kinds[i] = kinds_below(rows, first, i);
  return kinds;
}

/// 2019, 2020, 2021 or 108, 109, 110: years across the top of a table.
bool is_run_of_years(const Row& row) {
  std::int64_t last = 0;
  int years = 0;
  for (const std::string& cell : row) {
    const auto year = parse_integer(cell, 50, 2200);
    if (!year) continue;
    if (last != 0 && *year != last + 1 && *year != last - 1) return false;
    last = *year;
    ++years;
  }
  return years >= 2 && !parse_integer(row.front());
}

/// Values of the first row that occur below in the same column say that it is no header.
bool repeats_below(const std::vector<Row>& rows, std::size_t first) {
  std::size_t repeated = 0, cells = 0;
  for (std::size_t column = 0; column < rows[first].size(); ++column) {
    const std::string& value = rows[first][column];
    if (value.empty()) continue;
    ++cells;
    for (std::size_t i = first + 1; i < rows.size(); ++i)
      if (column < rows[i].size() && rows[i][column] == value) {
        ++repeated;
        break;
      }
  }
  return cells > 0 && repeated * 2 >= cells;
}

bool in_dictionary(const Row& row, const Hints& hints) {
  std::size_t found = 0;
  for (const std::string& cell : row)
    for (const Described& field : hints.dictionary)
      if (!field.name.empty() && field.name == trim(cell)) {
        ++found;
        break;
      }
  return found * 2 > row.size();
}

bool is_header(const std::vector<Row>& rows, std::size_t first, std::size_t width,
               const Hints& hints) {
  const Row& row = rows[first];
  if (in_dictionary(row, hints) || first + 1 == rows.size() || is_run_of_years(row)) return true;
  const Evidence evidence = compare(row, all_kinds_below(rows, first + 1, width));
  if (evidence.words > 0) return evidence.words >= evidence.values || filled(row) == row.size();
  if (evidence.values > 0) return false;
  return !repeats_below(rows, first);
}

/// Share of letters that are ASCII, of a row's letters; -1: none.
double ascii_share(const Row& row) {
  int ascii = 0, wide = 0;
  for (const std::string& cell : row)
    for (const char c : cell) {
      const auto byte = static_cast<unsigned char>(c);
      ascii += (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
      wide += byte >= 0xe0;
    }
  return ascii + wide == 0 ? -1 : static_cast<double>(ascii) / (ascii + wide);
}

/// A second line of header: words where values are below, and another language or several columns
/// of evidence, so that one odd value in the first row is not taken for it.
bool is_second_header(const std::vector<Row>& rows, std::size_t first, std::size_t width) {
  if (first + 2 >= rows.size()) return false;
  const Row& upper = rows[first];
  const Row& lower = rows[first + 1];
  if (filled(lower) * 2 < width || lower.size() != width) return false;
  const std::vector<Kinds> below = all_kinds_below(rows, first + 2, width);
  const Evidence lower_evidence = compare(lower, below);
  if (lower_evidence.values * 4 > lower_evidence.words) return false;
  const double up = ascii_share(upper), down = ascii_share(lower);
  const bool languages = up >= 0 && down >= 0 && (up > 0.8 ? down < 0.4 : up < 0.4 && down > 0.8);
  if (languages && lower_evidence.words >= 1) return true;
  return lower_evidence.words >= 2 && compare(upper, below).values == 0;
}

/// "人口,,," above "計,男,女": each name is of both lines.
bool is_grouped(const Row& upper, const Row& lower) {
  for (std::size_t i = 1; i < upper.size() && i < lower.size(); ++i)
    if (trim(upper[i]).empty() && !trim(lower[i]).empty()) return true;
  return false;
}

Row grouped_names(const Row& upper, const Row& lower) {
  Row names;
  std::string group;
  for (std::size_t i = 0; i < upper.size(); ++i) {
    if (!trim(upper[i]).empty()) group = trim(upper[i]);
    const std::string_view part = i < lower.size() ? trim(lower[i]) : std::string_view{};
    names.push_back(part.empty()    ? group
                    : group.empty() ? std::string(part)
                                    : group + "_" + std::string(part));
  }
  return names;
}

/// White space as single blanks, at most `longest_name` bytes.
std::string one_line(std::string_view text) {
  std::string line, visible(trim(text));
  for (const std::string_view mark : {"\ufeff", "\u200b"})  // left by editors and web pages
    for (std::size_t at = 0; (at = visible.find(mark)) != std::string::npos;)
      visible.erase(at, mark.size());
  for (const char c : visible) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) line.push_back(c);
    else if (!line.empty() && line.back() != ' ') line.push_back(' ');
  }
  if (line.size() > longest_name) {
    std::size_t cut = longest_name;
    while ((static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
    line.resize(cut);
  }
  return line;
}

void read_header(const std::vector<Row>& rows, std::size_t first, std::size_t width, Layout& layout,
                 Repairs& repairs) {
  layout.names = layout.written = rows[first];
  layout.header_lines = 1;
  if (!is_second_header(rows, first, width)) return;
  layout.header_lines = 2;
  const Row& second = rows[first + 1];
  if (is_grouped(layout.names, second)) {
    layout.names = grouped_names(layout.names, second);
    repairs.add("grouped_header", static_cast<std::int64_t>(first) + 1);
    return;
  }
  layout.labels = second;
  layout.labels.resize(layout.names.size());
  for (std::string& label : layout.labels) label = one_line(label);
  repairs.add("double_header", static_cast<std::int64_t>(first) + 1);
}

}  // namespace

Layout find_layout(std::string_view text, const Hints& hints, const Limits& limits,
                   Repairs& repairs) {
  Layout layout;
  layout.shape = find_shape(text, limits);
  std::vector<Row> rows = first_rows(text, layout.shape);
  if (rows.empty()) return layout;
  const std::size_t width = common_width(rows).first;
  const std::size_t first = count_titles(rows, width);
  layout.skip_records = static_cast<int>(first);
  for (std::size_t i = 0; i < first; ++i)
    repairs.add(is_blank(rows[i])     ? "blank_line"
                : is_comment(rows[i]) ? "comment_line"
                                      : "title_line",
                static_cast<std::int64_t>(i) + 1);
  // A header that comes again, in files that were put together, says nothing of the values.
  const Row header = rows[first];
  if (header.size() > 1)
    rows.erase(
        std::remove(rows.begin() + static_cast<std::ptrdiff_t>(first) + 1, rows.end(), header),
        rows.end());
  if (is_header(rows, first, width, hints)) {
    read_header(rows, first, width, layout, repairs);
    return layout;
  }
  layout.header_lines = 0;
  repairs.add("no_header");
  layout.names.resize(width);
  if (hints.dictionary.size() == width)
    for (std::size_t i = 0; i < width; ++i) layout.names[i] = hints.dictionary[i].name;
  return layout;
}

std::vector<std::string> usable_names(const std::vector<std::string>& written, Repairs& repairs) {
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  for (const std::string& one : written) taken.insert(to_lower_ascii(one_line(one)));
  std::unordered_set<std::string> used;
  for (std::size_t i = 0; i < written.size(); ++i) {
    std::string name = one_line(written[i]);
    const bool empty = name.empty();
    if (empty) name = "column_" + std::to_string(i + 1);
    const std::string base = name;
    bool repeated = false;
    for (int n = 2; used.contains(to_lower_ascii(name)) ||
                    ((empty || repeated) && taken.contains(to_lower_ascii(name)));
         ++n) {
      name = base + "_" + std::to_string(n);
      repeated = true;
    }
    if (empty) repairs.add("empty_header");
    else if (repeated) repairs.add("duplicate_name");
    used.insert(to_lower_ascii(name));
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace minben::intake
