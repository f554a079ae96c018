#pragma once
#include <string>
#include <string_view>

namespace minben::casework {

/// A name as it is looked up: Unicode NFKC case folding (so full width equals half width), with
/// commas, hyphens, dots, apostrophes and runs of spaces as one space. "CHEN, Mei-Ling" = "chen mei
/// ling".
std::string normalised_name(std::string_view name);

}  // namespace minben::casework
