#include "figure.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "components.hpp"
#include "numbers.hpp"

namespace minben::page {

namespace {

void pattern_marks(Writer& page, std::size_t number) {
  switch (number) {
    case 1:
      page << "<circle class=\"mb-fill__dot\" cx=\"3\" cy=\"3\" r=\"0.8\"/>";
      return;
    case 2:
      page << "<path class=\"mb-fill__line\" d=\"M-1 1L1-1M-1 7L7-1M5 7L7 5\"/>";
      return;
    case 3:
      page << "<path class=\"mb-fill__line\" d=\"M0 1.5H6M0 4.5H6\"/>";
      return;
    case 4:
      page << "<path class=\"mb-fill__line\" d=\"M0 3H6M3 0V6\"/>";
      return;
    default:
      return;
  }
}

}  // namespace

std::string px(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

void figure(Writer& page, std::string_view title, std::string_view description, Content content) {
  page << "<figure class=\"mb-figure\"><figcaption class=\"govuk-heading-s\">" << title
       << "</figcaption>";
  if (!description.empty()) page << "<p class=\"govuk-body-s\">" << description << "</p>";
  content(page);
  page << "</figure>";
}

void drawing_names(Writer& page, std::string_view id, std::string_view title,
                   std::string_view description) {
  page << " aria-labelledby=\"" << id << "-title " << id << "-desc\"><title id=\"" << id
       << "-title\">" << title << "</title><desc id=\"" << id << "-desc\">" << description
       << "</desc>";
}

void fill_patterns(Writer& page, std::string_view id, Fill fill) {
  page << "<defs>";
  for (std::size_t i = 0; i < fills; ++i) {
    page << "<pattern id=\"" << id << "-f" << i << "\" class=\"mb-fill mb-fill--"
         << (fill == Fill::sequence ? Markup("s") : Markup("k")) << i
         << "\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" "
            "height=\"6\"/>";
    pattern_marks(page, i);
    page << "</pattern>";
  }
  page << "<pattern id=\"" << id
       << "-none\" class=\"mb-fill mb-fill--none\" width=\"6\" height=\"6\" "
          "patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\"/><path "
          "class=\"mb-fill__line\" d=\"M-1 5L1 7M-1-1L7 7M5-1L7 1\"/></pattern></defs>";
}

void legend(Writer& page, std::span<const LegendEntry> entries) {
  page << "<ul class=\"mb-legend\">";
  for (const LegendEntry& entry : entries)
    page << "<li class=\"mb-legend__entry\"><svg class=\"mb-legend__swatch\" viewBox=\"0 0 30 "
            "18\" aria-hidden=\"true\" focusable=\"false\"><rect class=\"mb-legend__box\" "
            "width=\"30\" height=\"18\" fill=\"url(#"
         << entry.pattern << ")\"/></svg><span>" << entry.text << "</span></li>";
  page << "</ul>";
}

std::vector<double> round_ticks(double low, double high, int count) {
  if (!(high > low)) high = low + 1;
  const double wanted = (high - low) / std::max(count - 1, 1);
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * power >= wanted * 0.999) {
      step = factor * power;
      break;
    }
  std::vector<double> ticks;
  const double first = std::floor(low / step + 1e-9);
  for (double i = first; ticks.empty() || ticks.back() < high - step * 1e-9; ++i)
    ticks.push_back(i * step);
  return ticks;
}

}  // namespace minben::page
