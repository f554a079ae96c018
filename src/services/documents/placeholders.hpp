#pragma once
// "{name}" in a text; "{{" and "}}" stand for braces.
#include "template.hpp"

namespace minben::documents {

bool is_placeholder_name(std::string_view name);  ///< [a-z][a-z0-9_.]{0,63}

/// All names, in order; nullopt when a brace is open or a name is none.
std::optional<std::vector<std::string>> placeholders(std::string_view text);

/// missing_value with the name as field.
Result<std::string> fill(std::string_view text, const Values& values, Language language);

}  // namespace minben::documents
