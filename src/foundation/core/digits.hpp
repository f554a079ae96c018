#pragma once
#include <cstdint>
#include <string>

namespace minben {

/// "5,700": thousands set apart by commas, in both languages.
std::string group_digits(std::int64_t value);

}  // namespace minben
