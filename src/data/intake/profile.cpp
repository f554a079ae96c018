#include "profile.hpp"

#include <algorithm>
#include <functional>

#include "names.hpp"

namespace minben::intake {

namespace {

constexpr std::size_t most_samples = 2000;     // different values kept of a column
constexpr std::size_t all_samples = 400'000;   // and of all columns
constexpr std::size_t longest_sample = 200;    // bytes
constexpr std::size_t most_unique = 1u << 16;  // values of a column compared with each other
constexpr std::size_t all_unique = 1u << 23;
constexpr std::size_t code_digits = 4;  // of numbers of things that are codes
constexpr Spellings number_spellings = thousands_spelling | full_width_spelling | space_spelling;

}  // namespace

bool HashSet::insert(std::uint64_t hash) {
  if (hash == 0) hash = 1;
  if (size_ * 2 >= slots_.size()) grow();
  std::size_t i = hash & (slots_.size() - 1);
  while (slots_[i] != 0) {
    if (slots_[i] == hash) return false;
    i = (i + 1) & (slots_.size() - 1);
  }
  slots_[i] = hash;
  ++size_;
  return true;
}

void HashSet::grow() {
  std::vector<std::uint64_t> old(std::max<std::size_t>(slots_.size() * 2, 64));
  old.swap(slots_);
  size_ = 0;
  for (const std::uint64_t hash : old)
    if (hash != 0) insert(hash);
}

ColumnProfile::ColumnProfile(std::size_t columns)
    : max_samples_(std::min(most_samples, all_samples / std::max<std::size_t>(columns, 1))),
      max_unique_(std::min(most_unique, all_unique / std::max<std::size_t>(columns, 1))) {}

void ColumnProfile::see_typed(std::string_view text, std::int64_t record) {
  const Reading reading = recognise(text, alive_);
  if (reading.fits == 0) {
    if (is_null_word(text)) {
      if (null_words_++ == 0) first_null_word_ = record;
      return;
    }
    alive_ = 0;
    return;
  }
  ++typed_values_;
  alive_ &= reading.fits;
  bent_ |= static_cast<Kinds>(reading.fits & ~reading.plain);
  spellings_ |= reading.spellings;
  spelled_ += reading.spellings != 0;
  shortest_ = std::min(shortest_, text.size());
  longest_ = std::max(longest_, text.size());
}

void ColumnProfile::sample(std::string_view text) {
  if (text.size() > longest_sample || sample_.size() >= max_samples_) {
    overflowed_ = true;
    return;
  }
  ++sample_[std::string(text)];
}

void ColumnProfile::see_unique(std::string_view text) {
  if (seen_.size() >= max_unique_ || (alive_ & (number_kind | integer_kind)) == number_kind) return;
  if (seen_.insert(std::hash<std::string_view>{}(text))) return;
  unique_ = false;
  seen_.clear();
}

void ColumnProfile::end_sample() { sampling_ = false; }

/// Seven digits may be a date of the Republic or a number: the name decides.
bool ColumnProfile::says_compact_date(std::string_view name) const {
  if ((alive_ & date_kind) == 0 || says_code(name)) return false;
  return says_date(name);
}

Type ColumnProfile::type(std::string_view name) const {
  if (typed_values_ == 0 || alive_ == 0) return Type::text;
  if ((alive_ & integer_kind) != 0) {
    if (says_compact_date(name)) return Type::date;
    if ((alive_ & timestamp_kind) != 0 && (alive_ & date_kind) == 0 && says_date(name))
      return Type::timestamp;
    const bool one_width = shortest_ == longest_;
    if (says_code(name) || (one_width && says_month(name) && longest_ >= code_digits))
      return Type::text;
    if (one_width && longest_ > code_digits && says_identifier(name)) return Type::text;
    // Dates in digits of which some do not exist: never to be added up.
    if (says_date(name) && shortest_ >= 5 && longest_ <= 8) return Type::text;
    return Type::integer;
  }
  if ((alive_ & number_kind) != 0) return Type::number;
  if ((alive_ & boolean_kind) != 0) return Type::boolean;
  // Of digits alone, with leading zeros: by the name, as above.
  const bool compact_only = (spellings_ & compact_spelling) != 0 &&
                            (spellings_ & separator_spelling) == 0 && (alive_ & date_kind) != 0 &&
                            (bent_ & date_kind) != 0 && shortest_ <= 8 && longest_ <= 8;
  if (compact_only && !says_compact_date(name)) return Type::text;
  if ((alive_ & date_kind) != 0) return Type::date;
  return (alive_ & timestamp_kind) != 0 ? Type::timestamp : Type::text;
}

bool ColumnProfile::needs_rewriting(Type type) const {
  const auto bent = [&](Kinds kind) { return (bent_ & kind) != 0; };
  const bool emptied = null_words_ > 0 || quoted_empty_ > 0;
  switch (type) {
    case Type::integer:
      return emptied || bent(integer_kind);
    case Type::number:
      return emptied || bent(number_kind);
    case Type::boolean:
      return emptied || bent(boolean_kind);
    case Type::date:
      return emptied || bent(date_kind);
    case Type::timestamp:
      return emptied || bent(timestamp_kind);
    default:
      return false;
  }
}

std::string ColumnProfile::note(Type type) const {
  if (type == Type::text || type == Type::geometry || !needs_rewriting(type)) return {};
  const bool number = type == Type::integer || type == Type::number;
  const auto relevant = static_cast<Spellings>(number ? spellings_ & number_spellings
                                                      : spellings_ & ~thousands_spelling);
  const auto first = static_cast<Spellings>(relevant & -relevant);
  return std::string(spelling_name(first));
}

}  // namespace minben::intake
