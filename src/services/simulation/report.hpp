#pragma once
// What a simulation found, for people and for programs. All functions are thread-safe.
#include "simulation/simulation.hpp"

namespace minben::simulation {

/// What to say about how the figures were made.
struct Provenance {
  std::uint64_t seed = 0;
  std::vector<std::string> files;  ///< arrivals and staff, as named on the command line
};

/// Aligned, for a terminal of 100 columns.
std::string to_text(const Report& report, const Provenance& provenance);
std::string to_text(const Comparison& comparison, const Provenance& provenance);

Json to_json(const Report& report, const Provenance& provenance);
Json to_json(const Comparison& comparison, const Provenance& provenance);

/// One page in both languages, without scripts or anything from elsewhere; a table beside each
/// chart.
std::string to_html(const Report& report, const Provenance& provenance);
std::string to_html(const Comparison& comparison, const Provenance& provenance);

/// The page's charts as SVG files: name without ending → content.
std::map<std::string, std::string> to_svg(const Report& report);
std::map<std::string, std::string> to_svg(const Comparison& comparison);

}  // namespace minben::simulation
