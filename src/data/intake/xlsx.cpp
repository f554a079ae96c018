#include <algorithm>
#include <charconv>
#include <map>

#include "csv.hpp"
#include "serial.hpp"
#include "sheet.hpp"
#include "xml.hpp"

namespace minben::intake {

Result<void> SheetWriter::row(const std::vector<std::string>& cells) {
  if (std::ranges::all_of(cells, [](const std::string& cell) { return cell.empty(); })) return {};
  for (std::size_t i = 0; i < width_; ++i) {
    if (i > 0) out_.append(',');
    if (i < cells.size()) append_cell(out_, cells[i], false);
  }
  out_.append('\n');
  return out_.ok();
}

namespace {

constexpr std::uint64_t small_part = 16u << 20;  // of parts that only describe

/// A part whose elements are looked at by a function, in the order of their begin.
class Elements final : public XmlEvents {
 public:
  using Take = std::function<void(std::string_view name, const Attributes& attributes)>;
  explicit Elements(Take take) : take_(std::move(take)) {}
  void begin(std::string_view name, const Attributes& attributes) override {
    take_(name, attributes);
  }
  void end() override {}
  void text(std::string_view) override {}
  [[nodiscard]] const Result<void>& state() const override { return state_; }

 private:
  Take take_;
  Result<void> state_;
};

Result<void> each_element(Archive& archive, std::string_view part, const Watch& watch,
                          const Elements::Take& take) {
  const ArchiveEntry* entry = archive.find(part);
  if (entry == nullptr) return {};
  MINBEN_TRY(text, archive.text(*entry, small_part));
  Elements elements(take);
  return read_xml(text, elements, watch);
}

struct Sheet {
  std::string name;
  const ArchiveEntry* part = nullptr;
};

struct Workbook {
  std::vector<Sheet> sheets;  // visible ones that exist
  std::vector<Shown> styles;  // by a cell's s=""
  std::vector<std::string> shared;
  bool from_1904 = false;
};

std::string part_of(std::string_view target) {
  if (target.starts_with('/')) return std::string(target.substr(1));
  return "xl/" + std::string(target);
}

Result<void> read_sheets(Archive& archive, const Watch& watch, Workbook& book) {
  std::map<std::string, std::string, std::less<>> targets;
  MINBEN_CHECK(each_element(archive, "xl/_rels/workbook.xml.rels", watch,
                            [&](std::string_view name, const Attributes& attributes) {
                              if (name == "Relationship")
                                targets.emplace(attribute(attributes, "Id"),
                                                part_of(attribute(attributes, "Target")));
                            }));
  return each_element(
      archive, "xl/workbook.xml", watch, [&](std::string_view name, const Attributes& attributes) {
        if (name == "workbookPr") {
          const std::string_view is = attribute(attributes, "date1904");
          book.from_1904 = is == "1" || is == "true";
        }
        if (name != "sheet" || attribute(attributes, "state").contains("idden")) return;
        const auto target = targets.find(attribute(attributes, "id"));
        const ArchiveEntry* part = target == targets.end() ? nullptr : archive.find(target->second);
        if (part != nullptr)
          book.sheets.push_back({std::string(attribute(attributes, "name")), part});
      });
}

Result<void> read_styles(Archive& archive, const Watch& watch, Workbook& book) {
  std::map<int, Shown> own;
  bool in_cells = false;
  return each_element(
      archive, "xl/styles.xml", watch, [&](std::string_view name, const Attributes& attributes) {
        const auto id = parse_integer(attribute(attributes, "numFmtId"), 0, 1'000'000).value_or(0);
        if (name == "numFmt")
          own[static_cast<int>(id)] = shown_as(attribute(attributes, "formatCode"));
        if (name == "cellXfs") in_cells = true;
        if (name == "cellStyles" || name == "dxfs") in_cells = false;
        if (name != "xf" || !in_cells) return;
        const auto found = own.find(static_cast<int>(id));
        book.styles.push_back(found != own.end() ? found->second : shown_as(static_cast<int>(id)));
      });
}

/// xl/sharedStrings.xml: <si> of one or more <t>, without readings (<rPh>).
class SharedStrings final : public XmlEvents {
 public:
  SharedStrings(std::vector<std::string>& strings, std::uint64_t max_bytes)
      : strings_(strings), left_(max_bytes) {}
  void begin(std::string_view name, const Attributes&) override {
    if (name == "si") strings_.emplace_back();
    if (name == "rPh") ++reading_;
    names_.emplace_back(name);
  }
  void end() override {
    if (names_.back() == "rPh") --reading_;
    names_.pop_back();
  }
  void text(std::string_view text) override {
    if (reading_ > 0 || strings_.empty() || names_.back() != "t") return;
    if (text.size() > left_ && state_)
      state_ = fail(Kind::too_large, "archive_too_large", "Limits::max_memory_bytes");
    left_ -= std::min<std::uint64_t>(left_, text.size() + sizeof(std::string));
    strings_.back().append(text);
  }
  [[nodiscard]] const Result<void>& state() const override { return state_; }

 private:
  std::vector<std::string>& strings_;
  std::uint64_t left_;
  std::vector<std::string> names_;
  int reading_ = 0;
  Result<void> state_;
};

/// "BC12" is column 54, counted from 0; nullopt without letters.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0, letters = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z' || letters == 4) break;
    column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
    ++letters;
  }
  return letters == 0 ? std::nullopt : std::optional(column - 1);
}

class Rows final : public XmlEvents {
 public:
  using Take = std::function<Result<void>(const std::vector<std::string>&)>;
  Rows(const Workbook& book, const Limits& limits, Take take)
      : book_(book), limits_(limits), take_(std::move(take)) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    if (name == "row") {
      cells_.clear();
      next_ = 0;
    } else if (name == "c") {
      at_ = column_of(attribute(attributes, "r")).value_or(next_);
      next_ = at_ + 1;
      kind_ = attribute(attributes, "t");
      style_ = parse_integer(attribute(attributes, "s"), 0, 1 << 20).value_or(0);
      value_.clear();
    } else if (name == "mergeCell") {
      ++merged_;
    } else if (name == "rPh") {
      ++reading_;
    }
    open_.emplace_back(name);
  }

  void end() override {
    const std::string name = std::move(open_.back());
    open_.pop_back();
    if (name == "rPh") --reading_;
    if (name == "c") end_cell();
    if (name == "row") state_ = state_ ? take_(cells_) : state_;
  }

  void text(std::string_view text) override {
    if (reading_ > 0 || open_.empty() || (open_.back() != "v" && open_.back() != "t")) return;
    value_.append(text);
    if (value_.size() > limits_.max_cell_bytes && state_)
      state_ = fail(Kind::too_large, "cell_too_large", "Limits::max_cell_bytes");
  }
  [[nodiscard]] const Result<void>& state() const override { return state_; }
  [[nodiscard]] std::int64_t merged() const { return merged_; }

 private:
  void end_cell() {
    std::string text = cell_text();
    if (text.empty()) return;
    if (at_ >= limits_.max_columns) {
      state_ = fail(Kind::too_large, "too_many_columns", "Limits::max_columns");
      return;
    }
    if (cells_.size() <= at_) cells_.resize(at_ + 1);
    cells_[at_] = std::move(text);
  }

  std::string cell_text() {
    if (kind_ == "s") {
      const auto index = parse_integer(value_, 0, INT32_MAX);
      if (!index || static_cast<std::size_t>(*index) >= book_.shared.size()) return {};
      return book_.shared[static_cast<std::size_t>(*index)];
    }
    if (kind_ == "e" || value_.empty()) return {};  // #N/A, #DIV/0!
    if (kind_ == "b") return value_ == "1" ? "true" : "false";
    if (kind_ == "d") return value_;
    if (!kind_.empty() && kind_ != "n") return value_;
    const auto style = static_cast<std::size_t>(style_);
    const Shown shown = style < book_.styles.size() ? book_.styles[style] : Shown::number;
    double serial = 0;
    const auto read = std::from_chars(value_.data(), value_.data() + value_.size(), serial);
    if (shown == Shown::number || read.ec != std::errc{}) return number_text(value_);
    return serial_text(serial, shown, book_.from_1904);
  }

  const Workbook& book_;
  const Limits& limits_;
  Take take_;
  std::vector<std::string> cells_, open_;
  std::string kind_, value_;
  std::size_t at_ = 0, next_ = 0;
  std::int64_t style_ = 0, merged_ = 0;
  int reading_ = 0;
  Result<void> state_;
};

Result<void> read_rows(Archive& archive, const ArchiveEntry& part, const Watch& watch, Rows& rows) {
  XmlReader reader(rows, watch);
  return archive.read(part,
                      [&](std::string_view piece, bool last) { return reader.add(piece, last); });
}

}  // namespace

Result<void> write_xlsx_rows(Archive& archive, const std::filesystem::path& to,
                             Inspection& inspection, Repairs& repairs, const Watch& watch) {
  Workbook book;
  MINBEN_CHECK(read_sheets(archive, watch, book));
  if (book.sheets.empty()) return not_a_table("a workbook without visible sheets");
  MINBEN_CHECK(read_styles(archive, watch, book));
  if (const ArchiveEntry* part = archive.find("xl/sharedStrings.xml")) {
    SharedStrings strings(book.shared, watch.limits().max_memory_bytes);
    XmlReader reader(strings, watch);
    MINBEN_CHECK(archive.read(
        *part, [&](std::string_view piece, bool last) { return reader.add(piece, last); }));
  }
  const Sheet& sheet =
      *std::ranges::max_element(book.sheets, {}, [](const Sheet& one) { return one.part->bytes; });
  inspection.layer = sheet.name;
  repairs.add("other_sheets", 0, static_cast<std::int64_t>(book.sheets.size()) - 1);

  std::size_t width = 0;
  Rows measure(book, watch.limits(), [&](const std::vector<std::string>& cells) -> Result<void> {
    width = std::max(width, cells.size());
    return {};
  });
  MINBEN_CHECK(read_rows(archive, *sheet.part, watch, measure));
  repairs.add("merged_cells", 0, measure.merged());
  MINBEN_TRY(out, OutputFile::create(to, watch.limits().max_bytes));
  SheetWriter writer(out, width);
  Rows rows(book, watch.limits(),
            [&](const std::vector<std::string>& cells) { return writer.row(cells); });
  MINBEN_CHECK(read_rows(archive, *sheet.part, watch, rows));
  return out.close();
}

}  // namespace minben::intake
