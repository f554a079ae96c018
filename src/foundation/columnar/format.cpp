#include <charconv>
#include <cmath>
#include <limits>

#include "core/large_json.hpp"
#include "impl.hpp"

namespace minben::columnar {

namespace {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

void append_digits(std::string& out, UInt128 value) {
  std::array<char, 40> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  out.append(digits.data() + at, digits.size() - at);
}

void append_huge(std::string& out, Int128 value) {
  if (value < 0) out += '-';
  append_digits(out, value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value));
}

/// `value` is the number times 10^scale.
void append_decimal(std::string& out, Int128 value, int scale) {
  if (value < 0) out += '-';
  std::string digits;
  append_digits(digits, value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value));
  const auto after = static_cast<std::size_t>(scale);
  if (digits.size() <= after) digits.insert(0, after + 1 - digits.size(), '0');
  out.append(digits, 0, digits.size() - after);
  if (after > 0) out.append(1, '.').append(digits, digits.size() - after);
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
  }
}

void append_two(std::string& out, int value) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

void append_date(std::string& out, std::int32_t days) {
  if (!duckdb_is_finite_date({days})) {
    out += days < 0 ? "-infinity" : "infinity";
    return;
  }
  const duckdb_date_struct date = duckdb_from_date({days});
  if (date.year < 0 || date.year > 9999) {
    fmt::format_to(std::back_inserter(out), "{:+05}", date.year);
  } else {
    append_two(out, date.year / 100);
    append_two(out, date.year % 100);
  }
  out += '-';
  append_two(out, date.month);
  out += '-';
  append_two(out, date.day);
}

void append_time(std::string& out, std::int64_t micros) {
  const auto second = static_cast<int>(micros / 1'000'000);
  append_two(out, second / 3600);
  out += ':';
  append_two(out, second / 60 % 60);
  out += ':';
  append_two(out, second % 60);
  if (const auto rest = micros % 1'000'000; rest != 0) {
    const std::size_t from = out.size();
    fmt::format_to(std::back_inserter(out), ".{:06}", rest);
    while (out.back() == '0' && out.size() > from) out.pop_back();
  }
}

void append_timestamp(std::string& out, std::int64_t micros) {
  if (!duckdb_is_finite_timestamp({micros})) {
    out += micros < 0 ? "-infinity" : "infinity";
    return;
  }
  constexpr std::int64_t day = 86'400'000'000;
  const std::int64_t days = micros / day - (micros % day < 0 ? 1 : 0);
  append_date(out, static_cast<std::int32_t>(days));
  out += 'T';
  append_time(out, micros - days * day);
}

Int128 wide(const duckdb_hugeint& value) {
  return static_cast<Int128>(static_cast<UInt128>(static_cast<std::uint64_t>(value.upper)) << 64 |
                             value.lower);
}

}  // namespace

void Column::append_text(std::string& out, std::size_t row) const {
  if (is_null(row)) return;
  switch (type_) {
    case Type::boolean:
      out += boolean(row) ? "true" : "false";
      return;
    case Type::integer:
      append_integer(out, integer(row));
      return;
    case Type::huge:
      if (physical_ == DUCKDB_TYPE_UBIGINT) {
        append_digits(out, static_cast<const std::uint64_t*>(data_)[row]);
      } else if (physical_ == DUCKDB_TYPE_UHUGEINT) {
        const auto& value = static_cast<const duckdb_uhugeint*>(data_)[row];
        append_digits(out, static_cast<UInt128>(value.upper) << 64 | value.lower);
      } else {
        append_huge(out, wide(static_cast<const duckdb_hugeint*>(data_)[row]));
      }
      return;
    case Type::number:
      if (physical_ == DUCKDB_TYPE_FLOAT)
        fmt::format_to(std::back_inserter(out), "{}", static_cast<const float*>(data_)[row]);
      else append_number(out, number(row));
      return;
    case Type::decimal:
      append_decimal(out,
                     physical_ == DUCKDB_TYPE_HUGEINT
                         ? wide(static_cast<const duckdb_hugeint*>(data_)[row])
                         : static_cast<Int128>(integer(row)),
                     scale_);
      return;
    case Type::text:
      out += text(row);
      return;
    case Type::date:
      append_date(out, static_cast<std::int32_t>(integer(row)));
      return;
    case Type::time:
      append_time(out, integer(row));
      return;
    case Type::timestamp:
      append_timestamp(out, integer(row));
      return;
    case Type::instant:
      append_timestamp(out, integer(row));
      if (out.back() != 'y') out += 'Z';  // not of infinity
      return;
  }
}

void Column::append_json(std::string& out, std::size_t row) const {
  if (is_null(row)) {
    out += "null";
    return;
  }
  switch (type_) {
    case Type::text:
      append_json_text(out, text(row));
      return;
    case Type::boolean:
    case Type::integer:
    case Type::huge:
    case Type::decimal:
      append_text(out, row);
      return;
    case Type::number:
      if (std::isfinite(number(row))) {
        append_text(out, row);
        return;
      }
      [[fallthrough]];
    default:
      out += '"';
      append_text(out, row);
      out += '"';
  }
}

}  // namespace minben::columnar
