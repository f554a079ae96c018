#include "core/decimal.hpp"

#include <algorithm>
#include <array>

// Intel's library, as Debian builds it in libbidgcc000: arguments by value, rounding mode and
// exception flags as arguments.
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpedantic"
#include <bid_conf.h>
#include <bid_functions.h>
#pragma clang diagnostic pop

namespace minben {

namespace {
__extension__ using Wide = unsigned __int128;

constexpr int bias = 6176;  // exponent of the least significant digit is stored plus this
constexpr unsigned nearest_even = BID_ROUNDING_TO_NEAREST;
constexpr std::uint64_t sign_bit = 0x8000000000000000;
constexpr std::uint64_t coefficient_mask = 0x0001ffffffffffff;

BID_UINT128 raw(Decimal value) {
  BID_UINT128 out;
  out.w[0] = value.bits().low;
  out.w[1] = value.bits().high;
  return out;
}
Decimal cooked(BID_UINT128 value) { return Decimal(Decimal::Bits{value.w[0], value.w[1]}); }

std::optional<Decimal> finite(BID_UINT128 value) {
  if (!bid128_isFinite(value)) return std::nullopt;
  return cooked(value);
}

struct Parts {
  bool negative;
  int exponent;
  Wide coefficient;
};
Parts parts_of(Decimal value) {
  const auto [low, high] = value.bits();
  // Two high steering bits would mean a coefficient beyond 34 digits, which counts as zero.
  const bool canonical = (high & 0x6000000000000000) != 0x6000000000000000;
  return {(high & sign_bit) != 0, static_cast<int>((high >> 49) & 0x3fff) - bias,
          canonical ? (Wide{high & coefficient_mask} << 64 | low) : Wide{0}};
}

// Numbers of everyday size need no library: their sums, products and comparisons are exact in 64
// bits, with the exponent that IEEE 754-2019 §5.4.1 prefers.
constexpr std::uint64_t exponent_mask = 0x7ffe000000000000;
constexpr int exponent_shift = 49;
constexpr std::uint64_t largest_exponent = 12'287, stored_zero = bias;

struct Short {
  std::uint64_t magnitude;
  bool negative;
  std::uint64_t exponent;  ///< biased
};
/// nullopt when the coefficient has `bits` bits or more.
inline std::optional<Short> short_of(Decimal value, int bits) {
  const auto [low, high] = value.bits();
  const bool steered = (high & 0x6000000000000000) == 0x6000000000000000;
  if ((high & coefficient_mask) != 0 || (low >> bits) != 0 || steered) return std::nullopt;
  return Short{low, (high & sign_bit) != 0, (high & exponent_mask) >> exponent_shift};
}
inline std::int64_t signed_of(const Short& value) {
  const auto magnitude = static_cast<std::int64_t>(value.magnitude);
  return value.negative ? -magnitude : magnitude;
}
inline Decimal decimal_of(std::int64_t value, std::uint64_t exponent) {
  const bool negative = value < 0;
  return Decimal(Decimal::Bits{static_cast<std::uint64_t>(negative ? -value : value),
                               exponent << exponent_shift | (negative ? sign_bit : 0)});
}

constexpr int sum_bits = 62, product_bits = 31;

inline std::optional<Decimal> short_sum(Decimal a, Decimal b, int sign) {
  const auto x = short_of(a, sum_bits), y = short_of(b, sum_bits);
  if (!x || !y || x->exponent != y->exponent) return std::nullopt;
  return decimal_of(signed_of(*x) + sign * signed_of(*y), x->exponent);
}

std::string digits_of(Wide number) {
  if ((number >> 64) == 0) return std::to_string(static_cast<std::uint64_t>(number));
  std::string out;
  do {
    out += static_cast<char>('0' + static_cast<int>(number % 10));
    number /= 10;
  } while (number != 0);
  std::ranges::reverse(out);
  return out;
}

bool is_number_syntax(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  const auto sign = [&](std::string_view set) {
    if (at < text.size() && set.find(text[at]) != set.npos) ++at;
  };
  sign("-");
  const std::size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    sign("+-");
    if (digits() == 0) return false;
  }
  return at == text.size();
}
}  // namespace

Decimal Decimal::from(std::int64_t value) {
  const std::uint64_t magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return Decimal(Bits{magnitude, Bits{}.high | (value < 0 ? sign_bit : 0)});
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  constexpr std::size_t longest = 10'000;  // digits beyond 34 only round; nobody means more
  if (text.size() > longest || !is_number_syntax(text)) return std::nullopt;
  std::string copy(text);
  _IDEC_flags flags = 0;
  return finite(bid128_from_string(copy.data(), nearest_even, &flags));
}

std::string Decimal::to_string() const {
  auto [negative, exponent, coefficient] = parts_of(*this);
  if (coefficient == 0) return "0";
  while (coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  std::string digits = digits_of(coefficient);
  const int point = static_cast<int>(digits.size()) + exponent;  // digits before the point
  const int plain_width = 34;
  if (exponent >= 0 && point <= plain_width) {
    digits.append(static_cast<std::size_t>(exponent), '0');
  } else if (exponent < 0 && point > 0) {
    digits.insert(static_cast<std::size_t>(point), 1, '.');
  } else if (exponent < 0 && -exponent <= plain_width) {
    digits.insert(0, "0." + std::string(static_cast<std::size_t>(-point), '0'));
  } else {
    if (digits.size() > 1) digits.insert(1, 1, '.');
    digits += (point > 0 ? "E+" : "E-") + std::to_string(point > 0 ? point - 1 : 1 - point);
  }
  return negative ? "-" + digits : digits;
}

std::optional<std::int64_t> Decimal::to_integer() const {
  const Parts parts = parts_of(*this);
  Wide number = parts.coefficient;
  int exponent = number == 0 ? 0 : parts.exponent;
  constexpr Wide limit = Wide{1} << 63;
  for (; exponent < 0; ++exponent) {
    if (number % 10 != 0) return std::nullopt;
    number /= 10;
  }
  for (; exponent > 0; --exponent) {
    if (number > limit) return std::nullopt;
    number *= 10;
  }
  if (number > limit || (number == limit && !parts.negative)) return std::nullopt;
  const auto magnitude = static_cast<std::uint64_t>(number);
  return static_cast<std::int64_t>(parts.negative ? 0 - magnitude : magnitude);
}

double Decimal::to_double() const {
  _IDEC_flags flags = 0;
  return bid128_to_binary64(raw(*this), nearest_even, &flags);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (const auto x = short_of(a, sum_bits), y = short_of(b, sum_bits);
      x && y && x->exponent == y->exponent)
    return signed_of(*x) <=> signed_of(*y);
  const Parts x = parts_of(a), y = parts_of(b);
  if (x.exponent == y.exponent && !x.negative && !y.negative)
    return x.coefficient <=> y.coefficient;
  _IDEC_flags flags = 0;
  if (bid128_quiet_equal(raw(a), raw(b), &flags)) return std::strong_ordering::equal;
  return bid128_quiet_less(raw(a), raw(b), &flags) ? std::strong_ordering::less
                                                   : std::strong_ordering::greater;
}
bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

std::optional<Decimal> add(Decimal a, Decimal b) {
  if (const auto sum = short_sum(a, b, 1)) return sum;
  _IDEC_flags flags = 0;
  return finite(bid128_add(raw(a), raw(b), nearest_even, &flags));
}
std::optional<Decimal> subtract(Decimal a, Decimal b) {
  if (const auto difference = short_sum(a, b, -1)) return difference;
  _IDEC_flags flags = 0;
  return finite(bid128_sub(raw(a), raw(b), nearest_even, &flags));
}
std::optional<Decimal> multiply(Decimal a, Decimal b) {
  if (const auto x = short_of(a, product_bits), y = short_of(b, product_bits); x && y) {
    const std::uint64_t exponent = x->exponent + y->exponent - stored_zero;  // wraps below zero
    if (exponent <= largest_exponent) return decimal_of(signed_of(*x) * signed_of(*y), exponent);
  }
  _IDEC_flags flags = 0;
  return finite(bid128_mul(raw(a), raw(b), nearest_even, &flags));
}
std::optional<Decimal> divide(Decimal a, Decimal b) {
  if (const auto x = short_of(a, sum_bits), y = short_of(b, sum_bits);
      x && y && y->magnitude != 0 && x->magnitude % y->magnitude == 0) {
    const std::uint64_t exponent = x->exponent - y->exponent + stored_zero;  // the same
    if (exponent <= largest_exponent) return decimal_of(signed_of(*x) / signed_of(*y), exponent);
  }
  _IDEC_flags flags = 0;
  return finite(bid128_div(raw(a), raw(b), nearest_even, &flags));
}
Decimal negate(Decimal a) {
  if (is_zero(a)) return a;
  return Decimal(Decimal::Bits{a.bits().low, a.bits().high ^ sign_bit});
}
Decimal absolute(Decimal a) {
  return Decimal(Decimal::Bits{a.bits().low, a.bits().high & ~sign_bit});
}
bool is_zero(Decimal a) { return parts_of(a).coefficient == 0; }
bool is_negative(Decimal a) { return (a.bits().high & sign_bit) != 0 && !is_zero(a); }

namespace {
/// Whole powers by repeated squaring: exact where the result fits, unlike exp(y·log x).
std::optional<Decimal> whole_power(Decimal base, std::uint64_t exponent) {
  std::optional<Decimal> out = Decimal::from(1);
  for (std::optional<Decimal> square = base; exponent != 0; exponent >>= 1) {
    if (exponent & 1) out = multiply(*out, *square);
    if (!out) return std::nullopt;
    if (exponent > 1) square = multiply(*square, *square);
    if (!square) return std::nullopt;
  }
  return out;
}
}  // namespace

std::optional<Decimal> power(Decimal base, Decimal exponent) {
  constexpr std::int64_t most = 1'000'000;
  const auto whole = exponent.to_integer();
  if (whole && *whole >= 0 && *whole <= most)
    return whole_power(base, static_cast<std::uint64_t>(*whole));
  if (whole && *whole < 0 && *whole >= -most) {
    const auto inverse = whole_power(base, static_cast<std::uint64_t>(-*whole));
    return inverse ? divide(Decimal::from(1), *inverse) : std::nullopt;
  }
  _IDEC_flags flags = 0;
  return finite(bid128_pow(raw(base), raw(exponent), nearest_even, &flags));
}
std::optional<Decimal> square_root(Decimal a) {
  _IDEC_flags flags = 0;
  return finite(bid128_sqrt(raw(a), nearest_even, &flags));
}
std::optional<Decimal> natural_log(Decimal a) {
  _IDEC_flags flags = 0;
  return finite(bid128_log(raw(a), nearest_even, &flags));
}
std::optional<Decimal> exponential(Decimal a) {
  _IDEC_flags flags = 0;
  return finite(bid128_exp(raw(a), nearest_even, &flags));
}

std::optional<Decimal> modulo(Decimal a, Decimal b) {
  if (is_zero(b)) return std::nullopt;
  _IDEC_flags flags = 0;
  const auto remainder = finite(bid128_fmod(raw(a), raw(b), &flags));  // exact, sign of a
  if (!remainder || is_zero(*remainder)) return remainder;
  return is_negative(*remainder) == is_negative(b) ? remainder : add(*remainder, b);
}

namespace {
/// The library knows five roundings; the other two are one of them, chosen by the sign or the half.
unsigned library_rounding(Rounding rounding, bool negative) {
  switch (rounding) {
    case Rounding::half_even:
      return BID_ROUNDING_TO_NEAREST;
    case Rounding::half_up:
    case Rounding::half_down:
      return BID_ROUNDING_TIES_AWAY;
    case Rounding::up:
      return negative ? BID_ROUNDING_DOWN : BID_ROUNDING_UP;
    case Rounding::down:
      return BID_ROUNDING_TO_ZERO;
    case Rounding::floor:
      return BID_ROUNDING_DOWN;
    case Rounding::ceiling:
      return BID_ROUNDING_UP;
  }
  return BID_ROUNDING_TO_NEAREST;
}
Decimal unit(std::int64_t scale) {
  return Decimal(Decimal::Bits{1, static_cast<std::uint64_t>(bias - scale) << 49});
}
}  // namespace

std::optional<Decimal> round_to(Decimal a, std::int64_t scale, Rounding rounding) {
  if (scale < -6111 || scale > 6176) return std::nullopt;
  if (is_zero(a) || parts_of(a).exponent >= -scale) return a;  // nothing below that digit
  _IDEC_flags flags = 0;
  const auto at = [&](unsigned mode) {
    return finite(bid128_quantize(raw(a), raw(unit(scale)), mode, &flags));
  };
  if (rounding == Rounding::half_down) {
    // A tie goes towards zero; anything else is rounded the same by all half-… modes.
    const auto down = at(BID_ROUNDING_TO_ZERO), nearest = at(BID_ROUNDING_TIES_AWAY);
    if (!down || !nearest) return std::nullopt;
    const auto rest = subtract(absolute(a), absolute(*down));
    const auto half = divide(unit(scale), Decimal::from(2));
    return rest && half && *rest == *half ? down : nearest;
  }
  return at(library_rounding(rounding, is_negative(a)));
}

}  // namespace minben
