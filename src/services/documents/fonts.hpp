#pragma once
// The fonts of all documents of the process; under render_pdf's mutex.
#include <pango/pangocairo.h>

#include "core/core.hpp"

namespace minben::documents {

/// Reads the files of use_fonts() once. Code: no_fonts (field = the directory).
Result<void> load_fonts();
/// For the caller to unref. After load_fonts().
PangoLayout* new_layout(cairo_t* cairo);

}  // namespace minben::documents
