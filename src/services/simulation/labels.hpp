#pragma once
// Words and order of the figures in reports.
#include "simulation.hpp"

namespace minben::simulation {

enum class Unit { days, share, count };

struct Label {
  std::string figure;
  Bilingual title;
  Unit unit{};
};

/// Of the service as a whole; figures that a report does not have are left out.
std::vector<Label> headlines(const Report& report);
/// "step.<id>" and "confirm.<id>" of which the report has figures, in the package's order.
std::vector<Label> lines(const Report& report);
/// "team.<agency>.<role>.utilisation".
std::vector<Label> teams(const Report& report);
/// "outcome.<id>", the most frequent first.
std::vector<Label> outcomes(const Report& report);

const Estimate* figure(const Report& report, std::string_view name);
std::string in_words(double value, Unit unit);                  ///< "23.4", "97.2 %"
std::string interval(const Estimate& estimate, Unit unit);      ///< "23.1 … 23.7"
std::string cut(const std::string& words, std::size_t length);  ///< to so many characters, with …
std::string grouped(std::int64_t number);                       ///< "12,345"

/// Days in equal classes: how many cases took from `first + i * width` on.
struct Classes {
  int width = 1;
  std::vector<std::vector<std::int64_t>> counts;  ///< one list a report
};
Classes classes_of(std::span<const Report* const> reports);

}  // namespace minben::simulation
