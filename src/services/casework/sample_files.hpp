#pragma once
#include <string>
#include <string_view>

namespace minben::casework {

/// A small sound file of the kind "pdf", "jpeg" or "png" for examples; "" for other kinds. `label`
/// goes into it, so that two samples differ.
std::string sample_file(std::string_view kind, std::string_view label);

}  // namespace minben::casework
