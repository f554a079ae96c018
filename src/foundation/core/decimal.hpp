#pragma once
// IEEE 754-2019 decimal128 (34 digits), as DMN 1.5 §10.3.2.3.1 asks for FEEL numbers.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minben {

/// A finite decimal number. Operations that leave the finite numbers give nullopt.
class Decimal {
 public:
  constexpr Decimal() = default;  ///< zero
  static Decimal from(std::int64_t value);
  /// FEEL and JSON number syntax: [-]digits[.digits][e[+-]digits]; nullopt otherwise.
  static std::optional<Decimal> parse(std::string_view text);

  /// Shortest plain notation without trailing zeros ("12.5"), or exponent form beyond 34 digits.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::optional<std::int64_t> to_integer()
      const;  ///< nullopt unless whole and in range
  [[nodiscard]] double to_double() const;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b);

  /// The bits of the binary (BID) encoding, low word first; for the arithmetic in decimal.cpp.
  struct Bits {
    std::uint64_t low = 0;
    std::uint64_t high = 0x3040000000000000;
  };
  constexpr explicit Decimal(Bits bits) : bits_(bits) {}
  [[nodiscard]] constexpr Bits bits() const { return bits_; }

 private:
  Bits bits_;
};

std::optional<Decimal> add(Decimal a, Decimal b);
std::optional<Decimal> subtract(Decimal a, Decimal b);
std::optional<Decimal> multiply(Decimal a, Decimal b);
std::optional<Decimal> divide(Decimal a, Decimal b);  ///< nullopt for b = 0
Decimal negate(Decimal a);
Decimal absolute(Decimal a);
bool is_zero(Decimal a);
bool is_negative(Decimal a);  ///< false for zero

std::optional<Decimal> power(Decimal base, Decimal exponent);
std::optional<Decimal> square_root(Decimal a);  ///< nullopt below zero
std::optional<Decimal> natural_log(Decimal a);  ///< nullopt unless a > 0
std::optional<Decimal> exponential(Decimal a);
/// a - b·floor(a/b): the sign follows b (DMN 1.5 §10.3.4.5); nullopt for b = 0.
std::optional<Decimal> modulo(Decimal a, Decimal b);

enum class Rounding {
  half_even,
  half_up,
  half_down,
  up,
  down,
  floor,
  ceiling
};  ///< up, down: from and to zero
/// To `scale` digits after the point (negative: before it). nullopt when scale is outside
/// -6111..6176.
std::optional<Decimal> round_to(Decimal a, std::int64_t scale, Rounding rounding);

}  // namespace minben
