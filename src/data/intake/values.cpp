#include "values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "moments.hpp"

namespace minben::intake {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr std::size_t longest_value = 64;  // bytes of any value but text

/// "-12" and "0.5", by far the commonest values: whether they are canonical as they stand.
enum class Plain { no, integer, decimal };
Plain plain_number_of(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (*p == '-') ++p;
  const char* const digits = p;
  while (p < end && is_digit(*p)) ++p;
  const std::ptrdiff_t whole = p - digits;
  if (whole == 0 || whole > 18 || (*digits == '0' && whole > 1)) return Plain::no;
  if (p == end) return Plain::integer;
  if (*p != '.' || end - p == 1) return Plain::no;
  ++p;
  while (p < end && is_digit(*p)) ++p;
  return p == end ? Plain::decimal : Plain::no;
}

/// A decimal number in ASCII; nullopt when it is none, or would lose digits as a double.
struct Numeral {
  bool whole = false;  ///< fits 64 bits
  Spellings spellings = 0;
};
std::optional<Numeral> read_numeral(std::string_view text) {
  Numeral found;
  if (text.front() == '+' || text.front() == '-') text.remove_prefix(1);
  std::size_t digits = 0, group = 0;
  bool groups = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == ','); ++i) {
    if (text[i] == ',') {
      if (digits == 0 || group > 3 || (groups && group != 3)) return std::nullopt;
      groups = true;
      group = 0;
    } else {
      ++digits;
      ++group;
    }
  }
  if (groups && group != 3) return std::nullopt;
  if (groups) found.spellings |= thousands_spelling;
  if (digits > 1 && text[0] == '0') return std::nullopt;  // a code
  if (i == text.size()) {
    found.whole = digits > 0 && digits <= 18;
    if (digits == 19) {
      std::int64_t value = 0;
      std::string plain(text);
      std::erase(plain, ',');
      found.whole = std::from_chars(plain.data(), plain.data() + 19, value).ec == std::errc{};
    }
    return found.whole ? std::optional(found) : std::nullopt;
  }
  std::size_t decimals = 0;
  if (text[i] == '.') {
    for (++i; i < text.size() && is_digit(text[i]); ++i) ++decimals;
  }
  if (digits + decimals == 0 || digits > 300 || groups > (digits > 3)) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i == first || i - first > 3) return std::nullopt;
  }
  return i == text.size() ? std::optional(found) : std::nullopt;
}

/// Full-width forms and typographic signs as ASCII, and no white space at the ends.
std::optional<std::string> normal_form(std::string_view text, Spellings& spellings) {
  const std::string_view inner = trim(text);
  if (inner.size() != text.size()) spellings |= space_spelling;
  if (inner.empty() || inner.size() > longest_value) return std::nullopt;
  std::string normal;
  for (std::size_t i = 0; i < inner.size();) {
    const std::string_view three = inner.substr(i, 3);
    const auto last = static_cast<unsigned char>(three.back());
    if (three.starts_with("\xef\xbc") && three.size() == 3 && last >= 0x81 && last <= 0xbf) {
      normal.push_back(static_cast<char>(last - 0x81 + '!'));  // U+FF01 to U+FF3F
      spellings |= full_width_spelling;
      i += 3;
    } else if (three == "\u2212") {
      normal.push_back('-');
      spellings |= full_width_spelling;
      i += 3;
    } else if (three == "\u3000") {
      normal.push_back(' ');
      spellings |= space_spelling;
      i += 3;
    } else {
      normal.push_back(inner[i++]);
    }
  }
  return normal;
}

bool is_boolean(std::string_view text) {
  if (text.size() != 4 && text.size() != 5) return false;
  const std::string lower = to_lower_ascii(text);
  return lower == "true" || lower == "false";
}

void read_number(std::string_view text, Kinds alive, Reading& reading) {
  if ((alive & (integer_kind | number_kind)) == 0) return;
  const char first = text.front();
  if (!is_digit(first) && first != '-' && first != '+' && first != '.') return;
  const auto numeral = read_numeral(text);
  if (!numeral) return;
  const Kinds fits = alive & (numeral->whole ? integer_kind | number_kind : number_kind);
  reading.fits |= fits;
  if (numeral->spellings == 0) reading.plain |= fits;
  if (fits != 0) reading.spellings |= numeral->spellings;
}

void read_moment(std::string_view text, Kinds alive, Reading& reading) {
  if ((alive & (date_kind | timestamp_kind)) == 0) return;
  const auto moment = parse_moment(text);
  if (!moment) return;
  // A date is a timestamp too, at midnight: columns mix both.
  Kinds fits = alive & timestamp_kind;
  if (!moment->has_time) fits |= alive & date_kind;
  reading.fits |= fits;
  if (moment->spellings == 0) reading.plain |= fits & (moment->has_time ? all_kinds : date_kind);
  if (fits != 0) reading.spellings |= moment->spellings;
}

Reading read_ascii(std::string_view text, Kinds alive) {
  Reading reading;
  read_number(text, alive, reading);
  read_moment(text, alive, reading);
  if ((alive & boolean_kind) != 0 && is_boolean(text)) {
    reading.fits |= boolean_kind;
    reading.plain |= boolean_kind;
  }
  return reading;
}

bool needs_normal_form(std::string_view text) {
  if (text.front() == ' ' || text.back() == ' ' || text.back() == '\t' || text.front() == '\t')
    return true;
  // The first bytes of full-width forms, U+3000 and U+2212.
  return std::ranges::any_of(text,
                             [](char c) { return c == '\xef' || c == '\xe3' || c == '\xe2'; });
}

/// Digits with at most a sign and a point, whatever stood around them.
std::string plain_number(std::string_view text) {
  std::string plain(text);
  std::erase(plain, ',');
  if (plain.front() == '+') plain.erase(0, 1);
  const std::size_t sign = plain.front() == '-' ? 1 : 0;
  if (plain[sign] == '.') plain.insert(sign, 1, '0');
  if (const std::size_t point = plain.find('.');
      point != std::string::npos && (point + 1 == plain.size() || !is_digit(plain[point + 1])))
    plain.insert(point + 1, 1, '0');
  return plain;
}

}  // namespace

std::string_view spelling_name(Spellings one) {
  switch (one) {
    case roc_spelling:
      return "roc_date";
    case compact_spelling:
      return "compact_date";
    case separator_spelling:
      return "date_separators";
    case thousands_spelling:
      return "thousands";
    case full_width_spelling:
      return "full_width";
    case space_spelling:
      return "spaces";
    case offset_spelling:
      return "taiwan_time";
    case hour_spelling:
      return "hours";
    default:
      return "";
  }
}

Reading recognise(std::string_view text, Kinds alive) {
  if (text.size() > longest_value) return {};
  const bool moments = (alive & (date_kind | timestamp_kind)) != 0;
  if (const Plain plain = plain_number_of(text); plain != Plain::no) {
    Reading reading;
    reading.fits = reading.plain =
        alive & (plain == Plain::integer ? integer_kind | number_kind : number_kind);
    if (moments) read_moment(text, alive, reading);
    return reading;
  }
  if (!needs_normal_form(text)) return read_ascii(text, alive);
  Spellings spellings = 0;
  const auto normal = normal_form(text, spellings);
  if (!normal) return {};
  Reading reading = read_ascii(*normal, alive);
  if (spellings != 0) reading.plain = 0;
  if (reading.fits != 0) reading.spellings |= spellings;
  return reading;
}

bool is_null_word(std::string_view text) {
  if (text.size() > 12) return false;
  text = trim(text);
  static constexpr std::array<std::string_view, 22> words{
      "-",   "--", "---", "－",   "－－", "—",    "–",    "―",    "…",   "……",  "⋯",
      "...", "..", "n/a", "n.a.", "na",   "#n/a", "null", "none", "nan", "nil", "無資料"};
  if (text.empty()) return true;  // white space only
  const std::string lower = to_lower_ascii(text);
  return std::ranges::find(words, std::string_view(lower)) != words.end();
}

std::optional<std::string> canonical(std::string_view text, Type type) {
  if (type == Type::text || type == Type::geometry) return std::string(text);
  if (text.empty() || text.size() > longest_value) return std::nullopt;
  Spellings ignored = 0;
  const auto normal = needs_normal_form(text) ? normal_form(text, ignored) : std::string(text);
  if (!normal) return std::nullopt;
  switch (type) {
    case Type::integer:
    case Type::number: {
      const auto numeral = read_numeral(*normal);
      if (!numeral || (type == Type::integer && !numeral->whole)) return std::nullopt;
      return plain_number(*normal);
    }
    case Type::boolean:
      return is_boolean(*normal) ? std::optional(to_lower_ascii(*normal)) : std::nullopt;
    case Type::date:
    case Type::timestamp: {
      const auto moment = parse_moment(*normal);
      if (!moment || (type == Type::date && moment->has_time)) return std::nullopt;
      return type == Type::date ? minben::to_string(moment->date) : timestamp_text(*moment);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace minben::intake
