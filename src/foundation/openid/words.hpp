#pragma once
// Private: how provider and relying party write lists and times.
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::openid {

std::string join(const std::vector<std::string>& words);  ///< with spaces between them
JsonArray json_list(const std::vector<std::string>& words);
std::int64_t unix_seconds(Instant at);

}  // namespace minben::openid
