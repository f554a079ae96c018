#pragma once
// Files made by a test, prepared, and read back as an engine would.
#include <fstream>

#include <gtest/gtest.h>

#include "csv.hpp"
#include "intake/intake.hpp"
#include "support/shared.hpp"

namespace minben::intake::test {

/// nullopt: null.
using Value = std::optional<std::string>;
using Table = std::vector<std::vector<Value>>;

/// The rows of a prepared file, read strictly: any irregularity fails the test.
inline Table read_back(const Prepared& prepared) {
  const std::string bytes = minben::test::read_file(prepared.file);
  CsvShape shape;
  shape.separator = prepared.separator;
  shape.max_lines_in_cell = 0;
  shape.max_cell_bytes = 64u << 20;
  const bool mark = bytes.starts_with("\xef\xbb\xbf");
  CsvReader reader(std::string_view(bytes).substr(mark ? 3 : 0), shape);
  Table table;
  std::int64_t skipped = 0;
  while (reader.next()) {
    if (skipped++ < prepared.skip_lines) continue;
    auto& row = table.emplace_back();
    for (const Cell& cell : reader.cells())
      row.push_back(cell.is_null() ? Value{} : Value(std::string(cell.text)));
    EXPECT_EQ(row.size(), prepared.inspection.columns.size()) << "record " << reader.record();
  }
  EXPECT_TRUE(reader.error().has_value());
  EXPECT_FALSE(reader.irregular().stray_quote);
  EXPECT_FALSE(reader.irregular().unclosed_quote);
  EXPECT_FALSE(reader.irregular().odd_line_end);
  return table;
}

class Prepare {
 public:
  VirtualClock clock{Instant{}};
  Hints hints;
  Limits limits;

  Result<Prepared> bytes(std::string_view content, Care care = Care::careful) {
    const auto path = files_.path() / ("file" + std::to_string(++count_));
    std::ofstream(path, std::ios::binary) << content;
    return file(path, care);
  }
  Result<Prepared> file(const std::filesystem::path& path, Care care = Care::careful) {
    const auto work = files_.path() / ("work" + std::to_string(++count_));
    std::filesystem::create_directory(work);
    auto prepared = prepare(path, hints, work, care, clock, limits, cancelled);
    // Nothing is left behind but what was asked for.
    for (const auto& entry : std::filesystem::directory_iterator(work))
      EXPECT_TRUE(prepared && entry.path() == prepared->file) << entry.path();
    return prepared;
  }
  std::function<bool()> cancelled;

 private:
  minben::test::TemporaryDirectory files_;
  int count_ = 0;
};

inline const Repair* repair(const Prepared& prepared, std::string_view code) {
  for (const Repair& one : prepared.inspection.repairs)
    if (one.code == code) return &one;
  return nullptr;
}
inline std::int64_t repaired(const Prepared& prepared, std::string_view code) {
  const Repair* found = repair(prepared, code);
  return found == nullptr ? 0 : found->count;
}
inline std::string repairs_text(const Prepared& prepared) {
  std::string text;
  for (const Repair& one : prepared.inspection.repairs)
    text += (text.empty() ? "" : ", ") + one.code + " " + std::to_string(one.count);
  return text;
}
inline const Column& column(const Prepared& prepared, std::string_view name) {
  for (const Column& one : prepared.inspection.columns)
    if (one.name == name) return one;
  ADD_FAILURE() << "no column " << name;
  return prepared.inspection.columns.front();
}
inline Type type_of(const Prepared& prepared, std::string_view name) {
  return column(prepared, name).type;
}

}  // namespace minben::intake::test
