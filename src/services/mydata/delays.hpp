#pragma once
// The list of laws by which people may be shown a use of their data later: a file that operators
// keep, and nothing outside it counts (docs/mydata.md). Pure functions.
#include <filesystem>
#include <string_view>
#include <vector>

#include "mydata/mydata.hpp"

namespace minben::mydata {

/// JSON, at most 64 KiB: [{"law", "title": {"zh-Hant", "en"}, "most_days"}], at most 64, each law
/// once. Errors: "not_json"; "bad_delays" with the member as field.
Result<std::vector<DelayLaw>> parse_delays(std::string_view text);

/// A file that is not there is an empty list. Errors as above.
Result<std::vector<DelayLaw>> load_delays(const std::filesystem::path& file);

}  // namespace minben::mydata
