#pragma once
// Numbers of charts, maps and tables as people read them. Thread-safe.
#include <string>

#include "core/core.hpp"

namespace minben::page {

/// "1,234,567", "12.35", "0.0012": thousands set apart, up to four digits that count after them.
/// "–" for what is no number.
std::string number_text(double value);

/// For axes, short: "150萬" or "1.5M". 萬, 億 and 兆; k, M, B and T.
std::string short_number(double value, Language language);

/// "4.2 MB": powers of ten.
std::string bytes_text(std::int64_t bytes);

/// A value of a table as people read it: text as it is, numbers in full ("27.5", where JSON has
/// 2.75E1), nothing of null.
std::string value_text(const Json& value);

}  // namespace minben::page
