#pragma once
// Barcodes as rectangles, so that they stay sharp at any printer's resolution.
#include "template.hpp"

namespace minben::documents {

struct Bar {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// Without quiet zone. One unit is half a module.
struct Symbol {
  std::vector<Bar> bars;
  double width = 0;
  double height = 0;
};

/// barcode_unfit: too long, or characters that the symbology does not have (Code 39: A-Z 0-9 -.
/// $/+%).
Result<Symbol> draw_symbol(Symbology kind, std::string_view value);

}  // namespace minben::documents
