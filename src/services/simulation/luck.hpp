#pragma once
// Common random numbers: what happens to a case depends on the run, the case and the name of what
// is drawn, never on the order in which a variant comes to draw it.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minben::simulation {

class Luck {
 public:
  explicit Luck(std::uint64_t key) : key_(key) {}
  /// Uniform in (0, 1). `turn`: the how-manieth draw of that name for that case.
  [[nodiscard]] double draw(std::int64_t subject, std::string_view what, int turn = 0) const;

 private:
  std::uint64_t key_;
};

/// Index of the entry that `luck` falls on, by weight; weights are positive in sum.
std::size_t pick(std::span<const std::pair<std::string, double>> weighted, double luck);
/// How many events of a Poisson distribution.
int poisson(double mean, double luck);

}  // namespace minben::simulation
