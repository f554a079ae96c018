#include "quantity.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace minben::simulation {

namespace {

constexpr double ninth_decile = 1.2815515655446004;  // of the standard normal distribution

double horner(double x, const std::array<double, 6>& coefficients) {
  double sum = 0;
  for (const double c : coefficients) sum = sum * x + c;
  return sum;
}

/// P. J. Acklam's rational approximation, relative error 1.15e-9 before the correction below.
double first_guess(double p) {
  constexpr std::array<double, 6> a{-3.969683028665376e+01, 2.209460984245205e+02,
                                    -2.759285104469687e+02, 1.383577518672690e+02,
                                    -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr std::array<double, 6> b{-5.447609879822406e+01, 1.615858368580409e+02,
                                    -1.556989798598866e+02, 6.680131188771972e+01,
                                    -1.328068155288572e+01, 1.0};
  constexpr std::array<double, 6> c{-7.784894002430293e-03, -3.223964580411365e-01,
                                    -2.400758277161838e+00, -2.549732539343734e+00,
                                    4.374664141464968e+00,  2.938163982698783e+00};
  constexpr std::array<double, 6> d{0,
                                    7.784695709041462e-03,
                                    3.224671290700398e-01,
                                    2.445134137142996e+00,
                                    3.754408661907416e+00,
                                    1.0};
  constexpr double low = 0.02425;
  if (p < low) {
    const double q = std::sqrt(-2 * std::log(p));
    return horner(q, c) / horner(q, d);
  }
  if (p > 1 - low) return -first_guess(1 - p);
  const double q = p - 0.5;
  return q * horner(q * q, a) / horner(q * q, b);
}

double triangular(double low, double mode, double high, double luck) {
  if (high <= low) return low;
  const double turn = (mode - low) / (high - low);
  if (luck < turn) return low + std::sqrt(luck * (high - low) * (mode - low));
  return high - std::sqrt((1 - luck) * (high - low) * (high - mode));
}

}  // namespace

double normal_quantile(double p) {
  const double x = first_guess(p);
  // One step of Halley's method.
  const double error = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
  const double u = error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - u / (1 + x * u / 2);
}

std::optional<Quantity::Shape> Quantity::parse_shape(std::string_view word) {
  using enum Shape;
  for (const auto& [name, shape] :
       {std::pair{"fixed", fixed}, std::pair{"uniform", uniform},
        std::pair{"exponential", exponential}, std::pair{"triangular", triangular},
        std::pair{"lognormal", lognormal}}) {
    if (word == name) return shape;
  }
  return std::nullopt;
}

int Quantity::parameters_of(Shape shape) {
  switch (shape) {
    case Shape::fixed:
    case Shape::exponential:
      return 1;
    case Shape::uniform:
    case Shape::lognormal:
      return 2;
    case Shape::triangular:
      return 3;
  }
  return 0;
}

std::optional<Quantity> Quantity::make(Shape shape, std::array<double, 3> parameters) {
  Quantity made;
  made.shape_ = shape;
  made.parameters_ = parameters;
  double before = 0;
  for (int i = 0; i < parameters_of(shape); ++i) {
    const double value = parameters[static_cast<std::size_t>(i)];
    if (!std::isfinite(value) || value < before) return std::nullopt;
    before = value;
  }
  if (shape == Shape::lognormal && parameters[0] <= 0) return std::nullopt;
  return made;
}

Quantity Quantity::fixed(double value) {
  Quantity made;
  made.parameters_[0] = value;
  return made;
}

double Quantity::at(double luck) const {
  const auto& [a, b, c] = parameters_;
  switch (shape_) {
    case Shape::fixed:
      return a;
    case Shape::uniform:
      return a + (b - a) * luck;
    case Shape::exponential:
      return -a * std::log1p(-luck);
    case Shape::triangular:
      return triangular(a, b, c, luck);
    case Shape::lognormal:
      return a * std::exp(std::log(b / a) / ninth_decile * normal_quantile(luck));
  }
  return 0;
}

double Quantity::mean() const {
  const auto& [a, b, c] = parameters_;
  switch (shape_) {
    case Shape::fixed:
    case Shape::exponential:
      return a;
    case Shape::uniform:
      return (a + b) / 2;
    case Shape::triangular:
      return (a + b + c) / 3;
    case Shape::lognormal: {
      const double sigma = std::log(b / a) / ninth_decile;
      return a * std::exp(sigma * sigma / 2);
    }
  }
  return 0;
}

}  // namespace minben::simulation
