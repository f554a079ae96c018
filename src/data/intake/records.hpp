#pragma once
// Records of other formats, written as rows: columns appear as records name them.
#include <unordered_map>

#include "table.hpp"

namespace minben::intake {

/// Columns that a reader adds: apart from those that the file calls so.
inline constexpr char own_column = '\x01';
inline constexpr std::string_view geometry_column = "\x01geometry",
                                  longitude_column = "\x01longitude",
                                  latitude_column = "\x01latitude",
                                  folder_column =
                                      "\x01"
                                      "folder",
                                  key_column = "\x01key";

/// Writes a file for prepare_table with KnownColumns. Rows may be shorter than later ones.
class RecordWriter {
 public:
  static Result<RecordWriter> create(const std::filesystem::path& path, const Watch& watch);

  /// The place of a column, new or known.
  std::size_t column(std::string_view name);
  void mark_geometry(std::size_t column);
  /// The value of the current record; twice: the values are joined by "; ".
  void set(std::size_t column, std::string_view value, bool quoted);
  void set(std::string_view name, std::string_view value, bool quoted = true) {
    set(column(name), value, quoted);
  }
  [[nodiscard]] bool any() const { return any_; }
  Result<void> end_record();
  void drop_record();
  Result<KnownColumns> close();
  [[nodiscard]] std::int64_t records() const { return records_; }

 private:
  struct Value {
    std::string text;
    bool set = false;
    bool quoted = false;
  };
  RecordWriter(OutputFile out, const Watch& watch) : out_(std::move(out)), watch_(watch) {}
  OutputFile out_;
  const Watch& watch_;
  KnownColumns known_;
  std::vector<std::string> keys_;  // names, with own_column before ours
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<Value> values_;
  std::size_t next_ = 0;  // records mostly name their columns in one order
  bool any_ = false;
  std::int64_t records_ = 0;
  Result<void> error_;
};

}  // namespace minben::intake
