#include "value_index.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "index_file.hpp"

namespace minben::datastore {

namespace {

using columnar::Value;

constexpr std::size_t word_bits = 64;

/// Eight bytes of 0 or 1 as eight bits, the first byte's lowest.
std::uint64_t packed(const std::uint8_t* bytes) {
  std::uint64_t all = 0;
  std::memcpy(&all, bytes, sizeof all);
  return (all * 0x0102040810204080ull) >> 56;
}

/// Sets the bits of the rows for which `holds` is true. First a byte a row, which the compiler
/// makes of many rows at once, then bits.
template <class Code, class Holds>
void scan(const Code* codes, std::size_t rows, std::vector<std::uint64_t>& words, Holds holds) {
  const std::size_t whole = rows / word_bits;
  std::array<std::uint8_t, word_bits> hits{};
  for (std::size_t w = 0; w < whole; ++w) {
    const Code* at = codes + w * word_bits;
    for (std::size_t i = 0; i < word_bits; ++i) hits[i] = holds(at[i]) ? 1 : 0;
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < word_bits; i += 8) word |= packed(hits.data() + i) << i;
    words[w] = word;
  }
  for (std::size_t i = whole * word_bits; i < rows; ++i)
    words[i / word_bits] |= static_cast<std::uint64_t>(holds(codes[i])) << (i % word_bits);
}

std::int64_t as_integer(const Value& value) {
  if (const auto* date = std::get_if<Date>(&value))
    return std::chrono::sys_days(*date).time_since_epoch().count();
  if (const auto* at = std::get_if<Instant>(&value)) return at->time_since_epoch().count();
  if (const auto* yes = std::get_if<bool>(&value)) return *yes ? 1 : 0;
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

double as_number(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number == nullptr ? 0 : *number;
}

/// The sorted values of a field with codes.
class Dictionary {
 public:
  Dictionary(const std::uint8_t* data, const IndexEntry& entry)
      : side_(data + entry.side_at), entry_(entry) {}

  /// How many are smaller, or smaller or the same.
  [[nodiscard]] std::uint32_t count_below(const Value& value, bool or_same) const {
    std::uint32_t low = 0;
    std::uint32_t high = entry_.values;
    while (low < high) {
      const std::uint32_t middle = low + (high - low) / 2;
      const int order = compare(middle, value);
      if (order < 0 || (or_same && order == 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

 private:
  [[nodiscard]] int compare(std::uint32_t at, const Value& value) const {
    if (entry_.text == 1) {
      const auto* text = std::get_if<std::string>(&value);
      return text == nullptr ? -1 : this->text(at).compare(*text);
    }
    if (entry_.text == 2) return order(item<double>(at), as_number(value));
    return order(item<std::int64_t>(at), as_integer(value));
  }
  /// NaN is greater than any number, as for the engine.
  template <class T>
  static int order(T a, T b) {
    if (a < b) return -1;
    return a == b ? 0 : 1;
  }
  template <class T>
  [[nodiscard]] T item(std::uint32_t at) const {
    T value;
    std::memcpy(&value, side_ + at * sizeof(T), sizeof(T));
    return value;
  }
  [[nodiscard]] std::string_view text(std::uint32_t at) const {
    const auto from = item<std::uint32_t>(at);
    const auto to = item<std::uint32_t>(at + 1);
    const auto* bytes = side_ + (entry_.values + 1) * sizeof(std::uint32_t);
    return {reinterpret_cast<const char*>(bytes) + from, to - from};
  }

  const std::uint8_t* side_;
  const IndexEntry& entry_;
};

/// Codes from low to high, both included, as one comparison.
template <class Code>
void scan_range(const Code* codes, Matches& out, std::uint32_t low, std::uint32_t high) {
  if (low > high) return;
  const auto from = static_cast<Code>(low);
  const auto width = static_cast<Code>(high - low);
  scan(codes, out.rows(), out.words(),
       [=](Code code) { return static_cast<Code>(code - from) <= width; });
}

template <class Code>
Matches find_codes(const std::uint8_t* data, std::size_t rows, const IndexEntry& entry,
                   const Condition& condition) {
  const auto* codes = reinterpret_cast<const Code*>(data + entry.codes_at);
  const Dictionary dictionary(data, entry);
  Matches out(rows);
  if (condition.is_range()) {
    const auto& [low, high] = std::pair(condition.low, condition.high);
    const std::uint32_t from = low ? dictionary.count_below(low->value, !low->included) : 0;
    const std::uint32_t to =
        high ? dictionary.count_below(high->value, high->included) : entry.values;
    scan_range(codes, out, from + 1, to);
    return out;
  }
  std::vector<std::uint8_t> wanted(entry.values + 1, 0);
  wanted[0] = condition.null ? 1 : 0;
  std::vector<std::uint32_t> found;
  if (condition.null) found.push_back(0);
  for (const Value& value : condition.values) {
    // Two codes may be one number: 0 and -0.
    for (std::uint32_t at = dictionary.count_below(value, false);
         at < dictionary.count_below(value, true); ++at) {
      wanted[at + 1] = 1;
      found.push_back(at + 1);
    }
  }
  if (found.size() == 1) scan_range(codes, out, found[0], found[0]);
  else if (!found.empty())
    scan(codes, rows, out.words(), [&](Code code) { return wanted[code] != 0; });
  return out;
}

/// The next greater value: what lies beyond a bound that is not included itself.
std::int64_t after(std::int64_t value) { return value == INT64_MAX ? value : value + 1; }
std::int64_t before(std::int64_t value) { return value == INT64_MIN ? value : value - 1; }
double after(double value) {
  return std::nextafter(value, std::numeric_limits<double>::infinity());
}
double before(double value) {
  return std::nextafter(value, -std::numeric_limits<double>::infinity());
}

template <class T>
struct Closed {
  T low = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                               : std::numeric_limits<T>::min();
  T high = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::max();
};

/// nullopt when nothing can lie in it.
template <class T, class Read>
std::optional<Closed<T>> closed(const Condition& condition, Read read) {
  Closed<T> out;
  if (condition.low) {
    const T low = read(condition.low->value);
    out.low = condition.low->included ? low : after(low);
    if (!condition.low->included && out.low == low) return std::nullopt;
  }
  if (condition.high) {
    const T high = read(condition.high->value);
    out.high = condition.high->included ? high : before(high);
    if (!condition.high->included && out.high == high) return std::nullopt;
  }
  return out;
}

/// One of some values: up to four are compared one by one, which is faster than looking them up.
template <class T>
void scan_list(const T* values, Matches& out, std::vector<T> wanted) {
  constexpr std::size_t few = 4;
  if (wanted.empty()) return;
  if (wanted.size() <= few) {
    wanted.resize(few, wanted.front());
    const std::array<T, few> one{wanted[0], wanted[1], wanted[2], wanted[3]};
    scan(values, out.rows(), out.words(), [=](T value) {
      int hits = 0;
      for (const T& each : one) hits |= value == each ? 1 : 0;
      return hits != 0;
    });
    return;
  }
  std::ranges::sort(wanted);
  scan(values, out.rows(), out.words(), [&](T value) {
    return value >= wanted.front() && value <= wanted.back() &&
           std::ranges::binary_search(wanted, value);
  });
}

template <class T, class Read>
Matches find_values(const std::uint8_t* data, std::size_t rows, const IndexEntry& entry,
                    const Condition& condition, Read read) {
  const auto* values = reinterpret_cast<const T*>(data + entry.codes_at);
  Matches out(rows);
  auto& words = out.words();
  if (condition.is_range()) {
    if (const auto range = closed<T>(condition, read))
      scan(values, rows, words, [low = range->low, high = range->high](T value) {
        return (value >= low) & (value <= high);
      });
  } else {
    std::vector<T> wanted;
    for (const Value& value : condition.values) wanted.push_back(read(value));
    scan_list(values, out, std::move(wanted));
  }
  const auto* there = reinterpret_cast<const std::uint64_t*>(data + entry.side_at);
  for (std::size_t w = 0; w < words.size(); ++w)
    words[w] = condition.null ? (words[w] & there[w]) | ~there[w] : words[w] & there[w];
  out.keep_between(0, rows);
  return out;
}

Matches find_rows(std::size_t rows, const Condition& condition) {
  Matches out(rows, condition.is_range());
  const auto last = static_cast<std::int64_t>(rows);
  if (condition.is_range()) {
    std::int64_t from = 0;
    std::int64_t to = last;
    if (condition.low) from = as_integer(condition.low->value) - (condition.low->included ? 1 : 0);
    if (condition.high) to = as_integer(condition.high->value) - (condition.high->included ? 0 : 1);
    from = std::clamp<std::int64_t>(from, 0, last);
    out.keep_between(static_cast<std::size_t>(from),
                     static_cast<std::size_t>(std::clamp<std::int64_t>(to, from, last)));
  }
  for (const Value& value : condition.values) {
    const std::int64_t at = as_integer(value) - 1;
    if (at >= 0 && at < last)
      out.words()[static_cast<std::size_t>(at) / word_bits] |= 1ull << (at % 64);
  }
  return out;
}

}  // namespace

Matches::Matches(std::size_t rows, bool all)
    : rows_(rows), words_((rows + word_bits - 1) / word_bits, all ? ~0ull : 0) {
  if (all) keep_between(0, rows);
}

std::int64_t Matches::count() const {
  std::int64_t total = 0;
  for (const std::uint64_t word : words_) total += std::popcount(word);
  return total;
}

void Matches::keep_between(std::size_t from, std::size_t to) {
  for (std::size_t w = 0; w < words_.size(); ++w) {
    const std::size_t begin = w * word_bits;
    if (begin + word_bits <= from || begin >= to) {
      words_[w] = 0;
      continue;
    }
    if (begin < from) words_[w] &= ~0ull << (from - begin);
    if (begin + word_bits > to) words_[w] &= ~0ull >> (begin + word_bits - to);
  }
}

Matches& Matches::operator&=(const Matches& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= other.words_[w];
  return *this;
}

Matches& Matches::operator|=(const Matches& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= other.words_[w];
  return *this;
}

std::vector<std::int64_t> Matches::page(std::int64_t offset, std::int64_t limit,
                                        bool backwards) const {
  std::vector<std::int64_t> out;
  std::int64_t skipped = 0;
  for (std::size_t i = 0; i < words_.size() && std::ssize(out) < limit; ++i) {
    const std::size_t w = backwards ? words_.size() - 1 - i : i;
    std::uint64_t word = words_[w];
    const int here = std::popcount(word);
    if (skipped + here <= offset) {
      skipped += here;
      continue;
    }
    for (; word != 0 && std::ssize(out) < limit; ++skipped) {
      const int bit = backwards ? 63 - std::countl_zero(word) : std::countr_zero(word);
      word &= ~(1ull << bit);
      if (skipped >= offset) out.push_back(static_cast<std::int64_t>(w * word_bits) + bit);
    }
  }
  return out;
}

Result<std::shared_ptr<const ValueIndex>> ValueIndex::open(const std::filesystem::path& file) {
  MINBEN_TRY(mapped, MappedFile::open(file, sizeof(IndexHeader)));
  std::shared_ptr<const ValueIndex> index(new ValueIndex(std::move(mapped)));
  if (!index->is_sound())
    return fail(Kind::internal, "bad_index", "not an index", file.filename().string());
  return index;
}

bool ValueIndex::is_sound() const {
  const std::size_t size = file_.bytes().size();
  const IndexHeader& header = *file_.at<IndexHeader>(0);
  if (header.magic != index_magic || header.fields > 100'000) return false;
  if (sizeof header + header.fields * sizeof(IndexEntry) > size) return false;
  const auto* entries = file_.at<IndexEntry>(sizeof header);
  for (std::size_t i = 0; i < header.fields; ++i) {
    const IndexEntry& entry = entries[i];
    if (entry.kind == IndexKind::none) continue;
    const std::uint64_t width = entry.kind == IndexKind::code8    ? 1
                                : entry.kind == IndexKind::code16 ? 2
                                                                  : 8;
    if (entry.codes_at + header.rows * width > size || entry.side_at + entry.side_bytes > size)
      return false;
  }
  return true;
}

std::optional<Matches> ValueIndex::find(const Filter& filter) const {
  if (filter.kind == Filter::Kind::condition) return find(filter.condition);
  const auto& header = *file_.at<IndexHeader>(0);
  const bool all = filter.kind == Filter::Kind::all;
  Matches out(header.rows, all);
  bool first = true;
  for (const Filter& part : filter.parts) {
    auto found = find(part);
    if (!found) return std::nullopt;
    if (std::exchange(first, false)) out = std::move(*found);
    else if (all) out &= *found;
    else out |= *found;
  }
  return out;
}

std::optional<Matches> ValueIndex::find(const Condition& condition) const {
  const auto& header = *file_.at<IndexHeader>(0);
  const std::size_t rows = header.rows;
  if (condition.field == Condition::row_number) return find_rows(rows, condition);
  if (static_cast<std::size_t>(condition.field) >= header.fields) return std::nullopt;
  const IndexEntry& entry = file_.at<IndexEntry>(sizeof header)[condition.field];
  const std::uint8_t* data = file_.bytes().data();
  switch (entry.kind) {
    case IndexKind::none:
      return std::nullopt;
    case IndexKind::code8:
      return find_codes<std::uint8_t>(data, rows, entry, condition);
    case IndexKind::code16:
      return find_codes<std::uint16_t>(data, rows, entry, condition);
    case IndexKind::integer:
      return find_values<std::int64_t>(data, rows, entry, condition, as_integer);
    case IndexKind::number:
      return find_values<double>(data, rows, entry, condition, as_number);
  }
  return std::nullopt;
}

Result<OpenFiles::Entry> OpenFiles::get(const std::filesystem::path& index,
                                        const std::filesystem::path& rows) {
  const std::lock_guard lock(mutex_);
  const std::string name = index.string();
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front();
  }
  MINBEN_TRY(opened, ValueIndex::open(index));
  MINBEN_TRY(row_file, RowFile::open(rows));
  entries_.push_front({name, opened, row_file});
  if (entries_.size() > most) entries_.pop_back();
  return entries_.front();
}

}  // namespace minben::datastore
