#pragma once
// Private: what mobile approval has in common with health card and household number.
#include "parts.hpp"

namespace minben::citizen {

/// What a code of an error says, in the words of messages/mobile.toml.
std::string mobile_refusal(Language language, std::string_view code);
/// A page of either with what was wrong about one of its fields.
Frame method_frame(const Visit& visit, std::string_view title, std::string_view error,
                   std::string_view field);

}  // namespace minben::citizen
