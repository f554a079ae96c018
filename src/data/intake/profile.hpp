#pragma once
// What the values of columns have in common, found while rows go by.
#include <unordered_map>

#include "csv.hpp"
#include "values.hpp"

namespace minben::intake {

/// Hashes in one flat table: to see that values differ.
class HashSet {
 public:
  bool insert(std::uint64_t hash);  ///< false: was there
  [[nodiscard]] std::size_t size() const { return size_; }
  void clear() { std::vector<std::uint64_t>().swap(slots_); }

 private:
  void grow();
  std::vector<std::uint64_t> slots_;  // 0: free; a power of two of them
  std::size_t size_ = 0;
};

/// One column's values. Not thread-safe.
class ColumnProfile {
 public:
  /// One of so many columns, which share what memory may be spent.
  explicit ColumnProfile(std::size_t columns);

  void see(const Cell& cell, std::int64_t record) {
    if (cell.text.empty()) {
      if (cell.quoted) ++quoted_empty_;
      return;
    }
    ++values_;
    if (alive_ != 0) see_typed(cell.text, record);
    if (sampling_) sample(cell.text);
    if (unique_) see_unique(cell.text);
  }
  /// Rows of the sample are done: what the values look like is known from them.
  void end_sample();

  /// The type of all values, by them and the column's name.
  [[nodiscard]] Type type(std::string_view name) const;
  /// Values of this type must be rewritten to be canonical.
  [[nodiscard]] bool needs_rewriting(Type type) const;
  [[nodiscard]] std::string note(Type type) const;

  [[nodiscard]] std::int64_t values() const { return values_; }
  /// Values that are not canonical as they stand.
  [[nodiscard]] std::int64_t spelled() const { return spelled_; }
  [[nodiscard]] std::int64_t null_words() const { return null_words_; }
  [[nodiscard]] std::int64_t first_null_word() const { return first_null_word_; }
  [[nodiscard]] std::int64_t quoted_empty() const { return quoted_empty_; }
  /// No value occurred twice, of at least two; of many, the first 65,536. Not told of
  /// numbers with a point.
  [[nodiscard]] bool all_different() const { return unique_ && values_ > 1; }
  /// Different values of the sample and how often each was there; a bounded number.
  [[nodiscard]] const std::unordered_map<std::string, int>& sampled() const { return sample_; }
  [[nodiscard]] bool sample_overflowed() const { return overflowed_; }

 private:
  void see_typed(std::string_view text, std::int64_t record);
  void sample(std::string_view text);
  void see_unique(std::string_view text);
  [[nodiscard]] bool says_compact_date(std::string_view name) const;

  Kinds alive_ = all_kinds;
  Kinds bent_ = 0;  // of kinds for which some value is not canonical
  Spellings spellings_ = 0;
  std::int64_t values_ = 0;
  std::int64_t typed_values_ = 0;
  std::int64_t spelled_ = 0;
  std::int64_t quoted_empty_ = 0;
  std::int64_t null_words_ = 0;
  std::int64_t first_null_word_ = 0;
  std::size_t max_samples_;
  std::size_t max_unique_;
  std::size_t shortest_ = SIZE_MAX;
  std::size_t longest_ = 0;
  bool sampling_ = true;
  bool overflowed_ = false;
  bool unique_ = true;
  std::unordered_map<std::string, int> sample_;
  HashSet seen_;  // while all differ
};

}  // namespace minben::intake
