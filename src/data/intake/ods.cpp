#include <algorithm>

#include "serial.hpp"
#include "sheet.hpp"
#include "xml.hpp"

namespace minben::intake {

namespace {

constexpr std::int64_t most_repeated = 1 << 20;  // rows of a sheet

std::int64_t times(const Attributes& attributes, std::string_view name) {
  return parse_integer(attribute(attributes, name), 1, INT32_MAX).value_or(1);
}

/// content.xml: tables of rows of cells, each said to be there so many times.
class Content final : public XmlEvents {
 public:
  using Row = std::function<Result<void>(std::size_t table, const std::vector<std::string>& cells,
                                         std::int64_t repeated)>;
  Content(const Limits& limits, Row row) : limits_(limits), row_(std::move(row)) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    if (name == "table" && in_table_++ == 0) {
      names_.emplace_back(attribute(attributes, "name"));
    } else if (name == "table-row") {
      cells_.clear();
      column_ = 0;
      rows_ = times(attributes, "number-rows-repeated");
    } else if (name == "table-cell" || name == "covered-table-cell") {
      merged_ += name == "covered-table-cell";
      repeat_ = times(attributes, "number-columns-repeated");
      begin_cell(attributes);
    } else if (name == "p" && in_cell_ && note_ == 0) {
      if (!text_.empty()) text_.push_back('\n');
    } else if (name == "s" && in_cell_) {
      text_.append(static_cast<std::size_t>(std::min<std::int64_t>(times(attributes, "c"), 1000)),
                   ' ');
    }
    note_ += name == "annotation";
    open_.emplace_back(name);
  }

  void end() override {
    const std::string name = std::move(open_.back());
    open_.pop_back();
    if (name == "annotation") --note_;
    else if (name == "table") --in_table_;
    else if (name == "table-cell" || name == "covered-table-cell") end_cell();
    else if (name == "table-row" && state_) state_ = row_(names_.size() - 1, cells_, rows_);
  }

  void text(std::string_view text) override {
    if (!in_cell_ || note_ > 0) return;
    if (std::ranges::find(open_, "p") == open_.end()) return;
    text_.append(text);
    if (text_.size() > limits_.max_cell_bytes && state_)
      state_ = fail(Kind::too_large, "cell_too_large", "Limits::max_cell_bytes");
  }
  [[nodiscard]] const Result<void>& state() const override { return state_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::int64_t merged() const { return merged_; }

 private:
  void begin_cell(const Attributes& attributes) {
    in_cell_ = true;
    text_.clear();
    value_.clear();
    const std::string_view type = attribute(attributes, "value-type");
    if (type == "date") {
      value_ = attribute(attributes, "date-value");
      if (const std::size_t t = value_.find('T'); t != std::string::npos) value_[t] = ' ';
    } else if (type == "boolean") {
      value_ = attribute(attributes, "boolean-value");
    } else if (type == "float" || type == "percentage" || type == "currency") {
      value_ = number_text(attribute(attributes, "value"));
    }
  }

  void end_cell() {
    in_cell_ = false;
    const std::string& value = value_.empty() ? text_ : value_;
    const auto from = static_cast<std::size_t>(column_);
    column_ += repeat_;
    if (value.empty()) return;
    if (static_cast<std::size_t>(column_) > limits_.max_columns) {
      if (state_) state_ = fail(Kind::too_large, "too_many_columns", "Limits::max_columns");
      return;
    }
    cells_.resize(static_cast<std::size_t>(column_));
    for (std::size_t i = from; i < cells_.size(); ++i) cells_[i] = value;
  }

  const Limits& limits_;
  Row row_;
  std::vector<std::string> names_, open_, cells_;
  std::string text_, value_;
  std::int64_t column_ = 0, repeat_ = 1, rows_ = 1, merged_ = 0;
  int in_table_ = 0, note_ = 0;
  bool in_cell_ = false;
  Result<void> state_;
};

Result<void> read_content(Archive& archive, const Watch& watch, Content& content) {
  const ArchiveEntry* part = archive.find("content.xml");
  if (part == nullptr) return not_a_table("an Open Document file without content");
  XmlReader reader(content, watch);
  return archive.read(*part,
                      [&](std::string_view piece, bool last) { return reader.add(piece, last); });
}

struct Size {
  std::int64_t rows = 0;
  std::size_t width = 0;
};

}  // namespace

Result<void> write_ods_rows(Archive& archive, const std::filesystem::path& to,
                            Inspection& inspection, Repairs& repairs, const Watch& watch) {
  std::vector<Size> sizes;
  Content measure(watch.limits(),
                  [&](std::size_t table, const std::vector<std::string>& cells,
                      std::int64_t repeated) -> Result<void> {
                    if (sizes.size() <= table) sizes.resize(table + 1);
                    if (!cells.empty()) sizes[table].rows += repeated;
                    sizes[table].width = std::max(sizes[table].width, cells.size());
                    return {};
                  });
  MINBEN_CHECK(read_content(archive, watch, measure));
  if (sizes.empty()) return not_a_table("a spreadsheet without rows");
  const auto largest = std::ranges::max_element(sizes, {}, &Size::rows);
  const auto chosen = static_cast<std::size_t>(largest - sizes.begin());
  inspection.layer = measure.names()[chosen];
  repairs.add("other_sheets", 0,
              std::ranges::count_if(sizes, [](const Size& size) { return size.rows > 0; }) - 1);
  repairs.add("merged_cells", 0, measure.merged());
  MINBEN_TRY(out, OutputFile::create(to, watch.limits().max_bytes));
  SheetWriter writer(out, largest->width);
  Content content(watch.limits(),
                  [&](std::size_t table, const std::vector<std::string>& cells,
                      std::int64_t repeated) -> Result<void> {
                    if (table != chosen || cells.empty()) return {};
                    if (repeated > most_repeated)
                      return fail(Kind::too_large, "archive_too_large", "a repeated row");
                    for (std::int64_t i = 0; i < repeated; ++i) {
                      MINBEN_CHECK(writer.row(cells));
                      if (i % 4096 == 4095) MINBEN_CHECK(watch.check());
                    }
                    return {};
                  });
  MINBEN_CHECK(read_content(archive, watch, content));
  return out.close();
}

}  // namespace minben::intake
