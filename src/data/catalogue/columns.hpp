#pragma once
// Private: what datasets are narrowed, counted and sorted by, in memory, by the number that a
// dataset has in the index. Not thread-safe: the index keeps readers and its writer apart.
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>

#include "search.hpp"

namespace minben::catalogue {

using Slot = std::uint32_t;  ///< Xapian's document id
inline constexpr std::size_t field_count = static_cast<std::size_t>(Field::mark) + 1;

/// What is kept of one dataset.
struct Facts {
  DatasetId id{};
  std::string name;
  std::string title;          ///< folded, for sorting
  std::string shown;          ///< as written, for suggestions
  std::int64_t modified = 0;  ///< microseconds since 1970
  std::int64_t created = 0;
  std::vector<std::pair<Field, std::string>> values;
};
Facts facts_of(const Entry& entry);
/// As kept in the index beside the words.
std::string write_facts(const Facts& facts);
Result<Facts> read_facts(std::string_view text);

/// For values that are compared without case.
std::string comparable(Field field, std::string_view value);

class Columns {
 public:
  void put(Slot slot, const Facts& facts);
  void remove(Slot slot);
  [[nodiscard]] Slot slot_of(DatasetId id) const;  ///< 0 = none

  /// What questions look at for each dataset: small, since they go through all of them.
  struct Row {
    DatasetId id{};
    std::int64_t modified = 0;
    std::int64_t created = 0;
    std::uint32_t popularity = 0;
    std::uint32_t values_from = 0;  ///< in the list of all
    std::uint32_t values = 0;
    [[nodiscard]] bool live() const { return !id.is_nil(); }
  };
  struct Texts {
    std::string name;
    std::string title;
    std::string shown;
  };
  [[nodiscard]] const Row& row(Slot slot) const { return rows_[slot]; }
  [[nodiscard]] const Texts& texts(Slot slot) const { return texts_[slot]; }
  /// Sorted: the dataset's own and its marks.
  [[nodiscard]] std::span<const std::uint32_t> values_of(Slot slot) const {
    return {lists_.data() + rows_[slot].values_from, rows_[slot].values};
  }
  [[nodiscard]] Slot end() const { return static_cast<Slot>(rows_.size()); }
  [[nodiscard]] std::int64_t size() const { return live_; }
  [[nodiscard]] std::optional<std::int64_t> newest() const;

  void set_popularity(DatasetId id, std::uint32_t uses);
  void mark(DatasetId id, std::vector<std::string> marks);

  /// Counts of each value over the slots; `facets` in order.
  using Facets = std::vector<std::pair<Field, std::vector<FacetValue>>>;
  [[nodiscard]] Facets count(const std::vector<Slot>& slots, const std::vector<Field>& facets,
                             std::size_t limit) const;
  /// The same over all datasets.
  [[nodiscard]] Facets count_all(const std::vector<Field>& facets, std::size_t limit) const;

  /// How many datasets have it; 0 when nobody knows it.
  struct Value {
    Field field{};
    std::string text;        ///< as it was first written
    std::string comparable;  ///< what it is found by
    std::uint32_t datasets = 0;
  };
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }
  [[nodiscard]] std::optional<std::uint32_t> value(Field field, std::string_view text) const;

 private:
  std::uint32_t intern(Field field, const std::string& text);
  void set_values(Slot slot, std::vector<std::uint32_t> values);
  void drop_values(Slot slot);
  template <class CountOf>
  Facets facets_by(const std::vector<Field>& facets, std::size_t limit, CountOf&& count_of) const;

  std::vector<Row> rows_{1};  // slot 0 is nobody's
  std::vector<Texts> texts_{1};
  std::vector<std::uint32_t> lists_;  ///< the rows' values, one row's beside another's
  std::size_t unused_ = 0;            ///< of lists_
  std::int64_t live_ = 0;
  std::unordered_map<DatasetId, Slot> slots_;
  std::vector<Value> values_;
  std::array<std::vector<std::uint32_t>, field_count> of_field_;  ///< which values a field has
  std::unordered_map<std::string, std::uint32_t> interned_;
  std::unordered_map<DatasetId, std::vector<std::string>>
      marks_;  ///< also of datasets that come later
  std::unordered_map<DatasetId, std::uint32_t> popularity_;
};

/// A condition made ready for many rows. `words` finds the slots of a text, sorted.
class Filter {
 public:
  using Words = std::function<std::vector<Slot>(const std::string&)>;
  Filter(const Columns& columns, const Condition& condition, const Words& words);
  [[nodiscard]] bool matches(Slot slot) const { return matches(root_, slot); }
  [[nodiscard]] bool everything() const { return root_.kind == Condition::Kind::everything; }

 private:
  struct Node {
    Condition::Kind kind{};
    std::vector<Node> parts{};
    std::optional<std::uint32_t> value{};
    std::vector<std::uint32_t> values{};  ///< sorted
    std::string pattern{};
    Field field{};
    Moment moment{};
    std::int64_t from = INT64_MIN;
    std::int64_t to = INT64_MAX;
    std::vector<Slot> slots{};
    DatasetId id{};
  };
  static Node prepare(const Columns& columns, const Condition& condition, const Words& words);
  [[nodiscard]] bool matches(const Node& node, Slot slot) const;

  const Columns& columns_;
  Node root_;
};

}  // namespace minben::catalogue
