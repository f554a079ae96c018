#include "luck.hpp"

#include <cmath>

#include "quantity.hpp"

namespace minben::simulation {

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): neighbouring inputs give unrelated outputs.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t hash(std::string_view text) {  // FNV-1a
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

}  // namespace

double Luck::draw(std::int64_t subject, std::string_view what, int turn) const {
  std::uint64_t bits = mix(key_ ^ mix(static_cast<std::uint64_t>(subject)));
  bits = mix(bits ^ hash(what));
  bits = mix(bits ^ static_cast<std::uint64_t>(turn));
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}

std::size_t pick(std::span<const std::pair<std::string, double>> weighted, double luck) {
  double sum = 0;
  for (const auto& entry : weighted) sum += entry.second;
  double left = luck * sum;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weighted.size(); ++i) {
    if (weighted[i].second <= 0) continue;
    last = i;
    left -= weighted[i].second;
    if (left < 0) return i;
  }
  return last;
}

int poisson(double mean, double luck) {
  if (mean <= 0) return 0;
  if (mean > 500) {  // where the term below would vanish, the normal distribution is near enough
    return std::max(0,
                    static_cast<int>(std::lround(mean + std::sqrt(mean) * normal_quantile(luck))));
  }
  double term = std::exp(-mean), sum = term;
  int count = 0;
  while (sum < luck && count < 10'000) {
    ++count;
    term *= mean / count;
    sum += term;
  }
  return count;
}

}  // namespace minben::simulation
