#pragma once
// A growing A4 document: text flows down, and over to the next page.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <pango/pangocairo.h>

#include "core/core.hpp"
#include "symbol.hpp"

namespace minben::documents {

struct Style {
  double size_pt = 10.5;
  bool bold = false;
  double grey = 0.07;   ///< 0 = black
  double after_pt = 4;  ///< space below
};

/// Not thread-safe: one sheet at a time in the process (see render_pdf).
class Sheet {
 public:
  static constexpr double width = 595.276;  // A4 in points, ISO 216
  static constexpr double height = 841.890;
  static constexpr double margin = 56;
  static constexpr double content_width = width - 2 * margin;

  struct About {
    std::string title;
    std::string author;
    Instant issued{};
  };

  explicit Sheet(const About& about);
  ~Sheet();
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  void text(std::string_view tag, std::string_view text, const Style& style);
  void bullet(std::string_view text, const Style& style);
  /// One row of a table: label left, value right, a rule below.
  void row(std::string_view label, std::string_view label_small, std::string_view value,
           std::string_view value_small);
  void begin(const char* tag);  ///< a structure element around what follows
  void end(const char* tag);
  void symbol(Symbology kind, const Symbol& symbol, std::string_view under,
              std::string_view caption, std::string_view caption_small);
  void rule();
  void space(double points) { y_ += points; }
  void at_top_right(std::string_view text, const Style& style);

  /// The whole file; the sheet takes nothing more.
  Result<std::string> finish();

 private:
  struct Layout;
  Layout layout(std::string_view text, const Style& style, double width_pt) const;
  double height_of(const Layout& layout) const;
  void flow(const Layout& layout, double x);
  void place(const Layout& layout, double x, double y) const;
  void need(double points);  ///< turns the page when there is less room
  void footer();

  std::string out_;
  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface_;
  std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo_;
  double y_ = margin;
  int page_ = 1;
};

}  // namespace minben::documents
