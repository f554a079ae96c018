#pragma once
// Reads TOML of service packages so that every fault is listed with its line, and no key goes
// unnoticed. toml11 stays behind this header: it costs seconds per translation unit.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::casework {

/// Collects faults of one file.
class Faults {
 public:
  Faults(std::string file, Errors& into) : file_(std::move(file)), into_(into) {}
  void add(int line, std::string_view code, std::string_view detail);
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  std::string file_;
  Errors& into_;
};

/// A table of a TOML file. Reading a key marks it as known; unknown_keys() reports the others. The
/// readers report a missing or wrong value and return a default, so that one pass lists everything.
class TomlTable {
 public:
  struct Node;
  TomlTable();
  explicit TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  [[nodiscard]] bool present() const;  ///< false: every reader gives its default, without a fault
  [[nodiscard]] int line() const;
  [[nodiscard]] int line_of(std::string_view key) const;  ///< of the key's value, or line()
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> keys() const;  ///< in the order of the file

  std::string text(std::string_view key);  ///< required, not empty
  std::string text_or(std::string_view key, std::string_view otherwise);
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);  ///< required
  std::int64_t integer_or(std::string_view key, std::int64_t otherwise, std::int64_t min,
                          std::int64_t max);
  double number(std::string_view key, double min, double max);  ///< required, whole or not
  double number_or(std::string_view key, double otherwise, double min, double max);
  /// One number or a list of them; empty after a fault.
  std::vector<double> numbers(std::string_view key, double min, double max);
  bool boolean_or(std::string_view key, bool otherwise);
  Bilingual bilingual(std::string_view key);  ///< required: { zh-Hant, en }, neither empty
  std::vector<std::string> texts(std::string_view key);  ///< required array of strings
  std::vector<std::string> texts_or_empty(std::string_view key);
  std::optional<AgencyCode> agency(std::string_view key);  ///< required code
  TomlTable table(std::string_view key);                   ///< required
  TomlTable table_or_none(std::string_view key);           ///< not present() when missing
  std::vector<TomlTable> tables(std::string_view key);     ///< array of tables; [] when missing

  /// Visits every bilingual leaf below this table with its dotted key.
  void each_bilingual(const std::function<void(const std::string&, const Bilingual&, int)>& visit);
  /// "unknown_key" for each key nobody asked for, here and in tables handed out.
  void unknown_keys(std::string_view described_in = "docs/packages.md");
  void fault(int line, std::string_view code, std::string_view detail);

 private:
  std::shared_ptr<Node> node_;
};

/// Faults: "not_toml" with the line. nullopt then. `faults` must outlive the table.
std::optional<TomlTable> read_toml(std::string_view text, Faults& faults);

}  // namespace minben::casework
