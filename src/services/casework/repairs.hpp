#pragma once
// Private: what the sources about owners' operations share.
#include "casework/operations.hpp"

namespace minben::casework {

/// The step's title, or the name of another element of the model; its id when neither knows it.
Bilingual place_name(const Package& package, const process::Definition* model,
                     std::string_view element);

}  // namespace minben::casework
