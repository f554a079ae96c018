#pragma once
// Private: what charts and maps share.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "page/html.hpp"

namespace minben::page {

/// A length with one decimal.
std::string px(double value);

/// Heading, description and content, as a <figure>.
void figure(Writer& page, std::string_view title, std::string_view description, Content content);

/// The names of a drawing, to be written inside the opening tag of its <svg>, which they end.
void drawing_names(Writer& page, std::string_view id, std::string_view title,
                   std::string_view description);

/// Fills that differ by pattern as well as by colour: those of a sequence get darker, those of
/// kinds do not.
enum class Fill { sequence, kinds };
inline constexpr std::size_t fills = 5;
/// <defs> with the patterns `id`-f0 … f4, and `id`-none for what is not known.
void fill_patterns(Writer& page, std::string_view id, Fill fill);

struct LegendEntry {
  std::string pattern;  ///< id of a pattern; empty: `line`
  std::string text;
};
/// A swatch and words for each.
void legend(Writer& page, std::span<const LegendEntry> entries);

/// Round numbers from one at or below `low` to one at or above `high`, about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace minben::page
