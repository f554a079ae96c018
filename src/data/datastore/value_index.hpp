#pragma once
// Private: beside each Parquet file, its columns as small numbers: the order of each value among
// the different values there are, or the value itself. A filter on 13 million rows is then one look
// at 13 or 26 MB, which answers the exact total and which rows are on the page. What has too many
// different texts is not in it; the engine answers then.
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "datastore.hpp"
#include "filters.hpp"
#include "mapped_file.hpp"
#include "row_file.hpp"

namespace minben::datastore {

/// Which rows match, by row number from 0.
class Matches {
 public:
  explicit Matches(std::size_t rows, bool all = false);
  [[nodiscard]] std::int64_t count() const;
  /// The row numbers of a page of the matches, in their order or the other way round.
  [[nodiscard]] std::vector<std::int64_t> page(std::int64_t offset, std::int64_t limit,
                                               bool backwards) const;
  Matches& operator&=(const Matches& other);
  Matches& operator|=(const Matches& other);
  [[nodiscard]] std::vector<std::uint64_t>& words() { return words_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// None of the rows in [0, from) and [to, rows).
  void keep_between(std::size_t from, std::size_t to);

 private:
  std::size_t rows_;
  std::vector<std::uint64_t> words_;
};

class ValueIndex {
 public:
  /// internal "bad_index" when the file is not one.
  static Result<std::shared_ptr<const ValueIndex>> open(const std::filesystem::path& file);
  /// nullopt when a condition is on a field that is not in it.
  [[nodiscard]] std::optional<Matches> find(const Filter& filter) const;

 private:
  explicit ValueIndex(MappedFile file) : file_(std::move(file)) {}
  [[nodiscard]] bool is_sound() const;
  [[nodiscard]] std::optional<Matches> find(const Condition& condition) const;
  MappedFile file_;
};

/// How long making a file may take. unavailable "cancelled" once `stop` says so.
struct Bounds {
  milliseconds at_most;
  const std::function<bool()>& stop;
};
/// Writes the index of a Parquet file; `fields` with their estimates of different values.
Result<void> build_index(columnar::Connection& connection, const std::filesystem::path& parquet,
                         const std::vector<Field>& fields, std::int64_t rows,
                         const std::filesystem::path& index, const Bounds& bounds);
/// Writes its rows.
Result<void> write_rows(columnar::Connection& connection, const std::filesystem::path& parquet,
                        const std::vector<Field>& fields, std::int64_t rows,
                        const std::filesystem::path& row_file, const Bounds& bounds);

/// Keeps those open that were asked for last. They never change.
class OpenFiles {
 public:
  static constexpr std::size_t most = 256;
  struct Entry {
    std::string name;
    std::shared_ptr<const ValueIndex> index;
    std::shared_ptr<const RowFile> rows;
  };
  Result<Entry> get(const std::filesystem::path& index, const std::filesystem::path& rows);

 private:
  std::mutex mutex_;
  std::list<Entry> entries_;  ///< the last one asked for first
};

}  // namespace minben::datastore
