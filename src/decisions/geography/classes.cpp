#include <algorithm>
#include <cmath>
#include <numeric>

#include "maps.hpp"

namespace minben::geography {

namespace {

/// Values that differ, ascending, and how many have each.
struct Distinct {
  std::vector<double> values;
  std::vector<double> counts;
  double total = 0;
};

Distinct distinct(std::span<const double> values) {
  std::vector<double> sorted;
  for (const double value : values)
    if (std::isfinite(value)) sorted.push_back(value);
  std::ranges::sort(sorted);
  Distinct found;
  for (const double value : sorted) {
    if (found.values.empty() || value != found.values.back()) {
      found.values.push_back(value);
      found.counts.push_back(0);
    }
    ++found.counts.back();
  }
  found.total = static_cast<double>(sorted.size());
  return found;
}

/// The roundest number with low < it <= high.
double roundest(double low, double high) {
  const double widest = std::max({std::abs(low), std::abs(high), high - low});
  if (!std::isfinite(widest)) return high;
  for (double step = std::pow(10.0, std::floor(std::log10(widest)));
       step > 1e-12 * widest && step > 0; step /= 10)
    for (const double part : {1.0, 0.5, 0.2}) {
      const double candidate = std::floor(high / (step * part)) * (step * part);
      if (candidate > low && candidate <= high) return candidate;
    }
  return high;
}

/// 1, 2 or 5 times a power of ten, not below `step`.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step) return factor * power;
  return 10 * power;
}

void count_members(Classes& classes, const Distinct& all) {
  for (std::size_t i = 0; i < all.values.size(); ++i)
    classes.classes[classes.of(all.values[i])].members += static_cast<std::size_t>(all.counts[i]);
}

double largest_share(const Classes& classes, const Distinct& all) {
  std::size_t most = 0;
  for (const Class& one : classes.classes) most = std::max(most, one.members);
  return static_cast<double>(most) / all.total;
}

Classes categories(const Distinct& all) {
  Classes made{.division = Division::categories, .classes = {}};
  for (const double value : all.values) made.classes.push_back({value, value, 0});
  count_members(made, all);
  return made;
}

Classes equal_steps(const Distinct& all, std::size_t at_most) {
  const double low = all.values.front();
  const double high = all.values.back();
  double step = round_step((high - low) / static_cast<double>(at_most));
  const auto first = [&] { return std::floor(low / step); };
  const auto end = [&] { return std::max(std::ceil(high / step), first() + 1); };
  while (end() - first() > static_cast<double>(at_most)) step = round_step(step * 1.01);
  Classes made{.division = Division::equal_steps, .classes = {}};
  for (double i = first(); i < end(); ++i) made.classes.push_back({i * step, (i + 1) * step, 0});
  count_members(made, all);
  return made;
}

/// Classes that begin at these values.
Classes beginning_at(Division division, const Distinct& all, std::span<const std::size_t> begins) {
  Classes made{.division = division, .classes = {}};
  double from = all.values.front();
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const double to = i + 1 < begins.size()
                          ? roundest(all.values[begins[i + 1] - 1], all.values[begins[i + 1]])
                          : all.values.back();
    made.classes.push_back({from, to, 0});
    from = to;
  }
  count_members(made, all);
  return made;
}

/// Sums of squares within a run of values, from sums of what stands before.
class Spread {
 public:
  explicit Spread(const Distinct& all) {
    for (std::size_t i = 0; i < all.values.size(); ++i) {
      const double value = all.values[i] - all.values.front();
      weight_.push_back(weight_.back() + all.counts[i]);
      sum_.push_back(sum_.back() + all.counts[i] * value);
      squares_.push_back(squares_.back() + all.counts[i] * value * value);
    }
  }
  /// Of values [begin, end).
  [[nodiscard]] double within(std::size_t begin, std::size_t end) const {
    const double sum = sum_[end] - sum_[begin];
    return squares_[end] - squares_[begin] - sum * sum / (weight_[end] - weight_[begin]);
  }

 private:
  std::vector<double> weight_{0};
  std::vector<double> sum_{0};
  std::vector<double> squares_{0};
};

/// Fisher's exact optimum by dynamic programming, in classes × values².
Classes natural_breaks(const Distinct& all, std::size_t count) {
  const std::size_t n = all.values.size();
  const Spread spread(all);
  std::vector<double> best(n + 1);
  for (std::size_t end = 1; end <= n; ++end) best[end] = spread.within(0, end);
  std::vector<std::vector<std::size_t>> begins(count, std::vector<std::size_t>(n + 1, 0));
  for (std::size_t k = 1; k < count; ++k) {
    std::vector<double> next(n + 1, 0);
    for (std::size_t end = k + 1; end <= n; ++end) {
      next[end] = best[end - 1];
      begins[k][end] = end - 1;
      for (std::size_t begin = k; begin < end; ++begin)
        if (const double sum = best[begin] + spread.within(begin, end); sum < next[end]) {
          next[end] = sum;
          begins[k][end] = begin;
        }
    }
    best = std::move(next);
  }
  std::vector<std::size_t> at(count, 0);
  for (std::size_t k = count, end = n; k-- > 0;) end = at[k] = k == 0 ? 0 : begins[k][end];
  return beginning_at(Division::natural_breaks, all, at);
}

Classes quantiles(const Distinct& all, std::size_t count) {
  std::vector<std::size_t> at{0};
  double seen = 0;
  for (std::size_t i = 0; i < all.values.size(); ++i) {
    const double wanted = all.total * static_cast<double>(at.size()) / static_cast<double>(count);
    if (i > at.back() && seen >= wanted && at.size() < count) at.push_back(i);
    seen += all.counts[i];
  }
  return beginning_at(Division::quantiles, all, at);
}

}  // namespace

std::size_t Classes::of(double value) const {
  std::size_t found = 0;
  while (found + 1 < classes.size() && classes[found + 1].from <= value) ++found;
  return found;
}

Classes divide(std::span<const double> values, std::size_t at_most) {
  // One class with half of the values says little; clusters may be of unlike sizes.
  constexpr double even = 0.5;
  constexpr double uneven = 0.65;
  constexpr std::size_t most_for_exact_breaks = 2000;
  const Distinct all = distinct(values);
  if (all.values.size() <= at_most) return categories(all);
  // Where steps between the values would vanish in their digits, or be endless.
  const double span = all.values.back() - all.values.front();
  const double largest = std::max(std::abs(all.values.back()), std::abs(all.values.front()));
  if (!std::isfinite(span) || span < 1e-9 * largest) return quantiles(all, at_most);
  Classes made = equal_steps(all, at_most);
  if (made.classes.size() >= 3 && largest_share(made, all) <= even &&
      std::ranges::none_of(made.classes, [](const Class& c) { return c.members == 0; }))
    return made;
  if (all.values.size() <= most_for_exact_breaks) {
    made = natural_breaks(all, at_most);
    if (largest_share(made, all) <= uneven) return made;
  }
  return quantiles(all, at_most);
}

}  // namespace minben::geography
