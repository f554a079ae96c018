#pragma once
#include <vector>

namespace minben::simulation {

/// The 97.5 % quantile of Student's t distribution.
double student_975(int degrees_of_freedom);
/// By linear interpolation between the ordered values; `values` is not empty.
double quantile(std::vector<double>& values, double share);
double mean_of(const std::vector<double>& values);  ///< 0 when empty

}  // namespace minben::simulation
