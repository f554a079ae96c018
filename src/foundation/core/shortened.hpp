#pragma once
#include <string>
#include <string_view>

namespace minben {

/// The first `most` bytes of a UTF-8 text, whole characters, with "…" when there are more.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace minben
