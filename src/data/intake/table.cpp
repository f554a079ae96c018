#include "table.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "coordinates.hpp"
#include "encoding.hpp"
#include "layout.hpp"
#include "profile.hpp"
#include "roles.hpp"

namespace minben::intake {

namespace {

constexpr std::int64_t rows_of_sample = 4096;
constexpr std::int64_t cells_of_sample = 250'000;  // of wide tables fewer rows
constexpr std::int64_t rows_between_checks = 2048;

Kinds kind_of(Type type) {
  switch (type) {
    case Type::integer:
      return integer_kind;
    case Type::number:
      return number_kind;
    case Type::boolean:
      return boolean_kind;
    case Type::date:
      return date_kind;
    case Type::timestamp:
      return timestamp_kind;
    default:
      return 0;
  }
}

/// "資料來源：…" below a table: a note in the first cell, and nothing beside it.
bool is_note(std::span<const Cell> cells) {
  static constexpr std::array<std::string_view, 12> words{"註",       "備註",     "附註",   "說明",
                                                          "資料來源", "資料更新", "單位：", "※",
                                                          "Note",     "Source",   "注：",   "＊"};
  if (cells.size() > 1 && !cells[1].text.empty()) return false;
  const std::string_view first = trim(cells[0].text);
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return first.starts_with(word); }) &&
         std::ranges::all_of(cells.subspan(1), [](const Cell& cell) { return cell.text.empty(); });
}

/// The rows of a table's text, without what stands between them.
class Rows {
 public:
  /// `own`: a text that we wrote, all of whose rows are rows.
  Rows(std::string_view text, const Layout& layout, std::int64_t skip, std::size_t width, bool own)
      : reader_(text, layout.shape), layout_(layout), skip_(skip), width_(width), own_(own) {}

  bool next() {
    for (;;) {
      const std::size_t start = reader_.position();
      if (!reader_.next()) return false;
      longest_ = std::max(longest_, reader_.position() - start);
      if (reader_.record() <= skip_) continue;
      if (own_) return true;
      const std::string_view what = no_row();
      if (what.empty()) return true;
      found_.add(what, reader_.record());
    }
  }
  [[nodiscard]] const CsvReader& reader() const { return reader_; }
  [[nodiscard]] std::span<const Cell> cells() const { return reader_.cells(); }
  [[nodiscard]] Repairs& found() { return found_; }
  [[nodiscard]] std::size_t longest() const { return longest_; }

 private:
  /// What the current line is when it is no row; empty: a row.
  [[nodiscard]] std::string_view no_row() const {
    const std::span<const Cell> cells = reader_.cells();
    if (reader_.blank()) return "blank_line";
    if (cells.size() == 1 && cells[0].text == "\x1a") return "blank_line";  // the end, to DOS
    if (cells.size() != width_ && !cells[0].quoted && cells[0].text.starts_with('#'))
      return "comment_line";
    if (width_ > 2 && is_note(cells)) return "note_line";
    if (layout_.header_lines > 0 && (is(cells, layout_.written) || is(cells, layout_.labels)))
      return "repeated_header";  // of files that were put together
    return {};
  }
  static bool is(std::span<const Cell> cells, const std::vector<std::string>& header) {
    return cells.size() > 1 && header.size() == cells.size() && cells[0].text == header[0] &&
           std::ranges::equal(cells, header, {}, &Cell::text);
  }

  CsvReader reader_;
  const Layout& layout_;
  std::int64_t skip_;
  std::size_t width_;
  bool own_;
  std::size_t longest_ = 0;
  Repairs found_;
};

/// All rows, looked at.
struct Survey {
  std::vector<ColumnProfile> columns;
  std::int64_t rows = 0;
  std::size_t longest = 0;
  Irregular irregular;
  bool saw_quotes = false;
  Repairs found;
};

void see_row(Rows& rows, std::size_t width, bool quietly, Survey& survey) {
  const std::span<const Cell> cells = rows.cells();
  const std::int64_t record = rows.reader().record();
  std::size_t used = cells.size();
  if (used > width) [[unlikely]] {
    while (used > width && cells[used - 1].text.empty()) --used;
    if (used < cells.size() && used == width) survey.found.add("trailing_separator", record);
    if (used > survey.columns.size()) survey.columns.resize(used, ColumnProfile(used));
  }
  if (used != width) survey.found.add(quietly ? "unequal_records" : "ragged_row", record);
  if (rows.reader().row_has_stray_quote()) survey.found.add("stray_quote", record);
  if (rows.reader().row_has_formula()) survey.found.add("formula_text", record);
  for (std::size_t i = 0; i < used; ++i) survey.columns[i].see(cells[i], record);
}

Result<void> survey_rows(Rows& rows, std::size_t width, bool quietly, const Watch& watch,
                         Survey& survey) {
  const std::int64_t sample = std::clamp<std::int64_t>(
      cells_of_sample / static_cast<std::int64_t>(std::max<std::size_t>(width, 1)), 500,
      rows_of_sample);
  while (rows.next()) {
    see_row(rows, width, quietly, survey);
    ++survey.rows;
    if (survey.rows == sample)
      for (ColumnProfile& column : survey.columns) column.end_sample();
    if (survey.rows % rows_between_checks == 0) MINBEN_CHECK(watch.check());
  }
  MINBEN_CHECK(rows.reader().error());
  const Irregular& all = rows.reader().irregular();
  survey.irregular.stray_quote |= all.stray_quote;
  survey.irregular.unclosed_quote |= all.unclosed_quote;
  survey.irregular.carriage_return |= all.carriage_return;
  survey.irregular.line_feed |= all.line_feed;
  survey.irregular.odd_line_end |= all.odd_line_end;
  survey.saw_quotes |= rows.reader().saw_quotes();
  survey.longest = std::max(survey.longest, rows.longest());
  survey.found.add(rows.found());
  return {};
}

/// A text whose rows an engine reads as they stand, after so many lines of header.
bool is_regular(const Survey& survey, const Layout& layout) {
  const Irregular& odd = survey.irregular;
  return survey.found.empty() && layout.skip_records == 0 && layout.shape.newline == '\n' &&
         !odd.stray_quote && !odd.unclosed_quote && !odd.odd_line_end &&
         !(odd.carriage_return && odd.line_feed);
}

/// Header cells may hold line ends.
bool header_is_as_many_lines(std::string_view text, const Layout& layout) {
  CsvReader reader(text, layout.shape);
  for (int i = 0; i < layout.header_lines; ++i)
    if (!reader.next()) return false;
  return std::ranges::count(text.substr(0, reader.position()), '\n') == layout.header_lines;
}

/// Columns at the end without name and values are no columns.
void drop_empty_end(Layout& layout, Survey& survey, Repairs& repairs) {
  while (survey.columns.size() > 1 && survey.columns.back().values() == 0 &&
         survey.columns.back().quoted_empty() == 0 &&
         (layout.names.size() < survey.columns.size() || trim(layout.names.back()).empty())) {
    survey.columns.pop_back();
    if (layout.names.size() > survey.columns.size()) layout.names.pop_back();
    repairs.add("empty_column");
  }
  layout.names.resize(survey.columns.size());
}

const std::string* described(const Hints& hints, std::string_view name) {
  for (const Described& field : hints.dictionary)
    if (field.name == name) return &field.description;
  return nullptr;
}

void describe_columns(const TableSource& source, const Layout& layout, const Hints& hints,
                      const Survey& survey, Inspection& inspection, Repairs& repairs) {
  const std::vector<std::string> names = usable_names(layout.names, repairs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ColumnProfile& profile = survey.columns[i];
    Column column;
    column.name = names[i];
    if (i < layout.labels.size()) column.label = layout.labels[i];
    if (const std::string* said = described(hints, column.name); said && column.label.empty())
      column.label = *said;
    const bool geometry = source.columns != nullptr && i < source.columns->geometry.size() &&
                          source.columns->geometry[i];
    column.type = geometry ? Type::geometry : profile.type(column.name);
    column.note = profile.note(column.type);
    column.role = role_of(column.name, column.type, profile);
    if (column.type != Type::text && !geometry) {
      repairs.add("null_word", profile.first_null_word(), profile.null_words());
      if (!column.note.empty()) repairs.add(column.note, 0, profile.spelled());
    }
    inspection.columns.push_back(std::move(column));
  }
  inspection.separator = layout.shape.separator;
  inspection.header_lines = source.columns != nullptr ? 1 : layout.header_lines;
}

void add_irregular(const Irregular& odd, Repairs& repairs) {
  if (odd.unclosed_quote) repairs.add("unclosed_quote");
  if (odd.odd_line_end || (odd.carriage_return && odd.line_feed)) repairs.add("mixed_line_ends");
}

void append_value(OutputFile& out, const Cell& cell, Type type, bool rewrite) {
  if (!rewrite || type == Type::text || type == Type::geometry)
    return append_cell(out, cell.text, cell.quoted);
  const Kinds kind = kind_of(type);
  if (cell.text.empty() || recognise(cell.text, kind).plain == kind) return out.append(cell.text);
  if (const auto value = canonical(cell.text, type)) out.append(*value);
  // otherwise a word for null: the survey has seen every value
}

/// Writes all rows with their columns' types, and degrees of metres where there are such.
class Rewriting {
 public:
  Rewriting(const Survey& survey, const std::vector<Column>& columns,
            std::optional<MetricColumns> metric, OutputFile& out)
      : columns_(columns), metric_(std::move(metric)), out_(out) {
    if (metric_) convert_ = ToWgs84::from(metric_->system);
    for (std::size_t i = 0; i < survey.columns.size(); ++i)
      rewrite_.push_back(survey.columns[i].needs_rewriting(columns[i].type) ? 1 : 0);
  }

  void header() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out_.append(',');
      append_cell(out_, columns_[i].name, false);
    }
    out_.append('\n');
  }

  void row(std::span<const Cell> cells) {
    for (std::size_t i = 0; i < rewrite_.size(); ++i) {
      if (i > 0) out_.append(',');
      if (i < cells.size()) append_value(out_, cells[i], columns_[i].type, rewrite_[i] != 0);
    }
    if (metric_) {
      const auto text = [&](std::size_t at) {
        return at < cells.size() ? cells[at].text : std::string_view{};
      };
      out_.append(',');
      out_.append(convert_ ? degrees_of(text(metric_->x), text(metric_->y), *convert_) : ",");
    }
    // One column: an empty line would be no row.
    if (columns_.size() == 1 && cells[0].text.empty() && !cells[0].quoted)
      out_.append(std::string_view("\"\""));
    out_.append('\n');
  }

 private:
  const std::vector<Column>& columns_;
  std::optional<MetricColumns> metric_;
  std::optional<ToWgs84> convert_;
  std::vector<char> rewrite_;
  OutputFile& out_;
};

Result<void> rewrite_rows(const TableSource& source, const Layout& layout, std::size_t width,
                          Rewriting& rewriting, OutputFile& out, const Watch& watch) {
  rewriting.header();
  Rows rows(source.text, layout, layout.skip_records + layout.header_lines, width,
            source.columns != nullptr);
  for (std::int64_t row = 1; rows.next(); ++row) {
    rewriting.row(rows.cells());
    if (row % rows_between_checks != 0) continue;
    MINBEN_CHECK(watch.check());
    MINBEN_CHECK(out.ok());
  }
  return out.close();
}

Layout known_layout(const KnownColumns& known, const Limits& limits) {
  Layout layout;
  layout.shape.max_cell_bytes = limits.max_geometry_bytes;
  layout.shape.max_cells = limits.max_columns;
  layout.shape.max_lines_in_cell = 0;
  layout.header_lines = 0;
  layout.names = known.names;
  return layout;
}

Result<Layout> layout_of(const TableSource& source, const Hints& hints, const Watch& watch,
                         Repairs& repairs) {
  if (source.columns != nullptr) return known_layout(*source.columns, watch.limits());
  Layout layout = find_layout(source.text, hints, watch.limits(), repairs);
  if (layout.names.size() > watch.limits().max_columns)
    return fail(Kind::too_large, "too_many_columns", "Limits::max_columns");
  if (!layout.names.empty()) return layout;
  CsvReader first(source.text, layout.shape);
  first.next();
  MINBEN_CHECK(first.error());
  return not_a_table("a file without rows");
}

bool needs_rewriting(const Survey& survey, const std::vector<Column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (survey.columns[i].needs_rewriting(columns[i].type)) return true;
  return false;
}

/// In a file of one column a row without a value can only be written as an empty text.
void keep_single_column_writable(const Survey& survey, std::vector<Column>& columns) {
  const ColumnProfile& profile = survey.columns[0];
  if (columns.size() == 1 && columns[0].type != Type::geometry &&
      profile.values() - profile.null_words() < survey.rows)
    columns[0].type = Type::text;
}

Prepared as_it_stands(const TableSource& source, const Layout& layout, const Survey& survey) {
  Prepared prepared;
  prepared.file = source.path;
  prepared.original = source.original;
  prepared.separator = layout.shape.separator;
  prepared.crlf = survey.irregular.carriage_return;
  prepared.quoted = survey.saw_quotes;
  prepared.skip_lines = layout.header_lines;
  prepared.longest_row_bytes = survey.longest;
  return prepared;
}

}  // namespace

Result<Prepared> prepare_table(const TableSource& source, const Hints& hints,
                               const std::filesystem::path& rewritten, Inspection inspection,
                               Repairs& repairs, const Watch& watch) {
  const bool known = source.columns != nullptr;
  MINBEN_TRY(layout, layout_of(source, hints, watch, repairs));
  const std::size_t width = layout.names.size();
  Survey survey;
  survey.columns.resize(width, ColumnProfile(width));
  Rows rows(source.text, layout, layout.skip_records + layout.header_lines, width, known);
  MINBEN_CHECK(survey_rows(rows, width, known, watch, survey));
  const bool regular = !known && is_regular(survey, layout);
  if (!known) repairs.add(survey.found);
  add_irregular(survey.irregular, repairs);
  drop_empty_end(layout, survey, repairs);
  describe_columns(source, layout, hints, survey, inspection, repairs);
  keep_single_column_writable(survey, inspection.columns);
  const auto metric = find_metric_columns(inspection.columns, survey.columns);
  if (metric) {
    add_degree_columns(inspection.columns);
    repairs.add(metric->stated ? "coordinates_converted" : "twd97_assumed");
  }

  Prepared prepared;
  if (regular && !metric && layout.names.size() == width && width > 1 &&
      header_is_as_many_lines(source.text, layout) && (!source.mark || layout.header_lines > 0) &&
      !needs_rewriting(survey, inspection.columns)) {
    prepared = as_it_stands(source, layout, survey);
  } else {
    MINBEN_TRY(out, OutputFile::create(rewritten, watch.limits().max_bytes));
    Rewriting rewriting(survey, inspection.columns, metric, out);
    MINBEN_CHECK(rewrite_rows(source, layout, width, rewriting, out, watch));
    prepared.file = rewritten;
    prepared.skip_lines = 1;
    prepared.longest_row_bytes = survey.longest * 2 + 64 * inspection.columns.size();
  }
  prepared.rows = survey.rows;
  prepared.proven = true;
  prepared.inspection = std::move(inspection);
  prepared.inspection.repairs = repairs.sorted();
  return prepared;
}

Result<std::optional<Prepared>> prepare_by_sample(const TableSource& source, const Hints& hints,
                                                  const Watch& watch) {
  constexpr std::size_t third = sampled_bytes / 3;
  const std::string_view text = source.text;
  const auto lines_from = [&](std::size_t start) {
    std::string_view piece = text.substr(start);
    if (start > 0) piece.remove_prefix(std::min(piece.find('\n'), piece.size() - 1) + 1);
    const bool to_end = piece.size() <= third;
    return to_end ? piece : piece.substr(0, piece.rfind('\n', third) + 1);
  };
  const std::string_view pieces[] = {lines_from(0), lines_from(text.size() / 2),
                                     lines_from(text.size() - third)};
  Repairs repairs;
  const Layout layout = find_layout(pieces[0], hints, watch.limits(), repairs);
  const std::size_t width = layout.names.size();
  if (width < 2 || width > watch.limits().max_columns) return std::nullopt;
  Survey survey;
  survey.columns.resize(width, ColumnProfile(width));
  for (const std::string_view piece : pieces) {
    if (piece.empty() || scan_utf8(piece).bad > 0 ||
        std::memchr(piece.data(), 0, piece.size()) != nullptr)
      return std::nullopt;
    const bool first = piece.data() == text.data();
    Rows rows(piece, layout, first ? layout.skip_records + layout.header_lines : 0, width, false);
    MINBEN_CHECK(survey_rows(rows, width, false, watch, survey));
  }
  if (!is_regular(survey, layout) || survey.columns.size() != width ||
      !header_is_as_many_lines(text, layout) || (source.mark && layout.header_lines == 0))
    return std::nullopt;
  Inspection inspection;
  describe_columns(source, layout, hints, survey, inspection, repairs);
  if (needs_rewriting(survey, inspection.columns) ||
      find_metric_columns(inspection.columns, survey.columns))
    return std::nullopt;
  Prepared prepared = as_it_stands(source, layout, survey);
  prepared.quoted = true;  // maybe elsewhere
  prepared.longest_row_bytes = 0;
  prepared.inspection = std::move(inspection);
  prepared.inspection.repairs = repairs.sorted();
  return prepared;
}

}  // namespace minben::intake
