#pragma once
// A random amount, drawn by its quantile, so that two variants of a service can share one luck.
#include <array>
#include <optional>
#include <string_view>

namespace minben::simulation {

/// Immutable; thread-safe. Never negative.
class Quantity {
 public:
  enum class Shape {
    fixed,        ///< value
    uniform,      ///< from, to
    exponential,  ///< mean
    triangular,   ///< least, most likely, most
    lognormal,    ///< median, ninth decile
  };
  static std::optional<Shape> parse_shape(std::string_view word);
  static int parameters_of(Shape shape);
  /// nullopt unless the parameters fit the shape: not negative, ascending, and for a lognormal a
  /// median above 0. Parameters beyond parameters_of() are ignored.
  static std::optional<Quantity> make(Shape shape, std::array<double, 3> parameters);
  static Quantity fixed(double value);

  /// The quantile of `luck`, which is in (0, 1).
  [[nodiscard]] double at(double luck) const;
  [[nodiscard]] double mean() const;

 private:
  Shape shape_ = Shape::fixed;
  std::array<double, 3> parameters_{};
};

/// Inverse of the standard normal distribution function; p in (0, 1); error below 1e-8.
double normal_quantile(double p);

}  // namespace minben::simulation
